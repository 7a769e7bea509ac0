"""The roof: keeps one process for each sense alive, and is the owner's command line."""

from __future__ import annotations

import importlib
import logging
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.commands.line import parser
from utils.core.errors import EmployeeError

if TYPE_CHECKING:
    from collections.abc import Sequence

_log: Final = logging.getLogger("orchestrator")
#: The children: one process for each sense (design, section 6).
WATCHERS: Final = ("filesystem",)
#: How long a child has to end by itself, in seconds (a clean stop takes at most five).
_END_S: Final = 4.0
#: The longest pause before a dead child is started again, in seconds (design: back in 30 s).
_LONGEST_PAUSE_S: Final = 20.0
_LOOK_EVERY_S: Final = 0.5


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

        _stop_when_signalled(stopping)
        command = importlib.import_module(f"utils.commands.{asked.command}")
        status: int = command.main(asked, Console(), stopping)
    except EmployeeError as error:
        sys.stderr.write(f"{error} {error.hint}\n")
        return 1
    return status


def _pass_once() -> int:
    from utils.engine import open_engine, sole_executor  # noqa: PLC0415 - `--help` does without it

    with open_engine() as engine, sole_executor(engine.settings):
        engine.start()
        engine.pass_once()
    return 0


def _stay(stopping: threading.Event) -> int:
    _stop_when_signalled(stopping)
    children = [Child(name) for name in WATCHERS]
    try:
        while not stopping.is_set():
            for child in children:
                child.keep_alive()
            stopping.wait(_LOOK_EVERY_S)
    finally:
        for child in children:
            child.let_go()
        for child in children:
            child.end()
    return 0


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
        if self._process and self._process.poll() is None:
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
