"""The world of a business in fast motion: time, services, the vault on the disk, the employee.

The employee is at work within ``work`` alone. What it did is looked at before anything else moves.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from benchmarks.death_points import DeathPoints, Killed
from benchmarks.fast_motion.promises import (
    HOLD_S,
    MAX_CENTS,
    MAX_POSTS,
    QUIET_S,
    STAND_S,
    Promises,
)
from benchmarks.fast_motion.reader import Reader
from benchmarks.fast_motion.wires import Wires
from utils.assembly.opening import assembled
from utils.catalogue import Catalogue
from utils.core.lifecycle import STOP_NOTE, VAULT, Folder, State
from utils.sandbox.odoo import PretendOdoo
from utils.sandbox.x import PretendX
from utils.settings import PROJECT_ROOT, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import CodeType

    from benchmarks.fast_motion.wish import Wish
    from utils.assembly.engine import Engine
    from utils.sandbox.pretend_service import PretendService

CATALOGUE: Final = Catalogue.load(PROJECT_ROOT)
#: How many posts the pretend X takes: its window of fifteen minutes is not what is tried here.
_POSTS_ENOUGH: Final = 1_000_000
_VARIABLES: Final = {
    "HOLD_SECONDS": str(HOLD_S),
    "STAND_SECONDS": str(STAND_S),
    "RECONCILE_AFTER_SECONDS_ODOO": str(QUIET_S),
    "RECONCILE_AFTER_SECONDS_TWITTER": str(QUIET_S),
    "HTTP_TIMEOUT_SECONDS": "2",
    "OWNER_TIMEZONE": "Europe/Berlin",
    "MAX_POSTS_PER_DAY": str(MAX_POSTS),
    "MAX_AMOUNT_PER_DAY": str(MAX_CENTS // 100),
}


def service_of(request: str) -> str:
    """Return which service a request is for."""
    return "odoo" if request == "invoice" else "x"


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


class World:
    """A home with its services and its employee; only one at a time in a process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = HandClock()
        #: How much time has gone by, in seconds, whatever the clock was set to.
        self.lived_s = 0.0
        began = self.clock.now
        # The services keep their own time: what is set is the clock of the owner's machine.
        self.odoo, self.x = (
            PretendOdoo(),
            PretendX(
                posts_per_window=_POSTS_ENOUGH,
                clock=lambda: began + timedelta(seconds=self.lived_s),
            ),
        )
        self.services: dict[str, PretendService] = {"odoo": self.odoo, "x": self.x}
        for service in self.services.values():
            service.start()
        self.wires = Wires(self.services)
        self.wishes: dict[int, Wish] = {}
        self.letters: list[str] = []
        self.promises = Promises(home, self.services, self.wishes, self.letters)
        self.reader = Reader(self.promises)
        #: How often the employee died in the middle of something.
        self.kills = 0
        #: When the wall clock was put ahead last, in lived seconds.
        self._ahead_s: float | None = None
        #: Whether the owner stopped everything, and the employee has been told.
        self.is_stopped = False
        self.points = DeathPoints()
        self.points.__enter__()
        self.engine = self.started()

    def close(self) -> None:
        """Stop everything."""
        self.points.__exit__()
        self.engine.close()
        for service in self.services.values():
            service.stop()

    # --- the employee --------------------------------------------------------------------------

    def another_engine(self) -> Engine:
        """Put one more engine of this home together."""
        for wish in self.wishes.values():
            if self._ahead_s is not None and wish.granted_s <= self._ahead_s:
                # It knows by the wall clock alone when the yes was given, and that was set since.
                wish.lose_hold()
        variables = self.odoo.environment() | self.x.environment() | _VARIABLES
        settings = load(self.home, environment=variables, project_root=self.home)
        return assembled(settings, CATALOGUE, clock=self.clock, steady=lambda: self.lived_s)

    def started(self) -> Engine:
        """Start an employee."""
        engine = self.another_engine()
        engine.start()
        return engine

    @contextmanager
    def work(self) -> Iterator[None]:
        """Let the employee be at work within, and look at what it did.

        Raises:
            AssertionError: Something went out after STOP, or against another promise.
        """
        told_to_stop = self.stop_note.exists()
        died_before = self.kills
        yield
        sent = self.wires.overhear()
        assert not (sent and (self.is_stopped or told_to_stop)), f"{sent} were sent after STOP"
        # One that died may not have got as far as to see the note.
        self.is_stopped |= told_to_stop and self.kills == died_before
        self.promises.sent(sent, self.wires, self.lived_s)
        self.look()

    def look(self) -> None:
        """Look at what the employee did, and at what the notes say now.

        Raises:
            AssertionError: A promise does not hold; the sentence says which.
        """
        self.promises.look(self.engine, self.clock.now, self.lived_s)
        self.reader.read(self.engine, self.lived_s)

    def make_pass(self) -> None:
        """Let the employee make one pass."""
        with self.work():
            self.engine.pass_once()
        self.reader.check_heard(self.engine)

    def restart(self) -> None:
        """Stop it and start it again."""
        with self.work():
            self.engine.close()
            self.engine = self.started()

    def die(self, fuse: int, since: CodeType | None = None) -> None:
        """Let it die in a pass, so many points on, from here or from when a function begins.

        It is started again.
        """
        with self.work():
            self.points.burn(fuse, since)
            with suppress(Killed):
                self.engine.pass_once()
            # As dead as a process: nothing is written any more. (A thread cannot be killed.)
            with suppress(Killed):
                self.engine.lanes.finish()
            self._begin_anew()

    def die_starting(self, fuse: int) -> None:
        """Stop it, let it die while it starts, and start it again."""
        with self.work():
            self.engine.close()
            self.engine = self.another_engine()
            self.points.burn(fuse)
            with suppress(Killed):
                self.engine.start()
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.kills += self.points.rest()
        self.engine.journal.close()
        self.engine = self.started()

    # --- time ----------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.clock.now += timedelta(seconds=seconds)
        self.lived_s += seconds

    def set_clock(self, seconds: float) -> None:
        """Put the wall clock of the owner's machine ahead, or back, while no time goes by."""
        self.clock.now += timedelta(seconds=seconds)
        if seconds > 0:
            self._ahead_s = self.lived_s
        for wish in self.wishes.values():
            wish.sent_s = None

    # --- the ground ----------------------------------------------------------------------------

    @property
    def stop_note(self) -> Path:
        """Where the note lies that stops everything."""
        return self.home / VAULT / STOP_NOTE

    def path(self, folder: Folder, name: str) -> Path:
        """Return where a note would lie."""
        return self.home / VAULT / folder / name

    def state(self, wish: Wish) -> State | None:
        """Return how far the employee says that it is with a wish."""
        tracked = self.engine.journal.find(wish.proposal_id)
        return tracked.state if tracked else None

    def effects(self) -> int:
        """Count what really took place."""
        return sum(1 for _ in self.promises.effects())
