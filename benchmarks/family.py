"""The family at rest: what the daemon and its watchers use while nothing happens.

And how long a watcher that was killed, or that hangs, takes to be back.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from benchmarks.bench import Bench, Limit, Line, Samples
from utils.assembly.opening import assembled
from utils.catalogue import Catalogue
from utils.sandbox.street import Street
from utils.settings import PROJECT_ROOT, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from utils.storage.bookmarks import Bookmarks

_PATIENCE_S: Final = 90.0
#: What a mailbox is asked at each poll; everything else at rest is one call too many.
_POLL: Final = re.compile(r"/gmail/v1/users/me/(history|messages|profile)\b.*|.*/token\b.*")


def measure(*, short: bool) -> dict[str, Samples]:
    """Measure the family at rest; where there is time, its comebacks too."""
    seconds, times = (3.0, 0) if short else (60.0, 2)
    with Street() as street, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "chats").mkdir()
        variables = street.environment() | {
            "EMPLOYEE_HOME": folder,
            "WHATSAPP_EXPORT_DIR": str(home / "chats"),
            "LOG_LEVEL": "ERROR",
        }
        with _running(variables) as daemon, _bookmarks(home, variables) as bookmarks:
            _await(lambda: {"filesystem", "gmail", "whatsapp"} <= bookmarks.beats().keys())
            time.sleep(5)
            found = _at_rest(daemon, street, seconds)
            for how in ("kill", "suspend") if times else ():
                back = [_back(daemon, bookmarks, how) for _ in range(times)]
                found[f"family_{how}"] = Samples(back)
    if short:
        # Three seconds are too few for a share of the processor.
        del found["family_cpu"]
    return found


def _at_rest(daemon: psutil.Process, street: Street, seconds: float) -> dict[str, Samples]:
    """Return what the family uses together, and the calls that nobody asked for."""
    family = [daemon, *daemon.children(recursive=True)]
    began, before = time.monotonic(), sum(map(_cpu_s, family))
    asked_before = {name: len(service.requests()) for name, service in street.services.items()}
    time.sleep(seconds)
    took = time.monotonic() - began
    share = (sum(map(_cpu_s, family)) - before) / took
    extra = [
        f"{name} {sent.method} {sent.path}"
        for name, service in street.services.items()
        for sent in service.requests()[asked_before[name] :]
        if not _POLL.fullmatch(sent.path.partition("?")[0])
    ]
    for call in extra:
        print(f"unasked: {call}")
    return {
        "family_cpu": Samples([100 * share]),
        "family_memory": Samples([sum(map(_pss_mb, family))], [_floor_mb(len(family))]),
        "family_calls": Samples([len(extra)]),
    }


def _floor_mb(count: int) -> float:
    """Return what as many processes need at least that do nothing but wait, in MB."""
    wait = "import sys; sys.stdin.read()"
    command = [sys.executable, "-c", wait]
    bare = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(count)]
    try:
        time.sleep(1)
        return sum(_pss_mb(psutil.Process(each.pid)) for each in bare)
    finally:
        for each in bare:
            each.communicate()


def _back(daemon: psutil.Process, bookmarks: Bookmarks, how: str) -> float:
    """Kill or stop the file watcher; return after how many seconds a new one has made a round.

    Raises:
        TimeoutError: None came back.
    """
    old = _file_watcher(daemon)
    if old is None:
        raise TimeoutError("there is no file watcher")
    last = bookmarks.beats()["filesystem"]
    # A life of a minute is a good one: without it the pauses would grow, as they should.
    time.sleep(max(0.0, old.create_time() + 61 - time.time()))
    began = time.monotonic()
    getattr(old, how)()
    _await(lambda: _is_new(daemon, old) and bookmarks.beats()["filesystem"] > last)
    return time.monotonic() - began


def _is_new(daemon: psutil.Process, old: psutil.Process) -> bool:
    now = _file_watcher(daemon)
    return now is not None and now.pid != old.pid


def _file_watcher(daemon: psutil.Process) -> psutil.Process | None:
    for child in daemon.children():
        try:
            if any("filesystem" in word for word in child.cmdline()):
                return child
        except psutil.NoSuchProcess:
            continue
    return None


@contextmanager
def _running(variables: dict[str, str]) -> Iterator[psutil.Process]:
    """Run the daemon for the length of a ``with`` block."""
    command = [sys.executable, "orchestrator.py"]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, env=os.environ | variables) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(_PATIENCE_S)


@contextmanager
def _bookmarks(home: Path, variables: dict[str, str]) -> Iterator[Bookmarks]:
    """Look into the home's journal for the length of a ``with`` block."""
    engine = assembled(load(home, environment=variables, project_root=home), Catalogue())
    try:
        yield engine.bookmarks
    finally:
        engine.journal.close()


def _await(done: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE_S
    while not done():
        if time.monotonic() > until:
            raise TimeoutError("it did not come back")
        time.sleep(0.05)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _pss_mb(process: psutil.Process) -> float:
    return float(process.memory_full_info().pss) / 1e6


BENCH: Final = Bench(
    name="family",
    measure=measure,
    lines=(
        Line(
            key="family_cpu",
            what="idle family (daemon and its watchers): processor",
            unit="% of a core",
            limit=Limit(most=1),
        ),
        Line(
            key="family_memory",
            what="idle family: memory together (PSS)",
            floor="as many bare interpreters",
            unit="MB",
            limit=Limit(most=250),
        ),
        Line(
            key="family_calls",
            what="idle family: API calls beyond the polls",
            unit="calls",
            limit=Limit(most=0),
        ),
        Line(
            key="family_kill",
            what="a killed watcher is back",
            limit=Limit(most=5, share=1.0, by_clock=True),
        ),
        Line(
            key="family_suspend",
            what="a hung watcher is back",
            limit=Limit(most=30, share=1.0, by_clock=True),
        ),
    ),
)
