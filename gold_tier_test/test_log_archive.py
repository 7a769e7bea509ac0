"""`logs archive`: old days become small, nothing is lost, whenever it dies."""

from __future__ import annotations

import gzip
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from crash.tracing import why_not
from dying import deaths, die, points
from log_bench import Log, rows

from utils.audit_log import AuditLog
from utils.journal import Journal
from utils.log.archive import KEPT_PLAIN, LogArchive
from utils.report.week_log import WeekLog
from utils.storage.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from utils.core.record_line import Glance

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
#: Archives as the command does, with a clock of its own.
SCRIPT = """
import sys
from datetime import datetime, timedelta
from pathlib import Path
from utils.storage.sqlite import SqliteDatabase
from utils.journal import Journal
from utils.log.archive import LogArchive
home, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
journal = Journal(database=SqliteDatabase(home / "journal.sqlite3"), clock=lambda: now)
LogArchive(folder=home / "Logs", journal=journal, clock=lambda: now).run()
journal.close()
"""


@pytest.fixture
def log(tmp_path: Path) -> Log:
    made = Log(tmp_path / "home")
    made.live(3)
    made.clock.forward(days=90)
    made.live(1)
    return made


def test_only_days_of_more_than_ninety_days_ago_are_compressed(log: Log) -> None:
    before = {path.stem: path.read_bytes() for path in log.files(".json")}
    log.clock.now = log.clock.now.replace(hour=12)
    days = log.archive()
    oldest = f"{log.clock.now:%Y-%m-%d}"
    assert days == tuple(sorted(before))[: len(days)]
    assert len(days) == 3
    for day in days:
        assert gzip.decompress((log.folder / f"{day}.json.gz").read_bytes()) == before[day]
        assert not (log.folder / f"{day}.json").exists()
    assert oldest > max(days)
    assert log.faults() == []
    log.journal.close()


def test_a_day_of_exactly_ninety_days_ago_stays_as_it_is(tmp_path: Path) -> None:
    log = Log(tmp_path / "home")
    log.live(2)
    log.clock.now = log.clock.now.replace(month=9, day=29)
    assert log.archive() == ()
    log.clock.forward(days=1)
    assert log.archive() == ("2026-07-01",)
    log.journal.close()


def test_archiving_twice_changes_nothing_more(log: Log) -> None:
    log.archive()
    archives = {path: path.read_bytes() for path in log.files(".json.gz")}
    told = [row for row in rows(log) if '"log.archived"' in row[2]]
    assert log.archive() == ()
    assert {path: path.read_bytes() for path in log.files(".json.gz")} == archives
    assert [row for row in rows(log) if '"log.archived"' in row[2]] == told
    assert len(told) == 3
    log.journal.close()


def test_a_day_that_differs_from_the_journal_is_left_and_named(log: Log) -> None:
    day = log.files(".json")[0]
    day.write_text(day.read_text().replace('"done"', '"gone"', 1))
    archive = LogArchive(folder=log.folder, journal=log.journal, clock=log.clock)
    done = archive.run()
    assert (done.left, len(done.days)) == ((day.stem,), 2)
    assert day.exists()
    log.journal.close()


def test_a_restart_writes_no_archived_day_anew_but_one_that_was_lost(log: Log) -> None:
    first, *others = log.archive()
    log.audit_log.render(whole=True)
    assert len(log.files(".json")) == 2
    (log.folder / f"{first}.json.gz").unlink()
    assert [fault.where for fault in log.faults()] == [f"{first}.json"]
    log.journal.record()
    log.audit_log.render(whole=True)
    assert (log.folder / f"{first}.json").exists()
    assert len(log.files(".json.gz")) == len(others)
    assert log.faults() == []
    log.journal.close()


def test_an_archive_that_unpacks_without_end_is_a_fault_and_no_trouble(log: Log) -> None:
    day = log.archive()[0]
    bomb = log.folder / f"{day}.json.gz"
    bomb.write_bytes(gzip.compress(b"[" + b"\n" * 50_000_000, compresslevel=1))
    assert bomb.name in {fault.where for fault in log.faults()}
    log.journal.close()


def test_an_old_week_is_read_from_its_archives(log: Log) -> None:
    days = log.archive()
    week = WeekLog(journal=log.journal, folder=log.folder)
    since = log.clock.now.fromisoformat(f"{days[0]}T00:00:00+00:00")
    found: list[int] = []
    until = since.replace(day=since.day + 7)

    def take(seen: list[Glance]) -> None:
        found.extend(glance[0] for glance in seen)

    assert week.read(since, until, take) == ()
    assert len(found) == 18
    archive = log.folder / f"{days[0]}.json.gz"
    archive.write_bytes(gzip.compress(gzip.decompress(archive.read_bytes())[:-9]))
    assert [fault.where for fault in week.read(since, until, take)] == [f"{days[0]}.json"]
    log.journal.close()


# --- dying ---------------------------------------------------------------------------------------


def settled(home: Path) -> None:
    """Nothing is wrong after the death, and archiving again ends as if nothing had been."""
    for again in (False, True):
        journal = Journal(database=SqliteDatabase(home / "journal.sqlite3"), clock=lambda: NOW)
        if again:
            LogArchive(folder=home / "Logs", journal=journal, clock=lambda: NOW).run()
        log = AuditLog(folder=home / "Logs", journal=journal)
        assert log.verify()[0] == []
        told = [line for line in journal.lines() if '"odoo_create_invoice"' in line]
        old = {day for day in journal.days() if day < f"{NOW - KEPT_PLAIN:%Y-%m-%d}"}
        journal.close()
        assert len(told) == 18
        if again:
            assert {path.name for path in (home / "Logs").glob("2026-07*")} == {
                f"{day}.json.gz" for day in old
            }


def dying_sweep(tmp_path: Path, most: int) -> int:
    origin = tmp_path / "origin"
    log = Log(origin)
    log.live(3)
    log.journal.close()
    now = NOW.isoformat()
    shutil.copytree(origin, tmp_path / "count")
    made = points(SCRIPT, str(tmp_path / "count"), now)
    tried = 0
    for number, point in enumerate(deaths(made, most=most)):
        home = tmp_path / f"home{number}"
        shutil.copytree(origin, home)
        die(SCRIPT, str(home), now, point=point)
        settled(home)
        tried += 1
        shutil.rmtree(home)
    return tried


@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_a_death_while_archiving_loses_nothing_and_a_second_run_ends_it(tmp_path: Path) -> None:
    assert dying_sweep(tmp_path, most=9) == 9


@pytest.mark.sweep
@pytest.mark.timeout(3600)
@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_a_death_anywhere_while_archiving_loses_nothing(tmp_path: Path) -> None:
    print(f"{dying_sweep(tmp_path, most=10_000)} deaths, nothing lost")  # noqa: T201 - a sweep prints its counts
