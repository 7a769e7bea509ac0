"""The breaker of one service: when it is left alone, and when it is tried again.

Five failures within a minute open it for half a minute; then a single call is let through, and
what comes of that closes it or opens it again. Pure: what is kept goes in, what is to be kept
comes out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from utils.core.model import Value

#: How many failures open it (design, section 5; decision 0011).
FAILURES: Final = 5
#: Within how long, not counting the time spent waiting for the answers that did not come.
WINDOW: Final = timedelta(seconds=60)
#: How long it stays open before a call is let through to try.
REST: Final = timedelta(seconds=30)


class Failure(Value):
    """A call that the service did not answer, or answered by saying that it is out."""

    at: AwareDatetime
    took_s: float


class Breaker(Value):
    """What is kept of a service's failures; a new one is closed."""

    #: The last failures, oldest first.
    failures: tuple[Failure, ...] = ()
    #: When it was opened last; None while it is closed.
    opened_at: AwareDatetime | None = None
    #: Since when the service has not been answering; None while it is closed.
    out_since: AwareDatetime | None = None
    #: Since when a call tries it, and until when that may take; None where none is under way.
    trial_since: AwareDatetime | None = None
    trial_until: AwareDatetime | None = None
    #: What went wrong last, a few words.
    why: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the service counts as out."""
        return self.opened_at is not None

    def rests_until(self, now: datetime) -> datetime | None:
        """Return until when no call may go, None where one may go now."""
        if self.opened_at is None or self.opened_at > now:
            # A clock that was put back behind the opening must not make it last longer.
            return None
        until = self.opened_at + REST
        if self.trial_until and self.trial_since and self.trial_since <= now:
            until = max(until, self.trial_until)
        return until if now < until else None


class Permit(StrEnum):
    """Whether a call may go."""

    GO = "go"
    #: It goes, as the one that tries whether the service is back.
    TRIAL = "trial"
    REST = "rest"


def asked(breaker: Breaker, *, now: datetime, lasts_s: float) -> tuple[Permit, Breaker]:
    """Return whether a call may go, and the breaker as it is then.

    Args:
        breaker: As it was kept.
        now: The time.
        lasts_s: How long the call may take at most, in seconds; a trial that was not heard of
            for longer, because its process died, makes room for another.
    """
    if not breaker.is_open:
        return Permit.GO, breaker
    if breaker.rests_until(now):
        return Permit.REST, breaker
    lease = now + timedelta(seconds=lasts_s)
    return Permit.TRIAL, breaker.model_copy(update={"trial_since": now, "trial_until": lease})


def failed(breaker: Breaker, *, now: datetime, took_s: float, why: str) -> Breaker:
    """Return the breaker after a call that came to nothing."""
    recent = (*breaker.failures, Failure(at=now, took_s=max(took_s, 0.0)))[-FAILURES:]
    known = breaker.model_copy(update={"failures": recent, "why": why})
    if breaker.is_open and breaker.trial_until is None:
        # It was under way when the breaker opened, and says nothing new.
        return known
    if not (breaker.is_open or _too_many(recent)):
        return known
    since = breaker.out_since or recent[0].at
    return known.model_copy(update={"opened_at": now, "out_since": since, "trial_until": None})


def answered(breaker: Breaker) -> Breaker:
    """Return the breaker after a call that was answered: while it is closed, as it was."""
    return Breaker() if breaker.is_open else breaker


def _too_many(recent: tuple[Failure, ...]) -> bool:
    """Return whether the last failures came too close upon each other.

    A service that hangs is out as well as one that refuses, so waiting for it does not count.
    """
    if len(recent) < FAILURES:
        return False
    waited = timedelta(seconds=sum(failure.took_s for failure in recent[1:]))
    return recent[-1].at - recent[0].at - waited <= WINDOW
