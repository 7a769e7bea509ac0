"""Queues: what is granted and due for each service, in the order of the yes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from utils.core.lifecycle import GRANTED_STATES, State
from utils.execution.answers import WAIT, rest_after

if TYPE_CHECKING:
    from datetime import datetime

    from utils.approval.decisions import Decisions
    from utils.journal import Journal
    from utils.storage.breakers import Breakers
    from utils.storage.rows import Tracked
    from utils.times.clock import Rests

#: How much of a service's queue is looked at, and worked off, at a time (ours).
BATCH: Final = 50
#: More than a queue ever holds.
EVERYTHING: Final = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Queues:
    """Tells what may go out now.

    Args:
        journal: What is granted.
        decisions: Whether its hold is over.
        breakers: Which services are left alone.
        begun: When the settings were read.
        rests: Until when anything rests.
    """

    journal: Journal
    decisions: Decisions
    breakers: Breakers
    begun: datetime
    rests: Rests

    def all(self) -> dict[str, list[Tracked]]:
        """Return what is due for each service that may be called now, in the order of the yes."""
        granted = self.journal.in_states(GRANTED_STATES)
        ordered = sorted(granted, key=lambda each: (each.proposal.service, _said_at(each)))
        queues: dict[str, list[Tracked]] = {}
        for service, queue in groupby(ordered, lambda each: each.proposal.service):
            if due := self._due(service, list(queue)):
                queues[service] = due
        return queues

    def of(self, service: str, *, limit: int = BATCH) -> list[Tracked]:
        """Return what is next for one service, if it may be called now."""
        now = self.decisions.clock()
        return self._due(service, self.journal.granted_to(service, limit, now=now))

    def _due(self, service: str, queue: list[Tracked]) -> list[Tracked]:
        due = [each for each in queue if self.decisions.is_due(each)]
        return due if due and not self._rests(service, queue) else []

    def _rests(self, service: str, queue: list[Tracked]) -> bool:
        """Return whether a service's queue waits: nothing overtakes what never left."""
        waiting = (each for each in queue if each.state is State.WAITING)
        if not all(self._may_be_signed_in(each) or self._has_rested(each) for each in waiting):
            return True
        return self.breakers.rests_until(service) is not None

    def _has_rested(self, tracked: Tracked) -> bool:
        longest = rest_after(tracked, tracked.outcome) if tracked.outcome else WAIT
        name = f"attempt {tracked.proposal.id}"
        return self.rests.is_over(name, tracked.not_before, longest=longest)

    def _may_be_signed_in(self, tracked: Tracked) -> bool:
        """Return whether it waits for a sign-in and these settings have not been tried on it."""
        parked = tracked.outcome and tracked.outcome.data.get("connect")
        return bool(parked and tracked.armed_at and tracked.armed_at < self.begun)


def _said_at(tracked: Tracked) -> datetime:
    """Return when the yes was given, which is the order in which things go out."""
    return tracked.grant.given_at if tracked.grant else tracked.proposal.created_at
