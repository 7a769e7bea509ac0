from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from utils.claude.rules import OPEN_FOLDERS, PROGRAM
from utils.core.lifecycle import Folder
from utils.obsidian.listing import PLANTED
from utils.settings import PROJECT_ROOT

PYTHON = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else shutil.which("python3")
ITEM = "2026-11-22-email-bread-for-saturday-i-0a1b2c3d4e"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one's own, with a blank in its path, and the real hooks."""
    root = tmp_path / "my bakery"
    shutil.copytree(PROJECT_ROOT / ".claude/hooks", root / ".claude/hooks")
    for folder in Folder:
        (root / "AI_Employee" / folder).mkdir(parents=True)
    (root / "Vault/State").mkdir(parents=True)
    (root / "utils").mkdir()
    (root / ".env").write_text("ODOO_API_KEY=x\n")
    (root / ".env.example").write_text("ODOO_API_KEY=\n")
    return root


def hook(
    project: Path, name: str, told: object, *arguments: str, **env: str
) -> subprocess.CompletedProcess[str]:
    script = project / ".claude/hooks" / name
    return subprocess.run(
        [str(PYTHON), "-I", "-S", str(script), *arguments],
        input=told if isinstance(told, str) else json.dumps(told),
        env={"PATH": os.environ["PATH"], "TMPDIR": str(project.parent), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def judged(project: Path, tool: str, *home: str, cwd: str = "", **values: str) -> tuple[int, str]:
    told = {"tool_name": tool, "tool_input": values, "cwd": str(project / cwd)}
    done = hook(project, "guard.py", told, *home)
    assert not done.stdout
    return done.returncode, done.stderr


CLOSED = [
    *(f"AI_Employee/{folder}/x.md" for folder in Folder if folder not in OPEN_FOLDERS),
    *(f"AI_Employee/{page}" for page in ("STOP.md", "Company_Handbook.md", ".obsidian/app.json")),
    *(name for name in PROGRAM),
    *("Vault/Logs/2026-11-22.json", "Vault/State/journal.sqlite3", ".env", "README.md"),
    *("AI_Employee/Plans/../Approved/x.md", "AI_Employee/plans/x.md"),
]


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("tool", ["Write", "Edit"])
def test_nothing_is_written_but_plans(project: Path, tool: str, path: str) -> None:
    """Promise 3: the model cannot approve."""
    status, why = judged(project, tool, file_path=path)
    assert status == 2
    assert why.count("\n") == 1
    assert why.endswith(".\n")


def test_a_note_in_plans_is_written_and_everything_in_the_vault_is_read(project: Path) -> None:
    absolute = str(project / "AI_Employee/Plans/bread.md")
    assert judged(project, "Write", file_path=absolute) == (0, "")
    assert judged(project, "Write", cwd="AI_Employee", file_path="Plans/bread.md") == (0, "")
    for path in ("AI_Employee/Pending_Approval/x.md", ".env.example", "AI_Employee/STOP.md"):
        assert judged(project, "Read", file_path=path) == (0, "")


def test_a_link_is_judged_by_what_it_leads_to(project: Path) -> None:
    plans = project / "AI_Employee/Plans"
    (plans / "away").symlink_to(project / "AI_Employee/Approved")
    (plans / "key.md").symlink_to(project / ".env")
    (project / "AI_Employee/Pending_Approval/x.md").write_text("a question")
    (plans / "same.md").hardlink_to(project / "AI_Employee/Pending_Approval/x.md")
    for path in ("away/x.md", "key.md", "same.md"):
        assert judged(project, "Write", file_path=str(plans / path))[0] == 2
    assert judged(project, "Read", file_path=str(plans / "key.md"))[0] == 2


@pytest.mark.parametrize("name", [*PLANTED, ".obsidian/plugins/x.js", "Claude.MD"])
def test_no_orders_for_agents_are_left_in_plans(project: Path, name: str) -> None:
    path = f"AI_Employee/Plans/{name}"
    assert judged(project, "Write", file_path=path)[0] == 2


@pytest.mark.parametrize("path", [".env", ".env.local", "Vault/State/journal.sqlite3"])
def test_secrets_and_the_journal_are_not_read(project: Path, path: str) -> None:
    status, why = judged(project, "Read", file_path=path)
    assert status == 2
    assert "not for you" in why


def test_the_environment_of_another_process_is_not_read(project: Path) -> None:
    assert judged(project, "Read", file_path=f"/proc/{os.getppid()}/environ")[0] == 2


@pytest.mark.parametrize(
    "command",
    [
        "mv AI_Employee/Pending_Approval/x.md AI_Employee/Approved/",
        'mv AI_Employee/"Pending"_Approval/x.md elsewhere',
        "cat AI_Employee/Approved/x.md > AI_Employee/Approved/y.md",
        "cat .env",
        "cat '.e'nv",
        "echo x >> .claude/settings.json",
        "sqlite3 Vault/State/journal.sqlite3 .dump",
        "uv run orchestrator.py resume",
        "python -m watchers.filesystem_watcher --once",
        "ls; rm -f AI_Employee/STOP.md",
        "ls | rm AI_Employee/STOP.md",
        "cat $(mv AI_Employee/Pending_Approval/x.md AI_Employee/Approved)",
        "mv AI_Employee Old",
    ],
)
def test_the_tripwire_names_what_a_command_may_not_touch(project: Path, command: str) -> None:
    status, why = judged(project, "Bash", command=command)
    assert status == 2
    assert why.startswith("This command names ")


@pytest.mark.parametrize(
    "command",
    [
        "ls -la AI_Employee/Needs_Action",
        "cat AI_Employee/Pending_Approval/x.md",
        "grep -rn bread AI_Employee/Completed AI_Employee/Company_Handbook.md",
        "cat AI_Employee/Dashboard.md | head -3 | wc -l",
        "date; echo 3 + 4 | bc",
        "cat .env.example",
    ],
)
def test_an_honest_look_goes_on(project: Path, command: str) -> None:
    assert judged(project, "Bash", command=command) == (0, "")


def test_a_home_elsewhere_is_guarded_like_the_project(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "far away"
    (home / "AI_Employee/Plans").mkdir(parents=True)
    at = ("--home", str(home))
    vault = home / "AI_Employee"
    assert judged(project, "Write", *at, file_path=str(vault / "Approved/x.md"))[0] == 2
    assert judged(project, "Write", *at, file_path=str(vault / "Plans/x.md")) == (0, "")
    assert judged(project, "Read", *at, file_path=str(home / "Vault/State/x"))[0] == 2


@pytest.mark.parametrize(
    "told", ["", "{", "[]", '{"tool_name": "Write"}', '{"tool_name": "Bash", "tool_input": {}}']
)
def test_a_call_that_cannot_be_read_is_refused(project: Path, told: str) -> None:
    done = hook(project, "guard.py", told)
    assert done.returncode == 2
    assert "could not be read" in done.stderr


# --- the keep-going loop -------------------------------------------------------------------


def stop(project: Path, session: str = "s1", **env: str) -> dict[str, Any]:
    """Let the agent stop; return what it is told, {} where it may."""
    done = hook(project, "keep_going.py", {"session_id": session, "prompt_id": "1"}, **env)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout or "{}"))


@pytest.fixture
def task(project: Path) -> Path:
    """A project with an Item that waits, and a task that names it."""
    (project / f"AI_Employee/Needs_Action/{ITEM}.md").write_text("a letter")
    (project / "AI_Employee/Plans/TASK.md").write_text(f"# Today\n\n- [ ] [[{ITEM}]]\n")
    return project


def test_without_a_task_nobody_is_sent_back(project: Path) -> None:
    assert stop(project) == {}


def test_an_agent_is_sent_back_until_the_item_is_put_away(task: Path) -> None:
    told = stop(task)
    assert told["decision"] == "block"
    assert ITEM in told["reason"]
    note = task / f"AI_Employee/Needs_Action/{ITEM}.md"
    note.rename(task / f"AI_Employee/Completed/{ITEM}.md")
    assert stop(task) == {}


@pytest.mark.parametrize(
    ("folder", "text", "settled"),
    [
        ("Plans", "for i-0a1b2c3d4e: asked as p-abc2345678", True),
        ("Plans", "i-0a1b2c3d4e\nQuestion for the owner: which bread?", True),
        ("Pending_Approval", "id: p-abc2345678\norigin: gmail i-0a1b2c3d4e", True),
        ("Plans", "i-0a1b2c3d4e: I thought about it", False),
        ("Plans", "i-ffffffffff: asked as p-abc2345678", False),
    ],
)
def test_an_item_about_which_the_owner_is_asked_is_settled(
    task: Path, folder: str, text: str, *, settled: bool
) -> None:
    (task / "AI_Employee" / folder / "note.md").write_text(text)
    assert (stop(task) == {}) is settled


def test_what_asks_the_owner_by_itself_sends_nobody_back(task: Path) -> None:
    note = task / f"AI_Employee/Needs_Action/{ITEM}.md"
    note.rename(note.with_name(f"CLARIFY_{ITEM}.md"))
    (task / "AI_Employee/Plans/TASK.md").write_text(f"CLARIFY_{ITEM}.md\n")
    assert stop(task) == {}


def test_the_loop_ends_after_ten_rounds_and_begins_anew_with_the_next_prompt(task: Path) -> None:
    rounds = [stop(task) != {} for _ in range(12)]
    assert rounds == [True] * 10 + [False] * 2
    assert stop(task, session="s2")


def test_nobody_is_sent_back_while_everything_is_stopped(task: Path) -> None:
    stop_note = task / "AI_Employee/STOP.md"
    stop_note.touch()
    assert stop(task) == {}
    stop_note.unlink()
    assert stop(task)


def test_the_task_may_lie_anywhere(task: Path, tmp_path: Path) -> None:
    (task / "AI_Employee/Plans/TASK.md").unlink()
    elsewhere = tmp_path / "task"
    elsewhere.write_text(f"{ITEM}.md\n")
    assert stop(task, EMPLOYEE_TASK=str(elsewhere))


@pytest.mark.parametrize("told", ["", "{}", "[]"])
def test_a_loop_that_cannot_be_counted_ends(task: Path, told: str) -> None:
    assert not hook(task, "keep_going.py", told).stdout
