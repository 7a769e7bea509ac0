"""Style sheets as far as they decide whether text is seen: rules, selectors, and who wins."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.html import HtmlElement

#: Property to value, both in small letters.
type Style = dict[str, str]

#: More rules than this are in nobody's letter; the rest is passed over.
_RULES: Final = 3_000
#: Longest style sheet that is looked at, in characters.
_LIMIT: Final = 300_000
#: The width of the screen that conditions are asked for, in pixels.
_SCREEN_PX: Final = 1024
_COMMENT: Final = re.compile(r"/\*.*?(\*/|\Z)|<!--|-->", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\([0-9a-fA-F]{1,6})[ \t\n]?|\\(.)")
_STEP: Final = re.compile(r"\s*([>+~\s])\s*")
_SIMPLE: Final = re.compile(
    r"(?P<mark>[.#]?)(?P<name>[\w-]+|\*)|\[(?P<attribute>[\w-]+)(?:(?P<how>[~|^$*]?=)[\"']?(?P<value>[^\"'\]]*)[\"']?)?[^\]]*\]|::?(?P<pseudo>[\w-]+)(?:\([^)]*\))?"
)
_WIDTH: Final = re.compile(r"(min|max)-(?:device-)?width\s*:\s*([0-9]+)px")


@dataclass(frozen=True)
class _Part:
    """One compound of a selector: what an element has to be."""

    tag: str
    id: str
    classes: frozenset[str]
    #: Attribute, comparison (``=``, ``^=`` … or ""), value.
    attributes: tuple[tuple[str, str, str], ...]

    def fits(self, element: HtmlElement) -> bool:
        """Return whether an element is that."""
        if self.tag not in {"", element.tag} or self.id not in {"", element.get("id")}:
            return False
        if self.classes and not self.classes <= set((element.get("class") or "").split()):
            return False
        return all(_has(element, *wanted) for wanted in self.attributes)


@dataclass(frozen=True)
class _Rule:
    #: From the outermost to the element itself.
    parts: tuple[_Part, ...]
    #: What stands between two parts: a blank, ``>``, ``+`` or ``~``.
    steps: tuple[str, ...]
    style: Style
    #: Important or not, specificity, place in the sheet: the greatest wins.
    rank: tuple[bool, int, int, int]

    def fits(self, element: HtmlElement) -> bool:
        """Return whether the rule speaks of an element."""
        return self.parts[-1].fits(element) and self._above(element, len(self.parts) - 2)

    def _above(self, element: HtmlElement, at: int) -> bool:
        if at < 0:
            return True
        if self.steps[at] == " ":
            found = next((up for up in element.iterancestors() if self.parts[at].fits(up)), None)
            return found is not None and self._above(found, at - 1)
        beside = element.getparent() if self.steps[at] == ">" else element.getprevious()
        return beside is not None and self.parts[at].fits(beside) and self._above(beside, at - 1)


class StyleSheet:
    """The rules of a page.

    Args:
        text: All its style sheets, one after the other.
    """

    def __init__(self, text: str) -> None:
        self._rules: dict[str, list[_Rule]] = defaultdict(list)
        for rule in _rules(text[:_LIMIT]):
            last = rule.parts[-1]
            self._rules[next(iter(last.classes), "") or last.id or last.tag].append(rule)

    def style_of(self, element: HtmlElement) -> Style:
        """Return what the rules say of an element; important ones carry the mark ``!``."""
        if not self._rules:
            return {}
        keys = {str(element.tag), element.get("id") or "", "", *(element.get("class") or "").split()}
        fitting = [rule for key in keys for rule in self._rules.get(key, ()) if rule.fits(element)]
        style: Style = {}
        for rule in sorted(fitting, key=lambda rule: rule.rank):
            style |= rule.style
        return style


def combined(style: Style, own: Style) -> Style:
    """Return a page's style with the element's own over it, save where the page's is important."""
    return style | own


def declarations(text: str) -> Style:
    """Return the declarations between the braces of a rule, or in a ``style`` attribute."""
    style: Style = {}
    important: Style = {}
    for declaration in _unescaped(_COMMENT.sub(" ", text)).lower().split(";"):
        name, colon, value = declaration.partition(":")
        words, mark, _ = value.partition("!")
        if colon:
            (important if mark else style)[name.strip()] = words.strip()
    return style | important
