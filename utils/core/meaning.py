"""What a note means by where it lies and what it shows: pure, so that one table can test it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from utils.core.lifecycle import FINAL_STATES, GRANTED_STATES, OPEN_STATES, Folder, State
from utils.core.proposal_page import same_fields

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from utils.core.model import Proposal
    from utils.core.proposal_page import Shown


class Sign(StrEnum):
    """What the owner's hand says about a Proposal."""

    #: Nothing new.
    NOTHING = "nothing"
    #: Yes, by dragging or by the checkbox.
    DRAGGED = "drag"
    TICKED = "checkbox"
    #: No.
    NO = "no"
    #: A yes taken back before it ran.
    TAKEN_BACK = "taken back"
    #: The note is not the registered version: it is asked again.
    CHANGED = "changed"
    #: It came after the Proposal was finished.
    TOO_LATE = "too late"
    #: Not to be decided yet: look again.
    LATER = "later"


@dataclass(frozen=True)
class Meaning:
    """A Sign, and the reason where the owner has to be told one."""

    sign: Sign
    reason: str = ""


def meaning_of(
    folder: Folder, proposal: Proposal, shown: Shown, *, now: datetime, stand: timedelta
) -> Meaning:
    """Return what a registered, readable note means.

    Args:
        folder: The decision folder it lies in.
        proposal: As it is registered.
        shown: As the note shows it.
        now: The time.
        stand: How long a version must have stood before a yes to it counts.
    """
    if proposal.state in FINAL_STATES:
        settled = proposal.state is State.REFUSED and folder is Folder.REJECTED
        return Meaning(Sign.NOTHING if settled else Sign.TOO_LATE)
    if proposal.state not in OPEN_STATES | GRANTED_STATES:
        return Meaning(Sign.NOTHING)
    if folder is Folder.REJECTED or shown.reject:
        return Meaning(Sign.NO)
    if proposal.state in GRANTED_STATES and folder is Folder.PENDING:
        return Meaning(Sign.TAKEN_BACK)
    if change := _change(proposal, shown):
        return Meaning(Sign.CHANGED, change)
    return _yes(folder, proposal, shown, stood=now - proposal.revised_at >= stand)


def _yes(folder: Folder, proposal: Proposal, shown: Shown, *, stood: bool) -> Meaning:
    if proposal.state in GRANTED_STATES:
        return Meaning(Sign.NOTHING)
    if folder is Folder.APPROVED:
        if stood:
            return Meaning(Sign.DRAGGED)
        return Meaning(Sign.CHANGED, "It changed just before you approved it; look once more.")
    if shown.approve:
        return Meaning(Sign.TICKED if stood else Sign.LATER)
    return Meaning(Sign.NOTHING)


def _change(proposal: Proposal, shown: Shown) -> str:
    """Return why the note is not the registered version, or "" where it is."""
    if pinned := same_fields(shown, proposal):
        changes = "; ".join(
            f"{change.name} is {change.registered}, not {change.shown}" for change in pinned
        )
        return (
            f"It was put back, because only the text may be edited here: {changes}. "
            "For other values, reject it and ask for a new one."
        )
    if shown.version != proposal.version or shown.digest != proposal.digest:
        return "An older version of this note was put here; look at this one."
    if edits(proposal, shown):
        return "You edited the text; approve it as it stands now."
    return ""


def edits(proposal: Proposal, shown: Shown) -> dict[str, str]:
    """Return the editable texts that differ from the registered ones, by field."""
    if shown.version != proposal.version:
        return {}
    return {
        name: text
        for name, text in shown.texts.items()
        if text != (proposal.fields.get(name) or "")
    }
