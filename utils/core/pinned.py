"""Pinned fields as a note shows them, and what differs between the shown and the registered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from utils.core.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.core.model import Json


@dataclass(frozen=True)
class Difference:
    """One place in which a note does not say what is registered."""

    #: The field's or property's name; "" for the words of the note itself.
    name: str
    #: What is registered, as text; "" where there is nothing.
    registered: str
    #: What the note shows, as text; "" where there is nothing.
    shown: str


def pinned_text(
    fields: Json, editable: tuple[str, ...], spell: Callable[[str], str] = str
) -> dict[str, Any]:
    """Return the fields that stand in a note's front matter, each value as text.

    Args:
        fields: The Operation's fields as JSON values.
        editable: The fields that stand in boxes instead.
        spell: How a text is spelled there.
    """
    pinned = {name: value for name, value in fields.items() if name not in editable}
    return dict(as_text(pinned, spell))


def as_text(value: Any, spell: Callable[[str], str] = str) -> Any:
    """Return a JSON value with every scalar as text: 3 and "3" are alike, true is ``true``.

    What is absent (``null``) is left out of objects and is "" in lists.
    """
    if isinstance(value, str):
        return spell(value)
    if isinstance(value, dict):
        items = value.items()
        return {key: as_text(inner, spell) for key, inner in items if inner is not None}
    if isinstance(value, (list, tuple)):
        return [as_text(inner, spell) for inner in value]
    return "" if value is None else canonical(value)


def differing(registered: Json, shown: Json) -> tuple[Difference, ...]:
    """Return where two sets of fields, both as text, are not the same; by name."""
    return tuple(
        Difference(name, _told(registered.get(name)), _told(shown.get(name)))
        for name in sorted(registered.keys() | shown.keys())
        if registered.get(name) != shown.get(name)
    )


def _told(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else canonical(value)
