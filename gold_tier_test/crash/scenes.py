"""What is going on when the process dies, and what must be true after it was started again."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from crash import acts
from utils.audit_log import AuditLog
from utils.core.lifecycle import DECISION_FOLDERS, FINAL_STATES, OPEN_STATES, Folder, State
from utils.core.model import Origin, Source
from utils.journal import Journal
from utils.sandbox.business import invoice_request
from utils.sandbox.odoo import PretendOdoo
from utils.sandbox.x import PretendX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from crash.victim import Act
    from utils.core.model import Proposal
    from utils.engine import Engine
    from utils.journal_rows import Tracked
    from utils.sandbox.pretend_service import PretendService

    type World = PretendService[Any]

#: How often the employee is started again; after the last start everything must be settled.
_STARTS: Final = 3


@dataclass(frozen=True)
class Stage:
    """A home on which a process has died, and the world around it, which has not."""

    home: Path
    world: World
    #: The kind of effect that is counted.
    effect: str
    #: Starts it again, lets it make its round and stops it cleanly.
    restart: Callable[[], None]

    def folder(self, folder: Folder) -> Path:
        return self.home / "AI_Employee" / folder

    def names(self, folder: Folder) -> list[str]:
        return sorted(
            path.name for path in self.folder(folder).iterdir() if not path.name.startswith(".")
        )

    def effects(self) -> list[dict[str, Any]]:
        return [row for row in self.world.ledger() if row["kind"] == self.effect]

    def journal(self) -> closing[Journal]:
        return closing(Journal(path=self.home / "Vault/State/journal.sqlite3"))

    def torn(self) -> list[str]:
        """Return which log files are not whole JSON at this moment."""
        return [f"{path.name} is torn" for path in self._logs() if not _parses(path)]

    def _logs(self) -> Iterator[Path]:
        yield from (self.home / "Vault/Logs").glob("*.json")


@dataclass
class Judgement:
    """What one death led to."""

    #: ``done``, ``asked`` (the owner, once more), ``doubled`` or ``lost``.
    fate: str
    #: Promises that were broken.
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scene:
    """Something to die in the middle of."""

    name: str
    act: Act
    prepare: Callable[[Path, World], None]
    judge: Callable[[Stage], Judgement]
    world: Callable[[], World] = PretendOdoo
    effect: str = "invoice_created"


# --- one execution -------------------------------------------------------------------------


def approved(home: Path, world: World) -> None:
    """Prepare a home in which the owner has just dragged an invoice's note to Approved/."""
    _asked(home, world, Folder.APPROVED)


def post_approved(home: Path, world: World) -> None:
    """Prepare the same with a post on X."""
    _asked(home, world, Folder.APPROVED, post_asked)


def rejected(home: Path, world: World) -> None:
    """Prepare a home in which he has dragged it to Rejected/."""
    _asked(home, world, Folder.REJECTED)


def ticked(home: Path, world: World) -> None:
    """Prepare a home in which he has ticked "approve"."""
    _edited(_asked(home, world, Folder.PENDING), "approve: false", "approve: true")


def changed(home: Path, world: World) -> None:
    """Prepare a home in which he has changed a pinned amount, then dragged the note."""
    _edited(_asked(home, world, Folder.APPROVED), "50.00", "5.00")


def forged(home: Path, world: World) -> None:
    """Prepare a home with a note in Approved/ that no request stands behind."""
    note = _asked(home, world, Folder.PENDING)
    real, made_up = note.stem[-12:], "p-zzzzzzzzzz"
    place = home / "AI_Employee" / Folder.APPROVED / note.name.replace(real, made_up)
    place.write_text(note.read_text().replace(real, made_up))


def judge_execution(stage: Stage) -> Judgement:
    """Judge that an approved invoice is made once, or asked about again and then made once."""
    faults = _settled(stage)
    tracked = _only(stage)
    asked = tracked.state in OPEN_STATES
    if asked:
        faults += _drag(stage, tracked.proposal)
        stage.restart()
        tracked = _only(stage)
    stage.restart()
    made = len(stage.effects())
    faults += _notes(stage, tracked.proposal, Folder.COMPLETED)
    faults += _records(stage, tracked) + _log(stage)
    if made > 1:
        return Judgement("doubled", faults)
    if made == 0 or tracked.state is not State.DONE:
        return Judgement("lost", [*faults, f"it ended {tracked.state} with {made} effects"])
    return Judgement("asked" if asked else "done", faults)


def judge_decision(*results: str, lies_in: Folder) -> Callable[[Stage], Judgement]:
    """Return the judge of a decision that makes nothing: these Records and no others."""

    def judge(stage: Stage) -> Judgement:
        faults = _settled(stage)
        stage.restart()
        tracked = _only(stage)
        faults += _notes(stage, tracked.proposal, lies_in) + _log(stage)
        with stage.journal() as journal:
            found = [record["result"] for record in journal.records_of(tracked.proposal.id)]
        if found != list(results):
            faults.append(f"its Records are {found}")
        return Judgement("doubled" if stage.effects() else "done", faults)

    return judge


def judge_forgery(stage: Stage) -> Judgement:
    """Judge that a forged note does nothing, is sent back, and that the owner is told once."""
    faults = stage.torn()
    for _ in range(2):
        stage.restart()
    with stage.journal() as journal:
        told = [record["result"] for record in _all_records(journal)].count("told")
    counts = {
        "Records of it": told,
        "alerts": len(stage.names(Folder.NEEDS_ACTION)),
        "notes sent back": len(stage.names(Folder.PENDING)) - 1,
    }
    faults += [f"{count} {what}" for what, count in counts.items() if count != 1]
    faults += [f"there is {name}" for name in stage.names(Folder.APPROVED)]
    faults += [f"there is {name}" for name in stage.names(Folder.PLANS)]
    faults += _log(stage)
    return Judgement("doubled" if stage.effects() else "done", faults)


# --- a dropped letter ----------------------------------------------------------------------


def dropped(home: Path, world: World) -> None:
    """Prepare a home in whose Inbox/ a letter lies."""
    engine = acts.engine_of(home, world.environment(), acts.LateClock())
    path = engine.vault.path(Folder.INBOX) / "party.eml"
    path.write_bytes(invoice_request(sent_at=engine.clock()))
    engine.close()


def judge_intake(stage: Stage) -> Judgement:
    """Judge that the letter was taken in once and led to one question."""
    faults = stage.torn()
    for _ in range(2):
        stage.restart()
    with stage.journal() as journal:
        asked = journal.in_states(State)
        taken = _all_records(journal)
    items = [record for record in taken if record["action"] == "item"]
    kept = [name.rpartition(".")[2] for name in stage.names(Folder.NEEDS_ACTION)]
    counts = {
        "Proposals": len(asked),
        "Records of the Item": len(items),
        "Records of the question": sum(record["result"] == "pending" for record in taken),
        "notes that ask": len(stage.names(Folder.PENDING)),
        "notes of the Item": kept.count("md"),
        "letters kept": kept.count("eml"),
        "Plans": len(stage.names(Folder.PLANS)),
    }
    faults += [f"{count} {what}" for what, count in counts.items() if count != 1]
    faults += [f"{name} still lies in the Inbox" for name in stage.names(Folder.INBOX)]
    faults += _log(stage)
    most, least = max(counts.values()), min(counts.values())
    return Judgement("doubled" if most > 1 else "lost" if least < 1 else "done", faults)


# --- the naive ones ------------------------------------------------------------------------


def ordered(home: Path, world: World) -> None:  # noqa: ARG001 - a Scene's way of preparing
    """Prepare a naive executor's home with one approved order."""
    for folder in ("Approved", "Completed"):
        (home / folder).mkdir(parents=True)
    line = [0, 0, {"name": "Bread", "quantity": 3, "price_unit": 50}]
    values = {"move_type": "out_invoice", "partner_id": 9, "invoice_line_ids": [line]}
    (home / "Approved" / acts.ORDER).write_text(json.dumps(values))


def judge_naive(stage: Stage) -> Judgement:
    """Judge a naive executor by the same promises: made once, and its log says so."""
    log = stage.home / acts.LOG
    faults = [] if not log.exists() or _parses(log) else ["the log is torn"]
    for _ in range(_STARTS):
        stage.restart()
    made = len(stage.effects())
    whole = log.exists() and _parses(log)
    logged = len(json.loads(log.read_text())) if whole else 0
    if logged != made:
        faults.append(f"{made} made, {logged} logged")
    return Judgement("doubled" if made > 1 else "lost" if made == 0 else "done", faults)


EXECUTION: Final = Scene("execution", acts.one_pass, approved, judge_execution)
START: Final = Scene("execution with its start", acts.start_and_pass, approved, judge_execution)
POST: Final = Scene(
    "post on X", acts.one_pass, post_approved, judge_execution, PretendX, effect="tweet"
)
TICK: Final = Scene("ticked checkbox", acts.one_pass, ticked, judge_execution)
REFUSAL: Final = Scene(
    "refusal",
    acts.one_pass,
    rejected,
    judge_decision("pending", "refused", lies_in=Folder.REJECTED),
)
CHANGE: Final = Scene(
    "changed note",
    acts.one_pass,
    changed,
    judge_decision("pending", "pending", lies_in=Folder.PENDING),
)
FORGERY: Final = Scene("forged note", acts.one_pass, forged, judge_forgery)
INTAKE: Final = Scene("intake", acts.take_in, dropped, judge_intake)
NAIVE: Final = (
    Scene("call, log, move", acts.call_log_move, ordered, judge_naive),
    Scene("move, call, log", acts.move_call_log, ordered, judge_naive),
)


# --- what the judges look at ---------------------------------------------------------------


def _asked(
    home: Path, world: World, lies_in: Folder, ask: Callable[[Engine], Proposal] | None = None
) -> Path:
    engine = acts.engine_of(home, world.environment(), acts.LateClock())
    with closing(engine):
        proposal = (ask or invoice_asked)(engine)
        vault = engine.vault
        note = vault.path(Folder.PENDING) / proposal.note
        return note.rename(vault.path(lies_in) / proposal.note)


def invoice_asked(engine: Engine, reference: str = "") -> Proposal:
    """Ask for an invoice of 150.00 to a known customer."""
    line = {"description": "Bread", "quantity": "3", "unit_price": "50.00"}
    values = {"customer": "billing@acme.example", "lines": [line], "reference": reference}
    return _submitted(engine, "odoo_create_invoice", values)


def post_asked(engine: Engine) -> Proposal:
    """Ask for a post on X, which keeps no key of ours and takes the same text twice."""
    return _submitted(engine, "twitter_create_tweet", {"text": "Rye bread is back."})


def _submitted(engine: Engine, tool: str, values: dict[str, Any]) -> Proposal:
    kind = acts.CATALOGUE.operation(tool)
    operation = kind.model_validate(values, strict=False)
    return engine.gate.submit(operation, origin=Origin(source=Source.MCP))


def _edited(note: Path, old: str, new: str) -> None:
    text = note.read_text()
    assert old in text
    note.write_text(text.replace(old, new))


def _settled(stage: Stage) -> list[str]:
    """Start it again until everything is settled or asked; return what was torn meanwhile."""
    faults = stage.torn()
    for _ in range(_STARTS):
        stage.restart()
        faults += stage.torn()
        if _only(stage).state in FINAL_STATES | OPEN_STATES:
            return faults
        time.sleep(acts.QUIET_S)
    return [*faults, "nothing was settled"]


def _only(stage: Stage) -> Tracked:
    with stage.journal() as journal:
        [tracked] = journal.in_states(State)
    return tracked


def _drag(stage: Stage, proposal: Proposal) -> list[str]:
    """Say yes once more; return what stood in the way."""
    try:
        note = stage.folder(Folder.PENDING) / proposal.note
        note.rename(stage.folder(Folder.APPROVED) / proposal.note)
    except FileNotFoundError:
        return ["it asks without a note"]
    return []


def _notes(stage: Stage, proposal: Proposal, lies_in: Folder) -> list[str]:
    """Return whether the note is somewhere else than in its place, or there twice."""
    places = (*DECISION_FOLDERS, Folder.COMPLETED)
    found = [folder for folder in places if proposal.note in stage.names(folder)]
    copies = [name for folder in places for name in stage.names(folder)]
    if found == [lies_in] and len(copies) == 1:
        return []
    return [f"the note lies in {', '.join(found) or 'no folder'}: {copies}"]


def _records(stage: Stage, tracked: Tracked) -> list[str]:
    """Return what the Records of an executed Proposal leave out."""
    with stage.journal() as journal:
        records = journal.records_of(tracked.proposal.id)
    results = [record["result"] for record in records]
    faults = [f"{results.count('done')} Records of done"] if results.count("done") != 1 else []
    if results.count("armed") != tracked.attempts:
        faults.append(f"{results.count('armed')} Records of {tracked.attempts} attempts")
    if results.count("armed") > results.count("granted"):
        faults.append("sent again without a new yes")
    times = {record["result"]: record["timestamp"] for record in reversed(records)}
    began, ended = times.get("armed", "~"), times.get("done", "")
    made = [effect["at"] for effect in stage.effects()]
    return faults + ["made outside of armed and done" for at in made if not began <= at <= ended]


def _all_records(journal: Journal) -> list[dict[str, Any]]:
    return [json.loads(line) for day in journal.days() for line in journal.lines_of(day)]


def _log(stage: Stage) -> list[str]:
    with stage.journal() as journal:
        found, _ = AuditLog(folder=stage.home / "Vault/Logs", journal=journal).verify()
    return [str(fault) for fault in found]


def _parses(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True
