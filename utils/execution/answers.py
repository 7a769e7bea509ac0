"""What came of an attempt, as the journal keeps it: the state, the Record, when to look again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from utils.core.entries import entry_about, published_as
from utils.core.errors import AuthenticationError, ConfigurationError, RateLimitedError
from utils.core.lifecycle import State
from utils.core.model import Outcome, OutcomeKind
from utils.storage.steps import Change

if TYPE_CHECKING:
    from utils.core.errors import EmployeeError
    from utils.core.model import Entry, Grant, Proposal
    from utils.core.operation import Operation
    from utils.storage.rows import Tracked

#: How long a write that never left waits before it is tried once more (ours, decision 0006).
WAIT: Final = timedelta(seconds=15)
#: The longest it waits where the owner has to sign in again first (ours, decision 0006).
_PARKED: Final = timedelta(minutes=15)
#: Errors that say the call was not made and a person has to mend the connection first.
_PARKING: Final = (AuthenticationError, ConfigurationError)
_STATE_OF: Final = {
    OutcomeKind.DONE: State.DONE,
    OutcomeKind.FAILED: State.FAILED,
    OutcomeKind.WAITING: State.WAITING,
    OutcomeKind.UNKNOWN: State.UNKNOWN,
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of an armed attempt."""

    #: The Proposal as it was armed.
    armed: Proposal
    state: State
    entry: Entry
    change: Change


@dataclass
class Unkept:
    """What a queue that is worked off still owes: an answer to the journal, notes to the vault."""

    #: What came of the last attempt; it is kept before the next one's first byte leaves.
    answer: Answer | None = None
    #: The ids of what was answered and kept, whose notes may have to be filed.
    kept: list[str] = field(default_factory=list)

    def take(self) -> Answer | None:
        """Return the answer that has to be kept, which counts as kept from now on."""
        answer, self.answer = self.answer, None
        if answer:
            self.kept.append(answer.armed.id)
        return answer


def answer_of(
    tracked: Tracked,
    outcome: Outcome,
    operation: type[Operation],
    *,
    now: datetime,
    duration_ms: int,
) -> Answer:
    """Return what is to be kept of an attempt's Outcome."""
    armed = tracked.proposal.model_copy(update={"state": State.ARMED})
    entry = entry_about(
        armed,
        actor="executor",
        result=outcome.kind,
        approval=approval_of(tracked.grant),
        duration_ms=duration_ms,
        error="" if outcome.kind is OutcomeKind.DONE else outcome.detail,
        domain_link=published_as(operation, armed, outcome),
        remote_id=outcome.remote_id,
        url=outcome.url,
        **outcome.data,
    )
    change = Change(outcome=outcome, not_before=now + rest_after(tracked, outcome))
    return Answer(armed=armed, state=_STATE_OF[outcome.kind], entry=entry, change=change)


def approval_of(grant: Grant | None) -> str:
    """Return by whom a Proposal was granted, for a Record."""
    return f"granted_by_{grant.by}" if grant else "not_needed"


def rest_after(tracked: Tracked, outcome: Outcome) -> timedelta:
    """Return how long a Proposal rests after an attempt; ever longer while nobody signs in."""
    if outcome.data.get("connect"):
        return min(_PARKED, WAIT * (1 << min(tracked.attempts, 10)))
    return max(WAIT, timedelta(seconds=float(outcome.data.get("retry_after_s") or 0)))


def outcome_of(error: EmployeeError) -> Outcome:
    """Return what an error after arming means for the Proposal.

    Only a service's own refusal is final; a call that certainly never took place waits, and
    everything that may have happened is unknown.
    """
    detail = f"{error} {error.hint}"
    if error.may_have_happened:
        return Outcome(kind=OutcomeKind.UNKNOWN, detail=detail)
    if isinstance(error, _PARKING):
        return Outcome(kind=OutcomeKind.WAITING, detail=detail, data={"connect": True})
    if error.transient:
        data = (
            {"retry_after_s": error.retry_after_s} if isinstance(error, RateLimitedError) else {}
        )
        return Outcome(kind=OutcomeKind.WAITING, detail=detail, data=data)
    return Outcome(kind=OutcomeKind.FAILED, detail=detail)
