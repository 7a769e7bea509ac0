"""The wall clock and a steady one, so that time can be an argument everywhere else.

The wall clock says what time it is, and somebody may set it. The steady one only counts: it says
how long ago something was, whatever the other was set to meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Final

#: Says what time it is, as aware UTC.
type Clock = Callable[[], datetime]
#: Counts seconds from some moment on, and is never set.
type Steady = Callable[[], float]


def utc_now() -> datetime:
    """Return the present time as aware UTC."""
    return datetime.now(UTC)


def steady_s() -> float:
    """Return how long the machine has been up, in seconds, its sleep included where it tells."""
    counter = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if counter is None else time.clock_gettime(counter)


def steady_beside(clock: Clock) -> Steady:
    """Return the steady clock that belongs to a clock: one that is moved counts for both."""
    return steady_s if clock is utc_now else lambda: clock().timestamp()


#: How far two clocks that agree may be apart, in seconds.
_ALIKE_S: Final = 0.001


@dataclass(frozen=True)
class Rests:
    """Times until which something rests, kept by the wall clock.

    From when a rest is asked about first the steady clock counts it: whatever the wall clock is
    set to, it lasts neither longer nor less.

    Args:
        clock: The wall clock.
        steady: The steady one.
    """

    clock: Clock
    steady: Steady
    #: What rests until when, to when that is over by the steady clock.
    _ends: dict[tuple[str, datetime], float] = field(default_factory=dict)

    def is_over(self, what: str, until: datetime | None, *, longest: timedelta) -> bool:
        """Return whether a rest is over.

        Args:
            what: What rests.
            until: Until when; None where it does not.
            longest: How long it rests at most. A time further ahead was kept before the wall clock
                was put back: then it rests so long from now on.
        """
        if until is None:
            return True
        left = min(until - self.clock(), longest)
        if left > timedelta(0):
            self._ends.setdefault((what, until), self.steady() + left.total_seconds())
        if self.steady() + _ALIKE_S < self._ends.get((what, until), -inf):
            return False
        if left <= timedelta(0):
            self._ends.pop((what, until), None)
        return True
