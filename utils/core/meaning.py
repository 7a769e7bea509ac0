"""What a note means by where it lies and what it shows: pure, so that one table can test it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from utils.core.lifecycle import FINAL_STATES, GRANTED_STATES, OPEN_STATES, Folder, State
from utils.core.markdown import label
from utils.core.pinned import Difference
from utils.core.proposal_page import differences, same_fields

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

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


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a yes is measured against."""

    #: The Operation's text fields that the owner may edit.
    editable: tuple[str, ...]
    #: The owner's zone, in which the note was written.
    zone: ZoneInfo


def meaning_of(
    folder: Folder, proposal: Proposal, shown: Shown, terms: Terms, *, stood: bool
) -> Meaning:
    """Return what a registered, readable note means by lying in a decision folder.

    Args:
        folder: Where it lies.
        proposal: What it asks.
        shown: What it says.
        terms: What a yes is measured against.
        stood: Whether this version has stood for as long as a yes to it takes.
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
    if change := _change(proposal, shown, terms):
        return Meaning(Sign.CHANGED, change)
    return _yes(folder, proposal, shown, stood=stood)


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


def _change(proposal: Proposal, shown: Shown, terms: Terms) -> str:
    """Return why the note is not the registered version, or "" where it is."""
    if shown.version != proposal.version:
        return "An older version of this note was put here; look at this one."
    if changed := _pinned_changes(proposal, shown, terms):
        return _put_back(changed)
    if edits(proposal, shown):
        return "You edited the text; approve it as it stands now."
    return ""


def _put_back(changed: tuple[Difference, ...]) -> str:
    told = "; ".join(
        f"{label(change.name)} is “{change.registered}”, not “{change.shown}”"
        for change in changed
        if change.name
    )
    if not told:
        return (
            "Its words were not those it was written with: somebody changed them, or the employee "
            "was updated. It was written anew; look once more."
        )
    return (
        f"It was put back, because only the text may be edited here: {told}. "
        "For other values, reject it and ask for a new one."
    )


def _pinned_changes(proposal: Proposal, shown: Shown, terms: Terms) -> tuple[Difference, ...]:
    if proposal.state in OPEN_STATES:
        return differences(shown, proposal, zone=terms.zone)
    # A granted note still has the words of the question; what runs must not have changed.
    changed = same_fields(shown, proposal)
    if shown.digest != proposal.digest:
        return (*changed, Difference("digest", proposal.digest, shown.digest))
    return changed


def edits(proposal: Proposal, shown: Shown) -> dict[str, str]:
    """Return the editable texts that differ from the registered ones, by field."""
    if shown.version != proposal.version:
        return {}
    return {
        name: text
        for name, text in shown.texts.items()
        if text != (proposal.fields.get(name) or "")
    }
