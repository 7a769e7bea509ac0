"""The life of a Proposal: its states, the steps between them, and the folder of each.

This is the only module that spells folder names.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

#: The vault's own name, in the employee's home.
VAULT: Final = "AI_Employee"
#: The note at the vault's top whose presence stops everything.
STOP_NOTE: Final = "STOP.md"
#: The owner's pages at the vault's top.
DASHBOARD: Final = "Dashboard.md"
GOALS_NOTE: Final = "Business_Goals.md"
HANDBOOK: Final = "Company_Handbook.md"


class Folder(StrEnum):
    """A folder of the vault, by its name on disk."""

    INBOX = "Inbox"
    NEEDS_ACTION = "Needs_Action"
    PENDING = "Pending_Approval"
    APPROVED = "Approved"
    REJECTED = "Rejected"
    COMPLETED = "Completed"
    PLANS = "Plans"
    AUDITS = "Audits"
    BRIEFINGS = "CEO_Briefings"
    #: The owner's own copies of the pages' templates.
    TEMPLATES = "Templates"


#: The folders in which the owner's hand decides; nothing else may write into the last two.
DECISION_FOLDERS: Final = (Folder.PENDING, Folder.APPROVED, Folder.REJECTED)


class State(StrEnum):
    """Where a Proposal stands."""

    #: The owner is asked.
    PENDING = "pending"
    #: Permission was given; it runs when the hold is over and its time has come.
    GRANTED = "granted"
    #: The owner took the note back before it ran, or its time was missed; nothing happens until he
    #: decides again.
    HELD = "held"
    #: One process has claimed it and is making the call.
    ARMED = "armed"
    #: It certainly never left this machine; it goes out once when the service is back.
    WAITING = "waiting"
    #: The call left and no answer came that can be trusted.
    UNKNOWN = "unknown"
    #: It took place.
    DONE = "done"
    #: The service answered with an error: a person decides.
    FAILED = "failed"
    #: The owner or a rule said no.
    REFUSED = "refused"
    #: The answer came too late.
    EXPIRED = "expired"


#: Every step a Proposal may take, by the state it leaves (design, section 5).
STEPS: Final[dict[State, frozenset[State]]] = {
    State.PENDING: frozenset({State.GRANTED, State.REFUSED, State.EXPIRED}),
    # Pending again: a note that was taken back may be edited, too.
    State.HELD: frozenset({State.PENDING, State.GRANTED, State.REFUSED, State.EXPIRED}),
    State.GRANTED: frozenset(
        {State.ARMED, State.HELD, State.PENDING, State.REFUSED, State.EXPIRED}
    ),
    State.ARMED: frozenset({State.DONE, State.FAILED, State.WAITING, State.UNKNOWN}),
    State.WAITING: frozenset(
        {State.ARMED, State.HELD, State.PENDING, State.REFUSED, State.EXPIRED}
    ),
    State.UNKNOWN: frozenset({State.DONE, State.FAILED, State.PENDING}),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
    State.REFUSED: frozenset(),
    State.EXPIRED: frozenset(),
}

#: States in which the owner's answer is still awaited.
OPEN_STATES: Final = frozenset({State.PENDING, State.HELD})
#: States in which nothing will change any more.
FINAL_STATES: Final = frozenset(state for state, steps in STEPS.items() if not steps)
#: Final states in which the last attempt's Outcome is what came of it.
PERFORMED_STATES: Final = frozenset({State.DONE, State.FAILED})
#: States in which the note lies in Approved/ and may still be taken back.
GRANTED_STATES: Final = frozenset({State.GRANTED, State.WAITING})

_FOLDERS: Final[dict[State, Folder]] = {
    State.PENDING: Folder.PENDING,
    State.HELD: Folder.PENDING,
    State.GRANTED: Folder.APPROVED,
    State.ARMED: Folder.APPROVED,
    State.UNKNOWN: Folder.APPROVED,
    State.WAITING: Folder.APPROVED,
    State.DONE: Folder.COMPLETED,
    State.FAILED: Folder.COMPLETED,
    State.EXPIRED: Folder.COMPLETED,
    # A note that the owner dragged to Rejected/ stays there; every other refusal is filed.
    State.REFUSED: Folder.COMPLETED,
}


def may_step(old: State, new: State) -> bool:
    """Return whether a Proposal may go from one state to another in a single step."""
    return new in STEPS[old]


def folder_of(state: State) -> Folder:
    """Return the folder in which the note of a Proposal in this state belongs."""
    return _FOLDERS[state]
