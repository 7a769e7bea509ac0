"""Findings of a review about processes and threads, each proven once: what outlived its reason."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import psutil
import pytest
from conftest import CATALOGUE

from utils.assembly.opening import assembled
from utils.core.errors import AlreadyRunningError
from utils.desk_socket.wire import hear
from utils.execution.worker import Worker
from utils.settings import PROJECT_ROOT, load
from utils.sole_process import sole_executor

if TYPE_CHECKING:
    from pathlib import Path

#: Starts Claude Code at work by itself, with an interpreter that loads for ever, and is killed.
_DIES = """
import os, signal, sys
from utils.roof.unattended import Unattended

class Due:
    def is_due(self):
        return True

sys.executable = sys.argv[1]
unattended = Unattended(Due())
unattended.supervise()
print(unattended._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_work_by_itself_ends_with_the_orchestrator_even_while_it_loads(tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o700)
    done = subprocess.run(
        [sys.executable, "-c", _DIES, str(slow)],
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        check=False,
        timeout=30,
    )
    assert done.returncode == -signal.SIGKILL
    pid = int(done.stdout)
    try:
        left = psutil.Process(pid)
        gone, _ = psutil.wait_procs([left], timeout=5)
        ended = bool(gone) or left.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        ended = True
    if not ended:
        os.kill(pid, signal.SIGKILL)
    assert ended


def test_a_full_disk_ends_no_thread_of_a_worker(tmp_path: Path) -> None:
    settings = load(tmp_path, environment={}, project_root=tmp_path)
    stopping, tried = threading.Event(), []

    def look(_: str) -> None:
        tried.append(1)
        if len(tried) > 1:
            stopping.set()
        raise OSError(28, "No space left on device")

    engine = assembled(settings, CATALOGUE)
    worker = Worker(engine=engine, schema="s", queues=(), stopping=stopping)
    worker.again(look)
    engine.close()
    assert len(tried) == 2


def test_who_looks_whether_a_lock_is_free_keeps_nobody_from_starting(tmp_path: Path) -> None:
    settings = load(tmp_path, environment={}, project_root=tmp_path)
    settings.state_dir.mkdir(parents=True)
    with settings.executor_lock.open("wb") as looked_at:
        fcntl.flock(looked_at, fcntl.LOCK_SH)
        letting_go = threading.Timer(0.05, fcntl.flock, (looked_at, fcntl.LOCK_UN))
        letting_go.start()
        with sole_executor(settings), pytest.raises(AlreadyRunningError), sole_executor(settings):
            pytest.fail("two at once")
        letting_go.join()


def test_a_question_that_is_nested_too_deeply_is_told_so() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"[" * 50_000 + b"\n")
        with pytest.raises(ValueError, match="nested too deeply"):
            hear(theirs, limit_bytes=100_000, within_s=5)
