"""The children: one watcher each, in a process of its own at the other end of a line."""

from __future__ import annotations

import logging
import random
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.health_monitor import NOT_SET_UP, Act, Health, Look, decide
from utils.roof.signals import KILL_SWITCH
from utils.system.lifeline import SILENT_S, die_with_parent, promised

if TYPE_CHECKING:
    import threading

_log: Final = logging.getLogger("orchestrator")
#: How often children are looked after, in seconds.
LOOK_EVERY_S: Final = 0.5
#: How long children have to end by themselves, in seconds (a clean stop takes at most five).
END_S: Final = 3.0
#: How long children may take to finish what they do before they begin anew, in seconds.
_FINISH_S: Final = 40.0
#: Within how many seconds a child that was started is heard of.
_STARTED_S: Final = 25.0
_HEARD_BYTES: Final = 1 << 20


@dataclass
class Child:
    """One watcher in a process of its own; for the line to it see ``utils.system.lifeline``."""

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
            # What it was at is looked into at the next start, like after any crash.
            _log.info("the %s watcher took too long to end", self.name)
            self._slay()

    def _start(self) -> None:
        if self._line:
            self._line.close()
        self._line, theirs = socket.socketpair()
        self._line.setblocking(False)  # noqa: FBT003 - the library's own
        command = [sys.executable, "-m", f"watchers.{self.name}_watcher", "--attached"]
        # The kill switch may be sent to all of us; it is for us to pull, and must not end a child.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {KILL_SWITCH})
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
        _log.error("the %s watcher is ended", self.name)
        self._slay()

    def _slay(self) -> None:
        if self._process:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(LOOK_EVERY_S)

    def _listen(self) -> None:
        """Take in what it said."""
        try:
            said = self._line.recv(_HEARD_BYTES) if self._line else b""
        except (BlockingIOError, ConnectionError):
            return
        within_s = promised(said)
        if within_s is not None:
            self._heard_by = monotonic() + within_s


def let_all_go(children: list[Child], stopping: threading.Event) -> None:
    """End every child: after what it is doing, but hurried where we are stopped."""
    for child in children:
        child.let_go()
    # Nothing hurries unless we are stopped: what is on its way to a service arrives.
    latest = monotonic() + _FINISH_S
    while any(child.runs() for child in children) and monotonic() < latest:
        if stopping.wait(LOOK_EVERY_S):
            break
    latest = monotonic() + END_S
    for child in children:
        child.end(latest)
