"""The wall clock and a steady one, so that time can be an argument everywhere else.

The wall clock says what time it is, and somebody may set it. The steady one only counts: it says
how long ago something was, whatever the other was set to meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

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


@dataclass(frozen=True)
class Rests:
    """Times until which something rests, kept by the wall clock and believed within reason.

    Args:
        clock: The wall clock.
        steady: The steady one.
    """

    clock: Clock
    steady: Steady
    #: What rests until when, to when that was first found to be too far ahead.
    _doubted: dict[tuple[str, datetime], float] = field(default_factory=dict)

    def is_over(self, what: str, until: datetime | None, *, longest: timedelta) -> bool:
        """Return whether a rest is over.

        Args:
            what: What rests.
            until: Until when; None where it does not.
            longest: How long it rests at most. A time further ahead was kept before the wall clock
                was put back: then it rests so long from now on, whatever the clock says.
        """
        if until is None or until <= self.clock():
            return True
        if until - self.clock() <= longest:
            return False
        since_s = self._doubted.setdefault((what, until), self.steady())
        return self.steady() - since_s >= longest.total_seconds()
