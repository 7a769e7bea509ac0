"""A process that has imported every library, and forks one run of pytest for each line it reads.

Run as ``python -m benchmarks.warm_pytest LIBRARIES.json``: a line of standard input is the list
of pytest's arguments and a patience in seconds as JSON, a line of standard output is how that run
ended and the test that failed first. It imports nothing of the project itself, so that each run
sees the sources as they are.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Final

import pytest

_LOOK_EVERY_S: Final = 0.05
#: How much memory a run may use, in bytes: a mutant that adds to a list for ever must not take the
#: machine with it.
_MEMORY: Final = 4 * 1024**3


class _FirstFailure:
    """A pytest plug-in that says which test failed first."""

    def __init__(self, said_to: int) -> None:
        self._said_to = said_to

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say it while the run still lives."""
        if report.failed:
            os.write(self._said_to, f"{report.nodeid}\n".encode())


def main(libraries: str) -> None:
    """Answer every line until there are no more: 0 passed, 1 failed, -9 hung."""
    for name in json.loads(Path(libraries).read_text()):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(_one(**json.loads(line)))}\n")
        sys.stdout.flush()


def _one(arguments: list[str], patience_s: float) -> tuple[int, str]:
    heard, said_to = os.pipe()
    pid = os.fork()
    if pid == 0:
        _play(arguments, said_to)
    os.close(said_to)
    try:
        status = _ended(pid, patience_s)
        os.set_blocking(heard, False)
        with contextlib.suppress(BlockingIOError):
            return status, os.read(heard, 65536).decode().partition("\n")[0]
        return status, ""
    finally:
        os.close(heard)


def _ended(pid: int, patience_s: float) -> int:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return min(1, abs(os.waitstatus_to_exitcode(status)))
        time.sleep(_LOOK_EVERY_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -signal.SIGKILL


def _play(arguments: list[str], said_to: int) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    status = 1
    with contextlib.suppress(BaseException):
        # The libraries are already there; only the tests' own modules are rewritten.
        ignored = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        status = int(pytest.main([*ignored, *arguments], plugins=[_FirstFailure(said_to)]))
    os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1])
