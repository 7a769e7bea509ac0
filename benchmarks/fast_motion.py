"""One business in fast motion: the owner, the services, sync programs and accidents as moves.

Every move may be made at any time. After each of them ``check`` looks at what must always hold;
``settle`` lets everything come to rest and looks once more. A state machine and the soak choose
the moves; both print what they chose by.
"""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from utils.assembly.opening import assembled
from utils.catalogue import Catalogue
from utils.core.errors import EmployeeError, NoteError
from utils.core.lifecycle import (
    DECISION_FOLDERS,
    FINAL_STATES,
    OPEN_STATES,
    Folder,
    State,
)
from utils.core.model import Origin, Source
from utils.core.proposal_page import read_back
from utils.sandbox.odoo import PretendOdoo
from utils.sandbox.x import PretendX
from utils.settings import PROJECT_ROOT, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from utils.assembly.engine import Engine
    from utils.sandbox.pretend_service import PretendService
    from utils.storage.rows import Tracked

_QUIET_S: Final = 30
_HOLD_S: Final = 10
_VARIABLES: Final = {
    "HOLD_SECONDS": str(_HOLD_S),
    "STAND_SECONDS": "3",
    "RECONCILE_AFTER_SECONDS_ODOO": str(_QUIET_S),
    "RECONCILE_AFTER_SECONDS_TWITTER": str(_QUIET_S),
    "HTTP_TIMEOUT_SECONDS": "2",
    "OWNER_TIMEZONE": "Europe/Berlin",
    "MAX_POSTS_PER_DAY": "1000",
    "MAX_AMOUNT_PER_DAY": "100000",
}
_CATALOGUE: Final = Catalogue.load(PROJECT_ROOT)
#: How a mail, a post or an invoice says which Proposal it belongs to.
_NUMBER: Final = re.compile(r"#(\d+)\b")
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
_WRITES: Final = {"odoo": "/json/2/account.move/load", "x": "/2/tweets"}


class Killed(BaseException):
    """The process dies here."""


@dataclass
class FusedClock:
    """A clock that is moved by hand, and ends the process that asks it once too often."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    #: How often it may still be asked; None is for ever.
    fuse: int | None = None
    #: How much time went by, in seconds, whatever the clock was put to.
    lived_s: float = 0.0

    def __call__(self) -> datetime:
        """Return the time.

        Raises:
            Killed: It was asked once too often.
        """
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise Killed
        return self.now


@dataclass
class Wish:
    """What was asked for, and what the owner was shown when he said yes."""

    proposal_id: str
    note: str
    tool: str
    #: The texts that stood in the note at a yes, of the owner or of the rule for planned posts.
    shown: set[str] = field(default_factory=set)
    #: Whether anybody who may has said yes.
    granted: bool = False


class FastMotion:
    """A home with its services; the moves, and what must hold."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = FusedClock()
        # The same time for both sides: what a wrong clock does is another question.
        self.odoo, self.x = PretendOdoo(), PretendX(clock=lambda: self.clock.now)
        self.services: dict[str, PretendService] = {"odoo": self.odoo, "x": self.x}
        for service in self.services.values():
            service.start()
        self.wishes: dict[int, Wish] = {}
        #: How often it died in the middle of a pass.
        self.kills = 0
        self.engine = self._engine()

    def close(self) -> None:
        """Stop everything."""
        self.clock.fuse = None
        self.engine.close()
        for service in self.services.values():
            service.stop()

    def _engine(self) -> Engine:
        variables = self.odoo.environment() | self.x.environment() | _VARIABLES
        settings = load(self.home, environment=variables, project_root=self.home)
        engine = assembled(
            settings, _CATALOGUE, clock=self.clock, steady=lambda: self.clock.lived_s
        )
        engine.start()
        return engine

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
            wish.shown.add(values.get("text", ""))

    # --- the owner's hand ----------------------------------------------------------------------

    def drag(self, number: int) -> None:
        """He drags a waiting note to Approved/."""
        self._yes(number, Folder.PENDING, Folder.APPROVED)

    def tick(self, number: int) -> None:
        """He ticks the box of a waiting note."""
        wish = self.wishes[number]
        self._rewrite(Folder.PENDING, wish.note, "approve: false", "approve: true")
        self._remember_yes(wish, Folder.PENDING)

    def drag_back(self, number: int) -> None:
        """He drags a note back."""
        self._move(self.wishes[number].note, Folder.APPROVED, Folder.PENDING)

    def reject(self, number: int) -> None:
        """He drags a note to Rejected/."""
        note = self.wishes[number].note
        self._move(note, Folder.PENDING, Folder.REJECTED)

    def delete(self, number: int) -> None:
        """He deletes a waiting note."""
        self._path(Folder.PENDING, self.wishes[number].note).unlink(missing_ok=True)

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
        wish.granted = True
        with suppress(NoteError):
            wish.shown |= set(read_back(note.read_text(), editable=("text",)).texts.values())

    # --- sync programs and forgers -------------------------------------------------------------

    def copy_in_conflict(self, number: int) -> None:
        """A sync program leaves a second copy in Approved/."""
        note = self.wishes[number].note
        for folder in DECISION_FOLDERS:
            if (path := self._path(folder, note)).exists():
                name = f"{path.stem} (Conflicted copy phone 202611221200).md"
                shutil.copy(path, self._path(Folder.APPROVED, name))

    def copy_to_both(self, number: int) -> None:
        """A sync program shows a granted note in its old place as well."""
        note = self.wishes[number].note
        if (path := self._path(Folder.APPROVED, note)).exists():
            shutil.copy(path, self._path(Folder.PENDING, note))

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
        self.clock.lived_s += max(seconds, 0.0)

    def spoil(self, service: str, fault: dict[str, Any]) -> None:
        """Something goes wrong at the next write."""
        self.services[service].fault(**fault, path=_WRITES[service], method="POST")

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

    def die(self, fuse: int) -> None:
        """It dies in the middle of a pass, and is started again."""
        self.clock.fuse = fuse
        try:
            self.engine.pass_once()
        except Killed:
            self.kills += 1
        finally:
            self.clock.fuse = None
        # As dead as a process: nothing is written any more. (A thread of it cannot be killed.)
        with suppress(Killed):
            self.engine.lanes.finish()
        self.engine.journal.close()
        self.engine = self._engine()

    def restart(self) -> None:
        """It is stopped and started again."""
        self.engine.close()
        self.engine = self._engine()

    # --- what must hold ------------------------------------------------------------------------

    def check(self) -> None:
        """Look at what must hold at every moment.

        Raises:
            AssertionError: It does not; the sentence says what.
        """
        self._check_effects()
        self._check_log()

    def settle(self) -> None:
        """Let everything come to rest, and look at what must hold then.

        Raises:
            AssertionError: Something is neither final nor asked, or ``check`` fails.
        """
        self.heal()
        self.resume()
        # A clock that was put back lets nothing that waits wait longer.
        for seconds in (40,) * 20:
            self.wait(seconds)
            self.make_pass()
        self.check()
        everything = self.engine.journal.in_states(State)
        planned = {each.proposal.id for each in everything if _is_planned(each, self.clock.now)}
        for tracked in everything:
            rests = tracked.state in FINAL_STATES | OPEN_STATES or tracked.proposal.id in planned
            assert rests, f"{tracked.proposal.id} is {tracked.state}"  # noqa: S101
            self._check_note(tracked)
        told = self._path(Folder.NEEDS_ACTION, "").glob("*.md")
        faults_of_ours = [note.name for note in told if "internal fault" in note.read_text()]
        assert not faults_of_ours, faults_of_ours  # noqa: S101
        known = {tracked.proposal.id for tracked in everything}
        lost = {wish.proposal_id for wish in self.wishes.values()} - known
        assert not lost, f"{lost} are lost"  # noqa: S101
        self.engine.audit_log.render(whole=True)
        faults = self.engine.audit_log.verify()[0]
        assert faults == [], faults  # noqa: S101

    def _check_effects(self) -> None:
        made = [_number(effect) for effect in self._effects()]
        doubled = {number for number in made if made.count(number) > 1}
        assert not doubled, f"{doubled} were made twice"  # noqa: S101
        for effect in self._effects():
            wish = self.wishes.get(_number(effect))
            assert wish, f"nobody asked for {effect}"  # noqa: S101
            assert wish.granted, f"nobody said yes to {effect}"  # noqa: S101
            _check_what_ran(effect, wish)
            results = [r["result"] for r in self.engine.journal.records_of(wish.proposal_id)]
            assert "armed" in results, f"{effect} is in no Record"  # noqa: S101
            sent = results.count("armed")
            yes = results.count("granted") + results.count("waiting")
            assert sent <= yes, f"{effect} was sent again without a yes"  # noqa: S101

    def _check_log(self) -> None:
        for day in (self.home / "Vault/Logs").glob("*.json"):
            json.loads(day.read_bytes())

    def _check_note(self, tracked: Tracked) -> None:
        """Look that what is asked can be answered: its note is where the owner looks."""
        if tracked.state in OPEN_STATES:
            there = self._path(Folder.PENDING, tracked.proposal.note).exists()
            assert there, f"{tracked.proposal.id} asks without a note"  # noqa: S101

    # --- the ground ----------------------------------------------------------------------------

    def _effects(self) -> Iterator[dict[str, Any]]:
        wanted = {"invoice_created", "tweet"}
        for service in self.services.values():
            yield from (row for row in service.ledger() if row["kind"] in wanted)

    def effects(self) -> int:
        """Count what really took place."""
        return sum(1 for _ in self._effects())

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


def _is_planned(tracked: Tracked, now: datetime) -> bool:
    runs_at = tracked.proposal.runs_at
    return tracked.state is State.GRANTED and runs_at is not None and runs_at > now


def _number(effect: dict[str, Any]) -> int:
    found = _NUMBER.search(json.dumps([effect["payload"], effect["reference"]], default=str))
    return int(found[1]) if found else 0


def _check_what_ran(effect: dict[str, Any], wish: Wish) -> None:
    """Look that what ran is what the note showed when somebody said yes."""
    if effect["kind"] == "invoice_created":
        total = Decimal(str(effect["payload"]["amount_total"]))
        assert total == Decimal("150.00"), f"{total} were invoiced"  # noqa: S101
    else:
        text = effect["payload"]["text"]
        assert text in wish.shown, f"{text} was not shown, but {wish.shown}"  # noqa: S101
