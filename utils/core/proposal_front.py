"""The properties of a Proposal's note: written in fixed order, read by a strict schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from utils.core.errors import NoteError
from utils.core.outside_text import unlinked, visible
from utils.core.pinned import pinned_text

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from utils.core.front_matter import Front
    from utils.core.model import Proposal
    from utils.core.notes import Note, Tree

#: The owner's properties; all others are the program's.
_OWNERS: Final = frozenset({"approve", "reject", "comment"})
#: Properties that Obsidian offers for every note; they mean nothing here.
_OBSIDIANS: Final = frozenset({"tags", "aliases", "cssclasses"})
_NEEDED: Final = ("id", "version", "operation", "effect", "status", "digest")
_PROGRAMS: Final = frozenset(
    {*_NEEDED, "created", "expires", "runs_at", "origin", "reason", "warnings", "fields"}
)
_VERSION: Final = re.compile(r"[1-9][0-9]{0,5}")


def properties(
    proposal: Proposal, editable: tuple[str, ...], zone: ZoneInfo, status: str
) -> dict[str, Front]:
    """Return the properties of a Proposal's note, in order."""
    runs_at = {"runs_at": _stamp(proposal.runs_at, zone)} if proposal.runs_at else {}
    return {
        "id": proposal.id,
        "version": proposal.version,
        "operation": proposal.operation,
        "effect": proposal.effect,
        "status": str(status),
        "created": _stamp(proposal.created_at, zone),
        "expires": _stamp(proposal.expires_at, zone),
        **runs_at,
        "origin": unlinked(str(proposal.origin)),
        "reason": unlinked(proposal.reason),
        "warnings": [unlinked(warning) for warning in proposal.warnings],
        "fields": pinned_text(proposal.fields, editable, visible),
        "digest": proposal.digest,
        "approve": False,
        "reject": False,
        "comment": "",
    }


def _stamp(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")


def check_properties(note: Note) -> None:
    """Make sure that a note has the properties of a Proposal's note and no others.

    Raises:
        NoteError: One is missing or does not belong there.
    """
    strange = note.front.keys() - _PROGRAMS - _OWNERS - _OBSIDIANS
    if strange:
        raise NoteError(f"The property “{min(strange)}” does not belong into this note.")
    missing = [name for name in _NEEDED if not note.front.get(name)]
    if missing:
        raise NoteError(f"The property “{missing[0]}” is missing, so this is not a note of mine.")


def one(note: Note, name: str) -> str:
    """Return the text of a property, "" where there is none.

    Raises:
        NoteError: It holds more than one value.
    """
    value = note.front.get(name, "")
    if not isinstance(value, str):
        raise NoteError(f"The property “{name}” holds more than one value.")
    return value


def version_of(note: Note) -> int:
    """Return the version that a note claims to be.

    Raises:
        NoteError: It is not a plain number.
    """
    text = one(note, "version")
    if not _VERSION.fullmatch(text):
        raise NoteError("The property “version” is not a number such as 1.")
    return int(text)


def programs(note: Note) -> dict[str, Tree]:
    """Return the program's own properties, without the Operation's fields."""
    own = _PROGRAMS - {"fields"}
    return {name: value for name, value in note.front.items() if name in own}
