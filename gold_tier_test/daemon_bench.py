"""The employee as processes: started, found, waited for."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
from conftest import Business

from utils.settings import PROJECT_ROOT

PAUSE = threading.Event()


def until(done: Callable[[], object], *, seconds: float = 20) -> bool:
    """Wait for something to become true, for so long at most."""
    return any(done() or PAUSE.wait(0.05) for _ in range(int(seconds / 0.05)))


def file_watcher(daemon: subprocess.Popen[bytes]) -> psutil.Process | None:
    """The daemon's child that reads the decisions, or None while there is none."""
    for child in psutil.Process(daemon.pid).children():
        try:
            if any("filesystem" in word for word in child.cmdline()):
                return child
        except psutil.NoSuchProcess:
            continue
    return None


def environment(business: Business, **variables: str) -> dict[str, str]:
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return (
        clean
        | business.odoo.environment()
        | {
            "EMPLOYEE_HOME": str(business.home),
            "HOLD_SECONDS": "0",
            "STAND_SECONDS": "0",
            "RECONCILE_AFTER_SECONDS_ODOO": "1",
            "OWNER_TIMEZONE": "Europe/Berlin",
        }
        | variables
    )


def start(business: Business, *command: str, **variables: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=PROJECT_ROOT,
        env=environment(business, **variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def run(business: Business, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "orchestrator.py", *command],
        cwd=PROJECT_ROOT,
        env=environment(business),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def running(business: Business, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon, once its file watcher works; killed at the end where it is still there."""
    process = start(business, "orchestrator.py", **variables)
    try:
        assert until(lambda: is_at_work(business, process))
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        _, said = process.communicate()
        sys.stderr.write(said.decode(errors="replace"))


def is_at_work(business: Business, daemon: subprocess.Popen[bytes]) -> bool:
    """Whether the file watcher was heard of since the daemon was started."""
    last = business.engine.bookmarks.beats().get("filesystem")
    return last is not None and last.timestamp() >= psutil.Process(daemon.pid).create_time()


def family(daemon: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """All that the daemon has started."""
    return psutil.Process(daemon.pid).children(recursive=True)


def live(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run."""
    return [each for each in processes if is_alive(each)]


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
