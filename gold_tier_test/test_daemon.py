"""The daemon as a process: it notices, carries out, ends cleanly, and leaves no orphans."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from conftest import Business
from daemon_bench import environment, family, file_watcher, live, run, running, start, until

from utils.core.lifecycle import Folder, State
from utils.sandbox.business import invoice_request
from utils.settings import PROJECT_ROOT


@pytest.fixture
def daemon(business: Business) -> Iterator[subprocess.Popen[bytes]]:
    with running(business) as process:
        yield process


def test_the_daemon_takes_a_letter_in_and_carries_the_drag_out(
    business: Business, daemon: subprocess.Popen[bytes]
) -> None:
    business.path(Folder.INBOX, "a.eml").write_bytes(invoice_request(sent_at=business.clock()))
    assert until(lambda: business.notes(Folder.PENDING))
    [asked] = business.waiting()
    business.drag(asked.proposal.note)
    assert until(business.effects)
    assert until(lambda: business.state(asked.proposal) is State.DONE)
    assert until(lambda: business.notes(Folder.COMPLETED))
    assert len(business.effects()) == 1
    assert daemon.poll() is None


def test_the_daemon_ends_within_five_seconds_and_leaves_no_child(
    business: Business, daemon: subprocess.Popen[bytes]
) -> None:
    children = psutil.Process(daemon.pid).children(recursive=True)
    assert children
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(timeout=5) == 0
    assert until(lambda: not any(child.is_running() for child in children), seconds=5)
    assert business.engine.audit_log.verify()[0] == []


def test_at_a_terminal_it_says_where_the_notes_lie_and_that_it_has_ended(
    business: Business,
) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "orchestrator.py"],
        cwd=PROJECT_ROOT,
        env=environment(business),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    while b"Ctrl+C ends it" not in said:
        said += os.read(ours, 4096)
    process.send_signal(signal.SIGINT)
    while b"Ended." not in said:
        said += os.read(ours, 4096)
    assert process.wait(timeout=5) == 0
    os.close(ours)
    assert str(business.path(Folder.INBOX).parent) in said.decode()
    assert b"apscheduler" not in said
    assert b"ERROR" not in said


def test_a_killed_watcher_is_back_within_thirty_seconds(
    business: Business, daemon: subprocess.Popen[bytes]
) -> None:
    child = file_watcher(daemon)
    assert child
    child.kill()
    assert until(lambda: (now := file_watcher(daemon)) and now.pid != child.pid, seconds=30)
    proposal = business.submit()
    business.drag(proposal.note)
    assert until(business.effects)


def test_only_one_employee_works_in_a_home(
    business: Business, daemon: subprocess.Popen[bytes]
) -> None:
    second = start(business, "orchestrator.py", "--once")
    _, errors = second.communicate(timeout=20)
    assert second.returncode == 1
    assert b"already running" in errors
    assert b"Traceback" not in errors
    assert daemon.poll() is None


def test_a_stop_takes_at_most_five_seconds_even_while_a_child_hangs(business: Business) -> None:
    with running(business) as daemon:
        hung = file_watcher(daemon)
        children = family(daemon)
        assert hung
        # Ctrl+C in the terminal is sent to the daemon's group: no child of it lies in there.
        assert os.getpgid(daemon.pid) not in {os.getpgid(child.pid) for child in children}
        hung.suspend()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=5) == 0
        assert live(children) == []


def test_a_stop_during_a_call_takes_at_most_five_seconds_and_sends_nothing_twice(
    business: Business,
) -> None:
    business.odoo.fault("slow", path="/json/2/account.move/load", seconds=8)
    with running(business) as daemon:
        proposal = business.submit()
        business.drag(proposal.note)
        assert until(lambda: business.state(proposal) is State.ARMED)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=5) == 0
    with running(business):
        assert until(lambda: business.state(proposal) not in {State.ARMED, State.UNKNOWN})
    assert len(business.effects()) <= 1


def test_one_vault_has_one_employee_by_whatever_path_it_is_reached(
    business: Business, tmp_path: Path
) -> None:
    alias = tmp_path / "alias"
    alias.symlink_to(business.home)
    other = tmp_path / "other"
    other.mkdir()
    (other / "AI_Employee").symlink_to(business.home / "AI_Employee")
    with running(business) as daemon:
        for home in (alias, other):
            second = start(business, "orchestrator.py", EMPLOYEE_HOME=str(home))
            _, said = second.communicate(timeout=20)
            assert (second.returncode, b"already running" in said) == (1, True), said
        assert daemon.poll() is None


def test_lost_events_are_made_up_for_by_the_rescan(
    business: Business, daemon: subprocess.Popen[bytes]
) -> None:
    """Hostile input runtime-05: the queue of events overflows while the watcher is stopped."""
    child = file_watcher(daemon)
    assert child
    proposal = business.submit()
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    child.suspend()
    junk = business.path(Folder.APPROVED, ".junk")
    for _ in range(limit // 2 + 100):
        junk.touch()
        junk.unlink()
    business.drag(proposal.note)
    child.resume()
    assert until(business.effects)


def test_one_pass_carries_out_what_is_granted_and_renders_the_log(business: Business) -> None:
    proposal = business.submit()
    business.submit("odoo_create_partner", name="Ben's Mill")
    business.drag(proposal.note)
    done = run(business, "run", "--once")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "One pass made: 1 wait for you, 0 approved and not out yet.\n"
    assert len(business.effects()) == 1
    [day] = (business.home / "Vault/Logs").glob("*.json")
    assert json.loads(day.read_text())[-1]["result"] == "done"


def test_status_explain_and_verify_tell_the_story(business: Business) -> None:
    proposal = business.submit()
    told = json.loads(run(business, "status", "--json").stdout)
    assert told["counts"]["pending"] == 1
    assert told["proposals"][0]["id"] == proposal.id
    assert told["services"]["odoo"] == "ready"
    business.approve(proposal)
    story = run(business, "explain", proposal.id)
    assert "you approved it" in story.stdout
    assert "executor: done" in story.stdout
    assert "came from  Claude Code\n" in story.stdout
    [kept] = business.notes(Folder.COMPLETED)
    assert "You said yes (drag)." in business.text(Folder.COMPLETED, kept)
    assert json.loads(run(business, "verify", "--json").stdout)["ok"] is True
    unknown = run(business, "explain", "p-nothing000")
    assert (unknown.returncode, "Traceback" in unknown.stderr) == (1, False)


def test_verify_finds_a_changed_record(business: Business) -> None:
    business.approve(business.submit())
    business.engine.audit_log.render(whole=True)
    [day] = (business.home / "Vault/Logs").glob("*.json")
    day.write_text(day.read_text().replace("granted_by_owner", "granted_by_policy", 1))
    found = run(business, "verify", "--json")
    assert found.returncode == 1
    assert json.loads(found.stdout)["ok"] is False


def test_stop_holds_back_and_resume_lets_go(business: Business) -> None:
    proposal = business.submit()
    assert run(business, "stop").returncode == 0
    business.drag(proposal.note)
    held_back = run(business, "--once").stdout
    assert held_back.endswith("1 approved and not out yet. Everything is stopped.\n")
    assert business.effects() == []
    assert run(business, "resume").returncode == 0
    run(business, "--once")
    assert len(business.effects()) == 1


def test_wrong_usage_exits_with_two_and_help_with_zero(business: Business) -> None:
    assert run(business, "nonsense").returncode == 2
    helped = run(business, "--help")
    assert helped.returncode == 0
    assert max(map(len, helped.stdout.splitlines())) <= 80
