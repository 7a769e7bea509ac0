"""From the owner's drag to the request on the wire, end to end, with the real file watcher.

The hold and the standing time are 0, so that what is left is the employee's own time.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, override
from urllib.parse import urlsplit

from benchmarks.bench import P99, Bench, Limit, Line, Samples, Shortfall
from benchmarks.homes import AT_ONCE, finish_many, opened, submit_invoice
from utils.core.lifecycle import Folder
from utils.sandbox.odoo import PretendOdoo
from utils.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.sandbox.http_wire import Answer, Request

_PATIENCE_S: Final = 30.0
#: What is on the disk before the first byte leaves: that it was granted, and that it is armed.
_FLUSHES: Final = 2
#: More notes than are ever dragged.
_MANY: Final = 200


class WatchedOdoo(PretendOdoo):
    """A pretend Odoo that tells when requests arrive."""

    def __init__(self) -> None:
        super().__init__()
        self._arrived = threading.Condition()
        self._arrivals: list[tuple[str, float]] = []

    @override
    def respond(self, request: Request, state: Any) -> Answer:
        now = time.monotonic()
        with self._arrived:
            self._arrivals.append((request.path, now))
            self._arrived.notify_all()
        return super().respond(request, state)

    def forget(self) -> None:
        """Forget what has arrived."""
        with self._arrived:
            self._arrivals.clear()

    def arrival(self, path: str = "") -> float:
        """Wait for the first request to a path that ends so; return when it came.

        Raises:
            TimeoutError: It did not come.
        """
        with self._arrived:
            if not self._arrived.wait_for(lambda: self._first(path) > 0, _PATIENCE_S):
                raise TimeoutError(f"no request to {path or 'any path'}")
            return self._first(path)

    def _first(self, path: str) -> float:
        return next((at for asked, at in self._arrivals if asked.endswith(path)), 0.0)


def measure(*, short: bool) -> dict[str, Samples]:
    """Drag in turn where nothing but a bare event and a bare POST happen, and in every home."""
    sizes, drags = ((10, 1000), 12) if short else ((10, 10_000, 100_000), 100)
    with ExitStack() as stack:
        floors = {"bare": _floor(stack, 0), "flushed": _floor(stack, _FLUSHES)}
        lanes = floors | {f"{size}": _home(stack, size, drags + 1) for size in sizes}
        took: dict[str, list[float]] = {name: [] for name in lanes}
        for number in range(drags + 1):
            for name, lane in lanes.items():
                took[name].append(lane.drag(number))
                _pause()
    # The first of each shows that the watcher is awake; it is not counted.
    seconds = {name: each[1:] for name, each in took.items()}
    few = seconds[f"{sizes[0]}"]
    found: dict[str, Samples] = {}
    for size in sizes:
        own = seconds[f"{size}"]
        found[f"drag_{size}"] = Samples(own, seconds["bare"])
        found[f"drag_{size}_flushed"] = Samples(own, seconds["flushed"])
        found[f"drag_{size}_few"] = Samples(own, few)
    # Beside itself a home is always the same.
    del found[f"drag_{sizes[0]}_few"]
    return found


@dataclass(frozen=True, kw_only=True)
class _Lane:
    """A place where notes are dragged from one folder to another."""

    odoo: WatchedOdoo
    out_of: Path
    to: Path
    #: The notes' names, in the order in which they are dragged.
    notes: list[str]
    #: Where a note is in the end; None where it stays.
    filed: Path | None = None

    def drag(self, number: int) -> float:
        """Drag a note; return how long it took to the first request, in seconds."""
        note = self.notes[number]
        took = _dragged(self.odoo, self.out_of / note, self.to / note)
        if self.filed:
            _await(self.filed / note)
        return took


def _floor(stack: ExitStack, flushes: int) -> _Lane:
    """Return where the machine does what it needs at least: an event, and a POST."""
    odoo = stack.enter_context(WatchedOdoo())
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    place = folder / "approved"
    place.mkdir()
    notes = [f"{number}.md" for number in range(_MANY)]
    for note in notes:
        (folder / note).write_text("a note")
    where = urlsplit(odoo.url)
    flushed = (str(folder / "flushed"), str(flushes))
    command = ("benchmarks.floor", str(place), str(where.hostname), str(where.port), *flushed)
    poster = stack.enter_context(_running(*command, stdout=subprocess.PIPE))
    assert poster.stdout is not None  # noqa: S101 - it was asked for
    poster.stdout.readline()
    return _Lane(odoo=odoo, out_of=folder, to=place, notes=notes)


def _home(stack: ExitStack, completed: int, drags: int) -> _Lane:
    """Return a home with so many finished notes, its file watcher at work."""
    odoo = stack.enter_context(WatchedOdoo())
    home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    variables = odoo.environment() | AT_ONCE
    with opened(home, variables) as engine:
        waiting = [submit_invoice(engine, number) for number in range(drags)]
        finish_many(engine, waiting[0], completed)
    environment = os.environ | variables | {"EMPLOYEE_HOME": str(home), "LOG_LEVEL": "ERROR"}
    stack.enter_context(_running("watchers.filesystem_watcher", "--attached", env=environment))
    vault = home / "AI_Employee"
    return _Lane(
        odoo=odoo,
        out_of=vault / Folder.PENDING,
        to=vault / Folder.APPROVED,
        notes=[proposal.note for proposal in waiting],
        filed=vault / Folder.COMPLETED,
    )


def _dragged(odoo: WatchedOdoo, note: Path, target: Path) -> float:
    odoo.forget()
    began = time.monotonic()
    note.rename(target)
    return odoo.arrival() - began


def _await(path: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while not path.exists():
        if time.monotonic() > until:
            raise TimeoutError(f"{path.name} was not finished")
        time.sleep(0.005)


def _pause() -> None:
    """Fall out of step with everything that happens at regular times."""
    time.sleep(random.uniform(0.05, 0.35))  # noqa: S311 - no secret


@contextmanager
def _running(module: str, *arguments: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module of ours for the length of a ``with`` block; it ends with its input."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=PROJECT_ROOT, **options) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None  # noqa: S101 - it was asked for
            process.stdin.close()
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


_SHORTFALL: Final = Shortfall(
    times=50, why="what is decided is on the disk before the first byte leaves"
)

_BUSY: Final = Shortfall(
    times=10, why="on a busy machine threads wait for each other between the flushes"
)


def _lines(size: int) -> tuple[Line, ...]:
    bare = Line(
        key=f"drag_{size}",
        what=f"drag → request on the wire, {size:,} finished notes",
        floor="inotify event → bare POST",
        times=5,
        limit=Limit(most=0.250, share=P99, by_clock=True),
        shortfall=_SHORTFALL,
    )
    flushed = Line(
        key=f"drag_{size}_flushed",
        what="the same",
        floor=f"inotify event → {_FLUSHES} flushed writes → bare POST",
        times=5,
        shortfall=_BUSY,
    )
    few = Line(key=f"drag_{size}_few", what="the same", floor="with 10 finished notes", times=1.2)
    return (bare, flushed, few)


BENCH: Final = Bench(
    name="drag",
    measure=measure,
    lines=tuple(line for size in (10, 1000, 10_000, 100_000) for line in _lines(size)),
)
