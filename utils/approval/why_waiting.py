"""Why what is approved does not go out yet, in the owner's words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from utils.approval.caps import caps_for, used_up
from utils.core.errors import UnknownOperationError
from utils.core.lifecycle import GRANTED_STATES, State
from utils.core.markdown import moment

if TYPE_CHECKING:
    from datetime import datetime

    from utils.assembly.ground import Ground
    from utils.core.breaker import Breaker
    from utils.storage.rows import Tracked


@dataclass(frozen=True)
class WhyWaiting:
    """Tells of one home what holds approved work up, as it was when it was first asked.

    Args:
        ground: The journal, the breakers, the catalogue and the settings.

    Raises:
        JournalError: The journal could not be read; raised by every method.
    """

    ground: Ground

    def of(self, tracked: Tracked) -> str:
        """Return why a Proposal waits, one sentence; "" where nothing but its time holds it."""
        if tracked.state not in GRANTED_STATES:
            return ""
        reasons = (self._service(tracked), self._cap(tracked), self._attempt(tracked))
        return next(filter(None, reasons), "")

    def outages(self) -> dict[str, str]:
        """Return every service that does not answer: its title to since when and why."""
        titles = {service.name: service.title for service in self.ground.catalogue.services}
        return {
            titles.get(name, name): self._outage(breaker) for name, breaker in self._out.items()
        }

    @cached_property
    def _out(self) -> dict[str, Breaker]:
        return self.ground.breakers.out()

    @cached_property
    def _ahead(self) -> dict[str, Tracked]:
        """What never left and goes out first, by its service."""
        waiting = self.ground.journal.in_states({State.WAITING})
        return {each.proposal.service: each for each in reversed(waiting)}

    def _outage(self, breaker: Breaker) -> str:
        since = self._at(breaker.out_since or self.ground.clock())
        return f"does not answer since {since} ({breaker.why}); it is tried every half minute"

    def _service(self, tracked: Tracked) -> str:
        breaker = self._out.get(tracked.proposal.service)
        if breaker is None:
            return ""
        title = self._title(tracked)
        return f"{title} {self._outage(breaker)}, and this goes out when it is back."

    def _cap(self, tracked: Tracked) -> str:
        proposal, now = tracked.proposal, self.ground.clock()
        try:
            kind = self.ground.catalogue.operation(proposal.operation)
        except UnknownOperationError:
            return ""
        at = max(now, proposal.runs_at or now)
        for cap in caps_for(kind, proposal, self.ground.settings):
            frees_at = self.ground.journal.frees_at(cap, at)
            if frees_at:
                return f"It waits: {used_up(cap, frees_at, self.ground.settings)}."
        return ""

    def _attempt(self, tracked: Tracked) -> str:
        """Return what came of the last attempt at this, or at what goes out before it."""
        ahead = self._ahead.get(tracked.proposal.service)
        first = tracked if tracked.state is State.WAITING else ahead
        if first is None or first.outcome is None:
            return ""
        behind = "" if first is tracked else "It waits for what was approved before it. "
        return behind + first.outcome.detail

    def _title(self, tracked: Tracked) -> str:
        try:
            return self.ground.catalogue.service_of(tracked.proposal.operation).title
        except UnknownOperationError:
            return tracked.proposal.service

    def _at(self, at: datetime) -> str:
        return moment(at, self.ground.settings.zone)
