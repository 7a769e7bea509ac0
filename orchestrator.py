"""The roof: keeps one process for each sense alive, rings for reports, and takes commands."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.clock import utc_now
from utils.commands.line import parser
from utils.core.errors import EmployeeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from utils.settings_watch import SettingsWatch

_log: Final = logging.getLogger("orchestrator")
#: The children: one process for each sense (design, section 6).
WATCHERS: Final = ("filesystem", "gmail", "whatsapp")
#: How long a child has to end by itself, in seconds (a clean stop takes at most five).
_END_S: Final = 4.0
#: How long children may take to finish what they do before they begin anew, in seconds.
_FINISH_S: Final = 60.0
#: The longest pause before a dead child is started again, in seconds (design: back in 30 s).
_LONGEST_PAUSE_S: Final = 20.0
_LOOK_EVERY_S: Final = 0.5
#: How a watcher ends whose settings are missing (``watchers.base_watcher.NOT_SET_UP``).
_NOT_SET_UP: Final = 78
#: How often it is asked which reports are due, in seconds.
RING_EVERY_S: Final = 30


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 on success, 1 when the work failed, 2 on wrong usage.
    """
    asked = parser().parse_args(arguments)
    stopping = threading.Event()
    try:
        if asked.command == "run":
            return _pass_once() if asked.once else _stay(stopping)
        from rich.console import Console  # noqa: PLC0415 - the daemon does without it

        if not asked.asks:
            _stop_when_signalled(stopping)
        command = importlib.import_module(f"utils.commands.{asked.command}")
        status: int = command.main(asked, Console(), stopping)
    except EmployeeError as error:
        sys.stderr.write(f"{error} {error.hint}\n")
        return 1
    except OSError as error:
        _log.debug("the system said no", exc_info=error)
        place = f" ({error.filename})" if error.filename else ""
        hint = "Check the disk's room and whose the folder is, then try again."
        sys.stderr.write(f"The system did not allow it: {error.strerror}{place}. {hint}\n")
        return 1
    return status


def _pass_once() -> int:
    from utils.engine import open_engine, sole_executor, sole_reporter  # noqa: PLC0415 - `--help` does without it
    from utils.timetable import Timetable  # noqa: PLC0415

    with (
        open_engine() as engine,
        sole_executor(engine.settings),
        sole_reporter(engine.settings),
    ):
        engine.start()
        engine.pass_once()
        timetable = Timetable(ground=engine.ground)
        timetable.start()
        timetable.run_due()
        engine.audit_log.render()
    return 0


def _stay(stopping: threading.Event) -> int:
    from utils.settings_watch import SettingsWatch  # noqa: PLC0415 - `--help` does without it

    _stop_when_signalled(stopping)
    watch = SettingsWatch()
    with _alarm() as alarm:
        _supervise(stopping, alarm, watch)
    if not stopping.is_set():
        _log.info("the settings changed: beginning anew with them")
        # Whatever was read with the old ones goes; the process, and who started it, stay.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves
    return 0


def _supervise(stopping: threading.Event, alarm: Alarm, watch: SettingsWatch) -> None:
    """Keep every child alive, and the alarm ringing, until stopped or the settings changed."""
    children = [Child(name) for name in WATCHERS]
    try:
        while not (stopping.is_set() or watch.changed()):
            for child in children:
                child.keep_alive()
            alarm.keep_ringing()
            stopping.wait(_LOOK_EVERY_S)
    finally:
        for child in children:
            child.let_go()
        # Nothing hurries unless we are stopped: what is on its way to a service arrives.
        latest = monotonic() + _FINISH_S
        while any(child.runs() for child in children) and monotonic() < latest:
            if stopping.wait(_LOOK_EVERY_S):
                break
        for child in children:
            child.end()


@contextmanager
def _alarm() -> Iterator[Alarm]:
    """Make reports by the clock for the length of a ``with`` block, as the only one who does."""
    from utils.engine import open_engine, sole_reporter  # noqa: PLC0415 - `--help` does without it
    from utils.timetable import Timetable  # noqa: PLC0415

    with open_engine() as engine, sole_reporter(engine.settings):
        timetable = Timetable(ground=engine.ground)
        timetable.start()
        alarm = Alarm(timetable.run_due)
        try:
            yield alarm
        finally:
            alarm.stop()


class Alarm:
    """Rings every half minute, whatever the wall clock does; what is due stands in the journal.

    Args:
        ring: Called at each ring, never twice at a time.
    """

    def __init__(self, ring: Callable[[], object]) -> None:
        from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415

        self._ring = ring
        self._ringing = threading.Lock()
        # Jobs run in the scheduler's own thread, which does not keep the process from ending.
        self._scheduler = BackgroundScheduler(
            timezone=UTC, executors={"default": {"type": "debug"}}
        )
        self._job = self._scheduler.add_job(
            self._once,
            "interval",
            seconds=RING_EVERY_S,
            next_run_time=utc_now(),
            # After a sleep one ring is enough, and it is never too late for it.
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )
        self._scheduler.start()

    def keep_ringing(self) -> None:
        """Ring at once where the clock was put back: the library would wait until it caught up."""
        if self._job.next_run_time > utc_now() + timedelta(seconds=2 * RING_EVERY_S):
            self._job.modify(next_run_time=utc_now())

    def stop(self) -> None:
        """End after the ring under way; one that takes long is made up for at the next start."""
        if self._ringing.acquire(timeout=_END_S):
            self._scheduler.shutdown()

    def _once(self) -> None:
        with self._ringing:
            try:
                self._ring()
            except EmployeeError as error:
                _log.error("%s %s", error, error.hint)


def _stop_when_signalled(stopping: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())


@dataclass(kw_only=False)
class Child:
    """One watcher in a process of its own; it ends when its standard input does."""

    name: str
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _deaths: int = field(default=0, init=False)
    _not_before: float = field(default=0.0, init=False)

    def keep_alive(self) -> None:
        """Start the child unless it runs; after each death wait longer."""
        if self.runs():
            return
        if self._process and self._process.returncode == _NOT_SET_UP:
            return
        if self._process:
            self._deaths += 1
            pause = min(_LONGEST_PAUSE_S, 2.0 ** (self._deaths - 1))
            _log.error("watcher %s ended (%s)", self.name, self._process.returncode)
            self._process, self._not_before = None, monotonic() + pause
        if monotonic() >= self._not_before:
            module = f"watchers.{self.name}_watcher"
            command = [sys.executable, "-m", module, "--attached"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE)

    def runs(self) -> bool:
        """Return whether the child is alive."""
        return self._process is not None and self._process.poll() is None

    def let_go(self) -> None:
        """Tell the child to end after the round that is under way."""
        if self._process and self._process.stdin:
            self._process.stdin.close()

    def end(self) -> None:
        """Wait for the child to end, and end it where it does not."""
        if self._process is None:
            return
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


if __name__ == "__main__":
    sys.exit(main())
