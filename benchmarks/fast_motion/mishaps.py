"""What happens to a business: sync programs, forgers, outages, rivals and deaths."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.fast_motion.promises import HOLD_S
from benchmarks.fast_motion.world import service_of
from utils.approval.caps import caps_for
from utils.core.lifecycle import DECISION_FOLDERS, Folder
from utils.journal import Journal
from utils.storage.bookmarks import Bookmarks

if TYPE_CHECKING:
    from benchmarks.fast_motion.owner import Owner
    from benchmarks.fast_motion.world import World

#: How long a service that is out stays out, in seconds.
_OUT_S = 600


@dataclass
class Mishaps:
    """Lets things go wrong.

    Args:
        world: Where they do.
        owner: Who has just approved something.
    """

    world: World
    owner: Owner
    #: How often another executor came in between.
    rivals: int = 0

    # --- sync programs and forgers -------------------------------------------------------------

    def copy_in_conflict(self, number: int) -> None:
        """A sync program leaves a second copy in Approved/."""
        note = self._copied(number)
        for folder in DECISION_FOLDERS:
            if (path := self.world.path(folder, note)).exists():
                name = f"{path.stem} (Conflicted copy phone 202611221200).md"
                shutil.copy(path, self.world.path(Folder.APPROVED, name))

    def copy_to_both(self, number: int) -> None:
        """A sync program shows a granted note in its old place as well."""
        note = self._copied(number)
        if (path := self.world.path(Folder.APPROVED, note)).exists():
            shutil.copy(path, self.world.path(Folder.PENDING, note))

    def _copied(self, number: int) -> str:
        self.world.wishes[number].copied = True
        return self.world.wishes[number].note

    def forge(self, number: int) -> None:
        """Somebody puts a note into Approved/ that no request stands behind."""
        wish = self.world.wishes[number]
        made_up = "p-zzzzzzzzzz"
        if (path := self.world.path(Folder.PENDING, wish.note)).exists():
            text = path.read_text().replace(wish.proposal_id, made_up)
            name = wish.note.replace(wish.proposal_id, made_up)
            self.world.path(Folder.APPROVED, name).write_text(text)

    # --- services ------------------------------------------------------------------------------

    def spoil(self, service: str, fault: dict[str, Any]) -> None:
        """Something goes wrong at a service's next write."""
        self.world.wires.spoil(service, fault)

    def heal(self) -> None:
        """Every service works again."""
        self.world.wires.heal()

    def outage(self, request: str) -> None:
        """A service is not there for a while, and something for it has just been approved."""
        self.owner.approve_new(request)
        self.world.services[service_of(request)].fault("refuse", seconds=_OUT_S)
        for _ in range(6):
            self.world.wait(15)
            self.world.make_pass()

    # --- other executors -----------------------------------------------------------------------

    def rival(self, request: str) -> None:
        """Something is approved, and another executor carries it out."""
        self.owner.approve_new(request)
        self.world.wait(HOLD_S + 1)
        self.rival_claims()

    def rival_claims(self) -> None:
        """Another executor carries out what is due just before this one claims it."""
        with self.world.work():
            # The caps are the last that is looked at before the claim, outside of its transaction.
            self.world.points.come_between(caps_for.__code__, self._work_beside)
            self.world.engine.pass_once()
            self.world.points.rest()

    def worker_alone(self, *, late_by_s: float = 0.0) -> None:
        """The folders are looked at, and a worker that sees none carries out what was granted.

        Args:
            late_by_s: How far the clock has gone on when it does, in seconds.
        """
        with self.world.work():
            self.world.engine.folders.sweep()
        self.world.set_clock(late_by_s)
        with self.world.work():
            self._work_beside()

    def _work_beside(self) -> None:
        self.rivals += 1
        other = self.world.another_engine()
        try:
            if other.executor:
                other.executor.run_due()
        finally:
            other.lanes.finish()
            other.journal.close()

    def restart_stopped(self, request: str, how: str) -> None:
        """Something is approved, the owner stops everything, and the employee starts anew."""
        self.owner.approve_new(request)
        self.owner.stop(how)
        self.world.make_pass()
        self.world.restart()
        for _ in range(2):
            self.world.wait(HOLD_S + 1)
            self.world.make_pass()
        self.owner.resume()

    # --- deaths --------------------------------------------------------------------------------

    def die(self, fuse: int) -> None:
        """The employee dies in the middle of a pass, at the given point."""
        self.world.die(fuse)

    def die_starting(self, fuse: int) -> None:
        """It is stopped, and dies while it starts."""
        self.world.die_starting(fuse)

    def die_claiming(self, request: str, near: int) -> None:
        """Something is approved, and it dies so many points after it has claimed it."""
        self._die_acting(request, near, "arm")

    def die_answered(self, request: str, near: int) -> None:
        """Something is approved, and it dies so many points after a step of a Proposal's life."""
        self._die_acting(request, near, "move")

    def _die_acting(self, request: str, near: int, step: str) -> None:
        self.owner.approve_new(request)
        self.world.wait(HOLD_S + 1)
        self.world.die(near, getattr(Journal, step).__code__)

    def die_reading(self, near: int) -> None:
        """A file is dropped, and it dies so many points after it was taken in."""
        self.owner.drop_letter()
        self.world.make_pass()
        self.world.wait(5)
        self.world.die(near, Bookmarks.take_in.__code__)
