"""Several executors at once, and notes that change while they are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from crash.acts import VARIABLES, LateClock, carry_out, engine_of
from crash.flipping import Flipper
from crash.preparations import invoice_asked
from crash.victim import run
from utils.assembly.engine import Engine
from utils.core.errors import AlreadyRunningError
from utils.core.lifecycle import Folder, State
from utils.sandbox.odoo import PretendOdoo
from utils.settings import load
from utils.sole_process import sole_executor

#: How many approvals three executors fight for: in the suite, and in the long sweep.
APPROVALS = 100
MANY_APPROVALS = 1_000
EXECUTORS = 3
#: How many notes are flipped, and how often altogether: in the suite, and in the long sweep.
NOTES = 25
FLIPS = 20_000
MANY_FLIPS = 1_000_000


@pytest.fixture
def engine(tmp_path: Path, odoo: PretendOdoo) -> Iterator[Engine]:
    with closing(engine_of(tmp_path, odoo.environment(), LateClock())) as made:
        yield made


def approve(engine: Engine, note: str) -> Path:
    vault = engine.vault
    return (vault.path(Folder.PENDING) / note).rename(vault.path(Folder.APPROVED) / note)


def references(odoo: PretendOdoo) -> list[str]:
    return [row["reference"] for row in odoo.ledger() if row["kind"] == "invoice_created"]


@pytest.mark.parametrize(
    "approvals",
    [
        APPROVALS,
        pytest.param(MANY_APPROVALS, marks=[pytest.mark.sweep, pytest.mark.timeout(3600)]),
    ],
)
def test_three_executors_at_once_make_each_of_many_approvals_once(
    engine: Engine, odoo: PretendOdoo, approvals: int
) -> None:
    """Hostile inputs integrity-12 and integrity-14: the claim, not the lock, is what holds."""
    for number in range(approvals):
        approve(engine, invoice_asked(engine, f"PO-{number}").note)
    engine.folders.sweep()
    home = engine.settings.home
    with ThreadPoolExecutor(EXECUTORS) as pool:
        ends = pool.map(lambda _: run(carry_out, home, odoo.environment()), range(EXECUTORS))
        assert [end.status for end in ends] == [0] * EXECUTORS
    made = references(odoo)
    assert (len(made), len(set(made))) == (approvals, approvals)
    assert len(engine.journal.in_states({State.DONE})) == approvals
    lines = [line for day in engine.journal.days() for line in engine.journal.lines_of(day)]
    for result in ("armed", "done"):
        assert sum(f'"result":"{result}"' in line for line in lines) == approvals
    engine.audit_log.render(whole=True)
    assert engine.audit_log.verify()[0] == []
    print(f"{approvals} approvals, {EXECUTORS} executors: {len(made)} effects, 0 double claims")


def test_a_second_executor_is_turned_away(tmp_path: Path, odoo: PretendOdoo) -> None:
    """Hostile input integrity-14: the lock comes before the claim."""
    settings = load(tmp_path, environment=VARIABLES | odoo.environment(), project_root=tmp_path)
    with sole_executor(settings), pytest.raises(AlreadyRunningError), sole_executor(settings):
        pytest.fail("there were two")


@pytest.mark.parametrize(
    "flips",
    [
        FLIPS,
        pytest.param(MANY_FLIPS, marks=[pytest.mark.sweep, pytest.mark.timeout(3600)]),
    ],
)
def test_a_note_that_flips_between_check_and_execution_never_changes_what_runs(
    engine: Engine, odoo: PretendOdoo, flips: int
) -> None:
    """Hostile input integrity-02, promise 4: what runs is what was shown."""
    flipped = 0
    for number in range(NOTES):
        proposal = invoice_asked(engine, f"PO-{number}")
        note = approve(engine, proposal.note)
        with Flipper(note, "50.00", "5.00") as flipper:
            for _ in range(3):
                engine.folders.look((Folder.APPROVED, note.name))
                engine.carry_out()
            flipped += flipper.wait_for(flips // NOTES)
        note.unlink(missing_ok=True)
    made = [row["payload"] for row in odoo.ledger() if row["kind"] == "invoice_created"]
    assert flipped >= flips
    assert 0 < len(made) <= NOTES
    assert len(set(references(odoo))) == len(made)
    assert {Decimal(str(row["amount_total"])) for row in made} == {Decimal("150.00")}
