"""A Proposal as the note that the owner reads, decides upon and keeps; written and read back.

What counts stands first: warnings, then what would happen, to whom, for how much and whether it
can be undone. The journal stays the truth: what is read back is compared, never carried out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from utils.core import notes
from utils.core.errors import NoteError
from utils.core.lifecycle import State
from utils.core.markdown import label
from utils.core.model import Proposal
from utils.core.outside_text import as_written
from utils.core.pinned import Difference, as_text, differing, pinned_text
from utils.core.proposal_details import details
from utils.core.proposal_front import check_properties, one, programs, properties, version_of
from utils.core.proposal_summary import ABOVE, decision, essence, look_twice, result, why
from utils.core.text_box import unbox

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from utils.core.model import Json, Outcome
    from utils.core.notes import Tree

#: How many notes that were read are remembered, and up to what length in characters each.
_REMEMBERED: Final = 1024
_USUAL: Final = 8192
_OTHER_WORDS: Final = Difference("", "the note as it was written", "a note with other words")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a Proposal's note shows."""

    id: str
    version: int
    operation: str
    effect: str
    status: str
    digest: str
    #: The pinned fields as JSON values in which every scalar is text.
    fields: Json
    #: Editable field to the text in its box; a field without a box is absent.
    texts: dict[str, str]
    #: Whether the owner ticked the checkbox.
    approve: bool
    reject: bool
    comment: str
    #: The names of the fields that may be edited.
    editable: tuple[str, ...]
    #: The program's properties without the fields, as they were read.
    properties: dict[str, Tree]
    #: The note's own words: its body without what stands in the boxes.
    words: str


def page(proposal: Proposal, *, editable: tuple[str, ...], zone: ZoneInfo) -> str:
    """Return the note that asks for, or announces, a Proposal.

    Args:
        proposal: What is asked.
        editable: The Operation's text fields that the owner may change, in the order shown.
        zone: The owner's time zone.

    Raises:
        NoteError: The Proposal is too large for a note.
    """
    parts = [
        look_twice(proposal.warnings[:ABOVE]),
        essence(proposal, zone),
        decision(proposal, editable, zone),
        why(proposal),
        look_twice(proposal.warnings[ABOVE:]),
        *details(proposal, editable, zone),
    ]
    return notes.render(properties(proposal, editable, zone, proposal.state), _body(parts))


def completed_page(
    proposal: Proposal,
    outcome: Outcome,
    *,
    editable: tuple[str, ...],
    zone: ZoneInfo,
    decided: str,
) -> str:
    """Return the note as it is kept once something has come of a Proposal.

    Args:
        proposal: What was asked.
        outcome: What came of it.
        editable: The Operation's text fields, in the order shown.
        zone: The owner's time zone.
        decided: Who decided, how and when: one sentence.

    Raises:
        NoteError: The Proposal is too large for a note.
    """
    parts = [
        result(outcome, decided),
        essence(proposal, zone),
        look_twice(proposal.warnings),
        why(proposal),
        *details(proposal, editable, zone),
    ]
    return notes.render(properties(proposal, editable, zone, outcome.kind), _body(parts))


def read_back(text: str, *, editable: tuple[str, ...]) -> Shown:
    """Read a Proposal's note.

    What comes back is shared by everybody who reads the same text: it is not to be changed.

    Raises:
        NoteError: It is not a Proposal's note, or cannot be read for certain.
    """
    # Reading YAML costs more than everything else between a drag and the request, and a note
    # that waits is read again, byte for byte the same, when it is dragged.
    return _remembered(text, editable) if len(text) <= _USUAL else _read(text, editable)


@lru_cache(_REMEMBERED)
def _remembered(text: str, editable: tuple[str, ...]) -> Shown:
    return _read(text, editable)


def _read(text: str, editable: tuple[str, ...]) -> Shown:
    note = notes.parse(text)
    check_properties(note)
    boxes, words = unbox(note.body, {label(name) for name in editable})
    fields = note.front.get("fields", {})
    if not isinstance(fields, dict):
        raise NoteError("The property “fields” is not a list of names and values.")
    return Shown(
        id=one(note, "id"),
        version=version_of(note),
        operation=one(note, "operation"),
        effect=one(note, "effect"),
        status=one(note, "status"),
        digest=one(note, "digest"),
        fields=as_text(fields, as_written),
        texts={name: boxes[label(name)] for name in editable if label(name) in boxes},
        approve="approve" in note.ticked,
        reject="reject" in note.ticked,
        comment=one(note, "comment"),
        editable=editable,
        properties=programs(note),
        words=words,
    )


def same_fields(shown: Shown, proposal: Proposal) -> tuple[Difference, ...]:
    """Return the pinned fields in which a note differs from what is registered.

    A text that lost its box differs too: the owner cannot have read it.
    """
    unread = {
        name: text
        for name, text in proposal.fields.items()
        if name in shown.editable and name not in shown.texts and text is not None
    }
    pinned = pinned_text(proposal.fields, shown.editable)
    return (*differing(pinned, shown.fields), *differing(as_text(unread), {}))


def differences(shown: Shown, proposal: Proposal, *, zone: ZoneInfo) -> tuple[Difference, ...]:
    """Return everything in which a note differs from the page of what is registered.

    Fields, the program's properties and the note's own words are compared; the owner's properties
    and what stands in the boxes are not. The state is taken from the note, because a note is not
    written anew at every step.

    Raises:
        NoteError: The registered Proposal is too large for a note.
    """
    state = State(shown.status) if shown.status in set(State) else proposal.state
    asked = proposal.model_copy(update={"state": state})
    payload = asked.model_dump_json()
    wanted = (_wanted if len(payload) <= _USUAL else _wanted.__wrapped__)(
        payload, shown.editable, zone
    )
    is_same = _trimmed(shown.words) == _trimmed(wanted.words)
    return (
        *same_fields(shown, proposal),
        *differing(wanted.properties, shown.properties),
        *(() if is_same else (_OTHER_WORDS,)),
    )


@lru_cache(_REMEMBERED)
def _wanted(payload: str, editable: tuple[str, ...], zone: ZoneInfo) -> Shown:
    """Return what the page of a registered Proposal, given as JSON, shows."""
    proposal = Proposal.model_validate_json(payload)
    return read_back(page(proposal, editable=editable, zone=zone), editable=editable)


def _body(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _trimmed(words: str) -> list[str]:
    """Return lines without the blanks that editors add or drop."""
    return [line.rstrip() for line in words.strip().split("\n")]
