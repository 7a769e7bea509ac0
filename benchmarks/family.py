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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from benchmarks.report import keep, machine, quantile, table
from utils.catalogue import Catalogue
from utils.engine import Engine
from utils.sandbox.street import Street
from utils.settings import PROJECT_ROOT, load

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from utils.bookmarks import Bookmarks

#: What the family may use together (ours), and how soon a watcher is back (reliability, 8).
BUDGET_CPU_SHARE: Final = 0.01
BUDGET_MB: Final = 250.0
BUDGET_KILLED_S: Final = 5.0
BUDGET_HUNG_S: Final = 30.0
_PATIENCE_S: Final = 90.0
#: What a mailbox is asked at each poll; everything else at rest is one call too many.
_POLL: Final = re.compile(r"/gmail/v1/users/me/(history|messages|profile)\b.*|.*/token\b.*")


@dataclass(frozen=True)
class Rest:
    """What a process used at rest."""

    name: str
    cpu_share: float
    memory_mb: float

    def row(self) -> tuple[str, ...]:
        """Return it as a row of the table."""
        return (self.name, f"{100 * self.cpu_share:.2f}", f"{self.memory_mb:.0f}")


def add_to(names: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this benchmark to the command line."""
    parser = names.add_parser("family", help="the daemon at rest, and how soon a watcher is back")
    parser.add_argument("--seconds", type=float, default=120, help="how long to rest (120)")
    parser.add_argument("--times", type=int, default=3, help="kills, and as many hangs (3)")
    parser.set_defaults(measure=measure)


def measure(asked: argparse.Namespace) -> int:
    """Measure the family at rest and its comebacks; return 1 where a budget is missed."""
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
            rest, extra = _at_rest(daemon, street, asked.seconds)
            killed = [_back(daemon, bookmarks, "kill") for _ in range(asked.times)]
            hung = [_back(daemon, bookmarks, "suspend") for _ in range(asked.times)]
    return _told(rest, extra, killed, hung)


def _at_rest(
    daemon: psutil.Process, street: Street, seconds: float
) -> tuple[list[Rest], list[str]]:
    """Return what each process used, the bare interpreter's floor first, and calls too many."""
    family = [daemon, *daemon.children(recursive=True)]
    began, before = time.monotonic(), [_cpu_s(each) for each in family]
    asked_before = {name: len(service.requests()) for name, service in street.services.items()}
    time.sleep(seconds)
    took = time.monotonic() - began
    rows = [
        Rest(_name_of(each), (_cpu_s(each) - cpu_s) / took, _pss_mb(each))
        for each, cpu_s in zip(family, before, strict=True)
    ]
    extra = [
        f"{name} {sent.method} {sent.path}"
        for name, service in street.services.items()
        for sent in service.requests()[asked_before[name] :]
        if not _POLL.fullmatch(sent.path.partition("?")[0])
    ]
    together = Rest(
        "together", sum(row.cpu_share for row in rows), sum(row.memory_mb for row in rows)
    )
    return [_floor(), *rows, together], extra


def _floor() -> Rest:
    """Return what four processes need at least that do nothing but wait for each other."""
    wait = "import sys; sys.stdin.read()"
    command = [sys.executable, "-c", wait]
    bare = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(4)]
    try:
        time.sleep(1)
        memory_mb = sum(_pss_mb(psutil.Process(each.pid)) for each in bare)
    finally:
        for each in bare:
            each.communicate()
    return Rest("floor: four bare interpreters", 0.0, memory_mb)


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


def _told(rest: list[Rest], extra: list[str], killed: list[float], hung: list[float]) -> int:
    together = rest[-1]
    kept = {
        f"processor at most {100 * BUDGET_CPU_SHARE:.0f} % of one core": together.cpu_share
        <= BUDGET_CPU_SHARE,
        f"memory at most {BUDGET_MB:.0f} MB": together.memory_mb <= BUDGET_MB,
        "no call but the polls": not extra,
        f"killed, back in {BUDGET_KILLED_S:.0f} s": max(killed, default=0.0) <= BUDGET_KILLED_S,
        f"hung, back in {BUDGET_HUNG_S:.0f} s": max(hung, default=0.0) <= BUDGET_HUNG_S,
    }
    print(f"The family at rest, and its comebacks. {machine()}\n")
    print(table(("process", "CPU %", "PSS MB"), [row.row() for row in rest]))
    shown = [
        (what, str(len(all_s)), *(f"{quantile(all_s, share):.1f}" for share in (0.5, 1.0)))
        for what, all_s in (("killed", killed), ("hung", hung))
        if all_s
    ]
    print("\n" + table(("file watcher", "times", "median s", "most s"), shown) if shown else "")
    for call in extra:
        print(f"unasked: {call}")
    for what, is_kept in kept.items():
        print(f"{'kept' if is_kept else 'MISSED'}: {what}")
    figures = {row.name: {"cpu_share": row.cpu_share, "pss_mb": row.memory_mb} for row in rest}
    told = {"kept": kept, "rest": figures, "unasked": extra, "killed_s": killed, "hung_s": hung}
    keep("family", told)
    return 0 if all(kept.values()) else 1


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
    engine = Engine.of(load(home, environment=variables, project_root=home), Catalogue())
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


def _name_of(process: psutil.Process) -> str:
    words = process.cmdline()
    module = next((word for word in words if word.startswith("watchers.")), "orchestrator")
    return module.removeprefix("watchers.").replace("_", " ")
