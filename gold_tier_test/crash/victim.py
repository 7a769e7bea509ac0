"""The process that dies: forked from one that has imported everything, so it starts at once.

What it does is a generator: what stands before its ``yield`` is only preparation, what stands
behind is the part in which it is killed.
"""

from __future__ import annotations

import gc
import importlib
import os
import socket
import subprocess
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from crash.striking import By, Strike, Striker, library, why_not
from crash.tracing import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from types import TracebackType
    from typing import Self

    type Act = Callable[[Path, Mapping[str, str]], Generator[None]]

_PATIENCE_S: Final = 60.0
_TESTS: Final = Path(__file__).parents[1]


@dataclass(frozen=True)
class End:
    """How a process ended."""

    #: 0, or the negative number of the signal that killed it.
    status: int
    #: How often it made each call that strace watched.
    calls: Mapping[str, int] = field(default_factory=dict)
    #: The calls in their order, where it was struck or only counted by ``Strike``.
    trail: tuple[str, ...] = ()

    @property
    def was_killed(self) -> bool:
        return self.status == -9


class _Order(NamedTuple):
    act: Act
    home: Path
    environment: Mapping[str, str]
    strike: Strike | None


class Nursery:
    """A warm process that forks one child for each run, one after another."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        variables = os.environ | {"PYTHONPATH": f"{_TESTS}{os.pathsep}{_TESTS.parent}"}
        if not why_not(By.LIBRARY):
            variables["LD_PRELOAD"] = str(library())
        command = [sys.executable, "-m", "crash.victim", str(theirs.fileno())]
        self._process = subprocess.Popen(
            command, env=variables, cwd=_TESTS.parent, pass_fds=(theirs.fileno(),)
        )
        theirs.close()
        self._line = Connection(ours.detach())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.close()
        self._process.wait(_PATIENCE_S)

    def run(
        self,
        act: Act,
        home: Path,
        environment: Mapping[str, str],
        *tracing: str,
        last: int = 0,
        strike: Strike | None = None,
    ) -> End:
        """Run an act in a process of its own and wait for its end.

        Args:
            act: What it does.
            home: Where.
            environment: How it reaches the services.
            tracing: What strace watches from its ``yield`` on; nothing for no strace at all.
            last: The call on which it is killed under strace; see ``Tracer``.
            strike: The blow that it meets from its ``yield`` on.
        """
        self._line.send(_Order(act, home, environment, strike))
        pid = self._heard()
        tracer = Tracer(pid, tracing, last) if tracing else None
        self._line.send("go")
        status, trail = self._heard()
        return End(status, tracer.end() if tracer else {}, trail)

    def _heard(self) -> Any:
        assert self._line.poll(_PATIENCE_S), "the process did not come to its end"
        return self._line.recv()


def run(act: Act, home: Path, environment: Mapping[str, str]) -> End:
    """Run one act in a process of its own; nothing happens to it."""
    with Nursery() as nursery:
        return nursery.run(act, home, environment)


def serve(line: Connection) -> None:
    """Fork a child for each order, until nobody orders any more."""
    striker = Striker()
    while True:
        try:
            order: _Order = line.recv()
        except EOFError:
            return
        striker.prepare(order.strike or Strike())
        here, there = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            _play(order, striker, ready=here[1], cue=there[0])
        os.close(here[1])
        os.close(there[0])
        os.read(here[0], 1)
        line.send(pid)
        line.recv()
        os.write(there[1], b"!")
        os.close(there[1])
        _learn(there_is=here[0])
        os.close(here[0])
        _, status = os.waitpid(pid, 0)
        by = order.strike.by if order.strike else None
        line.send((os.waitstatus_to_exitcode(status), striker.trail(by) if by else ()))


def _learn(*, there_is: int) -> None:
    """Import what the child had to import, so that the next one need not.

    Until the child has ended, however it ends, this waits.
    """
    with os.fdopen(os.dup(there_is)) as names:
        for name in names.read().split():
            with suppress(Exception):
                importlib.import_module(name)
    gc.freeze()


def _play(order: _Order, striker: Striker, *, ready: int, cue: int) -> None:
    """Be the child: prepare, wait for the cue, do what it is there for, and end."""
    status, known = 1, set(sys.modules)
    try:
        steps = order.act(order.home, order.environment)
        next(steps)
        os.write(ready, b"!")
        os.read(cue, 1)
        if order.strike:
            striker.arm(order.strike)
        next(steps, None)
        striker.disarm(order.strike or Strike())
        os.write(ready, " ".join(sys.modules.keys() - known).encode())
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - the child ends here, whatever it was
        traceback.print_exc()
    os._exit(status)


if __name__ == "__main__":
    # Everything is loaded before the first fork, and under the names by which it is ordered.
    importlib.import_module("crash.acts")
    importlib.import_module("crash.victim").serve(Connection(int(sys.argv[1])))
