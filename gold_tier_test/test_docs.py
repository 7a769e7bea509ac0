"""The docs say what is: every command in them exists and runs, every link and path is there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from utils.commands.line import parser
from utils.core.breaker import FAILURES, REST, WINDOW
from utils.core.lifecycle import State
from utils.core.policy import Limits
from utils.credentials.radar import DAYS_AHEAD
from utils.health_monitor import RESTARTS
from utils.log.archive import KEPT_PLAIN
from utils.retry_handler import ATTEMPTS
from utils.settings import PROJECT_ROOT, Settings
from utils.storage.schema import keys_of_tables

PAGES = sorted(
    page
    for page in (
        *PROJECT_ROOT.glob("*.md"),
        *PROJECT_ROOT.glob("docs/**/*.md"),
        *PROJECT_ROOT.glob("specs/**/*.md"),
        *PROJECT_ROOT.glob(".claude/mcp-servers/*/README.md"),
    )
)
every_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(PROJECT_ROOT).as_posix()
)
#: A command of ours in a text, and its first word; `…` stands for the program in tables.
_COMMAND = re.compile(r"(?:orchestrator\.py|`…) +([a-z][a-z-]+)")
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
_PATH = re.compile(r"`((?:utils|docs|watchers|deploy|specs|benchmarks|gold_tier_test)/[\w./-]+)`")
_RUNNABLE = re.compile(r"<!-- runnable -->\n```sh\n(.*?)```", re.DOTALL)
_OURS = "uv run orchestrator.py"
#: When credentials that end are told of, as a page says it.
AHEAD = "{}, {} and {}".format(*DAYS_AHEAD)
TEXT = {page: page.read_text() for page in PAGES}
RUNNABLE = {page: found for page in PAGES if (found := _RUNNABLE.findall(TEXT[page]))}


def count(number: int) -> str:
    """A small number as a page spells it."""
    return ("no", "one", "two", "three", "four", "five", "six")[number]


def commands() -> dict[str, str]:
    """Every command's name, and its help."""
    actions = [action for action in parser()._actions if action.choices]  # noqa: SLF001 - argparse offers no other way
    [choices] = [action.choices for action in actions if isinstance(action.choices, dict)]
    return {name: made.format_help() for name, made in choices.items()}


@every_page
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    unknown = set(_COMMAND.findall(TEXT[page])) - set(commands())
    assert not unknown


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = [link for link in _LINK.findall(TEXT[page]) if "://" not in link]
    missing = [link for link in targets if not (page.parent / link).exists()]
    assert not missing


@every_page
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    missing = [path for path in _PATH.findall(TEXT[page]) if not (PROJECT_ROOT / path).exists()]
    assert not missing


#: What a page says of a number that the code decides, built of the code's own.
SAID = [
    ("docs/reliability.md", f"{count(FAILURES)} failures in {WINDOW.seconds} s"),
    ("docs/reliability.md", f"open it for {REST.seconds} s, then one call tries"),
    ("docs/reliability.md", f"| failed {count(RESTARTS)} times in a row"),
    ("docs/reliability.md", f"only reads are retried, {count(ATTEMPTS)} times at most"),
    ("docs/services/linkedin.md", f"tell you {AHEAD} days before"),
    ("docs/services/odoo.md", f"you are told {AHEAD} days before"),
    ("docs/lessons-learned.md", f"the radar warns {AHEAD} days ahead"),
    ("README.md", f"the log's files of more than {KEPT_PLAIN.days} days ago"),
    (
        "utils/templates/vault/Company_Handbook.md",
        f"({Settings.model_fields['approval_threshold'].default} unless you changed it)",
    ),
]


@pytest.mark.parametrize(("page", "said"), SAID)
def test_a_number_on_a_page_is_the_one_in_the_code(page: str, said: str) -> None:
    assert said in " ".join((PROJECT_ROOT / page).read_text().split())


def test_policy_begins_with_the_limits_that_the_settings_begin_with() -> None:
    """Two lists, because the core knows no settings."""
    default = {name: field.default for name, field in Settings.model_fields.items()}
    assert Limits() == Limits(
        threshold=default["approval_threshold"],
        currency=default["currency"],
        schedule_lead=timedelta(minutes=default["schedule_lead_minutes"]),
        auto_scheduled_posts=default["auto_approve_scheduled_posts"],
        auto_recurring=default["auto_approve_recurring"],
    )


def test_the_picture_shows_modules_that_are_there() -> None:
    page = TEXT[PROJECT_ROOT / "docs/architecture.md"]
    picture = page.partition("```mermaid\n")[2].partition("```")[0]
    shown = re.findall(r"(utils/[\w/]+\.py)", picture)
    assert len(shown) >= 10
    assert [path for path in shown if not (PROJECT_ROOT / path).exists()] == []


def test_the_data_model_names_every_table_and_every_state() -> None:
    page = TEXT[PROJECT_ROOT / "specs/003-gold-tier/data-model.md"]
    assert [table for table in keys_of_tables() if f"| `{table}` |" not in page] == []
    assert [state for state in State if f"`{state}`" not in page] == []


@pytest.mark.parametrize("name", commands())
def test_help_fits_eighty_columns_and_says_something(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    told = commands()[name]
    assert max(map(len, told.splitlines())) <= 80
    assert len(told.split()) > 5


def test_every_service_has_a_page_of_one_screen() -> None:
    for name in ("odoo", "facebook", "instagram", "twitter", "linkedin", "gmail", "whatsapp"):
        text = TEXT[PROJECT_ROOT / f"docs/services/{name}.md"]
        assert len(text.splitlines()) <= 45, name
        assert "| ends |" in text, name
        assert "| needs |" in text, name


# --- what runs -----------------------------------------------------------------------------------


def copied(place: Path) -> Path:
    """Copy the project as a newcomer gets it: what git knows, and nothing else."""
    git = shutil.which("git")
    assert git
    listed = subprocess.run(
        [git, "ls-files", "-co", "--exclude-standard"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        source = PROJECT_ROOT / name
        if source.is_file() and not name.startswith("gold_tier_test/"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place / name)
    return place


def clean_environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {"HOME": str(home)}


def followed(block: str, place: Path, uv: list[str]) -> None:
    """Run the commands of a page, one after the other, as they stand."""
    for line in block.strip().splitlines():
        assert line.startswith(_OURS), f"{line} is none of ours"
        done = subprocess.run(
            [*uv, *shlex.split(line)[2:]],
            cwd=place,
            env=clean_environment(place),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), f"{line}: {done.stderr}"


@pytest.mark.parametrize(
    "page", RUNNABLE, ids=lambda page: page.relative_to(PROJECT_ROOT).as_posix()
)
def test_what_a_page_says_can_be_run_runs_in_a_new_copy(page: Path, tmp_path: Path) -> None:
    place = copied(tmp_path / "employee")
    for block in RUNNABLE[page]:
        followed(block, place, [sys.executable])
    assert (place / "AI_Employee/Dashboard.md").exists()


def first_steps() -> str:
    """The one line with which the README begins."""
    return TEXT[PROJECT_ROOT / "README.md"].partition("```sh\n")[2].partition("\n```")[0]


def test_the_readmes_first_line_is_the_demo() -> None:
    text = TEXT[PROJECT_ROOT / "README.md"]
    assert first_steps() == "pip install uv && uv run orchestrator.py demo"
    assert text.index(first_steps()) < text.index("## Use it")
    assert len(text[: text.index("## Use it")].splitlines()) <= 30, "one screen"


@pytest.mark.sweep
def test_the_readme_followed_literally_in_an_empty_folder(tmp_path: Path) -> None:
    """With the network: every package is installed anew, as a newcomer's machine does it."""
    place = copied(tmp_path / "employee")
    steps = first_steps().replace("pip install uv && ", "") + " --fast"
    # What the machine needs to reach a registry stays; what points to this tree goes.
    ours = {"VIRTUAL_ENV", "PYTHONPATH"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        shlex.split(steps),
        cwd=place,
        env=kept,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "in Obsidian to look around." in done.stdout
