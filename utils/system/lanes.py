"""Lanes: work that goes on side by side, in each lane one piece at a time.

Who starts work waits for it a while; what takes longer goes on by itself, and its lane takes
nothing new until it is through. So one thing that hangs holds up nothing but its own lane.
"""

from __future__ import annotations

import threading
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

from utils.system.lifeline import BEAT_EVERY_S, beat_if_slow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Lanes:
    """The lanes of one process.

    Args:
        patience_s: How long to wait for work that was started, in seconds; None for its end.
    """

    def __init__(self, patience_s: float | None = None) -> None:
        self.patience_s = patience_s
        self._running: dict[str, threading.Thread] = {}
        self._errors: list[BaseException] = []

    def run(self, works: Mapping[str, Callable[[], object]]) -> None:
        """Start a piece of work in each lane that is free, and wait for them a while.

        Args:
            works: The lane's name to what is to be done in it.

        Raises:
            BaseException: Work of this or an earlier call failed; whatever it raised.
        """
        free = {name: work for name, work in works.items() if not self.is_busy(name)}
        if self.patience_s is None and len(free) == 1:
            # Nobody to go on beside.
            for work in free.values():
                work()
        else:
            for name, work in free.items():
                self._start(name, work)
            self._wait([self._running[name] for name in free], self.patience_s)
        self._complain()

    def is_busy(self, name: str) -> bool:
        """Return whether work goes on in a lane."""
        thread = self._running.get(name)
        return thread is not None and thread.is_alive()

    def finish(self) -> None:
        """Wait until every lane is through.

        Raises:
            BaseException: Work failed; whatever it raised.
        """
        self._wait(list(self._running.values()), None)
        self._complain()

    def _start(self, name: str, work: Callable[[], object]) -> None:
        thread = threading.Thread(target=self._do, args=(work,), name=f"lane {name}", daemon=True)
        self._running[name] = thread
        thread.start()

    def _do(self, work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed on to whoever started it
            self._errors.append(error)

    def _wait(self, threads: list[threading.Thread], patience_s: float | None) -> None:
        latest = inf if patience_s is None else monotonic() + patience_s
        for thread in threads:
            while thread.is_alive() and (left := latest - monotonic()) > 0:
                thread.join(min(left, BEAT_EVERY_S))
                beat_if_slow()

    def _complain(self) -> None:
        """Raise what work failed with, the first of it.

        Raises:
            BaseException: Whatever it was.
        """
        if self._errors:
            first, self._errors = self._errors[0], []
            raise first
