"""Upgrades: an older journal comes along whole, a newer one is left alone, old notes are read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import Business, Clock
from crash.tracing import why_not
from dying import deaths, die, points, trees

from utils.core.errors import NewerJournalError, NewerVaultError
from utils.core.lifecycle import Folder, State
from utils.obsidian.folders import VERSION_MARK
from utils.sandbox.odoo import PretendOdoo
from utils.settings import PROJECT_ROOT
from utils.storage.schema import SCHEMA_VERSION
from utils.storage.sqlite import SqliteDatabase
from utils.vault import Vault

OLD = Path(__file__).parent / "data/upgrades"
NOTE = next(OLD.glob("*.md"))
ASKED, DONE = "p-nwr83gygrd", "p-kzx3fsa5c2"
VERSIONS = (1, 2, 3)
#: When the old program was left, five minutes after it had asked.
LEFT = datetime(2026, 11, 23, 9, 10, tzinfo=UTC)
OPEN = """
import sys
from pathlib import Path
from utils.storage.sqlite import SqliteDatabase
SqliteDatabase(Path(sys.argv[1])).close()
"""


def old_journal(path: Path, version: int) -> Path:
    """Make a journal as an older version left it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db:
        db.executescript((OLD / f"journal-v{version}.sql").read_text())
        db.execute("PRAGMA journal_mode=WAL")
    return path


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What an older version kept, whichever version the file has now; amounts in hundredths."""
    tables = ("proposals", "records", "items", "cursors", "seen", "heartbeats", "periods")
    with closing(sqlite3.connect(path)) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in tables}  # noqa: S608 - names of this function
        amount = "amount" if version > 2 else "CAST(amount * 100 AS INTEGER)"
        found["spent"] = db.execute(f"SELECT proposal_id, {amount} FROM spent").fetchall()  # noqa: S608 - likewise
        return found | {"version": [(version,)]}


def without_version(found: dict[str, list[tuple[object, ...]]]) -> object:
    return {name: rows for name, rows in found.items() if name != "version"}


@pytest.fixture(params=VERSIONS)
def renewed(
    request: pytest.FixtureRequest, tmp_path: Path, odoo: PretendOdoo
) -> Iterator[Business]:
    """An older version's home, started with this one."""
    home = tmp_path / "home"
    old_journal(home / "Vault/State/journal.sqlite3", request.param)
    vault = Vault(home / "AI_Employee")
    vault.make()
    (home / "AI_Employee" / VERSION_MARK).unlink()
    shutil.copy(NOTE, vault.path(Folder.PENDING))
    made = Business(home, odoo, Clock(LEFT))
    yield made
    made.engine.close()


# --- older journals ------------------------------------------------------------------------------


def test_what_an_older_version_asked_is_approved_and_done_with_this_one(renewed: Business) -> None:
    renewed.tick()  # it words the note anew
    renewed.drag(NOTE.name)
    renewed.tick(seconds=5)
    assert renewed.found(ASKED).state is State.DONE
    assert [effect["reference"] for effect in renewed.effects()] == [
        f"employee.{ASKED}".replace("-", "_")
    ]
    assert renewed.engine.audit_log.verify()[0] == []


def test_what_an_older_version_did_is_done_and_counts(renewed: Business) -> None:
    done = renewed.found(DONE)
    assert done.state is State.DONE
    assert done.outcome
    assert done.outcome.remote_id
    again = renewed.submit(
        reference="PO-1", lines=[{"description": "Bread", "quantity": "1", "unit_price": "30.00"}]
    )
    assert again.rule == "duplicate"


def test_a_yes_to_other_words_than_these_is_asked_once_more_and_said_why(
    renewed: Business,
) -> None:
    renewed.drag(NOTE.name)
    renewed.tick(seconds=5)
    assert renewed.effects() == []
    assert "or the employee was updated" in renewed.text(Folder.PENDING, NOTE.name)
    renewed.drag(NOTE.name)
    renewed.tick(seconds=5)
    assert renewed.found(ASKED).state is State.DONE
    assert len(renewed.effects()) == 1


def test_an_edited_note_of_an_older_version_is_asked_again(renewed: Business) -> None:
    renewed.edit(NOTE.name, "50.00", "500.00")
    renewed.drag(NOTE.name)
    renewed.tick(seconds=5)
    assert renewed.effects() == []
    assert renewed.found(ASKED).state is State.PENDING


@pytest.mark.parametrize("version", VERSIONS)
def test_the_copy_made_beforehand_is_the_older_journal_in_one_plain_file(
    tmp_path: Path, version: int
) -> None:
    path = old_journal(tmp_path / "journal.sqlite3", version)
    before = content(path)
    SqliteDatabase(path).close()
    copy = tmp_path / f"journal.sqlite3.v{version}"
    alone = tmp_path / "elsewhere/copy.sqlite3"
    alone.parent.mkdir()
    shutil.copy(copy, alone)
    assert content(alone) == before
    after = content(path)
    assert after["version"] == [(SCHEMA_VERSION,)]
    assert without_version(after) == without_version(before)
    assert not list(tmp_path.glob(".*"))
    # The copy put in the journal's place is a journal again.
    SqliteDatabase(alone).close()
    assert content(alone) == after


def test_processes_that_start_at_once_migrate_once_and_keep_the_older_copy(tmp_path: Path) -> None:
    path = old_journal(tmp_path / "journal.sqlite3", 1)
    before = content(path)
    command = [sys.executable, "-B", "-c", OPEN, str(path)]
    started = [
        subprocess.Popen(command, cwd=PROJECT_ROOT, stderr=subprocess.PIPE) for _ in range(6)
    ]
    assert [process.communicate()[1] for process in started] == [b""] * 6
    assert {process.returncode for process in started} == {0}
    assert content(tmp_path / "journal.sqlite3.v1") == before
    assert without_version(content(path)) == without_version(before)


def migration_deaths(folder: Path, most: int) -> int:
    origin = old_journal(folder / "origin/journal.sqlite3", 1)
    before = content(origin)
    made = points(OPEN, str(copied(origin, folder / "count")))
    tried = 0
    for number, point in enumerate(deaths(made, most=most)):
        path = copied(origin, folder / f"home{number}")
        die(OPEN, str(path), point=point)
        copy = path.with_name("journal.sqlite3.v1")
        assert not copy.exists() or content(copy) == before
        # Old or new, never half.
        reached = content(path)
        assert reached["version"] in ([(1,)], [(SCHEMA_VERSION,)])
        assert without_version(reached) == without_version(before)
        assert reached["version"] == [(1,)] or copy.exists()
        SqliteDatabase(path).close()
        assert content(path) == before | {"version": [(SCHEMA_VERSION,)]}
        assert content(copy) == before
        tried += 1
    return tried


def copied(journal: Path, folder: Path) -> Path:
    shutil.copytree(journal.parent, folder)
    return folder / journal.name


@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_a_death_during_a_migration_leaves_the_old_or_the_new_journal(tmp_path: Path) -> None:
    assert migration_deaths(tmp_path, most=14) == 14


@pytest.mark.sweep
@pytest.mark.timeout(3600)
@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_a_death_anywhere_during_a_migration_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    count = migration_deaths(tmp_path, most=10_000)
    print(f"{count} deaths, the old journal or the new one each time")  # noqa: T201 - a sweep prints its counts


# --- newer journals and vaults -------------------------------------------------------------------


@pytest.mark.parametrize("unfinished", [False, True], ids=["closed", "left by a crash"])
def test_a_newer_journal_is_refused_and_not_one_byte_changes(
    tmp_path: Path, *, unfinished: bool
) -> None:
    """Left by a crash, its newest version stands only in the write-ahead log."""
    made = tmp_path / "made/journal.sqlite3"
    made.parent.mkdir()
    home = tmp_path / "home"
    SqliteDatabase(made).close()
    with closing(sqlite3.connect(made, isolation_level=None)) as db:
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute("CREATE TABLE future (x)")
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
        if unfinished:
            shutil.copytree(made.parent, home)
    if not unfinished:
        shutil.copytree(made.parent, home)
    before = trees(home)
    assert ("journal.sqlite3-wal" in before) is unfinished
    with pytest.raises(NewerJournalError):
        SqliteDatabase(home / made.name)
    after = trees(home)
    # The index of the write-ahead log is made anew by whoever opens it; it holds nothing.
    before.pop("journal.sqlite3-shm", None)
    after.pop("journal.sqlite3-shm", None)
    assert after == before


def test_every_command_refuses_a_newer_journal_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "Vault/State/journal.sqlite3"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version=999")
    before = trees(tmp_path)
    for command in (["--once"], ["status"], ["verify"], ["logs", "archive"]):
        done = subprocess.run(
            [sys.executable, "orchestrator.py", *command],
            cwd=PROJECT_ROOT,
            env={"PATH": os.environ["PATH"], "EMPLOYEE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1
        assert "written by a newer version of this program" in done.stderr
        assert done.stderr.count("\n") == 1
    after = {name: data for name, data in trees(tmp_path).items() if not name.endswith(".lock")}
    assert after == before


def test_a_newer_vault_is_refused_before_anything_in_it_changes(business: Business) -> None:
    proposal = business.submit()
    business.drag(proposal.note)
    mark = business.home / "AI_Employee" / VERSION_MARK
    assert mark.read_text() == "1\n"
    mark.write_text("2\n")
    before = trees(business.home / "AI_Employee")
    with pytest.raises(NewerVaultError):
        business.engine.pass_once()
    with pytest.raises(NewerVaultError):
        business.restart()
    assert trees(business.home / "AI_Employee") == before
    assert business.effects() == []
    mark.write_text("1\n")
    business.restart()
    business.tick(seconds=1)
    assert len(business.effects()) == 1


@pytest.mark.parametrize("mark", [b"", b"one", b"\xff", b"-3", b"0001", b"9" * 40])
def test_a_mark_that_says_nothing_is_written_anew(business: Business, mark: bytes) -> None:
    path = business.home / "AI_Employee" / VERSION_MARK
    path.write_bytes(mark)
    business.restart()
    assert path.read_text() in {"1\n", "0001"}
