"""`connect gmail`: the owner signs in with Google in the browser, and the sign-in is kept."""

from __future__ import annotations

import json
import sys
import webbrowser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from utils.commands.saying import say
from utils.core.errors import AuthenticationError, ConfigurationError, UnreachableError
from utils.credentials.connecting import having, tried
from utils.file_utils import write_atomic
from utils.gmail.google_consent import SCOPES, Consent
from utils.gmail.redirects import Redirects
from utils.gmail.settings import GmailSettings

if TYPE_CHECKING:
    from rich.console import Console

    from utils.core.model import Json
    from utils.core.operation import Service
    from utils.settings import Settings

_READ: Final = "gmail.readonly"
_WRITE: Final = "gmail.compose"
_FILE: Final = "GMAIL_TOKEN_FILE"
#: How long the owner has for Google's pages, in seconds.
_PATIENCE_S: Final = 600.0
_NO_CLIENT: Final = (
    "GMAIL_CREDENTIALS_FILE is not set: in Google Cloud click APIs & Services, Credentials, "
    "Create credentials, OAuth client ID, Desktop app, download the JSON file and name it in .env"
)
_TESTING: Final = (
    "If the consent screen says Testing, Google ends this sign-in after 7 days, and no mail is "
    "seen from then on; press Publish app there, and it lasts."
)
_BEGIN: Final = (
    "Open this address in a browser. If the page it ends on cannot be shown, copy that page's "
    "address, paste it here and press Enter."
)


def sign_in(
    settings: Settings, service: Service, console: Console, *, send: bool
) -> dict[str, str]:
    """Ask for the owner's consent, try it, keep it, and return the variables to write.

    Raises:
        ConfigurationError: The OAuth client is missing or wrong.
        AuthenticationError: The owner or Google said no.
        UnreachableError: Nobody came back from the browser, or Google could not be asked.
        ServiceError: Gmail does not accept the sign-in.
    """
    kept_in = settings.variables.get(_FILE, "")
    own_place = (settings.state_dir / "gmail-token.json").relative_to(settings.home)
    values = {} if kept_in else {_FILE: str(own_place)}
    gmail = GmailSettings.read(having(settings, values))
    if gmail.credentials_file is None:
        raise ConfigurationError(_NO_CLIENT)
    client_file = settings.home / gmail.credentials_file.expanduser()
    say(console, _rights(send=send))
    say(console, _TESTING)
    kept = _consented(client_file, settings, console, send=send)
    _check_rights(kept, send=send)
    _keep(kept, gmail, service, console)
    return values


def _rights(*, send: bool) -> str:
    if send:
        return "This asks to read mails, and to write and send those that you approve."
    return (
        "This asks to read mails only. Drafting and sending need a right of their own: "
        "`connect gmail --send`."
    )


def _consented(client_file: Path, settings: Settings, console: Console, *, send: bool) -> Json:
    """Return what Google gave once the owner said yes.

    Raises:
        AuthenticationError: The owner or Google said no.
        UnreachableError: Nobody came back from the browser, or Google could not be asked.
    """
    with Redirects() as redirects:
        consent = Consent(client_file, (_READ, _WRITE) if send else (_READ,), redirects.address)
        say(console, f"{_BEGIN}\n")
        # Whole: an address that is broken into lines cannot be clicked.
        say(console, f"{consent.url}\n", whole=True)
        _open(consent.url, settings)
        typed = sys.stdin.fileno()
        try:
            url = redirects.wait(consent.fits, typed=typed, within_s=_PATIENCE_S)
        except TimeoutError as error:
            why = "nobody came back from the browser in ten minutes"
            raise UnreachableError(why, service="gmail") from error
    return consent.redeem(url, timeout_s=settings.http_timeout_s)


def _open(url: str, settings: Settings) -> None:
    """Open the browser where a person sits before a screen."""
    screen = any(settings.variables.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if not sys.stdin.isatty() or not (screen or sys.platform == "darwin"):
        return
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    # A plain GenericBrowser runs inside the terminal and would take it over.
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(url)


def _check_rights(kept: Json, *, send: bool) -> None:
    """Refuse a sign-in whose boxes were not all ticked.

    Raises:
        AuthenticationError: A right is missing.
    """
    boxes = {_READ: "reading", **({_WRITE: "writing"} if send else {})}
    missing = [word for right, word in boxes.items() if f"{SCOPES}{right}" not in kept["scopes"]]
    if missing:
        why = f"the box for {' and '.join(missing)} mails was not ticked"
        raise AuthenticationError(why, service="gmail")


def _keep(kept: Json, gmail: GmailSettings, service: Service, console: Console) -> None:
    """Keep a sign-in that works, where only its owner can read it.

    Raises:
        ServiceError: Gmail does not accept it.
    """
    data = json.dumps(kept, indent=2).encode() + b"\n"
    folder = gmail.token_path.parent
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".connect-", dir=folder) as aside:
        trial = Path(aside) / "token.json"
        write_atomic(trial, data, mode=0o600)
        who, ends_at = tried(having(gmail.general, {_FILE: str(trial)}), service)
    write_atomic(gmail.token_path, data, mode=0o600)
    say(console, f"Connected: {who}")
    if ends_at:
        day = ends_at.astimezone(gmail.general.zone).date()
        say(console, f"It ends on {day:%Y-%m-%d}, for the consent screen says Testing.")
    say(console, f"The sign-in is kept in {gmail.token_path}; nobody else can read it.")
