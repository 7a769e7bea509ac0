"""The roof: keeps one process for each sense alive, rings for reports, and takes commands."""

from __future__ import annotations

import importlib
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils import systemd
from utils.clock import utc_now
from utils.commands.line import read
from utils.core.errors import EmployeeError, VaultMissingError
from utils.health_monitor import NOT_SET_UP, Act, Health, Look, decide
from utils.lifeline import SILENT_S, die_with_parent, promised

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from utils.autorun import Autorun
    from utils.ground import Ground
    from utils.self_check import SelfCheck
    from utils.settings_watch import SettingsWatch

_log: Final = logging.getLogger("orchestrator")
#: The children: one process for each sense, and one for the desk (design, section 6).
WATCHERS: Final = ("filesystem", "gmail", "whatsapp", "desk")
#: How long children, and then a report under way, have to end by themselves, in seconds (a clean
#: stop takes at most five).
_END_S: Final = 3.0
_REPORT_END_S: Final = 1.0
#: How long children may take to finish what they do before they begin anew, in seconds.
_FINISH_S: Final = 40.0
_LOOK_EVERY_S: Final = 0.5
#: How often the employee looks at itself, and says that it is well, in seconds.
_CHECK_EVERY_S: Final = 5.0
#: Within how many seconds a child that was started is heard of.
_STARTED_S: Final = 25.0
#: Whoever did not look for longer was asleep, and cannot say who was silent meanwhile.
_ASLEEP_S: Final = 5.0
_STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
#: The kill switch as a signal: nothing live until `resume`.
_KILL_SWITCH: Final = signal.SIGUSR1
#: How long trying the jail may take, in seconds.
_TRIAL_S: Final = 30.0
#: How often it is looked whether Claude Code may go on, and whether it is worth starting, in
#: seconds.
_LOOK_IN_S: Final = 1.0
_LOOK_FOR_WORK_S: Final = 15.0
#: How long to leave it alone after a run that failed, in seconds.
_LOOK_AGAIN_S: Final = 600.0
#: How often it is asked which reports are due, in seconds.
RING_EVERY_S: Final = 30
_HEARD_BYTES: Final = 1 << 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 on success, 1 when the work failed, 2 on wrong usage.
    """
    asked = read(arguments)
    stopping = threading.Event()
    try:
        if asked.command == "run":
            return _pass_once() if asked.once else _stay(stopping)
        if asked.command == "claude":
            return _in_jail(asked)
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
        is_first = engine.vault.is_bare()
        engine.start()
        if is_first:
            place = engine.vault.root
            sys.stdout.write(f"There was no vault, so a new one was made in {place}.\n")
        engine.pass_once()
        timetable = Timetable(ground=engine.ground)
        timetable.start()
        timetable.run_due()
        engine.audit_log.render()
    return 0


def _in_jail(asked: argparse.Namespace) -> int:
    """Run Claude Code in its jail until it ends, and return its exit status."""
    from utils.commands.claude import ready  # noqa: PLC0415 - the daemon does without it

    if asked.unattended:
        die_with_parent()
    with ready(asked, _complaint_of) as run:
        if run is None:
            return 0
        command, kept = run.jail.claude(*run.given), run.jail.descriptors
        nobody = subprocess.DEVNULL if run.alone else None
        process = subprocess.Popen(
            command,
            env=run.jail.environment,
            pass_fds=kept,
            stdin=nobody,
            stdout=nobody,
            stderr=nobody,
        )
        # Ctrl+C is for Claude Code, which has the terminal; without a handler it would end us.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        while run.status is None:
            with suppress(subprocess.TimeoutExpired):
                run.status = process.wait(_LOOK_IN_S)
            if run.status is None and run.too_far():
                process.terminate()
        # As shells tell of a signal.
        return run.status if run.status >= 0 else 128 - run.status


def _complaint_of(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run a short command; return "" where it succeeded, else what it said."""
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=_TRIAL_S, check=False
    )
    return "" if done.returncode == 0 else done.stderr.strip() or f"status {done.returncode}"


def _stay(stopping: threading.Event) -> int:
    from utils.autorun import Autorun  # noqa: PLC0415 - `--help` does without it
    from utils.settings import service_notifier  # noqa: PLC0415
    from utils.settings_watch import SettingsWatch  # noqa: PLC0415

    halting = threading.Event()
    _stop_when_signalled(stopping)
    signal.signal(_KILL_SWITCH, lambda *_: halting.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {*_STOPPING, _KILL_SWITCH})
    watch = SettingsWatch()
    with _home() as (ground, alarm):
        tell = partial(systemd.tell, service_notifier())
        unattended = Unattended(Autorun(ground=ground))
        _supervise(Duty(stopping, halting, ground, alarm, tell, unattended), watch)
    if not stopping.is_set():
        _log.info("the settings changed: beginning anew with them")
        # A signal in between waits until it is understood again.
        signal.pthread_sigmask(signal.SIG_BLOCK, {*_STOPPING, _KILL_SWITCH})
        # Whatever was read with the old ones goes; the process, and who started it, stay.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves
    return 0


def _supervise(duty: Duty, watch: SettingsWatch) -> None:
    """Keep every child alive, and the alarm ringing, until stopped or the settings changed."""
    from utils.self_check import SelfCheck  # noqa: PLC0415 - `--help` does without it

    children = [Child(name) for name in WATCHERS]
    check = SelfCheck(ground=duty.ground)
    try:
        while not (duty.stopping.is_set() or watch.changed()):
            for child in children:
                child.supervise(asleep=duty.slept())
            duty.do(children, check)
            duty.stopping.wait(_LOOK_EVERY_S)
    finally:
        if duty.stopping.is_set():
            duty.tell(systemd.STOPPING)
        duty.unattended.let_go()
        _let_all_go(children, duty.stopping)
        duty.unattended.end()


def _let_all_go(children: list[Child], stopping: threading.Event) -> None:
    """End every child: after what it is doing, but hurried where we are stopped."""
    for child in children:
        child.let_go()
    # Nothing hurries unless we are stopped: what is on its way to a service arrives.
    latest = monotonic() + _FINISH_S
    while any(child.runs() for child in children) and monotonic() < latest:
        if stopping.wait(_LOOK_EVERY_S):
            break
    latest = monotonic() + _END_S
    for child in children:
        child.end(latest)


@dataclass
class Duty:
    """What the main loop does beside looking after children."""

    stopping: threading.Event
    #: Set when the kill switch was sent as a signal.
    halting: threading.Event
    ground: Ground
    alarm: Alarm
    #: Tells systemd.
    tell: Callable[..., None]
    unattended: Unattended
    _looked_at: float = field(default_factory=monotonic, init=False)
    _checked_at: float = field(default=0.0, init=False)
    _trouble: str = field(default="", init=False)

    def slept(self) -> bool:
        """Return whether nobody looked for a while: this process, or the machine, was asleep."""
        return monotonic() - self._looked_at > _ASLEEP_S

    def do(self, children: list[Child], check: SelfCheck) -> None:
        """Do what is due by now; what cannot be done is tried again at the next look."""
        self._looked_at = now = monotonic()
        self.alarm.keep_ringing()
        try:
            if self.halting.is_set():
                self.ground.switch.stop(how=_KILL_SWITCH.name)
                self.halting.clear()
            if now - self._checked_at >= _CHECK_EVERY_S:
                self._check(children, check)
        except (EmployeeError, OSError) as error:
            if str(error) != self._trouble:
                _log.error("%s", error)
            self._trouble = str(error)

    def _check(self, children: list[Child], check: SelfCheck) -> None:
        self._checked_at = monotonic()
        for child in children:
            child.too_much = check.too_much(child.pid) if child.runs() else ""
        if check.is_well():
            self.tell(systemd.READY, systemd.WELL)
        check.look({child.name: child.health for child in children}, monotonic())
        self.unattended.supervise()
        self._trouble = ""


@dataclass
class Unattended:
    """Claude Code at work by itself, one run at a time, started when something new waits."""

    autorun: Autorun
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _look_at: float = field(default=0.0, init=False)

    def supervise(self) -> None:
        """Start it where that is due; a run watches over its own limits."""
        if monotonic() < self._look_at or (self._process and self._process.poll() is None):
            return
        failed = self._process is not None and self._process.returncode != 0
        self._process = None
        self._look_at = monotonic() + (_LOOK_AGAIN_S if failed else _LOOK_FOR_WORK_S)
        if not failed and self.autorun.is_due():
            command = [sys.executable, __file__, "claude", "--unattended"]
            nobody = subprocess.DEVNULL
            # In a group of its own: Ctrl+C is for us, and we tell it.
            self._process = subprocess.Popen(command, stdin=nobody, process_group=0)

    def let_go(self) -> None:
        """Tell a run to end."""
        if self._process:
            self._process.terminate()

    def end(self) -> None:
        """Wait for a run to end, and end it where it does not."""
        if self._process:
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()


@contextmanager
def _home() -> Iterator[tuple[Ground, Alarm]]:
    """Open the home for the length of a ``with`` block, as the only one who makes reports."""
    from utils.engine import open_engine, sole_reporter  # noqa: PLC0415 - `--help` does without it
    from utils.timetable import Timetable  # noqa: PLC0415

    with open_engine() as engine:
        with suppress(VaultMissingError):
            engine.open_vault()
        with sole_reporter(engine.settings):
            timetable = Timetable(ground=engine.ground)
            timetable.start()
            alarm = Alarm(timetable.run_due)
            try:
                yield engine.ground, alarm
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
        if self._ringing.acquire(timeout=_REPORT_END_S):
            self._scheduler.shutdown()

    def _once(self) -> None:
        with self._ringing:
            try:
                self._ring()
            except EmployeeError as error:
                _log.error("%s %s", error, error.hint)


def _stop_when_signalled(stopping: threading.Event) -> None:
    for number in _STOPPING:
        # Whoever started us with nohup wants us to stay when the terminal is closed.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: stopping.set())


@dataclass
class Child:
    """One watcher in a process of its own, at the other end of a line (``utils.lifeline``)."""

    name: str
    health: Health = field(default_factory=Health, init=False)
    #: What it uses too much of, or "".
    too_much: str = field(default="", init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _line: socket.socket | None = field(default=None, init=False)
    _heard_by: float = field(default=0.0, init=False)

    @property
    def pid(self) -> int:
        """The number of its process, 0 where it was never started."""
        return self._process.pid if self._process else 0

    def supervise(self, *, asleep: bool) -> None:
        """See how it is, and do what has to be done about it."""
        self._listen()
        now, alive = monotonic(), self.runs()
        if asleep:
            self._heard_by = max(self._heard_by, now + SILENT_S)
        status = self._process.returncode if self._process else 0
        if self.health.started and not alive and status != NOT_SET_UP:
            _log.error("the %s watcher ended with %s", self.name, status)
        look = Look(alive=alive, status=status, heard_by=self._heard_by, too_much=self.too_much)
        decision = decide(self.health, look, now=now, share=random.random())  # noqa: S311 - no secret
        self.health = decision.health
        {Act.START: self._start, Act.KILL: self._kill, Act.LET_GO: self.let_go}.get(
            decision.act, lambda: None
        )()

    def runs(self) -> bool:
        """Return whether the child is alive."""
        return self._process is not None and self._process.poll() is None

    def let_go(self) -> None:
        """Tell the child to end after what it is doing."""
        if self._line:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_WR)

    def end(self, latest: float) -> None:
        """Wait for the child to end until then, and end it where it does not."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, latest - monotonic()))
        except subprocess.TimeoutExpired:
            self._kill()

    def _start(self) -> None:
        if self._line:
            self._line.close()
        self._line, theirs = socket.socketpair()
        self._line.setblocking(False)  # noqa: FBT003 - the library's own
        command = [sys.executable, "-m", f"watchers.{self.name}_watcher", "--attached"]
        # The kill switch may be sent to all of us; it is for us to pull, and must not end a child.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {_KILL_SWITCH})
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                # In a group of its own: Ctrl+C is for us, and we tell it.
                process_group=0,
                # It makes one call of the system, and takes no lock that another thread may hold.
                preexec_fn=die_with_parent,  # noqa: PLW1509 - see above
            )
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._heard_by, self.too_much = monotonic() + _STARTED_S, ""

    def _kill(self) -> None:
        if self._process:
            _log.error("the %s watcher is ended", self.name)
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_LOOK_EVERY_S)

    def _listen(self) -> None:
        """Take in what it said."""
        try:
            said = self._line.recv(_HEARD_BYTES) if self._line else b""
        except (BlockingIOError, ConnectionError):
            return
        within_s = promised(said)
        if within_s is not None:
            self._heard_by = monotonic() + within_s


if __name__ == "__main__":
    sys.exit(main())
