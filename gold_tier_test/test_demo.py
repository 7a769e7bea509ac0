"""The demo: a newcomer's first ten minutes, without an account and without a way out."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from daemon_bench import until
from rich.console import Console

from orchestrator import main
from utils.commands.line import read
from utils.sandbox.street import Street
from utils.settings import PROJECT_ROOT, load

ARTEFACTS = Path(__file__).parent / "artefacts"
#: What an owner's approvals in the demo come to, and nothing else may.
APPROVED = ["facebook_post", "invoice_created", "invoice_created", "linkedin_post", "tweet"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "my demo, über"


def played(home: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["demo", "--fast", "--dir", str(home)]) == 0
    return capsys.readouterr().out


def notes(home: Path, folder: str) -> list[Path]:
    return sorted((home / "AI_Employee" / folder).glob("*-p-*.md"))


def in_home(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a home as the demo says it, with a real business's key around."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "orchestrator.py", *words],
        cwd=PROJECT_ROOT,
        env=clean | {"EMPLOYEE_HOME": str(home), "ODOO_URL": "https://real.example"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_ledgers_hold_exactly_what_was_approved(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = played(home, capsys)
    took = [line.rpartition(": ")[2] for line in out.splitlines() if " took: " in line]
    assert sorted(took) == APPROVED
    assert "the log is whole" in out
    assert out.rstrip().endswith(f"Open {home}/AI_Employee in Obsidian to look around.")
    assert "11 invoices, 5 bills, 40 mails, 12 posts" in out


def test_each_note_of_the_demo_ends_as_its_story_says(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = played(home, capsys)
    done = [path.name for path in notes(home, "Completed")]
    assert sorted(name.split("-")[3] for name in done) == [
        "odoo_create_invoice",
        "odoo_create_invoice",
        "social_create_announcement",
    ]
    [refused], [odd] = notes(home, "Rejected"), notes(home, "Pending_Approval")
    assert "facebook_reply_comment" in refused.name
    assert "I tell her myself" in refused.read_text()
    assert "another account" in odd.read_text()
    assert "nothing goes out while you have stopped everything" in out
    assert "you approved it" in out
    assert "Instagram is left out: it needs a picture" in out


def test_the_edited_words_are_what_went_out(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    streets: list[Street] = []
    begin = Street.__enter__

    def remembered(street: Street) -> Street:
        streets.append(street)
        return begin(street)

    monkeypatch.setattr(Street, "__enter__", remembered)
    played(home, capsys)
    [street] = streets
    networks = (street.x, street.graph, street.linkedin)
    posts = [json.dumps(effect) for network in networks for effect in network.ledger()]
    assert len(posts) == 3
    for post in posts:
        assert "We open at 7." in post
        assert "Doors open at 7." not in post


def test_nothing_but_loopback_is_reached(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[Any] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        reached.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    played(home, capsys)
    assert reached
    assert {address[0] for address in reached if isinstance(address, tuple)} == {"127.0.0.1"}


def test_what_is_started_in_the_demos_home_knows_no_other_service(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours: with a real key in the environment, `undo` in the demo must not reach real books."""
    played(home, capsys)
    around = {"ODOO_URL": "https://real.example", "EMPLOYEE_DATABASE_URL": "postgresql://real/"}
    found = load(home, environment=around)
    assert found.variables["ODOO_URL"].startswith("http://127.0.0.1:")
    assert not found.database_url.get_secret_value()


def test_monday_shows_six_weeks_of_business(home: Path) -> None:
    assert main(["demo", "--monday", "--dir", str(home)]) == 0
    [chart] = (home / "AI_Employee/CEO_Briefings").glob("*-money.svg")
    words = [text.strip() for text in ET.fromstring(chart.read_text()).itertext()]  # noqa: S314 - ours
    weeks = [word for word in words if re.fullmatch(r"W[0-9]{2}", word)]
    sums = [word for word in words if re.fullmatch(r"[−-]?[0-9,]+\.[0-9]{2}", word)]
    assert len(weeks) == len(sums) == 6
    assert "0.00" not in sums


def test_a_folder_in_use_is_left_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.mkdir()
    (home / ".env").write_text("ODOO_API_KEY=mine\n")
    assert main(["demo", "--fast", "--dir", str(home)]) == 1
    assert "choose an empty folder" in capsys.readouterr().err
    assert [path.name for path in home.iterdir()] == [".env"]
    assert (home / ".env").read_text() == "ODOO_API_KEY=mine\n"


def test_the_demo_and_the_state_of_things_as_pictures(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words on the pictures are those of the terminal; they lie in the artefacts."""
    drawn = drawing("demo", home, "--fast", "--dir", str(home))
    assert {"careful:", "…5432,", "resume."} <= drawn
    monkeypatch.setenv("EMPLOYEE_HOME", str(home))
    assert {"Azure", "Hosting:"} <= drawing("status", home)


def drawing(command: str, home: Path, *more: str) -> set[str]:
    """Run a command on a terminal that can be drawn; return the words on its picture."""
    console = Console(record=True, width=110, file=StringIO())
    asked = read([command, *more])
    status = import_module(f"utils.commands.{command}").main(asked, console, threading.Event())
    assert status == 0
    svg = console.export_svg(title=f"orchestrator.py {command}", unique_id="terminal")
    ARTEFACTS.mkdir(exist_ok=True)
    (ARTEFACTS / f"{command}.svg").write_text(svg)
    assert str(home) in svg.replace("&#160;", " ")
    return set(" ".join(ET.fromstring(svg).itertext()).replace("\xa0", " ").split())  # noqa: S314 - we drew it


@pytest.fixture
def slow(home: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The demo as a newcomer starts it, waiting for him; and what it has printed."""
    said = tmp_path / "said"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "orchestrator.py", "demo", "--dir", str(home)],
            cwd=PROJECT_ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            assert until(lambda: "Ctrl+C ends the demo" in said.read_text(), seconds=30)
            yield process, said
        finally:
            process.kill()
            process.wait(10)


def test_a_newcomer_looks_stops_resumes_and_ends_it(
    slow: tuple[subprocess.Popen[bytes], Path], home: Path
) -> None:
    process, said = slow
    # What is offered can be copied, whatever the folder is called.
    [offered] = re.findall("(EMPLOYEE_HOME=.*) uv run orchestrator.py stop", said.read_text())
    assert shlex.split(offered) == [f"EMPLOYEE_HOME={home}"]
    asked = said.read_text().partition("orchestrator.py explain ")[2].split()[0]
    assert "asked you" in in_home(home, "explain", asked).stdout
    assert in_home(home, "stop").returncode == 0
    [note] = [path for path in notes(home, "Pending_Approval") if asked in path.name]
    approved = note.rename(note.parents[1] / "Approved" / note.name)
    told = json.loads(in_home(home, "status", "--json").stdout)
    assert told["stopped"]
    assert approved.exists()
    assert in_home(home, "resume").returncode == 0
    assert until(lambda: "It is done" in said.read_text(), seconds=40)
    assert said.read_text().count("took: ") == 0, "the end is not told yet"
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert said.read_text().count("took: ") == 1
    assert said.read_text().count("It still waits for you") == 4
    assert "Traceback" not in said.read_text()
