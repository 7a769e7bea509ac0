"""What the owner types, where two machines and two businesses share one database."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks.farm import Farm, until
from benchmarks.postgres_server import PASSWORD, QUOTED, Server
from utils.core.lifecycle import State
from utils.core.model import Entry
from utils.journal import Journal
from utils.sandbox.street import Street
from utils.settings import PROJECT_ROOT
from utils.storage.place import open_database
from utils.times.clock import utc_now

#: Three of the bakery's approvals; the brewery has as many of its own.
COUNT = 3
TOOL = ("odoo_create_invoice",)


@dataclass(frozen=True)
class Businesses:
    """The bakery's farm with a worker in the office, and the brewery's in the same database."""

    bakery: Farm
    brewery: Farm

    def says(self, *words: str, farm: Farm | None = None, machine: str = "home") -> str:
        """What a command prints that succeeds."""
        done = typed(farm or self.bakery, *words, machine=machine)
        assert done.returncode == 0, done.stdout + done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        assert QUOTED not in done.stdout + done.stderr
        return done.stdout

    def told(self, *words: str, farm: Farm | None = None, machine: str = "home") -> Any:
        return json.loads(self.says(*words, "--json", farm=farm, machine=machine))


def typed(farm: Farm, *words: str, machine: str = "home") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "orchestrator.py", *words],
        cwd=PROJECT_ROOT,
        env={"PATH": os.environ["PATH"]} | farm.environment(machine),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def businesses(tmp_path_factory: pytest.TempPathFactory, doomed: Server) -> Iterator[Businesses]:
    """Both have carried out the same number of things, each on a machine called "office"."""
    with ExitStack() as stack:
        farms = []
        for name in ("bakery", "brewery"):
            street = stack.enter_context(Street())
            folder = tmp_path_factory.mktemp(name)
            farm = Farm(folder, doomed, street, name, more={"OWNER_TIMEZONE": "UTC"})
            stack.callback(farm.stop)
            farm.approve(COUNT, TOOL)
            farm.start("office")
            farms.append(farm)
        for farm in farms:
            assert until(farm.is_settled, seconds=60), farm.states()
        yield Businesses(*farms)


def test_status_names_the_machines_of_one_business_and_what_each_did(
    businesses: Businesses,
) -> None:
    found = businesses.told("status")["machines"]
    assert found["office"]["done_in_7_days"] == COUNT
    assert "worker" in found["office"]["processes"]
    assert "office" in businesses.says("status")


def test_the_doctor_hears_of_both_machines(businesses: Businesses) -> None:
    done = typed(businesses.bakery, "doctor", "--json")
    said = [check["what"] for check in json.loads(done.stdout)["checks"]]
    assert any("office" in what and what.startswith("Heard of") for what in said), said
    assert not any("brewery" in what for what in said)
    assert PASSWORD not in done.stdout
    assert QUOTED not in done.stdout


def test_verify_proves_the_records_of_both_machines_and_of_no_other_business(
    businesses: Businesses,
) -> None:
    businesses.bakery.home.audit_log.render(whole=True)
    before = businesses.told("verify")
    assert before["ok"] is True
    assert before["records"] == businesses.bakery.home.journal.head().seq
    logs = businesses.bakery.folder / "home/Vault/Logs"
    text = "".join(path.read_text() for path in sorted(logs.glob("*.json")))
    machines = {record["parameters"].get("machine") for record in json.loads(text)}
    assert machines == {"home", "office"}
    assert not any(each.id in text for each in businesses.brewery.asked)


def test_a_record_changed_in_the_database_is_found_and_only_in_its_own_business(
    businesses: Businesses,
) -> None:
    server = businesses.bakery.server
    swap = "UPDATE employee_bakery.records SET body=replace(body, %s, %s) WHERE seq=2"
    with server.connect() as db:
        db.execute(swap, ("home", "lone"))
        try:
            found = typed(businesses.bakery, "verify", "--json")
            assert found.returncode == 1
            assert json.loads(found.stdout)["ok"] is False
            assert businesses.told("verify", farm=businesses.brewery)["ok"] is True
        finally:
            db.execute(swap, ("lone", "home"))
    assert businesses.told("verify")["ok"] is True


def test_stop_typed_on_one_machine_stops_the_business_on_all_and_no_other_one(
    businesses: Businesses,
) -> None:
    bakery, brewery = businesses.bakery, businesses.brewery
    bakery.kill("office")
    for farm in (bakery, brewery):
        farm.approve(1, TOOL)
    businesses.says("stop", machine="till")
    try:
        began = utc_now()
        bakery.start("office")
        assert until(lambda: bakery.home.bookmarks.beats()["worker on office"] > began, seconds=30)
        assert until(brewery.is_settled, seconds=20)
        assert not until(bakery.is_settled, seconds=2.5)
        assert len(bakery.effects()[TOOL[0]]) == len(bakery.asked) - 1
    finally:
        businesses.says("resume", machine="till")
    assert until(bakery.is_settled, seconds=20)
    for farm in (bakery, brewery):
        assert farm.judge()["done"] == len(farm.asked)


def test_the_briefing_tells_which_machine_did_how_much(businesses: Businesses) -> None:
    week = f"{datetime.now(UTC):%G-W%V}"
    businesses.says("briefing", "--week", week)
    folder = businesses.bakery.folder / "home/AI_Employee/CEO_Briefings"
    [page] = folder.glob("*-briefing.md")
    done = len(businesses.bakery.by_state(State.DONE))
    assert f"office carried out {done}" in page.read_text()
    assert "worker on office" in page.read_text()


def test_old_days_are_packed_by_the_machine_with_the_log_and_verify_reads_them(
    businesses: Businesses,
) -> None:
    bakery = businesses.bakery
    # A day of a hundred days ago comes first in a journal of its own.
    old = Farm(bakery.folder / "old", bakery.server, bakery.street, "archive")
    try:
        long_ago = datetime.now(UTC) - timedelta(days=100)
        journal = Journal(database=open_database(old.home.settings), clock=lambda: long_ago)
        journal.record(Entry(action="test", actor="test", result="done"))
        journal.close()
        old.home.audit_log.render(whole=True)
        file = old.folder / f"home/Vault/Logs/{long_ago:%Y-%m-%d}.json"
        plain = file.read_bytes()
        told = businesses.told("logs", "archive", farm=old)
        assert told["days"] == [f"{long_ago:%Y-%m-%d}"]
        assert not file.exists()
        assert gzip.decompress(file.with_suffix(".json.gz").read_bytes()) == plain
        assert businesses.told("verify", farm=old)["ok"] is True
    finally:
        old.stop()
