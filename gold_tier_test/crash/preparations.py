"""What is going on when the process dies: homes in which something has just been asked or done."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crash import acts
from crash.jobs import BREAD, INVOICE
from utils.core.lifecycle import Folder, State
from utils.core.model import Origin, Source
from utils.sandbox.business import invoice_request
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crash.jobs import Job
    from crash.stage import World
    from utils.assembly.engine import Engine
    from utils.core.model import Proposal

    type Prepare = Callable[[Path, World], None]


def invoice_asked(engine: Engine, reference: str = "") -> Proposal:
    """Ask for an invoice of 150.00 to a known customer."""
    return _submitted(engine, INVOICE.tool, {**BREAD, "reference": reference})


def approved(job: Job) -> Prepare:
    """Return how a home is prepared in which the owner has just dragged a note to Approved/."""

    def prepare(home: Path, world: World) -> None:
        _asked(home, world, Folder.APPROVED, job)

    return prepare


def held_up(job: Job) -> Prepare:
    """Return how a home is prepared in which what was approved could not leave."""

    def prepare(home: Path, world: Any) -> None:
        _asked(home, world, Folder.APPROVED, job)
        world.fault("refuse", seconds=60)
        with closing(acts.engine_of(home, world.environment(), acts.LateClock())) as engine:
            engine.pass_once()
            assert len(engine.journal.in_states({State.WAITING})) == 1
        world.heal()

    return prepare


def planned(job: Job) -> Prepare:
    """Return how a home is prepared in which policy has granted a post for later."""
    return _planned(job, Folder.APPROVED)


def taken_back(job: Job) -> Prepare:
    """Return how a home is prepared in which the owner has dragged such a post away."""
    return _planned(job, Folder.PENDING)


def _planned(job: Job, lies_in: Folder) -> Prepare:
    def prepare(home: Path, world: World) -> None:
        at = utc_now() + acts.PLANNED_AHEAD - timedelta(seconds=30)
        values = job.values_in(world) | {job.planned: at.isoformat(timespec="seconds")}
        with closing(acts.engine_of(home, world.environment(), acts.LateClock())) as engine:
            proposal = _submitted(engine, job.tool, values)
            assert proposal.state is State.GRANTED, proposal.reason
            note = engine.vault.path(Folder.APPROVED) / proposal.note
            note.rename(engine.vault.path(lies_in) / proposal.note)

    return prepare


def edited(job: Job) -> Prepare:
    """Return how a home is prepared in which the owner has edited a waiting note's text."""
    assert job.edit
    old, new = job.edit

    def prepare(home: Path, world: World) -> None:
        _edited(_asked(home, world, Folder.PENDING, job), old, new)

    return prepare


def wished(job: Job) -> Prepare:
    """Return how a home is prepared in which something is just about to be asked for."""

    def prepare(home: Path, world: World) -> None:
        acts.engine_of(home, world.environment(), acts.LateClock()).close()
        wish = {"tool": job.tool, "values": job.values_in(world)}
        (home / acts.WISH).write_text(json.dumps(wish))

    return prepare


def asked(home: Path, world: World) -> None:
    """Prepare a home in which an invoice waits for an answer."""
    _asked(home, world, Folder.PENDING)


def deleted(home: Path, world: World) -> None:
    """Prepare that, and let the owner delete the note."""
    _asked(home, world, Folder.PENDING).unlink()


def rejected(home: Path, world: World) -> None:
    """Prepare a home in which he has dragged an invoice's note to Rejected/."""
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


def dropped(home: Path, world: World) -> None:
    """Prepare a home in whose Inbox/ a letter lies."""
    engine = acts.engine_of(home, world.environment(), acts.LateClock())
    path = engine.vault.path(Folder.INBOX) / "party.eml"
    path.write_bytes(invoice_request(sent_at=engine.clock()))
    engine.close()


def ordered(home: Path, world: World) -> None:  # noqa: ARG001 - a Scene's way of preparing
    """Prepare a naive executor's home with one approved order."""
    for folder in ("Approved", "Completed"):
        (home / folder).mkdir(parents=True)
    line = [0, 0, {"name": "Bread", "quantity": 3, "price_unit": 50}]
    values = {"move_type": "out_invoice", "partner_id": 9, "invoice_line_ids": [line]}
    (home / "Approved" / acts.ORDER).write_text(json.dumps(values))


def _asked(home: Path, world: World, lies_in: Folder, job: Job = INVOICE) -> Path:
    """Ask for something, by default an invoice, and move its note to where the owner put it."""
    engine = acts.engine_of(home, world.environment(), acts.LateClock())
    with closing(engine):
        proposal = _submitted(engine, job.tool, job.values_in(world))
        vault = engine.vault
        note = vault.path(Folder.PENDING) / proposal.note
        return note.rename(vault.path(lies_in) / proposal.note)


def _submitted(engine: Engine, tool: str, values: dict[str, Any]) -> Proposal:
    kind = acts.CATALOGUE.operation(tool)
    operation = kind.model_validate(values, strict=False)
    return engine.gate.submit(operation, origin=Origin(source=Source.MCP))


def _edited(note: Path, old: str, new: str) -> None:
    text = note.read_text()
    assert old in text
    note.write_text(text.replace(old, new))
