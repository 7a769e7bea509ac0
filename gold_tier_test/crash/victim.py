"""The process that dies: forked from a server that has imported everything, so it starts at once.

What it does is a generator: what stands before its ``yield`` is only preparation, what stands
behind is the part in which it is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final

from crash.tracing import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from multiprocessing.connection import Connection
    from pathlib import Path

    type Act = Callable[[Path, Mapping[str, str]], Generator[None]]

_SERVER: Final = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["gold_tier_test.crash.preload"])
_PATIENCE_S: Final = 60.0
#: Starting a process looks after all others too, which is not safe in two threads at once.
_STARTING: Final = threading.Lock()


@dataclass(frozen=True)
class End:
    """How a process ended."""

    #: 0, or the negative number of the signal that killed it.
    status: int
    #: How often it made each call that was watched.
    calls: Mapping[str, int]

    @property
    def was_killed(self) -> bool:
        return self.status == -9


def run(act: Act, home: Path, environment: Mapping[str, str], *tracing: str, last: int = 0) -> End:
    """Run an act in a process of its own, traced from its ``yield`` on, and wait for its end.

    Args:
        act: What it does.
        home: Where.
        environment: How it reaches the services.
        tracing: What strace watches; nothing for no tracing at all.
        last: The call on which it is killed; see ``Tracer``.
    """
    here, there = _SERVER.Pipe()
    process = _SERVER.Process(target=_play, args=(act, home, environment, there))
    with _STARTING:
        process.start()
    there.close()
    with here:
        assert here.poll(_PATIENCE_S), "the process did not get ready"
        pid = here.recv()
        tracer = Tracer(pid, tracing, last) if tracing else None
        here.send("go")
        assert wait([process.sentinel], _PATIENCE_S), "the process did not come to its end"
    with _STARTING:
        process.join()
    assert process.exitcode is not None
    end = End(process.exitcode, tracer.end() if tracer else {})
    process.close()
    return end


def _play(act: Act, home: Path, environment: Mapping[str, str], stage: Connection) -> None:
    steps = act(home, environment)
    next(steps)
    stage.send(os.getpid())
    stage.recv()
    next(steps, None)
    os._exit(0)
