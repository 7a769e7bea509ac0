"""systemd hears that the employee is ready, well and stopping, and nothing while it hangs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from conftest import Business
from daemon_bench import running, start, until


def told(line: socket.socket, seconds: float) -> str:
    line.settimeout(seconds)
    try:
        return line.recv(4096).decode()
    except TimeoutError:
        return ""


def test_systemd_hears_that_it_is_ready_and_well_and_nothing_while_the_main_loop_hangs(
    business: Business, tmp_path: Path
) -> None:
    """Other threads go on meanwhile: the loop hangs in reading an `.env` that never ends."""
    place = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(place))
        with running(business, NOTIFY_SOCKET=str(place)) as daemon:
            first = told(line, 10)
            assert "READY=1" in first.split("\n")
            assert "WATCHDOG=1" in told(line, 10)
            os.mkfifo(business.home / ".env")
            while told(line, 7):
                continue
            assert daemon.poll() is None


def test_systemd_hears_that_it_stops(business: Business, tmp_path: Path) -> None:
    place = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(place))
        daemon = start(business, "orchestrator.py", NOTIFY_SOCKET=str(place))
        assert "READY=1" in told(line, 20)
        daemon.send_signal(signal.SIGTERM)
        assert until(lambda: "STOPPING=1" in told(line, 1), seconds=5)
        daemon.communicate(timeout=10)


@pytest.mark.skipif(not Path("/usr/bin/systemd-analyze").exists(), reason="no systemd-analyze")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[1]
    unit = (root / "deploy/ai-employee.service").read_text()
    program = tmp_path / "employee/.venv/bin/python"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    copy = tmp_path / "ai-employee.service"
    copy.write_text(unit.replace("%h", str(tmp_path)))
    checked = subprocess.run(
        ["/usr/bin/systemd-analyze", "verify", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    about_it = [row for row in checked.stderr.splitlines() if "ai-employee" in row]
    assert (checked.returncode, about_it) == (0, [])
