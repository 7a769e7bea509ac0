"""Selectors of style sheets: which elements of a page a rule speaks of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.html import HtmlElement

_STEP: Final = re.compile(r"\s*([>+~])\s*|\s+")
_SIMPLE: Final = re.compile(
    r"(?P<mark>[.#]?)(?P<name>[\w-]+|\*)"
    r"|\[\s*(?P<attribute>[\w-]+)\s*(?P<how>[~|^$*]?=)?\s*[\"']?(?P<value>[^\"'\]]*)[\"']?[^\]]*\]"
)
_COMPARED: Final[dict[str, Callable[[str, str], bool]]] = {
    "=": str.__eq__,
    "^=": str.startswith,
    "$=": str.endswith,
    "*=": str.__contains__,
    "|=": lambda given, wanted: given == wanted or given.startswith(f"{wanted}-"),
    "~=": lambda given, wanted: wanted in given.split(),
}
#: A longer selector than this is nobody's, in characters and in parts.
_LONGEST: Final = 300
_PARTS: Final = 8
#: How many elements before one are looked at.
_NEAR: Final = 100


@dataclass(frozen=True)
class _Part:
    """What one element has to be."""

    tag: str
    id: str
    classes: frozenset[str]
    #: Attribute, comparison or "", value.
    attributes: tuple[tuple[str, str, str], ...]

    def fits(self, element: HtmlElement) -> bool:
        """Return whether an element is that."""
        if self.tag not in {"*", element.tag}:
            return False
        if self.id and self.id != (element.get("id") or "").lower():
            return False
        if self.classes and not self.classes.issubset(
            (element.get("class") or "").lower().split()
        ):
            return False
        return all(_has(element, *wanted) for wanted in self.attributes)


@dataclass(frozen=True)
class Selector:
    """Which elements a rule speaks of."""

    #: From the outermost to the element itself; never empty.
    parts: tuple[_Part, ...]
    #: What stands between two parts: "" for anywhere inside, ``>``, ``+`` or ``~``.
    steps: tuple[str, ...]

    @property
    def key(self) -> str:
        """A class, id or tag without which no element fits; ``*`` where any may."""
        last = self.parts[-1]
        return min(last.classes, default="") or last.id or last.tag

    @property
    def weight(self) -> int:
        """How much it weighs against others: ids before classes before tags."""
        return sum(
            10_000 * (part.id != "")
            + 100 * (len(part.classes) + len(part.attributes))
            + (part.tag != "*")
            for part in self.parts
        )

    def fits(self, element: HtmlElement) -> bool:
        """Return whether an element is meant; the nearest element that leads to it counts."""
        at: HtmlElement | None = element
        if not self.parts[-1].fits(element):
            return False
        for part, step in zip(self.parts[-2::-1], self.steps[::-1], strict=True):
            at = next((other for other in _before(at, step) if part.fits(other)), None)
            if at is None:
                return False
        return True


def selectors(text: str) -> Iterator[Selector]:
    """Yield the selectors before a rule's braces; those for special states are passed over."""
    for one in text[: 50 * _LONGEST].split(","):
        plain = one.strip()
        if not plain or ":" in plain or plain.startswith("@") or len(plain) > _LONGEST:
            continue
        pieces = _STEP.split(plain)
        parts = tuple(map(_part, pieces[::2]))
        if len(parts) <= _PARTS:
            yield Selector(parts, tuple(step or "" for step in pieces[1::2]))


def _part(text: str) -> _Part:
    found = list(_SIMPLE.finditer(text))
    named = [(match["mark"], match["name"]) for match in found if match["name"]]
    return _Part(
        tag=next((name for mark, name in named if not mark), "*"),
        id=next((name for mark, name in named if mark == "#"), ""),
        classes=frozenset(name for mark, name in named if mark == "."),
        attributes=tuple(
            (match["attribute"], match["how"] or "", match["value"].strip())
            for match in found
            if match["attribute"]
        ),
    )


def _has(element: HtmlElement, attribute: str, how: str, value: str) -> bool:
    given = element.get(attribute)
    if given is None:
        return False
    return how == "" or bool(_COMPARED[how](given.strip().lower(), value))


def _before(element: HtmlElement, step: str) -> Iterator[HtmlElement]:
    """Yield the elements that may stand before this one by a step."""
    match step:
        case ">":
            yield from islice(element.iterancestors(), 1)
        case "+":
            yield from islice(element.itersiblings(preceding=True), 1)
        case "~":
            yield from islice(element.itersiblings(preceding=True), _NEAR)
        case _:
            yield from islice(element.iterancestors(), _NEAR)
