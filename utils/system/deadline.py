"""Deadlines of calls over a connection: the library's own pauses cannot stretch them."""

from __future__ import annotations

import socket
import threading
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from utils.system.abandoning import part_politely

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What the library says when an answer begins to arrive.
_ANSWERED: Final = "http11.receive_response_headers.complete"


class Deadline:
    """Cuts the connection when a call's time is up, however slowly the answer drips."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._stream: Any = None
        self.passed = False

    def __enter__(self) -> None:
        _DEADLINES.add(self, monotonic() + self._seconds)

    def __exit__(self, *_: object) -> None:
        _DEADLINES.drop(self)

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of the connection in use; the library calls this at every step."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._stream = info["return_value"]
            if self.passed:
                self.cut()
        elif event == _ANSWERED and self._stream is not None:
            part_politely(self._stream.get_extra_info("socket"))

    def cut(self) -> None:
        """End the call now."""
        self.passed = True
        if self._stream is not None:
            try:
                self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            except OSError:
                # It ended by itself in the same moment.
                return


class _Deadlines:
    """The deadlines of every call under way, watched over by one thread.

    A thread for each call would cost as much as the rest of a short call.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ends: dict[Deadline, float] = {}
        self._looks_at = 0.0
        self._thread: threading.Thread | None = None

    def add(self, call: Deadline, ends_at: float) -> None:
        """Watch over a call until a time of the monotonic clock."""
        with self._changed:
            self._ends[call] = ends_at
            if self._thread is None or not self._thread.is_alive():
                self._looks_at = ends_at
                self._thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()
            elif ends_at < self._looks_at:
                self._changed.notify()

    def drop(self, call: Deadline) -> None:
        """Leave a call alone; it is over."""
        with self._changed:
            self._ends.pop(call, None)

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = monotonic()
                for call in [call for call, ends_at in self._ends.items() if ends_at <= now]:
                    del self._ends[call]
                    call.cut()
                self._looks_at = min(self._ends.values(), default=inf)
                self._changed.wait(None if self._looks_at == inf else self._looks_at - now)


_DEADLINES: Final = _Deadlines()
