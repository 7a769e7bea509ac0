"""Any day of a business in fast motion: acts are made in it, and the judges are asked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from benchmarks.fast_motion.acts import Group, Kind
from benchmarks.fast_motion.calm import CalmTimes
from benchmarks.fast_motion.mishaps import Mishaps
from benchmarks.fast_motion.moments import Moments
from benchmarks.fast_motion.owner import Owner
from benchmarks.fast_motion.world import World
from utils.core.lifecycle import GRANTED_STATES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.fast_motion.acts import Act

#: How long, in seconds, all is well until what can go out must have gone out: longer than a
#: breaker rests, what never left waits and the quiet window lasts, one after the other.
_CALM_S: Final = 150
_ROUND_S: Final = 15
_A_DAY_AND_MORE_S: Final = 90_000
#: After so many days without a new wish nothing may wait for room any more.
_DAYS: Final = 12


class Day:
    """A business, everybody who acts in it, and its judges; only one at a time in a process."""

    def __init__(self, home: Path) -> None:
        self.world = World(home)
        self.owner = Owner(self.world)
        self.mishaps = Mishaps(self.world, self.owner)
        self.moments = Moments(self.world, self.owner, self.mishaps)
        #: What was done, by name.
        self.made: Counter[str] = Counter()

    def close(self) -> None:
        """Stop everything."""
        self.world.close()

    def make(self, act: Act, values: Sequence[Any]) -> None:
        """Do something; what needs a wish is left out while there is none.

        Args:
            act: What.
            values: What it takes, in its order.

        Raises:
            AssertionError: A promise did not hold.
        """
        numbers = sorted(self.world.wishes, reverse=True)
        if Kind.WISH in act.takes:
            if not numbers:
                return
            values = [numbers[values[0] % len(numbers)], *values[1:]]
        self.made[act.name] += 1
        doer = self if act.group == Group.DAY else getattr(self, act.group)
        getattr(doer, act.name)(*values)

    def next_day(self) -> None:
        """Let a day and more go by without anything."""
        self.world.wait(_A_DAY_AND_MORE_S)

    def calm(self) -> None:
        """Approve something for each service while all is well, and look what comes of it.

        Raises:
            AssertionError: Something that could go out did not, or a promise does not hold.
        """
        self._mend()
        for request in ("invoice", "post"):
            self.owner.approve_new(request)
        self._rest()

    def _mend(self) -> None:
        self.world.wires.heal()
        self.owner.resume()

    def _rest(self, *, may_wait: bool = True) -> None:
        """Let some minutes without a fault go by, and look at what must have come of everything.

        A clock that was put back lets nothing wait longer.
        """
        self._mend()
        for _ in range(_CALM_S // _ROUND_S):
            self.world.wait(_ROUND_S)
            self.world.make_pass()
        world = self.world
        now = world.clock.now
        CalmTimes(world.promises, world.wires, world.engine, now, may_wait=may_wait).check()

    def settle(self) -> None:
        """Let everything come to rest, and look at what must hold then.

        Raises:
            AssertionError: Something is neither final nor asked, or a promise does not hold.
        """
        self._rest()
        for _ in range(_DAYS):
            if not self.world.engine.journal.in_states(GRANTED_STATES):
                break
            self.next_day()
            self._rest()
        self._rest(may_wait=False)
        log = self.world.engine.audit_log
        log.render(whole=True)
        faults = log.verify()[0]
        assert faults == [], faults
