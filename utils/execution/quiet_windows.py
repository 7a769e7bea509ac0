"""Quiet windows: how long ago attempts without an answer were, whatever the wall clock is set to.

What this process saw begin is counted by a steady clock alone. Of what an earlier process left
behind only the wall clock knows, which may have been set in between; so such an attempt may have
been longer ago than it seems, and where the clock lies behind it, its window begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from utils.storage.rows import Tracked
    from utils.times.clock import Clock, Steady

#: The longest that an attempt may have been under way before it was seen here.
_LONGEST: Final = timedelta(minutes=15)
#: How far a clock that was set meanwhile may have been wrong (ours, decision 0021).
_DOUBT: Final = timedelta(days=1)


@dataclass(frozen=True)
class _Sight:
    """An attempt as it was seen first."""

    #: Which attempt at the Proposal.
    attempt: int
    #: When, by the steady clock.
    at_s: float
    #: How long before that it had begun.
    before: timedelta
    #: Whether another process had begun it.
    inherited: bool


@dataclass(frozen=True)
class QuietWindows:
    """Counts how long ago attempts were.

    Args:
        clock: The wall clock.
        steady: The steady one.
    """

    clock: Clock
    steady: Steady
    _seen: dict[str, _Sight] = field(default_factory=dict)

    def see(self, unknown: Iterable[Tracked], *, inherited: bool = False) -> None:
        """Begin to count for what is unknown, unless it was seen before.

        Args:
            unknown: All that is.
            inherited: Whether another process made the attempts.
        """
        found = {each.proposal.id: each for each in unknown}
        for name in self._seen.keys() - found.keys():
            del self._seen[name]
        for name, tracked in found.items():
            if name not in self._seen or self._seen[name].attempt != tracked.attempts:
                self._seen[name] = self._sight(tracked, inherited=inherited)

    def ago(self, tracked: Tracked) -> timedelta:
        """Return how long ago an attempt that was seen began."""
        sight = self._seen[tracked.proposal.id]
        return sight.before + self._since(sight)

    def doubt(self, tracked: Tracked) -> timedelta:
        """Return how much longer ago it may have begun."""
        return _DOUBT if self._seen[tracked.proposal.id].inherited else timedelta(0)

    def left(self, tracked: Tracked, window: timedelta) -> timedelta:
        """Return how long it takes until a window is over; nothing or less where it is."""
        sight = self._seen[tracked.proposal.id]
        # A jump of the wall clock within an attempt must not count as time gone by.
        gone_by = sight.before if sight.inherited else timedelta(0)
        return window - gone_by - self._since(sight)

    def _since(self, sight: _Sight) -> timedelta:
        return timedelta(seconds=max(self.steady() - sight.at_s, 0.0))

    def _sight(self, tracked: Tracked, *, inherited: bool) -> _Sight:
        armed_at = tracked.armed_at or tracked.proposal.revised_at
        before = max(self.clock() - armed_at, timedelta(0))
        known = before if inherited else min(before, _LONGEST)
        return _Sight(tracked.attempts, self.steady(), known, inherited)
