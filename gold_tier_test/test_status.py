"""`status`: what a person reads, what a program reads, and an answer that is never stale."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conftest import Business

from utils.core.lifecycle import Folder, State
from utils.settings import PROJECT_ROOT
from utils.status.kept import StatusKept
from utils.status.standing import kept_of

if TYPE_CHECKING:
    from pathlib import Path


def run(business: Business, *words: str, **variables: str) -> str:
    """The command as the owner types it, in a process of its own."""
    settings = business.engine.settings
    own = {"PATH": os.defpath, "COLUMNS": "80", "EMPLOYEE_HOME": str(business.home)}
    own |= {k: v for k, v in settings.variables.items() if k != "EMPLOYEE_HOME"}
    done = subprocess.run(
        [sys.executable, "orchestrator.py", "status", *words],
        cwd=PROJECT_ROOT,
        env=own | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def told(business: Business, **variables: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(business, "--json", **variables))
    return found


def kept(business: Business) -> dict[str, Any] | None:
    return kept_of(business.engine.settings).read(now=business.clock())


def test_a_person_reads_what_waits_what_failed_who_works_and_what_is_left(
    business: Business,
) -> None:
    waiting = business.submit()
    other = business.submit(reference="another")
    business.engine.bookmarks.beat("gmail", now=business.clock())
    page = run(business)
    assert "2 wait for you" in page
    assert waiting.id in page
    assert other.id in page
    assert "ready: odoo" in page
    assert "not set up: " in page
    assert "gmail: " in page
    assert "audit: Sun" in page
    assert "briefing: Mon" in page
    assert "20 of 20 mails this hour" in page
    assert all(len(line) <= 80 for line in page.splitlines() if str(business.home) not in line)


def test_what_failed_is_told_with_what_the_service_said(business: Business) -> None:
    proposal = business.submit()
    business.odoo.fault("status", path="*/account.move/load", status=422, times=5)
    tracked = business.approve(proposal)
    assert tracked.state is State.FAILED
    [failed] = told(business)["failed"]
    assert failed["id"] == proposal.id
    assert failed["error"]


def test_the_kept_answer_is_what_would_be_put_together(business: Business) -> None:
    business.submit()
    business.tick(seconds=2)
    found = kept(business)
    assert found is not None
    fresh = told(business, OWNER_NAME="somebody else, so that it is put together anew")
    for name in ("proposals", "counts", "services", "caps", "log_head", "failed", "stopped"):
        assert found[name] == fresh[name]


def test_the_kept_answer_is_given_up_when_anything_happened(business: Business) -> None:
    business.tick(seconds=2)
    assert kept(business) is not None
    business.submit()
    assert kept(business) is None
    business.tick(seconds=2)
    assert kept(business) is not None
    (business.home / "AI_Employee/STOP.md").write_text("")
    assert kept(business) is None


def test_the_kept_answer_is_given_up_with_other_settings_or_after_a_while(
    business: Business,
) -> None:
    business.tick(seconds=2)
    settings = business.engine.settings
    other = settings.model_copy(update={"variables": settings.variables | {"DRY_RUN": "true"}})
    assert kept_of(other).read(now=business.clock()) is None
    business.clock.forward(minutes=11)
    assert kept(business) is None
    business.tick(minutes=-30)
    assert kept(business) is not None


def test_the_kept_answer_holds_in_every_terminal(business: Business) -> None:
    business.tick(seconds=2)
    settings = business.engine.settings
    for more in ({"TERM": "xterm", "SHLVL": "3"}, {"INVOCATION_ID": "f00"}):
        elsewhere = settings.model_copy(update={"variables": settings.variables | more})
        assert kept_of(elsewhere).read(now=business.clock()) is not None
    for name in ("ODOO_URL", "OWNER_TIMEZONE", "FACEBOOK_PAGE_TOKEN", "TZ"):
        other = settings.model_copy(update={"variables": settings.variables | {name: "other"}})
        assert kept_of(other).read(now=business.clock()) is None, name


def test_one_pass_leaves_the_answer_ready_for_a_terminal(business: Business) -> None:
    business.submit()
    settings = business.engine.settings
    environment = settings.variables | {"EMPLOYEE_HOME": str(business.home), "PATH": os.defpath}
    command = [sys.executable, "orchestrator.py", "run", "--once"]
    subprocess.run(command, cwd=PROJECT_ROOT, env=environment, check=True, timeout=60)
    terminal = StatusKept(
        home=business.home, project_root=PROJECT_ROOT, variables=environment | {"TERM": "xterm"}
    )
    assert terminal.read(now=datetime.now(UTC)) is not None


def test_the_employee_keeps_it_ready_while_nothing_happens(business: Business) -> None:
    for _ in range(12):
        business.tick(minutes=4)
        assert kept(business) is not None


def test_the_watchers_signs_of_life_are_always_those_of_now(business: Business) -> None:
    business.engine.bookmarks.beat("gmail", now=business.clock())
    business.tick(seconds=2)
    business.clock.forward(seconds=60)
    business.engine.bookmarks.beat("gmail", now=business.clock())
    found = kept(business)
    assert found is not None
    assert found["watchers"]["gmail"]["ago_s"] == 0


def test_the_kept_answer_holds_no_secret_and_is_shut_to_others(business: Business) -> None:
    business.submit()
    business.tick(seconds=2)
    path = business.engine.settings.state_dir / "status.json"
    assert path.stat().st_mode & 0o077 == 0
    assert business.engine.settings.variables["ODOO_API_KEY"] not in path.read_text()


def test_a_torn_kept_answer_is_put_together_anew(business: Business) -> None:
    business.tick(seconds=2)
    (business.engine.settings.state_dir / "status.json").write_text('{"at": 1')
    assert kept(business) is None
    assert told(business)["home"] == str(business.home)


def test_stop_is_on_top(business: Business) -> None:
    business.engine.switch.stop(how="test")
    assert run(business).startswith("STOPPED")


def test_what_is_planned_next_lies_ahead(business: Business) -> None:
    found = told(business)
    for at in found["schedule"].values():
        assert datetime.fromisoformat(at) > datetime.now(UTC)
    assert set(found["schedule"]) == {"audit", "briefing"}


def test_a_cap_tells_what_is_used(business: Business) -> None:
    business.approve(business.submit())
    [money] = [cap for cap in told(business)["caps"] if cap["kind"] == "money"]
    assert money["used"] == 15_000
    assert not business.notes(Folder.PENDING)


def employee(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Type a command in a home of which nothing is set but where it lies."""
    return subprocess.run(
        [sys.executable, "orchestrator.py", *words],
        cwd=PROJECT_ROOT,
        env={"EMPLOYEE_HOME": str(home), "PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_status_where_nothing_was_set_up_says_how_to_and_writes_nothing(tmp_path: Path) -> None:
    asked = employee(tmp_path, "status")
    assert (asked.returncode, asked.stdout) == (1, "")
    [line] = asked.stderr.splitlines()
    assert "uv run orchestrator.py init" in line
    assert not list(tmp_path.iterdir())


def test_status_of_a_vault_that_vanished_does_not_send_its_owner_to_set_it_up(
    business: Business,
) -> None:
    business.submit()
    shutil.move(business.home / "AI_Employee", business.home / "elsewhere")
    asked = employee(business.home, "status")
    assert asked.returncode == 1
    assert "Mount or restore" in asked.stderr
    assert "init" not in asked.stderr


def test_a_fresh_home_shows_no_service_that_nobody_set_up_as_ready(tmp_path: Path) -> None:
    assert employee(tmp_path, "run", "--once").returncode == 0
    shown = employee(tmp_path, "status")
    assert shown.returncode == 0, shown.stderr
    assert "ready: none" in shown.stdout
    made = employee(tmp_path, "briefing")
    assert made.returncode == 0, made.stderr
    [page] = (tmp_path / "AI_Employee/CEO_Briefings").glob("*.md")
    said = page.read_text()
    assert "Odoo is not connected: run `uv run orchestrator.py connect odoo`" in said
    assert "ODOO_URL" not in said
