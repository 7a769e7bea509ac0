"""The line between a child and who started it: heartbeats go up, the end comes down.

A heartbeat is a promise: within how many seconds the next one comes. It is given by whoever gets
on with the work, never by a thread of its own, so that a loop that hangs falls silent.
"""

from __future__ import annotations

import ctypes
import os
import socket
import stat
import sys
import threading
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: How often a loop that only waits is heard of, in seconds.
BEAT_EVERY_S: Final = 5.0
#: Within how many seconds the next heartbeat comes unless something slow is under way (ours:
#: whoever hangs is back in 30 s, its start included).
SILENT_S: Final = 20.0
#: What waiting for an answer takes beyond its own time-out at most, in seconds.
_MARGIN_S: Final = 5.0
#: Linux: ask for a signal when the parent dies (prctl(2)); and the one that nobody can ignore.
_PR_SET_PDEATHSIG: Final = 1
_SIGKILL: Final = 9
#: Looked up beforehand: between fork and exec nothing may be loaded.
_prctl: Final = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


class Lifeline:
    """The child's end of the line; silent in a process that nobody watches over.

    Args:
        way_up: Where heartbeats go, if anywhere yet.
    """

    def __init__(self, way_up: socket.socket | None = None) -> None:
        self._socket = way_up
        self._lock = threading.Lock()
        #: What takes its time right now, and until when at most.
        self._slow: dict[object, float] = {}

    def attach(self, let_go: Callable[[], None]) -> None:
        """Take standard input as the line.

        Args:
            let_go: Called once when the other end was let go of, or whoever held it is gone.
        """
        if stat.S_ISSOCK(os.fstat(sys.stdin.fileno()).st_mode):
            self._socket = socket.socket(fileno=os.dup(sys.stdin.fileno()))
        threading.Thread(target=_wait_for_end, args=(let_go,), daemon=True).start()
        self.beat()

    def beat(self) -> None:
        """Say that the main loop gets on, and when to expect to hear of it again."""
        self._promise(SILENT_S)

    def beat_if_slow(self) -> None:
        """Say how long the main loop may have to wait for what is slow, where there is such."""
        with self._lock:
            latest = max(self._slow.values(), default=0.0)
        # What takes longer than it said it would counts as hanging.
        if latest > monotonic():
            self._promise(max(SILENT_S, latest - monotonic()))

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Be silent without worrying anybody while something slow is done.

        Only the main loop is watched over: what another thread does counts where the loop waits
        for it, and says so (``beat_if_slow``).

        Args:
            seconds: After how long it gives up by itself.
        """
        token = object()
        with self._lock:
            self._slow[token] = monotonic() + seconds + _MARGIN_S
        is_main = threading.current_thread() is threading.main_thread()
        if is_main:
            self.beat_if_slow()
        try:
            yield
        finally:
            with self._lock:
                del self._slow[token]
            if is_main:
                self.beat()

    def _promise(self, within_s: float) -> None:
        if self._socket:
            try:
                self._socket.send(b"%.1f\n" % within_s, socket.MSG_DONTWAIT)
            except OSError:
                # The other end is gone, which the end of standard input tells; or it has not
                # listened for a while, and finds older heartbeats when it does.
                return


def promised(data: bytes) -> float | None:
    """Return within how many seconds the last heartbeat of some promised the next one, or None."""
    for word in reversed(data.split()):
        try:
            return float(word)
        except ValueError:
            continue
    return None


def _wait_for_end(let_go: Callable[[], None]) -> None:
    # A line that breaks has ended as well.
    with suppress(OSError):
        sys.stdin.buffer.read()
    let_go()


def die_with_parent() -> None:
    """Have the kernel end this process with the one that started it, even while it hangs.

    To be called in the child before anything else, as soon as it is forked. Where there is no such
    call, the end of standard input alone has to do.
    """
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)


_line: Final = Lifeline()
attach: Final = _line.attach
beat: Final = _line.beat
beat_if_slow: Final = _line.beat_if_slow
patience: Final = _line.patience
