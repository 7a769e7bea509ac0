"""One business in fast motion: the owner, the services, sync programs and accidents as moves.

Every move may be made at any time. After each of them ``check`` looks at what must always hold;
``calm`` lets some minutes without a fault go by, and looks at what must have come of everything;
``settle`` does so at the end. A state machine and the soak choose the moves; both print what they
chose by. ``benchmarks.promises`` judges.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from benchmarks.death_points import DeathPoints, Killed
from benchmarks.promises import HOLD_S, MAX_CENTS, MAX_POSTS, Promises, Wish
from utils.approval.caps import caps_for
from utils.assembly.opening import assembled
from utils.catalogue import Catalogue
from utils.core.errors import EmployeeError, NoteError
from utils.core.lifecycle import DECISION_FOLDERS, GRANTED_STATES, OPEN_STATES, Folder, State
from utils.core.model import Origin, Source
from utils.core.proposal_page import read_back
from utils.journal import Journal
from utils.sandbox.odoo import PretendOdoo
from utils.sandbox.x import PretendX
from utils.settings import PROJECT_ROOT, load
from utils.storage.bookmarks import Bookmarks

if TYPE_CHECKING:
    from pathlib import Path

    from utils.assembly.engine import Engine
    from utils.sandbox.pretend_service import PretendService

_QUIET_S: Final = 30
#: How many posts the pretend X takes: its window of fifteen minutes is not what is tried here.
_POSTS_ENOUGH: Final = 1_000_000
_VARIABLES: Final = {
    "HOLD_SECONDS": str(HOLD_S),
    "STAND_SECONDS": "3",
    "RECONCILE_AFTER_SECONDS_ODOO": str(_QUIET_S),
    "RECONCILE_AFTER_SECONDS_TWITTER": str(_QUIET_S),
    "HTTP_TIMEOUT_SECONDS": "2",
    "OWNER_TIMEZONE": "Europe/Berlin",
    "MAX_POSTS_PER_DAY": str(MAX_POSTS),
    "MAX_AMOUNT_PER_DAY": str(MAX_CENTS // 100),
}
_CATALOGUE: Final = Catalogue.load(PROJECT_ROOT)
#: Steps of the journal to die in, or soon after.
STEPS: Final = ("arm", "move")
#: What a service can be told to do with the next write, and what it then answers.
FAULTS: Final = (
    {"mode": "refuse", "seconds": 600},
    {"mode": "reset"},
    # Twice as often as the others: here a second try makes a second effect.
    {"mode": "late_commit", "seconds": 0.0},
    {"mode": "late_commit", "seconds": 0.0},
    {"mode": "status", "status": 503},
    {"mode": "status", "status": 429, "seconds": 30},
    {"mode": "status", "status": 400},
)
#: How long, in seconds, all is well until what can go out must have gone out: longer than a
#: breaker rests, what never left waits and the quiet window lasts, one after the other.
_CALM_S: Final = 150
_ROUND_S: Final = 15
_A_DAY_AND_MORE_S: Final = 90_000
#: After so many days without a new wish nothing may wait for room any more.
_DAYS: Final = 12
_WRITES: Final = {"odoo": "/json/2/account.move/load", "x": "/2/tweets"}


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


class FastMotion:
    """A home with its services, and the moves; only one at a time in a process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = HandClock()
        #: How much time has gone by, in seconds; jumps ahead count, jumps back do not.
        self.lived_s = 0.0
        # The same time for both sides: what a wrong clock does is another question.
        self.odoo, self.x = (
            PretendOdoo(),
            PretendX(posts_per_window=_POSTS_ENOUGH, clock=lambda: self.clock.now),
        )
        self.services: dict[str, PretendService] = {"odoo": self.odoo, "x": self.x}
        for service in self.services.values():
            service.start()
        self.wishes: dict[int, Wish] = {}
        self._letters: list[str] = []
        self.promises = Promises(home, self.services, self.wishes, self._letters)
        #: How often it died in the middle of something.
        self.kills = 0
        #: How often another executor came in between.
        self.rivals = 0
        self.points = DeathPoints()
        self.points.__enter__()
        self.engine = self._started()

    def close(self) -> None:
        """Stop everything."""
        self.points.__exit__()
        self.engine.close()
        for service in self.services.values():
            service.stop()

    def _started(self) -> Engine:
        engine = self._engine()
        engine.start()
        return engine

    def _engine(self) -> Engine:
        variables = self.odoo.environment() | self.x.environment() | _VARIABLES
        settings = load(self.home, environment=variables, project_root=self.home)
        return assembled(settings, _CATALOGUE, clock=self.clock, steady=lambda: self.lived_s)

    # --- what is asked -------------------------------------------------------------------------

    def ask_invoice(self) -> None:
        """An agent asks for an invoice of 150.00."""
        line = {"description": "Bread", "quantity": "3", "unit_price": "50.00"}
        number = len(self.wishes) + 1
        values = {
            "customer": "billing@acme.example",
            "lines": [line],
            "reference": f"PO #{number}",
        }
        self._ask("odoo_create_invoice", values, number)

    def ask_post(self) -> None:
        """An agent asks for a post."""
        number = len(self.wishes) + 1
        self._ask("twitter_create_tweet", {"text": f"Loaf #{number} is back."}, number)

    def plan_post(self) -> None:
        """An agent asks for a post in two hours: policy may say yes by itself."""
        number = len(self.wishes) + 1
        at = (self.clock.now + timedelta(hours=2)).isoformat(timespec="seconds")
        values = {"text": f"Loaf #{number} is back.", "scheduled_for": at}
        self._ask("twitter_create_tweet", values, number)

    def _ask(self, tool: str, values: dict[str, Any], number: int) -> None:
        operation = _CATALOGUE.operation(tool).model_validate(values, strict=False)
        try:
            proposal = self.engine.gate.submit(operation, origin=Origin(source=Source.MCP))
        except EmployeeError:
            # The service cannot be read now; nothing was registered.
            return
        if proposal.state is State.REFUSED:
            return
        wish = Wish(proposal.id, proposal.note, tool)
        self.wishes[number] = wish
        if proposal.state is State.GRANTED:
            wish.granted = True
            wish.yes_at = self.lived_s
            wish.shown.add(values.get("text", ""))

    def drop_letter(self) -> None:
        """A file is dropped into Inbox/."""
        name = f"letter-{len(self._letters) + 1}.txt"
        text = f"The flour came in time, thank you ({name})."
        self._path(Folder.INBOX, name).write_text(text)
        self._letters.append(name)

    # --- the owner's hand ----------------------------------------------------------------------

    def drag(self, number: int) -> None:
        """He drags a waiting note to Approved/."""
        self._yes(number, Folder.PENDING, Folder.APPROVED)

    def tick(self, number: int) -> None:
        """He ticks the box of a waiting note."""
        wish = self.wishes[number]
        self._rewrite(Folder.PENDING, wish.note, "approve: false", "approve: true")
        self._remember_yes(wish, Folder.PENDING)

    def approve_new(self, service: str) -> None:
        """Something is asked for, and he approves it as soon as that counts."""
        self.ask_post() if service == "x" else self.ask_invoice()
        self.make_pass()
        self.wait(5)
        if self.wishes:
            self.drag(max(self.wishes))
        self.make_pass()

    def rush(self) -> None:
        """More is asked for and approved in a minute than may go out within a day."""
        for _ in range(MAX_POSTS + 2):
            self.approve_new("x")
        self.wait(HOLD_S)
        self.make_pass()

    def approve_and_wait(self, number: int) -> None:
        """What most owners do most of the time."""
        self.wait(5)
        self.drag(number)
        self.make_pass()
        self.wait(HOLD_S + 1)
        self.make_pass()

    def drag_back(self, number: int) -> None:
        """He drags a note back."""
        self._no(number, Folder.APPROVED, Folder.PENDING)

    def reject(self, number: int) -> None:
        """He drags a note to Rejected/."""
        self._no(number, Folder.PENDING, Folder.REJECTED)

    def delete(self, number: int) -> None:
        """He deletes a waiting note."""
        self._path(Folder.PENDING, self.wishes[number].note).unlink(missing_ok=True)

    def take_back(self, service: str) -> None:
        """He approves, and takes it back while it is held."""
        self.approve_new(service)
        if self.wishes:
            self.drag_back(max(self.wishes))
        self.make_pass()
        self.wait(HOLD_S + 1)
        self.make_pass()

    def _no(self, number: int, out_of: Folder, to: Folder) -> None:
        wish = self.wishes[number]
        if self._move(wish.note, out_of, to) and self._state(wish) in OPEN_STATES | GRANTED_STATES:
            wish.refused = True

    def edit_text(self, number: int) -> None:
        """He edits the text of a post, where the note lies."""
        wish = self.wishes[number]
        for folder in (Folder.PENDING, Folder.APPROVED):
            self._rewrite(folder, wish.note, "is back", "is back again")

    def edit_amount(self, number: int) -> None:
        """He, or somebody, changes what is pinned."""
        wish = self.wishes[number]
        for folder in (Folder.PENDING, Folder.APPROVED):
            self._rewrite(folder, wish.note, "50.00", "5.00")

    def _yes(self, number: int, out_of: Folder, to: Folder) -> None:
        wish = self.wishes[number]
        if self._move(wish.note, out_of, to):
            self._remember_yes(wish, to)

    def _remember_yes(self, wish: Wish, folder: Folder) -> None:
        note = self._path(folder, wish.note)
        if not note.exists():
            return
        wish.granted, wish.refused = True, False
        if self._state(wish) not in GRANTED_STATES:
            # Otherwise an earlier yes counts, which nobody saw him take back.
            wish.yes_at = self.lived_s
        with suppress(NoteError):
            wish.shown |= set(read_back(note.read_text(), editable=("text",)).texts.values())

    # --- sync programs and forgers -------------------------------------------------------------

    def copy_in_conflict(self, number: int) -> None:
        """A sync program leaves a second copy in Approved/."""
        note = self._copied(number)
        for folder in DECISION_FOLDERS:
            if (path := self._path(folder, note)).exists():
                name = f"{path.stem} (Conflicted copy phone 202611221200).md"
                shutil.copy(path, self._path(Folder.APPROVED, name))

    def copy_to_both(self, number: int) -> None:
        """A sync program shows a granted note in its old place as well."""
        note = self._copied(number)
        if (path := self._path(Folder.APPROVED, note)).exists():
            shutil.copy(path, self._path(Folder.PENDING, note))

    def _copied(self, number: int) -> str:
        self.wishes[number].copied = True
        return self.wishes[number].note

    def forge(self, number: int) -> None:
        """Somebody puts a note into Approved/ that no request stands behind."""
        wish = self.wishes[number]
        made_up = "p-zzzzzzzzzz"
        if (path := self._path(Folder.PENDING, wish.note)).exists():
            text = path.read_text().replace(wish.proposal_id, made_up)
            name = wish.note.replace(wish.proposal_id, made_up)
            self._path(Folder.APPROVED, name).write_text(text)

    # --- time, services, the switch ------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Time goes by, or the clock is put back."""
        self.clock.now += timedelta(seconds=seconds)
        self.lived_s += max(seconds, 0.0)

    def spoil(self, service: str, fault: dict[str, Any]) -> None:
        """Something goes wrong at the next write."""
        self.services[service].fault(**fault, path=_WRITES[service], method="POST")

    def outage(self, service: str) -> None:
        """A service is not there for a while, and something for it has just been approved."""
        self.approve_new(service)
        self.services[service].fault("refuse", seconds=600)
        for _ in range(6):
            self.wait(15)
            self.make_pass()

    def outage_and_back(self, service: str) -> None:
        """It comes back, and what waited goes out."""
        self.outage(service)
        self.calm()

    def heal(self) -> None:
        """Every service works again."""
        for service in self.services.values():
            service.heal()

    def stop(self) -> None:
        """The owner stops everything by a note."""
        (self.home / "AI_Employee" / "STOP.md").write_text("stop")

    def resume(self) -> None:
        """He lets it go on."""
        self.engine.switch.resume()

    # --- the employee --------------------------------------------------------------------------

    def make_pass(self) -> None:
        """It makes a pass, while nothing may be sent where it was stopped."""
        stopped = self.engine.switch.is_on()
        before = self.effects()
        self.engine.pass_once()
        assert not stopped or self.effects() == before, "something went out after STOP"  # noqa: S101

    def rival(self, service: str) -> None:
        """He approves, and another executor carries it out just before this one claims it."""
        self.approve_new(service)
        self.wait(HOLD_S + 1)
        # What is done about the caps is the last before the claim, and outside of its transaction.
        self.points.come_between(caps_for.__code__, self._work_beside)
        self.make_pass()
        self.points.rest()

    def _work_beside(self) -> None:
        self.rivals += 1
        other = self._engine()
        try:
            if other.executor:
                other.executor.run_due()
        finally:
            other.lanes.finish()
            other.journal.close()

    def die(self, fuse: int) -> None:
        """It dies in the middle of a pass, at the given point, and is started again."""
        self.points.burn(fuse)
        self._die()

    def die_acting(self, service: str, step: str, fuse: int) -> None:
        """He approves, and it dies so many points after the step of the journal that is named."""
        self.approve_new(service)
        self.wait(HOLD_S + 1)
        self.points.burn(fuse, getattr(Journal, step).__code__)
        self._die()

    def die_reading(self, fuse: int) -> None:
        """A file is dropped, and it dies so many points after it was taken in."""
        self.drop_letter()
        self.make_pass()
        self.wait(5)
        self.points.burn(fuse, Bookmarks.take_in.__code__)
        self._die()

    def _die(self) -> None:
        with suppress(Killed):
            self.engine.pass_once()
        # As dead as a process: nothing is written any more. (A thread of it cannot be killed.)
        with suppress(Killed):
            self.engine.lanes.finish()
        self.kills += self.points.rest()
        self.engine.journal.close()
        self.engine = self._started()

    def die_starting(self, fuse: int) -> None:
        """It is stopped, dies while it starts, and is started again."""
        self.engine.close()
        self.engine = self._engine()
        self.points.burn(fuse)
        with suppress(Killed):
            self.engine.start()
        self.kills += self.points.rest()
        self.engine.journal.close()
        self.engine = self._started()

    def restart_in_hold(self, service: str) -> None:
        """He approves, and it is stopped and started again before the hold is over."""
        self.approve_new(service)
        self.wait(1)
        self.restart()
        self.make_pass()

    def next_day(self) -> None:
        """A day and more goes by without anything."""
        self.wait(_A_DAY_AND_MORE_S)

    def restart(self) -> None:
        """It is stopped and started again."""
        self.engine.close()
        self.engine = self._started()

    # --- what must hold ------------------------------------------------------------------------

    def check(self) -> None:
        """Look at what must hold at every moment.

        Raises:
            AssertionError: It does not; the sentence says what.
        """
        self.promises.always(self.engine, self.clock.now, self.lived_s)

    def calm(self) -> None:
        """Approve something for each service while all is well, and look what comes of it.

        Raises:
            AssertionError: Something that could go out did not, or ``check`` fails.
        """
        self._mend()
        for service in self.services:
            self.approve_new(service)
        self._rest()

    def _mend(self) -> None:
        self.heal()
        self.resume()

    def _rest(self, *, may_wait: bool = True) -> None:
        """Let some minutes without a fault go by, and look at what must have come of everything.

        A clock that was put back lets nothing wait longer.

        Raises:
            AssertionError: Something that could go out did not, or ``check`` fails.
        """
        self._mend()
        for _ in range(_CALM_S // _ROUND_S):
            self.wait(_ROUND_S)
            self.make_pass()
        self.check()
        self.promises.calm(self.engine, self.clock.now, may_wait=may_wait)

    def settle(self) -> None:
        """Let everything come to rest, and look at what must hold then.

        Raises:
            AssertionError: Something is neither final nor asked, or ``check`` fails.
        """
        self._rest()
        for _ in range(_DAYS):
            if not self.engine.journal.in_states(GRANTED_STATES):
                break
            self.wait(_A_DAY_AND_MORE_S)
            self._rest()
        self._rest(may_wait=False)
        self.engine.audit_log.render(whole=True)
        faults = self.engine.audit_log.verify()[0]
        assert faults == [], faults  # noqa: S101

    # --- the ground ----------------------------------------------------------------------------

    def effects(self) -> int:
        """Count what really took place."""
        return sum(1 for _ in self.promises.effects())

    def _state(self, wish: Wish) -> State | None:
        tracked = self.engine.journal.find(wish.proposal_id)
        return tracked.state if tracked else None

    def _path(self, folder: Folder, name: str) -> Path:
        return self.home / "AI_Employee" / folder / name

    def _move(self, note: str, out_of: Folder, to: Folder) -> bool:
        path = self._path(out_of, note)
        if path.exists():
            path.rename(self._path(to, note))
            return True
        return False

    def _rewrite(self, folder: Folder, note: str, old: str, new: str) -> None:
        path = self._path(folder, note)
        if path.exists():
            path.write_text(path.read_text().replace(old, new))
