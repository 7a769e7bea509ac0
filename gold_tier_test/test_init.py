"""`init` in a copy of the program: four questions, what is written, and what is left alone."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from utils.claude.setup import in_force
from utils.core.errors import InvalidValueError
from utils.core.lifecycle import Folder
from utils.environment.variables import Hours
from utils.settings import PROJECT_ROOT, load
from utils.setup.first_answers import currency_and_limit, folder_of, zone_and_hours

PAUSE = threading.Event()
BERLIN = ZoneInfo("Europe/Berlin")
DAY = Hours.parse("08:00-18:00")
#: What is typed: folder, name, zone and hours, currency and limit, yes.
GOOD = ["", "Ada's Bakery", "Europe/Paris 7-15:30", "eur 75,50", "y"]


@dataclass
class Copy:
    """The program in a folder of its own, as it is cloned, and an owner before it."""

    root: Path
    home: Path

    def run(self, *words: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "orchestrator.py", *words],
            cwd=self.root,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "TZ": "Europe/Berlin", "COLUMNS": "80", "HOME": str(self.home)}

    def answer(self, *answers: str) -> subprocess.CompletedProcess[str]:
        return self.run("init", typed="".join(f"{each}\n" for each in answers))

    def files(self, *without: str) -> dict[str, bytes]:
        """Everything but the program itself, the journal and the named files."""
        found = {}
        for place in (self.root, self.home):
            for path in place.rglob("*"):
                name = str(path.relative_to(place))
                own = name.startswith(("utils", "watchers", ".claude/mcp", ".claude/hooks"))
                skipped = own or "__pycache__" in name or name.startswith(("Vault", *without))
                if path.is_file() and not skipped:
                    found[f"{place.name}/{name}"] = path.read_bytes()
        return found


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    root = tmp_path / "program"
    for name in ("utils", "watchers", ".claude/mcp-servers", ".claude/hooks"):
        # With what was compiled, so that no test compiles all of it anew.
        shutil.copytree(PROJECT_ROOT / name, root / name)
    for path in (PROJECT_ROOT / ".claude").glob("*settings.json"):
        shutil.copy2(path, root / ".claude")
    for name in ("orchestrator.py", ".mcp.json"):
        shutil.copy2(PROJECT_ROOT / name, root)
    (tmp_path / "owner").mkdir()
    return Copy(root, tmp_path / "owner")


# --- what is written ------------------------------------------------------------------------


def test_four_answers_make_a_home_that_works(copy: Copy) -> None:
    done = copy.answer(*GOOD)
    assert done.returncode == 0, done.stderr
    settings = load(copy.root, environment={}, project_root=copy.root)
    assert (settings.owner_name, settings.zone.key) == ("Ada's Bakery", "Europe/Paris")
    assert (str(settings.hours), settings.currency) == ("07:00-15:30", "EUR")
    assert settings.approval_threshold == Decimal("75.50")
    assert stat.S_IMODE((copy.root / ".env").stat().st_mode) == 0o600
    for folder in Folder:
        assert (copy.root / "AI_Employee" / folder).is_dir()
    assert (copy.root / "AI_Employee/Dashboard.md").exists()
    assert in_force(settings).owners
    assert copy.run("run", "--once").returncode == 0


def test_a_disk_that_takes_nothing_is_said_to_be_by_the_place_that_was_shown(copy: Copy) -> None:
    limited = ["sh", "-c", 'ulimit -f 0 && exec "$@"', "sh", sys.executable]
    done = subprocess.run(
        [*limited, "orchestrator.py", "init", "--yes"],
        cwd=copy.root,
        env=copy.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert f"({copy.root / '.env'})" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_it_shows_beforehand_what_it_writes(copy: Copy) -> None:
    said = copy.answer(*GOOD).stdout
    shown = said.partition("This is written:")[2].partition("Go on?")[0]
    for place in (".env", "AI_Employee", ".claude/settings.local.json", ".mcp.json"):
        assert str(copy.root / place) in shown


def test_a_home_elsewhere_is_found_again(copy: Copy) -> None:
    home = copy.home / "my employee"
    assert copy.answer(str(home), *GOOD[1:]).returncode == 0
    assert (home / "AI_Employee/Approved").is_dir()
    assert not (copy.root / "AI_Employee").exists()
    found = load(environment={}, project_root=copy.root)
    assert (found.home, found.owner_name) == (home, "Ada's Bakery")
    assert json.loads(copy.run("status", "--json").stdout)["home"] == str(home)


def test_without_a_terminal_yes_takes_what_fits_the_machine(copy: Copy) -> None:
    done = copy.run("init", "--yes")
    assert done.returncode == 0, done.stderr
    settings = load(copy.root, environment={}, project_root=copy.root)
    assert (settings.zone.key, settings.currency) == ("Europe/Berlin", "USD")
    assert in_force(settings).owners


# --- again ----------------------------------------------------------------------------------


def test_run_again_it_keeps_every_answer_and_every_word(copy: Copy) -> None:
    copy.answer(*GOOD)
    env = copy.root / ".env"
    env.write_text(f"# my words\n{env.read_text()}ODOO_URL=https://bakery.example\n")
    (copy.root / "AI_Employee/Company_Handbook.md").write_text("My rules.\n")
    before = copy.files()
    done = copy.answer("", "", "", "", "yes")
    assert done.returncode == 0, done.stderr
    assert copy.files() == before
    assert copy.run("init", "--yes").returncode == 0
    assert copy.files() == before


def test_what_another_hand_put_into_claudes_files_is_kept(copy: Copy) -> None:
    local = copy.root / ".claude/settings.local.json"
    local.write_text('{"mine": true}')
    registry = json.loads((copy.root / ".mcp.json").read_text())
    registry["mcpServers"] = {"mine": {"command": "x"}, "odoo": registry["mcpServers"]["odoo"]}
    (copy.root / ".mcp.json").write_text(json.dumps(registry))
    assert copy.run("init", "--yes").returncode == 0
    assert local.with_name("settings.local.json.old").read_text() == '{"mine": true}'
    found = json.loads((copy.root / ".mcp.json").read_text())["mcpServers"]
    assert found["mine"] == {"command": "x"}
    assert found["odoo"] == registry["mcpServers"]["odoo"]
    shipped = json.loads((PROJECT_ROOT / ".mcp.json").read_text())["mcpServers"]
    assert {name: found[name] for name in shipped} == shipped


def test_a_missing_or_broken_registry_is_made_anew(copy: Copy) -> None:
    (copy.root / ".mcp.json").write_text("{")
    assert copy.run("init", "--yes").returncode == 0
    assert (copy.root / ".mcp.json.old").read_text() == "{"
    (copy.root / ".mcp.json").unlink()
    assert copy.run("init", "--yes").returncode == 0
    shipped = json.loads((PROJECT_ROOT / ".mcp.json").read_text())
    assert json.loads((copy.root / ".mcp.json").read_text()) == shipped


def test_a_setting_that_does_not_fit_is_asked_again(copy: Copy) -> None:
    (copy.root / ".env").write_text("OWNER_TIMEZONE=Berlin/Mitte\nODOO_DB=kept\n")
    done = copy.answer("", "", "", "", "y")
    assert done.returncode == 0, done.stderr
    assert "OWNER_TIMEZONE does not fit" in done.stdout
    settings = load(copy.root, environment={}, project_root=copy.root)
    assert (settings.zone.key, settings.variables["ODOO_DB"]) == ("Europe/Berlin", "kept")


# --- bad answers, and none ------------------------------------------------------------------


def test_a_bad_answer_gets_one_sentence_and_is_asked_again(copy: Copy) -> None:
    done = copy.answer(
        "", "Bakery", "Berlin", "Europe/Berlin 9 to 5", "9-17", "100 bucks", "", "y"
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "did you mean Europe/Berlin?\n" in done.stdout
    assert "“bucks” is neither a currency" in done.stdout
    settings = load(copy.root, environment={}, project_root=copy.root)
    assert str(settings.hours) == "09:00-17:00"


@pytest.mark.parametrize("answers", [GOOD[:1], GOOD[:4], [*GOOD[:4], "no"]])
def test_without_all_the_answers_and_a_yes_nothing_is_written(
    copy: Copy, answers: list[str]
) -> None:
    before = copy.files()
    done = copy.answer(*answers)
    assert done.returncode == 1
    assert copy.files() == before
    assert not (copy.root / "AI_Employee").exists()
    assert "Traceback" not in done.stderr


def typed(copy: Copy, *answers: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The owner at a real terminal, with some answers given."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "orchestrator.py", "init"],
        cwd=copy.root,
        env=copy.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    for answer in answers:
        read_until(ours, b"> ")
        os.write(ours, f"{answer}\n".encode())
    yield ours, process
    os.close(ours)


def read_until(terminal: int, wanted: bytes) -> bytes:
    said = b""
    while wanted not in said:
        said += os.read(terminal, 4096)
    return said


def test_ctrl_c_at_a_question_leaves_nothing(copy: Copy) -> None:
    before = copy.files()
    for terminal, process in typed(copy, *GOOD[:2]):
        read_until(terminal, b"3. ")
        PAUSE.wait(0.2)
        process.send_signal(signal.SIGINT)
        assert b"Nothing was written" in read_until(terminal, b"written")
        assert process.wait(20) == 1
    assert copy.files() == before


# --- how answers are read -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "zone", "hours"),
    [
        ("America/New_York", "America/New_York", "08:00-18:00"),
        ("europe/lisbon, 6:30-14", "Europe/Lisbon", "06:30-14:00"),
        ("22:00–06:00", "Europe/Berlin", "22:00-06:00"),
        ("", "Europe/Berlin", "08:00-18:00"),
    ],
)
def test_zone_and_hours_are_read_in_any_order(text: str, zone: str, hours: str) -> None:
    found = zone_and_hours(text, BERLIN, DAY)
    assert (found[0].key, str(found[1])) == (zone, hours)


@pytest.mark.parametrize("text", ["8-8", "25:00-26:00", "8", "Atlantis", "08:00", "../etc/passwd"])
def test_what_is_no_zone_and_no_hours_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError):
        zone_and_hours(text, BERLIN, DAY)


@pytest.mark.parametrize(
    ("text", "currency", "limit"),
    [("eur 100", "EUR", "100"), ("99,50", "USD", "99.50"), ("0", "USD", "0"), ("chf", "CHF", "1")],
)
def test_currency_and_limit_are_read_in_any_order(text: str, currency: str, limit: str) -> None:
    assert currency_and_limit(text, "USD", Decimal(1)) == (currency, Decimal(limit))


@pytest.mark.parametrize("text", ["1,000", "1.000", "-5", "NaN", "1e3", "€100", "100.505", "euro"])
def test_an_amount_that_could_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError):
        currency_and_limit(text, "USD", Decimal(1))


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidValueError):
        folder_of(str(tmp_path / "file" / "home"))


def test_hours_may_go_over_midnight() -> None:
    night = Hours.parse("22:00-06:00")
    assert [night.holds(DAY.start.replace(hour=h)) for h in (21, 22, 3, 6)] == [
        *(False, True, True, False)
    ]
