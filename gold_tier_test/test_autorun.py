"""Claude Code at work by itself, with a program in its place that says how it was started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Business
from test_jail import ASK, KEY, Model, model, needs_bubblewrap

from utils.claude.autorun import STOPPED, USED_UP, Autorun
from utils.core.lifecycle import Folder
from utils.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["model"]
#: Says in the agent's own folder how it was started, then does what a test wants.
STARTED = """#!/bin/sh
{ echo "$@"; cat "$EMPLOYEE_TASK"; env; } > ~/started.tmp; mv ~/started.tmp ~/started
"""
LETTER = b"From: ada@acme.example\nSubject: Two loaves\n\nTwo loaves of rye for Friday, please.\n"
PATIENCE_S = 60.0


@pytest.fixture
def letter(business: Business) -> Business:
    """A business in which one letter waits."""
    business.drop("order.eml", LETTER)
    business.tick(seconds=2)
    assert Autorun(ground=business.engine.ground).waiting()
    return business


def program(business: Business, then: str = "") -> Path:
    folder = business.home.parent / "bin"
    folder.mkdir(exist_ok=True)
    path = folder / "claude"
    path.write_text(STARTED + then)
    path.chmod(0o755)
    return folder


def environment(business: Business, model: Model, then: str, **variables: str) -> dict[str, str]:
    own = {
        "PATH": f"{program(business, then)}:{os.environ['PATH']}",
        "HOME": str(business.home.parent),
        "EMPLOYEE_HOME": str(business.home),
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": model.url,
        "OWNER_TIMEZONE": "Europe/Berlin",
    }
    return own | business.odoo.environment() | variables


@contextmanager
def running(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, str(PROJECT_ROOT / "orchestrator.py"), *arguments],
        env=environment,
        cwd=PROJECT_ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.communicate(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def ran(business: Business, model: Model, then: str = "", **variables: str) -> tuple[int, str]:
    """Let it work through what waits once; return the exit status and what was said."""
    given = environment(business, model, then, **variables)
    with running(given, "claude", "--unattended") as process:
        _, said = process.communicate(timeout=PATIENCE_S)
    return process.returncode, said


def started(business: Business) -> str:
    path = business.engine.settings.state_dir / "claude" / "started"
    return path.read_text() if path.exists() else ""


def forget(business: Business) -> None:
    (business.engine.settings.state_dir / "claude" / "started").unlink()


def runs(business: Business) -> list[dict[str, Any]]:
    business.engine.audit_log.render(whole=True)
    days = business.engine.settings.logs_dir.glob("*.json")
    records = [record for day in sorted(days) for record in json.loads(day.read_text())]
    return [record for record in records if record["action"] == "claude.run"]


def until(happened: Callable[[], object]) -> None:
    latest = monotonic() + PATIENCE_S
    while not happened():
        assert monotonic() < latest
        threading.Event().wait(0.05)


def test_it_is_off_by_default_and_due_only_when_something_new_waits(letter: Business) -> None:
    assert not Autorun(ground=letter.engine.ground).is_due()
    letter.restart(CLAUDE_AUTORUN="true")
    autorun = Autorun(ground=letter.engine.ground)
    assert autorun.is_due()
    autorun.begin(autorun.waiting())
    assert not autorun.is_due()


def test_it_is_not_due_while_everything_is_stopped_or_the_budget_is_used_up(
    letter: Business,
) -> None:
    letter.restart(CLAUDE_AUTORUN="true", CLAUDE_MAX_TOKENS_PER_DAY="100")
    autorun = Autorun(ground=letter.engine.ground)
    autorun.spend(99)
    assert autorun.is_due()
    autorun.spend(1)
    assert autorun.closed() == USED_UP
    assert not autorun.is_due()
    letter.clock.forward(days=1)
    assert autorun.is_due()
    letter.engine.switch.stop(how="test")
    assert autorun.closed() == STOPPED
    assert not autorun.is_due()


def test_what_asks_the_owner_himself_is_nobody_elses_work(business: Business) -> None:
    business.engine.ground.alerts().ask("bread", "Which bread?", "Rye or wheat?")
    business.tick(seconds=2)
    assert business.notes(Folder.NEEDS_ACTION)
    assert not Autorun(ground=business.engine.ground).waiting()


@needs_bubblewrap
def test_nothing_is_started_where_nothing_is_new(business: Business, model: Model) -> None:
    """Zero cost when idle."""
    assert ran(business, model) == (0, "")
    assert not started(business)
    assert not model.heard
    assert not runs(business)


@needs_bubblewrap
def test_what_is_new_is_worked_through_once_in_the_jail_and_recorded(
    letter: Business, model: Model
) -> None:
    [(item, note)] = Autorun(ground=letter.engine.ground).waiting()
    ask = f"python3 -c '{ASK}' /v1/messages '{{}}'\n"
    assert ran(letter, model, ask * 2, CLAUDE_MAX_ROUNDS="7") == (0, "")
    said = started(letter)
    assert said.startswith("-p /process-inbox --output-format stream-json")
    assert "--max-turns 7" in said
    assert note in said.splitlines()
    assert "HOME=/home/agent" in said
    assert KEY not in said
    assert "ODOO" not in said
    [record] = runs(letter)
    assert record["result"] == "done"
    assert record["parameters"] == {"items": [item.id], "answers": 2, "tokens": 198}
    assert Autorun(ground=letter.engine.ground).spent_today() == 198
    forget(letter)
    assert ran(letter, model) == (0, "")
    assert not started(letter)


@needs_bubblewrap
def test_the_model_is_asked_no_more_once_the_days_tokens_are_used_up(
    letter: Business, model: Model
) -> None:
    ask = f"python3 -c '{ASK}' /v1/messages '{{}}' >> ~/answers\n"
    ran(letter, model, ask * 3, CLAUDE_MAX_TOKENS_PER_DAY="150")
    answers = (letter.engine.settings.state_dir / "claude/answers").read_text().split("\n")
    said = [line[:3] for line in answers if line[:3] in {"200", "403"}]
    assert said == ["200", "200", "403"]
    assert len(model.heard) == 2


@needs_bubblewrap
def test_a_run_that_takes_too_long_is_ended_and_the_owner_is_told(
    letter: Business, model: Model
) -> None:
    status, _ = ran(letter, model, "sleep 600\n", CLAUDE_MAX_MINUTES="0.02")
    assert status
    [record] = runs(letter)
    assert record["result"] == "failed"
    assert "CLAUDE_MAX_MINUTES" in record["error"]
    [alert] = [note for note in letter.notes(Folder.NEEDS_ACTION) if note.startswith("ALERT_")]
    assert "CLAUDE_MAX_MINUTES" in letter.text(Folder.NEEDS_ACTION, alert)


@needs_bubblewrap
def test_the_kill_switch_ends_a_run(letter: Business, model: Model) -> None:
    given = environment(letter, model, "sleep 600\n")
    with running(given, "claude", "--unattended") as process:
        until(lambda: started(letter))
        began = monotonic()
        letter.path(Folder.INBOX).with_name("STOP.md").touch()
        assert process.wait(PATIENCE_S)
        assert monotonic() - began < 10
    assert "stopped" in runs(letter)[0]["error"]


@needs_bubblewrap
def test_a_run_that_fails_is_not_begun_again_by_itself(letter: Business, model: Model) -> None:
    assert ran(letter, model, "exit 3\n")[0] == 3
    assert "status 3" in runs(letter)[0]["error"]
    forget(letter)
    assert ran(letter, model)[0] == 0
    assert not started(letter)


@needs_bubblewrap
def test_the_owner_is_told_once_a_day_that_it_cannot_be_started(
    letter: Business, model: Model
) -> None:
    for _ in range(2):
        status, said = ran(letter, model, CLAUDE_COMMAND="nowhere")
        assert status == 1
        assert "npm install" in said
    alerts = [note for note in letter.notes(Folder.NEEDS_ACTION) if note.startswith("ALERT_")]
    assert len(alerts) == 1
    assert Autorun(ground=letter.engine.ground).waiting()


@needs_bubblewrap
def test_the_daemon_starts_it_when_something_new_waits_and_ends_it_when_it_ends(
    letter: Business, model: Model
) -> None:
    letter.engine.close()
    given = environment(letter, model, "sleep 600\n", CLAUDE_AUTORUN="true", LOG_LEVEL="ERROR")
    with running(given) as process:
        until(lambda: started(letter) or process.poll() is not None)
        assert started(letter)
        began = monotonic()
        process.terminate()
        process.wait(PATIENCE_S)
        assert monotonic() - began < 10
    letter.start()
    [record] = runs(letter)
    assert record["result"] == "failed"


def test_an_item_put_away_unfinished_leaves_the_caution_behind(business: Business) -> None:
    """Decision 0009: whoever may have read outsiders' text is asked, also who hid the letter."""
    business.drop("order.eml", LETTER)
    business.tick(seconds=2)
    [(_, note)] = business.engine.bookmarks.open_items()
    business.path(Folder.NEEDS_ACTION, note).unlink()
    business.tick(seconds=2)
    assert not business.engine.bookmarks.open_items()
    assert business.engine.bookmarks.outside_text_near(now=business.clock())
    business.clock.forward(days=1)
    assert not business.engine.bookmarks.outside_text_near(now=business.clock())
