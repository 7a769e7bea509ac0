"""The journal in PostgreSQL: what is lost, who gets in, and how it moves there and back."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import CATALOGUE, Business, Clock
from sample_proposals import payment

from benchmarks.postgres_server import PASSWORD, QUOTED, Server, free_port
from utils.assembly.opening import assembled
from utils.core.chain import Head, faults
from utils.core.errors import AlreadyRunningError, ConfigurationError, JournalError
from utils.core.lifecycle import Folder, State
from utils.core.model import Entry
from utils.journal import Journal
from utils.mail.reading import read_mail
from utils.postgres.business import joined_file
from utils.postgres.database import PostgresDatabase
from utils.postgres.listening import listening
from utils.redaction import Redactor
from utils.sandbox.odoo import PretendOdoo
from utils.settings import PROJECT_ROOT, load, secrets
from utils.sole_process import sole_executor
from utils.storage.bookmarks import Bookmarks
from utils.storage.move import move
from utils.storage.place import open_database
from utils.storage.sqlite import SqliteDatabase

ENTRY = Entry(action="test", actor="test", result="done")
SOON_S = 5.0


@contextmanager
def opened(home: Path, server: Server, **variables: str) -> Iterator[Journal]:
    """The journal of a home in PostgreSQL."""
    environment = {"EMPLOYEE_DATABASE_URL": server.url, "EMPLOYEE_MACHINE": "till"} | variables
    settings = load(home, environment=environment, project_root=home)
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with closing(Journal(database=open_database(settings))) as journal:
        yield journal


def cut(server: Server, journal: Journal) -> None:
    """End a journal's connection from the server's side."""
    [row] = journal.database.rows("SELECT pg_backend_pid() AS pid")
    with server.connect() as db:
        db.execute("SELECT pg_terminate_backend(%s, 5000)", (row["pid"],))


def seqs(journal: Journal) -> list[int]:
    found, head = faults(map(json.loads, journal.lines()), after=Head())
    assert not found
    return list(range(1, head.seq + 1))


# --- what is lost --------------------------------------------------------------------------------


def test_a_connection_lost_between_two_steps_is_made_anew(
    tmp_path: Path, postgres: Server
) -> None:
    with opened(tmp_path, postgres) as journal:
        journal.record(ENTRY)
        cut(postgres, journal)
        journal.record(ENTRY)
        cut(postgres, journal)
        assert seqs(journal) == [1, 2]


def test_a_connection_lost_inside_a_step_fails_it_and_leaves_nothing_of_it(
    tmp_path: Path, postgres: Server
) -> None:
    def lose() -> None:
        with journal.database.step():
            journal.record(ENTRY)
            cut(postgres, journal)
            journal.record(ENTRY)

    with opened(tmp_path, postgres) as journal:
        journal.record(ENTRY)
        with pytest.raises(JournalError):
            lose()
        assert seqs(journal) == [1]
        journal.record(ENTRY)
        assert seqs(journal) == [1, 2]


def test_a_failure_passed_over_after_the_connection_went_keeps_nothing(
    tmp_path: Path, postgres: Server
) -> None:
    """Else the rest of the step would be written over a new connection, half of it missing."""

    def lose() -> None:
        with journal.database.step():
            journal.record(ENTRY)
            cut(postgres, journal)
            with pytest.raises(JournalError):
                journal.head()
            journal.record(ENTRY)

    with opened(tmp_path, postgres) as journal:
        with pytest.raises(JournalError):
            lose()
        assert seqs(journal) == []


def test_nothing_that_was_confirmed_is_lost_when_the_server_is_killed(
    tmp_path: Path, doomed: Server
) -> None:
    confirmed: list[int] = []
    stopping = threading.Event()

    def write(journal: Journal) -> None:
        while not stopping.is_set():
            try:
                with journal.database.step():
                    journal.record(ENTRY)
                    seq = journal.head().seq
            except JournalError:
                continue
            confirmed.append(seq)

    with opened(tmp_path, doomed) as journal:
        thread = threading.Thread(target=write, args=(journal,))
        thread.start()
        for _ in range(3):
            goal = len(confirmed) + 20
            while len(confirmed) < goal:
                stopping.wait(0.01)
            doomed.kill()
            doomed.start()
        stopping.set()
        thread.join()
        kept = seqs(journal)
    assert len(confirmed) >= 60
    assert set(confirmed) <= set(kept)


def test_a_server_that_confirms_before_it_flushes_is_refused(
    tmp_path: Path, doomed: Server
) -> None:
    with doomed.connect() as db:
        db.execute("ALTER SYSTEM SET fsync=off")
        db.execute("SELECT pg_reload_conf()")
        with pytest.raises(JournalError, match="fsync=off"), opened(tmp_path, doomed):
            pass


def test_the_owners_own_options_do_not_take_the_flush_away(
    tmp_path: Path, postgres: Server
) -> None:
    url = f"{postgres.url}?options=-c%20synchronous_commit%3Doff"
    with opened(tmp_path, postgres, EMPLOYEE_DATABASE_URL=url) as journal:
        [row] = journal.database.rows("SHOW synchronous_commit")
        assert row[0] == "on"


# --- alone ---------------------------------------------------------------------------------------


def test_only_one_is_alone_and_the_next_one_after_its_death(
    tmp_path: Path, postgres: Server
) -> None:
    with opened(tmp_path, postgres) as one, opened(tmp_path, postgres) as two:
        with one.database.alone("lane odoo") as first, two.database.alone("lane odoo") as second:
            assert (first, second) == (True, False)
            with one.database.alone("lane odoo") as twice, two.database.alone("lane x") as other:
                assert (twice, other) == (False, True)
        with two.database.alone("lane odoo") as later:
            assert later


def test_who_lost_what_it_held_takes_it_from_nobody_when_it_ends(
    tmp_path: Path, postgres: Server
) -> None:
    """A name that another thread took since, over the new connection, stays its own."""
    over = threading.Event()
    with opened(tmp_path, postgres) as journal:

        def hold(taken: threading.Event) -> None:
            journal.head()  # whereby the loss is noticed
            with journal.database.alone("lane odoo") as ours:
                if ours:
                    taken.set()
                    over.wait(30)

        taken = threading.Event()
        later = threading.Thread(target=hold, args=(taken,))
        with journal.database.alone("lane odoo"):
            cut(postgres, journal)
            later.start()
            assert taken.wait(30)
        try:
            with journal.database.alone("lane odoo") as ours:
                assert not ours
        finally:
            over.set()
            later.join(30)


def test_who_lost_what_it_held_can_do_nothing_more_in_its_name(
    tmp_path: Path, postgres: Server
) -> None:
    """Else two machines would work off one lane, each believing to be alone."""
    with opened(tmp_path, postgres) as one, opened(tmp_path, postgres) as two:
        with one.database.alone("lane odoo"):
            cut(postgres, one)
            with two.database.alone("lane odoo") as taken_over:
                assert taken_over
                with pytest.raises(JournalError):
                    one.record(ENTRY)
                with pytest.raises(JournalError):
                    one.head()
        one.record(ENTRY)
        assert seqs(two) == [1]


# --- the bell ------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["granted", "stopped"])
def test_a_yes_and_a_stop_are_heard_at_once(tmp_path: Path, postgres: Server, what: str) -> None:
    rung, listens = threading.Event(), threading.Event()

    def ring() -> None:
        (rung if listens.is_set() else listens).set()

    with opened(tmp_path, postgres) as journal:
        assert isinstance(journal.database, PostgresDatabase)
        journal.register(payment(), ENTRY)
        with listening(postgres.url, journal.database.schema, ring):
            assert listens.wait(SOON_S)
            if what == "granted":
                journal.move(payment(), State.GRANTED, ENTRY)
            else:
                journal.set_stop(ENTRY, stopped=True)
            assert rung.wait(SOON_S)


# --- several businesses --------------------------------------------------------------------------


@pytest.fixture
def bakery(
    tmp_path: Path, odoo: PretendOdoo, clock: Clock, postgres: Server
) -> Iterator[Business]:
    made = Business(tmp_path / "bakery", odoo, clock, {"EMPLOYEE_DATABASE_URL": postgres.url})
    yield made
    made.engine.close()


def test_two_businesses_in_one_database_never_see_each_other(
    tmp_path: Path, clock: Clock, bakery: Business, postgres: Server
) -> None:
    with PretendOdoo() as other_odoo:
        url = {"EMPLOYEE_DATABASE_URL": postgres.url, "MAX_AMOUNT_PER_DAY": "200"}
        brewery = Business(tmp_path / "brewery", other_odoo, clock, url)
        theirs = brewery.submit(reference="B-1")
        assert brewery.approve(theirs).state is State.DONE
        ours = bakery.submit(reference="A-1")
        assert bakery.engine.journal.find(theirs.id) is None
        # What the one spent does not use up the other's day, nor does its stop stop the other.
        brewery.engine.switch.stop(how="test")
        assert bakery.approve(ours).state is State.DONE
        assert len(bakery.effects()) == len(other_odoo.ledger()) == 1
        assert not bakery.engine.switch.is_on()
        brewery.engine.switch.resume()
        capped = brewery.submit(reference="B-2")
        assert brewery.approve(capped).state is State.GRANTED
        for business in (bakery, brewery):
            business.engine.audit_log.render(whole=True)
            assert business.engine.audit_log.verify()[0] == []
        logs = {
            business.home.name: "".join(
                path.read_text() for path in (business.home / "Vault/Logs").glob("*.json")
            )
            for business in (bakery, brewery)
        }
        assert theirs.id not in logs["bakery"]
        assert ours.id not in logs["brewery"]
        brewery.engine.close()


def test_another_home_at_the_same_place_does_not_get_in_by_chance(
    tmp_path: Path, postgres: Server
) -> None:
    """Two clients' machines may both call their home /data."""
    with opened(tmp_path / "data", postgres) as journal:
        journal.record(ENTRY)
    settings = load(tmp_path / "data", environment={}, project_root=tmp_path)
    joined_file(settings).unlink()
    with (
        pytest.raises(ConfigurationError, match="EMPLOYEE_BUSINESS"),
        opened(tmp_path / "data", postgres),
    ):
        pass


def test_machines_that_name_the_same_business_share_its_journal(
    tmp_path: Path, postgres: Server
) -> None:
    name = {"EMPLOYEE_BUSINESS": f"shared_{tmp_path.name[-8:].replace('-', '_').lower()}"}
    with opened(tmp_path / "till", postgres, **name) as one:
        one.record(ENTRY)
        with opened(tmp_path / "office", postgres, **name) as two:
            assert two.head() == one.head()


def test_a_home_of_one_business_is_not_let_into_another_ones_journal(
    tmp_path: Path, postgres: Server
) -> None:
    with opened(tmp_path / "one", postgres, EMPLOYEE_BUSINESS="ours_only"):
        pass
    with (
        pytest.raises(ConfigurationError, match="not this home's"),
        opened(tmp_path / "one", postgres, EMPLOYEE_BUSINESS="somebody_elses"),
    ):
        pass


def test_who_calls_himself_by_a_character_that_columns_do_not_take_is_remembered(
    tmp_path: Path, postgres: Server
) -> None:
    mail = read_mail(b"From: =?utf-8?q?A=00nn?=\r\n\r\nHi")
    with opened(tmp_path, postgres) as journal:
        bookmarks = Bookmarks(database=journal.database)
        assert bookmarks.first_item_of(mail.sender_name, "i-1") == "i-1"
        assert bookmarks.first_item_of(mail.sender_name, "i-2") == "i-1"


# --- secrets and weight --------------------------------------------------------------------------


def test_the_password_is_in_no_error_and_taken_out_of_every_text(
    tmp_path: Path, postgres: Server
) -> None:
    wrong = postgres.url.replace(str(postgres.port), str(free_port()))
    with (
        pytest.raises(JournalError) as caught,
        opened(tmp_path, postgres, EMPLOYEE_DATABASE_URL=wrong),
    ):
        pass
    denied = postgres.url.replace("keeper:", "stranger:")
    with (
        pytest.raises(JournalError) as refused,
        opened(tmp_path, postgres, EMPLOYEE_DATABASE_URL=denied),
    ):
        pass
    for text in (str(caught.value), str(refused.value)):
        assert PASSWORD not in text
        assert QUOTED not in text
    settings = load(
        tmp_path, environment={"EMPLOYEE_DATABASE_URL": postgres.url}, project_root=tmp_path
    )
    assert PASSWORD not in repr(settings)
    said = Redactor(secrets(settings)).clean(f"{postgres.url} {PASSWORD}")
    assert PASSWORD not in said
    assert QUOTED not in said


def test_the_default_loads_nothing_of_it_and_speaks_to_nobody(tmp_path: Path) -> None:
    code = """
import pathlib, sys
spoken = []
sys.addaudithook(lambda event, _: spoken.append(event) if event.startswith("socket.") else None)
import orchestrator, watchers.filesystem_watcher
from utils.assembly.opening import open_engine
with open_engine(pathlib.Path(sys.argv[1])) as engine:
    engine.start()
    engine.pass_once()
allowed = {"socket.__new__", "socket.gethostname"}
loaded = {"psycopg", "procrastinate"} & set(sys.modules)
sys.exit(" ".join(loaded | (set(spoken) - allowed)) or 0)
"""
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=PROJECT_ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert (tmp_path / "Vault/State/journal.sqlite3").exists()


# --- machines ------------------------------------------------------------------------------------


def test_every_machines_log_is_whole_though_one_at_a_time_writes_it(
    tmp_path: Path, clock: Clock, bakery: Business
) -> None:
    settings = bakery.engine.settings
    elsewhere = settings.model_copy(update={"machine": "office", "home": tmp_path / "office"})
    bakery.submit(reference="one")
    bakery.engine.audit_log.render(whole=True)
    (tmp_path / "office/Vault/State").mkdir(parents=True)
    joined_file(elsewhere).write_bytes(joined_file(settings).read_bytes())
    named = elsewhere.model_copy(update={"business": ""})
    with pytest.raises(ConfigurationError):
        # Its place is another one, so without the business's name it is another journal.
        open_database(named)
    office = assembled(named.model_copy(update={"home": settings.home}), CATALOGUE, clock=clock)
    other_log = replace(office.audit_log, folder=tmp_path / "office/Vault/Logs")
    other_log.render(whole=True)
    assert other_log.verify()[0] == []
    bakery.submit(reference="two")
    assert bakery.engine.audit_log.verify()[0] == []
    other_log.render(whole=True)
    bakery.engine.audit_log.render(whole=True)
    texts = [
        "".join(path.read_text() for path in sorted(folder.glob("*.json")))
        for folder in (other_log.folder, bakery.home / "Vault/Logs")
    ]
    assert texts[0] == texts[1]
    office.close()


# --- moving --------------------------------------------------------------------------------------


#: Has a journal open until its stdin ends, and says when it has.
HOLDS = """
import sys
from pathlib import Path
from utils.storage.sqlite import SqliteDatabase
database = SqliteDatabase(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
database.close()
"""


def migrate(business: Business, to: str) -> subprocess.CompletedProcess[str]:
    variables = {
        name: value
        for name, value in business.engine.settings.variables.items()
        if name != "EMPLOYEE_DATABASE_URL"
    }
    return subprocess.run(
        [sys.executable, "orchestrator.py", "migrate-journal", "--to", "-"],
        cwd=PROJECT_ROOT,
        env=variables | {"EMPLOYEE_HOME": str(business.home), "PATH": "/usr/bin"},
        input=f"{to}\n",
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_journal_moves_there_and_back_with_everything_in_it(
    business: Business, postgres: Server
) -> None:
    done = business.submit(reference="done")
    business.approve(done)
    waiting = business.submit(reference="waiting")
    business.engine.close()
    business.start()
    before = list(business.engine.journal.lines())
    business.engine.close()
    went = migrate(business, postgres.url)
    assert went.returncode == 0, went.stderr
    assert PASSWORD not in went.stdout + went.stderr
    assert QUOTED not in went.stdout + went.stderr
    assert not (business.home / "Vault/State/journal.sqlite3").exists()
    business.start()
    assert business.engine.journal.database.machine
    assert list(business.engine.journal.lines()) == before
    assert business.approve(waiting).state is State.DONE
    assert business.state(done) is State.DONE
    assert business.engine.audit_log.verify()[0] == []
    business.engine.close()
    came = migrate(business, "sqlite")
    assert came.returncode == 0, came.stderr
    business.start()
    assert not business.engine.journal.database.machine
    assert business.state(waiting) is State.DONE
    assert business.engine.audit_log.verify()[0] == []
    assert len(business.effects()) == 2


def test_a_move_that_fails_leaves_the_home_where_it_was(
    business: Business, postgres: Server
) -> None:
    waiting = business.submit()
    business.engine.close()
    file = business.home / "Vault/State/journal.sqlite3"
    with closing(sqlite3.connect(file)) as db:
        [whole] = db.execute("SELECT body FROM records WHERE seq=1").fetchone()
        db.execute("UPDATE records SET body='{}' WHERE seq=1")
        db.commit()
    assert migrate(business, postgres.url).returncode != 0
    business.start()
    assert business.state(waiting) is State.PENDING
    business.engine.close()
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE records SET body=? WHERE seq=1", (whole,))
        db.commit()
    assert migrate(business, postgres.url).returncode == 0
    business.start()
    assert business.engine.journal.database.machine
    assert business.state(waiting) is State.PENDING


def test_a_journal_is_not_moved_onto_another_one(tmp_path: Path, postgres: Server) -> None:
    source = Journal(database=SqliteDatabase(tmp_path / "journal.sqlite3"))
    source.record(ENTRY)
    with closing(source), opened(tmp_path, postgres) as target:
        target.register(payment(), ENTRY)
        before = list(target.lines())
        with pytest.raises(ConfigurationError, match="another journal"):
            move(source.database, target.database)
        assert list(target.lines()) == before


def test_a_move_that_died_before_the_settings_were_written_can_be_made_again(
    tmp_path: Path, postgres: Server
) -> None:
    source = Journal(database=SqliteDatabase(tmp_path / "journal.sqlite3"))
    source.register(payment(), ENTRY)
    with closing(source), opened(tmp_path, postgres) as target:
        first = move(source.database, target.database)
        assert move(source.database, target.database) == first
        assert list(target.lines()) == list(source.lines())


def test_a_broken_chain_is_not_moved(tmp_path: Path, postgres: Server) -> None:
    source = Journal(database=SqliteDatabase(tmp_path / "journal.sqlite3"))
    source.record(ENTRY, ENTRY, ENTRY)
    with source.database.step() as db:
        db.execute("UPDATE records SET body=replace(body, 'done', 'gone') WHERE seq=2")
    with closing(source), opened(tmp_path, postgres) as target:
        with pytest.raises(JournalError):
            move(source.database, target.database)
        assert target.head() == Head()


def test_a_journal_is_not_moved_while_somebody_performs(
    business: Business, postgres: Server
) -> None:
    business.engine.close()
    with sole_executor(business.engine.settings):
        refused = migrate(business, postgres.url)
    assert refused.returncode == 1
    assert str(AlreadyRunningError(str(business.home))) in refused.stderr
    business.start()


def test_a_journal_is_not_moved_while_another_program_has_it_open(
    business: Business, postgres: Server
) -> None:
    """Claude Code's servers keep it open, and would write where nobody looks any more."""
    business.submit()
    before = list(business.engine.journal.lines())
    business.engine.close()
    path = business.home / "Vault/State/journal.sqlite3"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline()
        refused = migrate(business, postgres.url)
        holder.communicate()
    assert refused.returncode == 1
    assert "another program has the journal open" in refused.stderr
    business.start()
    assert not business.engine.journal.database.machine
    assert list(business.engine.journal.lines()) == before
    business.engine.close()
    assert migrate(business, postgres.url).returncode == 0
    kept = path.with_name("journal.sqlite3.moved")
    with closing(SqliteDatabase(kept, look_only=True)) as old:
        assert list(Journal(database=old).lines()) == before
    assert [each.name for each in path.parent.glob("journal.sqlite3*")] == [kept.name]
    business.start()


@pytest.mark.parametrize("password", ["Sup3r%Secret", "Sup3r Secret", "Sup3r[Secret"])
def test_a_password_that_must_be_encoded_is_refused_without_repeating_it(
    business: Business, password: str
) -> None:
    business.engine.close()
    refused = migrate(business, f"postgresql://keeper:{password}@127.0.0.1:1/shop")
    assert refused.returncode == 1
    assert "--to does not fit" in refused.stderr
    assert "Sup3r" not in refused.stdout + refused.stderr
    business.start()


def test_a_home_whose_journal_moved_does_not_begin_an_empty_one(
    business: Business, postgres: Server
) -> None:
    """The address may be missing from the environment of one cron job."""
    business.submit()
    business.engine.close()
    assert migrate(business, postgres.url).returncode == 0
    (business.home / ".env").unlink()
    with pytest.raises(ConfigurationError, match="EMPLOYEE_DATABASE_URL"):
        business.start()
    assert business.notes(Folder.PENDING)
    (business.home / ".env").write_text(f"EMPLOYEE_DATABASE_URL={postgres.url}\n")
    business.start()
