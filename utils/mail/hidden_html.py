"""Text that an HTML page holds and does not show, found and taken out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from lxml import etree

from utils.mail.style_rules import StyleSheet
from utils.mail.style_values import Colour, colour_of, length_of, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.html import HtmlElement

    from utils.mail.style_rules import Style

#: Elements whose content is never shown as text, and is none of the letter's.
_SILENT: Final = frozenset({"script", "style", "head", "title", "meta", "link", "noframes"})
#: Elements whose content no mail program shows, though it may read like text.
_UNSHOWN: Final = frozenset(
    {"template", "noscript", "object", "datalist", "iframe", "audio", "video"}
)
#: Smaller letters than this cannot be read, in pixels; fainter ones neither (0 to 1).
_SMALLEST_PX: Final = 2.0
_FAINTEST: Final = 0.1
#: A box pushed out this far is off the screen, in pixels.
_OFF_SCREEN_PX: Final = -90.0
#: Sides by which a box can be pushed out.
_SIDES: Final = ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top")
#: What the library reads and does not write.
_UNSETTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WHITE: Final = Colour(255, 255, 255)
_BLACK: Final = Colour(0, 0, 0)


@dataclass(frozen=True)
class _Look:
    """What an element hands down to the text inside it."""

    shown: bool = True
    size_px: float = 16.0
    ink: Colour = _BLACK
    #: None where a picture lies behind, so that nothing is known.
    paper: Colour | None = _WHITE

    @property
    def is_legible(self) -> bool:
        """Whether text with this look can be seen."""
        large = self.size_px >= _SMALLEST_PX
        return self.shown and large and self.ink.stands_out_from(self.paper)


def remove_hidden(tree: HtmlElement) -> int:
    """Take everything out of a page that a reader would not see.

    Returns:
        How many passages held words that were hidden.
    """
    sheet = StyleSheet("\n".join(style.text or "" for style in tree.iter("style")))
    passages = 0
    waiting: list[tuple[HtmlElement, _Look]] = [(tree, _Look())]
    while waiting:
        element, inherited = waiting.pop()
        if not isinstance(element.tag, str):
            passages += _is_note(element)
            _take_out(element)
            continue
        style = sheet.style_of(element)
        if element.tag in _SILENT or _is_gone(element, style):
            passages += element.tag not in _SILENT and _has_words(element)
            _take_out(element)
            continue
        look = _look_of(style, inherited)
        passages += _blank_out(element, look)
        waiting += [(child, look) for child in reversed(element)]
    return passages


def _is_gone(element: HtmlElement, style: Style) -> bool:
    """Return whether an element is not shown at all, with everything in it."""
    if element.tag in _UNSHOWN or element.get("hidden") is not None:
        return True
    if (element.get("aria-hidden") or "").strip().lower() == "true":
        return True
    if element.tag == "input" or style.get("display") == "none":
        return True
    opacity = length_of(style.get("opacity", ""))
    if opacity is not None and opacity < _FAINTEST:
        return True
    return _is_pushed_out(style) or _is_clipped(style)


def _is_pushed_out(style: Style) -> bool:
    lengths = (length_of(style.get(side, "")) for side in _SIDES)
    return any(length is not None and length <= _OFF_SCREEN_PX for length in lengths)


def _is_clipped(style: Style) -> bool:
    transform = style.get("transform", "").replace(" ", "")
    if "scale(0" in transform and "scale(0." not in transform:
        return True
    if style.get("clip-path", "").replace(" ", "") in {"inset(100%)", "inset(50%)", "circle(0)"}:
        return True
    if (
        style.get("clip", "")
        .replace(" ", "")
        .startswith(("rect(0,0,0,0", "rect(0px,0px,0px", "rect(1px,1px,1px"))
    ):
        return True
    narrow = (
        length_of(style.get(side, "")) for side in ("width", "height", "max-width", "max-height")
    )
    is_tiny = any(length is not None and length <= 1 for length in narrow)
    return is_tiny and style.get("overflow", "").startswith(("hidden", "clip"))


def _look_of(style: Style, inherited: _Look) -> _Look:
    look = inherited
    visibility = style.get("visibility", "inherit")
    if visibility != "inherit":
        look = replace(look, shown=visibility not in {"hidden", "collapse"})
    size = size_of(style.get("font-size") or style.get("font", ""), inherited.size_px)
    look = look if size is None else replace(look, size_px=size)
    ink = colour_of(style.get("color", ""))
    look = look if ink is None else replace(look, ink=ink)
    return replace(look, paper=_paper(style, inherited.paper))


def _paper(style: Mapping[str, str], behind: Colour | None) -> Colour | None:
    words = f"{style.get('background-image', '')} {style.get('background', '')}"
    if "url(" in words or "gradient" in words or style.get("background-image"):
        return None
    for name in ("background-color", "background"):
        colour = colour_of(style.get(name, ""))
        if colour is not None and not colour.is_clear:
            return colour
    return behind


def _blank_out(element: HtmlElement, look: _Look) -> int:
    """Remove the words that stand directly in an element where its look hides them."""
    if look.is_legible:
        return 0
    words = [element.text or "", *(child.tail or "" for child in element)]
    element.text = None
    for child in element:
        child.tail = " " if child.tail else None
    return int(any(text.strip() for text in words))


def _take_out(element: HtmlElement) -> None:
    """Remove an element and everything in it, but not the text behind it."""
    parent = element.getparent()
    if parent is None:
        element.clear()
        return
    behind, before = element.tail or "", element.getprevious()
    if before is None:
        parent.text = settable((parent.text or "") + behind)
    else:
        before.tail = settable((before.tail or "") + behind)
    element.tail = None
    parent.remove(element)


def settable(text: str) -> str:
    """Return a text that an element takes; a page may hold characters that it does not."""
    return _UNSETTABLE.sub("\ufffd", text)


def _is_note(comment: etree._Comment) -> bool:
    """Return whether a comment holds words, rather than instructions to a mail program."""
    text = (comment.text or "").strip()
    return (
        comment.tag is etree.Comment
        and text != ""
        and not text.startswith(("[if", "<![", "[endif"))
    )


def _has_words(element: HtmlElement) -> bool:
    return any(text.strip() for text in _texts(element))


def _texts(element: HtmlElement) -> Iterator[str]:
    return (str(text) for text in element.itertext())
