"""The daemon's main loop: children looked after, the alarm ringing, the house in order."""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.assembly.opening import open_engine
from utils.claude.autorun import Autorun
from utils.core.errors import EmployeeError, VaultMissingError
from utils.credentials.settings_watch import SettingsWatch
from utils.health.self_check import SelfCheck
from utils.report.timetable import Timetable
from utils.roof.alarm import Alarm
from utils.roof.children import LOOK_EVERY_S, Child, let_all_go
from utils.roof.signals import (
    KILL_SWITCH,
    halt_when_signalled,
    hear,
    keep_waiting,
    stop_when_signalled,
)
from utils.roof.unattended import Unattended
from utils.settings import service_notifier
from utils.sole_process import sole_reporter
from utils.system import systemd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from utils.assembly.ground import Ground

_log: Final = logging.getLogger("orchestrator")
#: The children: one process for each sense, and one for the desk (design, section 6).
WATCHERS: Final = ("filesystem", "gmail", "whatsapp", "desk")
#: How often the employee looks at itself, and says that it is well, in seconds.
_CHECK_EVERY_S: Final = 5.0
#: Whoever did not look for longer was asleep, and cannot say who was silent meanwhile.
_ASLEEP_S: Final = 5.0


def stay(stopping: threading.Event) -> int:
    """Be the daemon until stopped; return the exit status."""
    halting = threading.Event()
    stop_when_signalled(stopping)
    halt_when_signalled(halting)
    hear()
    watch = SettingsWatch()
    with _home() as (ground, alarm):
        tell = partial(systemd.tell, service_notifier())
        unattended = Unattended(Autorun(ground=ground))
        _say(f"The employee is at work. Your notes lie in {ground.vault.root}; Ctrl+C ends it.")
        _supervise(Duty(stopping, halting, ground, alarm, tell, unattended), watch)
    if not stopping.is_set():
        _log.info("the settings changed: beginning anew with them")
        # A signal in between waits until it is understood again.
        keep_waiting()
        # Whatever was read with the old ones goes; the process, and who started it, stay.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves
    _say("Ended. What waits goes on waiting until it is started again.")
    return 0


def _say(words: str) -> None:
    """Tell whoever sits at the terminal; a service's own log has the diagnostics."""
    if sys.stdout.isatty():
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()


def _supervise(duty: Duty, watch: SettingsWatch) -> None:
    """Keep every child alive, and the alarm ringing, until stopped or the settings changed."""
    children = [Child(name) for name in WATCHERS]
    check = SelfCheck(ground=duty.ground)
    try:
        while not (duty.stopping.is_set() or watch.changed()):
            for child in children:
                child.supervise(asleep=duty.slept())
            duty.do(children, check)
            duty.stopping.wait(LOOK_EVERY_S)
    finally:
        if duty.stopping.is_set():
            duty.tell(systemd.STOPPING)
        duty.unattended.let_go()
        let_all_go(children, duty.stopping)
        duty.unattended.end()


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
                self.ground.switch.stop(how=KILL_SWITCH.name)
                self.halting.clear()
            if now - self._checked_at >= _CHECK_EVERY_S:
                self._check(children, check)
            # Other machines learn of the note from the journal only; a child may hang.
            self.ground.switch.is_on()
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


@contextmanager
def _home() -> Iterator[tuple[Ground, Alarm]]:
    """Open the home for the length of a ``with`` block, as the only one who makes reports."""
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
