"""One thing asked and approved, with something that happens at a moment of its way.

What seldom meets by chance meets here: a change and a moment at which it matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from benchmarks.fast_motion.calm import CalmTimes
from benchmarks.fast_motion.promises import HOLD_S, LIMITS, uses
from benchmarks.fast_motion.world import service_of
from utils.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.fast_motion.mishaps import Mishaps
    from benchmarks.fast_motion.owner import Owner
    from benchmarks.fast_motion.world import World

_HOUR_S: Final = 3600.0
#: Longer than any approval waits.
_EXPIRY_S: Final = 49 * _HOUR_S
_DAY_S: Final = 25 * _HOUR_S
#: A little longer than what never left waits before it is tried again; "not there" does not count
#: yet then.
_RESTED_S: Final = 16.0
#: A little longer than a breaker rests, and than "not there" does not count.
_QUIET_S: Final = 31.0
#: How far into the hold "held" is, in seconds.
_INTO_S: Final = 3.0
#: What a service can be told to do with the next write, and what it then answers.
FAULTS: Final[dict[str, dict[str, Any]]] = {
    "refused": {"mode": "refuse", "seconds": 600},
    "reset": {"mode": "reset"},
    "answer lost": {"mode": "timeout_after_commit", "seconds": 0.0},
    "out": {"mode": "status", "status": 503},
    "too many": {"mode": "status", "status": 429, "seconds": 30},
    "wrong": {"mode": "status", "status": 400},
}


class When(StrEnum):
    """A moment on the way of what is asked."""

    #: Nobody says yes.
    INSTEAD = "instead of a yes"
    BEFORE = "just before the yes"
    #: The employee has not looked yet.
    UNSEEN = "just after the yes"
    HELD = "within the hold"
    OVER = "just before it goes out"


@dataclass(frozen=True)
class Matter:
    """What a moment is about.

    Args:
        world: Where it is.
        owner: Who says yes.
        mishaps: What may go wrong.
        number: Of the wish.
        service: Which is to bring it about.
        near: Where the employee dies, if it does: so many points on.
    """

    world: World
    owner: Owner
    mishaps: Mishaps
    number: int
    service: str
    near: int

    def spoil(self, fault: str) -> None:
        """Something goes wrong at the next write to the service."""
        self.world.wires.spoil(self.service, FAULTS[fault])

    def die_after(self, step: str) -> None:
        """The employee dies soon after a step of the journal."""
        self.world.die(self.near, getattr(Journal, step).__code__)

    def restart_stopped(self, how: str) -> None:
        """The owner stops everything, and the employee is stopped and started again."""
        self.owner.stop(how)
        self.world.make_pass()
        self.world.restart()

    def restart_behind(self) -> None:
        """The clock is put back while the employee is stopped and started again."""
        self.world.set_clock(-_HOUR_S)
        self.world.restart()

    def work_late(self) -> None:
        """A worker comes to it after its time, before anybody looks at what is too late."""
        self.mishaps.worker_alone(late_by_s=_EXPIRY_S)


@dataclass(frozen=True)
class Moments:
    """Lets things happen at moments.

    Args:
        world: Where they do.
        owner: Who says yes.
        mishaps: What may go wrong.
    """

    world: World
    owner: Owner
    mishaps: Mishaps

    def at(self, when: str, request: str, first: str, second: str, near: int) -> None:
        """Have something asked and approved; let one thing and another happen at a moment.

        Args:
            when: At which moment, as in ``When``.
            request: What is asked for; see ``Owner.ask``.
            first: What happens, one of ``TWISTS``.
            second: What happens then.
            near: Where it is a death: at which point.
        """
        self._await_room(request)
        number = self.owner.ask(request)
        if not number:
            return
        service = service_of(request)
        matter = Matter(self.world, self.owner, self.mishaps, number, service, near)

        def happens(moment: When) -> None:
            if when == moment:
                for twist in (first, second):
                    TWISTS[twist](matter)

        self.world.make_pass()
        self.world.wait(5)
        happens(When.INSTEAD)
        happens(When.BEFORE)
        if when != When.INSTEAD:
            self.owner.drag(number)
        happens(When.UNSEEN)
        self._go_on(number, happens)
        self._end(number)

    def _await_room(self, request: str) -> None:
        """Let a day go by where nothing more of this kind may go out on this one."""
        world = self.world
        kind, amount = uses("tweet" if service_of(request) == "x" else "invoice")
        if world.promises.used(world.engine, kind, world.clock.now) + amount > LIMITS[kind]:
            world.wait(_DAY_S)

    def _await_time(self, number: int) -> None:
        """Let the time go by until something may run that is planned."""
        yes, now = self.world.wishes[number].yes, self.world.clock.now
        if yes and yes.runs_at and yes.runs_at > now:
            self.world.wait((yes.runs_at - now).total_seconds())

    def _go_on(self, number: int, happens: Callable[[When], None]) -> None:
        """Let what was approved, or was not, go its way."""
        self.world.make_pass()
        self.world.wait(_INTO_S)
        happens(When.HELD)
        self.world.make_pass()
        # A moment before the hold is over, and a moment after.
        self.world.wait(HOLD_S - _INTO_S - 1)
        self.world.make_pass()
        self.world.wait(2)
        self._await_time(number)
        happens(When.OVER)
        for _ in range(2):
            self.world.make_pass()
            self.world.wait(_RESTED_S)
        self.world.make_pass()

    def _end(self, number: int) -> None:
        """Let the owner go on, and the services be back: something must come of it."""
        world = self.world
        self.owner.resume()
        world.wires.heal()
        for _ in range(4):
            world.wait(_QUIET_S)
            world.make_pass()
        calm = CalmTimes(world.promises, world.wires, world.engine, world.clock.now)
        calm.check_one(world.wishes[number])


#: What may happen, by its name.
TWISTS: Final[dict[str, Callable[[Matter], object]]] = {
    "nothing": lambda _: None,
    "edit_text": lambda it: it.owner.edit_text(it.number),
    "edit_amount": lambda it: it.owner.edit_amount(it.number),
    "tick": lambda it: it.owner.tick(it.number),
    "tick_no": lambda it: it.owner.tick_no(it.number),
    "drag_back": lambda it: it.owner.drag_back(it.number),
    "reject": lambda it: it.owner.reject(it.number),
    "delete": lambda it: it.owner.delete(it.number),
    "copy_in_conflict": lambda it: it.mishaps.copy_in_conflict(it.number),
    "copy_to_both": lambda it: it.mishaps.copy_to_both(it.number),
    "forge": lambda it: it.mishaps.forge(it.number),
    "pass": lambda it: it.world.make_pass(),
    "restart": lambda it: it.world.restart(),
    "rival": lambda it: it.mishaps.rival_claims(),
    "worker": lambda it: it.mishaps.worker_alone(),
    "worker, too late": Matter.work_late,
    "die": lambda it: it.world.die(it.near * 10),
    "die starting": lambda it: it.world.die_starting(it.near * 5),
    "die claiming": lambda it: it.die_after("arm"),
    "die answered": lambda it: it.die_after("move"),
    "wait out": lambda it: it.world.wait(_EXPIRY_S),
    "clock far ahead": lambda it: it.world.set_clock(_EXPIRY_S),
    "clock ahead": lambda it: it.world.set_clock(_HOUR_S),
    "clock back": lambda it: it.world.set_clock(-_HOUR_S),
    "clock back, restart": Matter.restart_behind,
    "stop by note": lambda it: it.owner.stop("note"),
    "stop, restart": lambda it: it.restart_stopped("command"),
    "stop, note gone, restart": lambda it: it.restart_stopped("gone"),
    "refused": lambda it: it.spoil("refused"),
    "reset": lambda it: it.spoil("reset"),
    "answer lost": lambda it: it.spoil("answer lost"),
    "out": lambda it: it.spoil("out"),
    "too many": lambda it: it.spoil("too many"),
    "wrong": lambda it: it.spoil("wrong"),
}
