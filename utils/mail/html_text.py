"""HTML as the text that a person would read, without what is hidden from him."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree, html

from utils.mail.hidden_html import remove_hidden, settable
from utils.mail.style_rules import TooIntricateError

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: The longest HTML that is looked at, in characters.
_LIMIT: Final = 500_000
#: What an address begins with that is spelled out.
_LINKS: Final = ("http://", "https://")


def readable(page: str) -> tuple[str, int]:
    """Return the text of an HTML page and how many hidden passages were left out of it.

    A link stands as its words with the address behind them: ``our offer (https://…)``.

    Args:
        page: Any text; what is no HTML comes back as it is.
    """
    tree = _tree(page[:_LIMIT])
    if tree is None:
        return "", 0
    try:
        hidden = remove_hidden(tree)
    except TooIntricateError:
        # What cannot be told apart in good time counts as hidden altogether.
        return "", 1
    _spell_out_links(tree)
    text = Inscriptis(tree, ParserConfig()).get_text()
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n")), hidden


def _tree(page: str) -> HtmlElement | None:
    # As bytes in a stated encoding: the page's own claims about its encoding are void here.
    parser = html.HTMLParser(encoding="utf-8")
    try:
        return html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return None


def _spell_out_links(tree: HtmlElement) -> None:
    for link in list(tree.iter("a")):
        address = "".join((link.get("href") or "").split())
        words = "".join(link.text_content().split())
        if address.lower().startswith(_LINKS) and words not in {"", address}:
            behind = etree.SubElement(link, "span")
            behind.text = settable(f" ({address})")
