"""Style sheets as far as they decide whether text is seen: who is meant, and who wins."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from utils.mail.style_selectors import Selector, selectors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

#: Property to value, both in small letters.
type Style = dict[str, str]

#: How many rules are kept, and how often they are held against elements before we give up.
_RULES: Final = 3_000
_TRIES: Final = 300_000
#: The longest style sheet that is looked at, in characters.
_LIMIT: Final = 300_000
#: The width of the screen that conditions are asked for, in pixels.
_SCREEN_PX: Final = 1024
_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\([0-9a-fA-F]{1,6})[ \t\n]?")
_BRACE: Final = re.compile(r"([{}])")
#: How deep rules may lie in conditions.
_DEPTH: Final = 4
_WIDTH: Final = re.compile(r"\(\s*(min|max)-(?:device-)?width\s*:\s*([0-9]{1,6})px\s*\)")


class TooIntricateError(Exception):
    """A style sheet asks for more work than any honest letter's."""


class Said(NamedTuple):
    """Declarations, and those among them that are marked as important."""

    normal: Style
    important: Style


class _Rule(NamedTuple):
    selector: Selector
    #: Where it stands in the sheet.
    place: int
    said: Said


class StyleSheet:
    """The rules of a page, as they hold on a screen of middling width.

    Args:
        text: All its style sheets, one after the other.
    """

    def __init__(self, text: str) -> None:
        self._rules: dict[str, list[_Rule]] = defaultdict(list)
        self._tries = 0
        for place, (selector, said) in enumerate(islice(_rules(text[:_LIMIT]), _RULES)):
            self._rules[selector.key].append(_Rule(selector, place, said))

    def style_of(self, element: HtmlElement) -> Style:
        """Return what the page's rules, the element's attributes and its own style come to.

        Raises:
            TooIntricateError: The rules were held against too many elements.
        """
        own = declarations(element.get("style") or "")
        sheet = self._said_of(element)
        return _attributes(element) | sheet.normal | own.normal | sheet.important | own.important

    def _said_of(self, element: HtmlElement) -> Said:
        said = Said({}, {})
        if not self._rules:
            return said
        classes = (element.get("class") or "").lower().split()
        keys = {"*", str(element.tag), (element.get("id") or "").lower(), *classes}
        rules = [rule for key in keys for rule in self._rules.get(key, ())]
        self._tries += len(rules)
        if self._tries > _TRIES:
            raise TooIntricateError
        fitting = [rule for rule in rules if rule.selector.fits(element)]
        for rule in sorted(fitting, key=lambda rule: (rule.selector.weight, rule.place)):
            said = Said(said.normal | rule.said.normal, said.important | rule.said.important)
        return said


def declarations(text: str) -> Said:
    """Return the declarations between the braces of a rule, or in a ``style`` attribute."""
    said = Said({}, {})
    for declaration in _plain(text).split(";"):
        name, colon, value = declaration.partition(":")
        words, mark, _ = value.partition("!")
        if colon:
            (said.important if mark else said.normal)[name.strip()] = words.strip()
    return said


def _attributes(element: HtmlElement) -> Style:
    """Return what the attributes of older HTML say; they weigh least."""
    old = {
        "background-color": element.get("bgcolor"),
        "background-image": element.get("background"),
        "color": element.get("color") or element.get("text"),
    }
    return {name: value.strip().lower() for name, value in old.items() if value}


def _rules(text: str) -> Iterator[tuple[Selector, Said]]:
    """Yield every rule that stands under no condition, or under such as hold."""
    open_: list[str] = []
    pieces = _BRACE.split(_plain(text))
    for words, brace in zip(pieces[::2], pieces[1::2], strict=False):
        if brace == "{":
            open_.append(words.rpartition(";")[2].strip())
            continue
        head = open_.pop() if open_ else "@"
        if not head.startswith("@") and len(open_) <= _DEPTH and all(map(_holds, open_)):
            said = declarations(words)
            for selector in selectors(head):
                yield selector, said


def _holds(condition: str) -> bool:
    """Return whether a condition such as ``@media (max-width: 600px)`` holds on our screen."""
    for bound, width in _WIDTH.findall(condition):
        if (int(width) > _SCREEN_PX) if bound == "min" else (int(width) < _SCREEN_PX):
            return False
    left = _WIDTH.sub("", condition)
    return "print" not in left and "not" not in left.split() and "prefers" not in left


def _plain(text: str) -> str:
    return _ESCAPE.sub(_char, _COMMENT.sub(" ", text)).lower()


def _char(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code <= 0x10FFFF else ""  # noqa: PLR2004 - the last code point
