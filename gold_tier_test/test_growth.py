"""Growth: with years behind it, an approval asks no more of the journal than early on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.homes import drag, finish_many, opened, record_many, submit_post
from utils.assembly.engine import Engine
from utils.core.lifecycle import Folder
from utils.owner_notes.dashboard import Dashboard
from utils.sandbox.linkedin import PretendLinkedIn

NOTES_A_DAY, RECORDS_A_DAY = 10, 100
FEW_DAYS, MANY_DAYS = 30, 600
#: Of SQLite's own steps: so many are counted at once.
AT_ONCE = 100


@contextmanager
def lived(home: Path, linkedin: PretendLinkedIn, days: int) -> Iterator[Engine]:
    """A home that has been at work for so long, as much each day."""
    begun = datetime.now(UTC) - timedelta(days=days)
    with opened(home, linkedin.environment()) as engine:
        record_many(
            engine,
            days * RECORDS_A_DAY,
            begun=begun,
            step=timedelta(days=1) / RECORDS_A_DAY,
            rendered=True,
        )
        finish_many(engine, submit_post(engine, -1), days * NOTES_A_DAY, begun=begun)
        engine.pass_once()
        yield engine


def steps_of_an_approval(engine: Engine, number: int) -> int:
    """Take a post from the request to its filed note; count what SQLite did meanwhile."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += AT_ONCE
        return 0

    with engine.journal.database.step() as db:
        assert isinstance(db, sqlite3.Connection)
        db.set_progress_handler(count, AT_ONCE)
    post = submit_post(engine, number)
    drag(engine, post.note)
    engine.pass_once()
    # A new one writes at once, whenever the last one did.
    Dashboard(ground=engine.ground).refresh()
    db.set_progress_handler(None, AT_ONCE)
    assert (engine.vault.path(Folder.COMPLETED) / post.note).exists()
    return steps


def test_twenty_times_the_past_costs_the_database_nothing_more(
    tmp_path: Path, linkedin: PretendLinkedIn
) -> None:
    with ExitStack() as stack:
        homes = [
            stack.enter_context(lived(tmp_path / f"{days}", linkedin, days))
            for days in (FEW_DAYS, MANY_DAYS)
        ]
        few, many = ([steps_of_an_approval(home, n) for n in range(5)] for home in homes)
    assert max(many) <= 1.2 * max(few), (few, many)
