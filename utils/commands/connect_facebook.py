"""`connect facebook`: from a token that lasts an hour to a Page's own, which does not end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.commands.questions import ask, ask_for
from utils.commands.saying import say
from utils.core.errors import ConfigurationError, InvalidValueError
from utils.core.outside_text import one_line
from utils.credentials.connecting import having
from utils.graph.page_token import Page, given, lasting, own_page, pages_of
from utils.graph.settings import FacebookSettings
from utils.settings import Variable

if TYPE_CHECKING:
    from rich.console import Console

    from utils.redaction import Redactor
    from utils.settings import Settings

_PAGE_ID: Final = "FACEBOOK_PAGE_ID"
_TOKEN: Final = "FACEBOOK_PAGE_TOKEN"  # noqa: S105 - a name
_SECRET: Final = "FACEBOOK_APP_SECRET"  # noqa: S105 - a name
_CLICK: Final = (
    "Open https://developers.facebook.com/tools/explorer, choose your app, Get User Access Token, "
    "tick pages_show_list, pages_manage_posts, pages_read_engagement, pages_read_user_content, "
    "pages_manage_engagement and read_insights, and press Generate. Copy the token from the top."
)
_ASK_TOKEN: Final = Variable(
    "Token", "the one from the Graph API Explorer, or a Page's own", "", secret=True
)
_ASK_SECRET: Final = Variable(
    "App secret", "App settings, Basic, App secret, Show; it makes the token last", "", secret=True
)


def page_values(settings: Settings, console: Console, redactor: Redactor) -> dict[str, str]:
    """Ask for a token, make a Page's own of it, and return the variables to write.

    Args:
        settings: The settings so far.
        console: Where is asked.
        redactor: Learns every secret at once.

    Raises:
        InvalidValueError: An answer is missing.
        ConfigurationError: There is no Page.
        ServiceError: Facebook does not take what was given.
    """
    say(console, _CLICK)
    known = settings.variables.get(_TOKEN, "")
    token = ask(console, _ASK_TOKEN, known)
    redactor.add(token)
    # The Page's number is not known yet; nothing is read by it before it is.
    where = FacebookSettings.read(having(settings, {_PAGE_ID: "0", _TOKEN: token}))
    pasted = given(where)
    if pasted.is_pages:
        page, secret = own_page(where, token), ""
    else:
        secret = ask(console, _ASK_SECRET, settings.variables.get(_SECRET, ""))
        if not secret:
            raise InvalidValueError("without the app's secret the token ends within two hours")
        redactor.add(secret)
        lasts = lasting(where, pasted, secret)
        redactor.add(lasts)
        page = _chosen(console, pages_of(where, lasts, secret))
        redactor.add(page.token)
    values = {_PAGE_ID: page.id, _TOKEN: page.token} | ({_SECRET: secret} if secret else {})
    return {name: value for name, value in values.items() if settings.variables.get(name) != value}


def _chosen(console: Console, pages: tuple[Page, ...]) -> Page:
    """Return the one Page there is, or the one that the owner chooses.

    Raises:
        ConfigurationError: There is none.
        InvalidValueError: The answer is none of the numbers.
    """
    if not pages:
        raise ConfigurationError("the token shows no Page; tick pages_show_list and your Page")
    if len(pages) == 1:
        return pages[0]
    for number, page in enumerate(pages, 1):
        say(console, f"  {number}. {one_line(page.name, 60)} ({page.id})")
    answer = ask_for(console, "Which Page? Its number", "1")
    if not answer.isdecimal() or not 1 <= int(answer) <= len(pages):
        raise InvalidValueError(f"“{answer[:20]}” is none of the numbers 1 to {len(pages)}")
    return pages[int(answer) - 1]
