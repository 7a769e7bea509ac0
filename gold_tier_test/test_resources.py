"""Disk, memory and open files: what is short is told, and stops nothing half done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from conftest import Business
from daemon_bench import environment, file_watcher, is_alive, running, until

from utils.core.errors import NoRoomError
from utils.core.lifecycle import Folder, State
from utils.health.self_check import SelfCheck
from utils.health_monitor import Health
from utils.resource_monitor import Burden, burden_of, family_of, free_bytes
from utils.sandbox.business import invoice_request
from utils.settings import PROJECT_ROOT
from watchers.gmail_watcher import GmailWatcher
from watchers.whatsapp_watcher import Cloud

#: More than any disk has: as if it were nearly full.
FULL = {"MIN_FREE_DISK_MB": "999999999999"}
ROOM = {"MIN_FREE_DISK_MB": "1"}


def check(business: Business) -> None:
    SelfCheck(ground=business.engine.ground).look({}, 0.0)


def test_without_room_nothing_new_is_taken_in_and_nothing_goes_out(business: Business) -> None:
    proposal = business.submit()
    business.restart(**FULL)
    business.drop("a.eml", invoice_request(sent_at=business.clock()))
    business.approve(proposal)
    business.tick(seconds=60)
    assert business.notes(Folder.INBOX) == ["a.eml"]
    assert business.state(proposal) is State.GRANTED
    assert business.effects() == []
    # The log is written all the same: that the owner said yes stands in it.
    [day] = (business.home / "Vault/Logs").glob("*.json")
    assert json.loads(day.read_text())[-1]["result"] == "granted"

    business.restart(**ROOM)
    business.tick()
    business.tick(seconds=60)
    assert business.notes(Folder.INBOX) == []
    assert len(business.effects()) == 1


def test_the_owner_is_told_once_that_the_disk_is_full_and_once_that_it_is_over(
    business: Business,
) -> None:
    business.restart(**FULL)
    for _ in range(3):
        check(business)
        business.clock.forward(days=1)
        business.engine.pass_once()
    [alert] = business.alerts()
    assert "MB are free" in business.text(Folder.NEEDS_ACTION, alert)
    business.restart(**ROOM)
    check(business)
    check(business)
    assert business.alerts() == []
    [filed] = business.alerts(Folder.COMPLETED)
    assert "There is room again" in business.text(Folder.COMPLETED, filed)
    business.restart(**FULL)
    check(business)
    assert len(business.alerts()) == 1


def test_an_alert_the_owner_has_put_away_himself_stays_away(business: Business) -> None:
    business.restart(**FULL)
    check(business)
    [alert] = business.alerts()
    business.path(Folder.NEEDS_ACTION, alert).unlink()
    business.engine.pass_once()
    check(business)
    assert business.alerts() == []
    business.restart(**ROOM)
    check(business)
    assert business.alerts(Folder.COMPLETED) == []


def test_without_room_no_mailbox_is_asked_and_no_message_is_acknowledged(
    business: Business, tmp_path: Path
) -> None:
    token = tmp_path / "token.json"
    words = {"refresh_token": "r", "client_id": "i", "client_secret": "s"}
    token.write_text(json.dumps(words))
    whatsapp = {
        "WHATSAPP_SOURCE": "cloud",
        "WHATSAPP_APP_SECRET": "secret",
        "WHATSAPP_VERIFY_TOKEN": "verify",
    }
    # Nobody listens there: to ask would fail, and be recorded.
    gmail = {"GMAIL_TOKEN_FILE": str(token), "GMAIL_API_URL": "http://127.0.0.1:9"}
    business.restart(**FULL, **whatsapp, **gmail)
    before = business.engine.journal.head()
    GmailWatcher(business.engine).once()
    assert business.engine.journal.head() == before
    with pytest.raises(NoRoomError):
        Cloud(business.engine).receive({})


def test_a_drive_that_does_not_tell_its_room_stops_nothing(tmp_path: Path) -> None:
    assert free_bytes([tmp_path / "not there"]) is None
    assert free_bytes([]) is None
    known = free_bytes([tmp_path, tmp_path / "not there"])
    assert known is not None
    assert known > 0


def test_a_burden_is_what_a_process_really_uses() -> None:
    before = burden_of(os.getpid())
    held = bytearray(os.urandom(1024)) * 100_000
    with ExitStack() as files:
        for _ in range(20):
            files.enter_context(Path(__file__).open("rb"))
        after = burden_of(os.getpid())
    assert after.memory_bytes - before.memory_bytes > 0.8 * len(held)
    assert after.open_files - before.open_files == 20
    assert after.cpu_s >= before.cpu_s
    assert burden_of(2**22 + 1) == Burden()
    assert family_of(os.getpid()).memory_bytes >= after.memory_bytes - len(held)


@pytest.mark.parametrize(
    ("limit", "word"), [("MAX_WATCHER_MEMORY_MB", "memory"), ("MAX_WATCHER_FILES", "open files")]
)
def test_what_is_too_much_is_named(business: Business, limit: str, word: str) -> None:
    waiting = [sys.executable, "-c", "input()"]
    with subprocess.Popen(waiting, stdin=subprocess.PIPE) as child:
        assert until(lambda: burden_of(child.pid).memory_bytes > 2e6)
        assert SelfCheck(ground=business.engine.ground).too_much(child.pid) == ""
        business.restart(**{limit: "1"})
        assert word in SelfCheck(ground=business.engine.ground).too_much(child.pid)
        child.communicate(b"\n")


def test_a_child_that_grew_too_large_is_started_anew_after_its_call_and_never_within(
    business: Business,
) -> None:
    business.odoo.fault("slow", path="/json/2/account.move/load", seconds=9)
    with running(business, MAX_WATCHER_MEMORY_MB="10", HTTP_TIMEOUT_SECONDS="30") as daemon:
        proposal = business.submit()
        business.drag(proposal.note)
        assert until(lambda: business.state(proposal) is State.ARMED)
        carries = file_watcher(daemon)
        assert until(lambda: business.state(proposal) is not State.ARMED, seconds=40)
        # Not "unknown", as it would be had the child been ended within the call.
        assert business.state(proposal) is State.DONE
        assert carries
        assert until(lambda: not is_alive(carries), seconds=30)
        assert until(lambda: (now := file_watcher(daemon)) and now.pid != carries.pid)
    assert len(business.effects()) == 1


def test_status_tells_what_the_employee_uses(business: Business) -> None:
    def told() -> dict[str, dict[str, object]]:
        command = [sys.executable, "orchestrator.py", "status", "--json"]
        said = subprocess.check_output(command, cwd=PROJECT_ROOT, env=environment(business))
        found: dict[str, dict[str, object]] = json.loads(said)
        return found

    assert set(told()["resources"]) == {"free_disk_mb"}
    with running(business) as daemon:
        used = told()["resources"]
        memory = sum(
            each.memory_info().rss
            for each in [psutil.Process(daemon.pid), *psutil.Process(daemon.pid).children()]
        )
        # The children are still growing, or already done with that.
        assert 0.4 < int(str(used["memory_mb"])) / (memory / 1e6) < 2.5
        assert "WHATSAPP_EXPORT_DIR" in str(told()["watchers"]["whatsapp"])


def test_a_healthy_employee_tells_nothing(business: Business) -> None:
    SelfCheck(ground=business.engine.ground).look(
        {"gmail": Health(started=True, since=0.0)}, 1000.0
    )
    assert business.alerts() == []
