"""Dying in the middle of something, quickly: by a library between the process and its system, or
at named failpoints in the interpreter where no compiler is at hand.

Either counts what a process does to the outside from a moment on, and kills it on entering one of
these calls. The count lies in memory that the process which forks shares with its children, so it
is still there when the child is dead.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from enum import IntEnum, StrEnum
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from types import CodeType

_SOURCE: Final = Path(__file__).with_suffix(".c")
_TRAIL: Final = 65536


class By(StrEnum):
    """What counts the calls and strikes."""

    #: A library of ours between the process and its system; needs a C compiler.
    LIBRARY = "library"
    #: The interpreter itself, at every call that leaves it; needs nothing.
    FAILPOINTS = "failpoints"


class How(IntEnum):
    """What the chosen call meets; the numbers are those of the library."""

    KILL = 1
    #: The power goes: the file system's own journal is on the disk, the data is not.
    CUT_FLUSHED = 2
    #: The power goes: nothing is on the disk that was not flushed.
    CUT_HARD = 3


class Strike(NamedTuple):
    """One blow."""

    by: By = By.LIBRARY
    #: On entering the how manieth call; 0 for none: they are only counted.
    at: int = 0
    how: How = How.KILL
    #: What is cut: a folder of the file system whose power goes.
    disk: str = ""


class _Board(ctypes.Structure):
    _fields_ = (
        ("armed", ctypes.c_long),
        ("seen", ctypes.c_long),
        ("at", ctypes.c_long),
        ("how", ctypes.c_long),
        ("disk", ctypes.c_long),
        ("trail", ctypes.c_ubyte * _TRAIL),
    )


def why_not(by: By) -> str:
    """Return why a way of striking does not work on this machine, or "" where it does."""
    if by is By.FAILPOINTS or (shutil.which("cc") and sys.platform == "linux"):
        return ""
    return "no C compiler is installed"


@cache
def library() -> Path:
    """Return the library, built once for each run of the tests."""
    folder = Path(tempfile.mkdtemp(prefix="striking-"))
    built = folder / "striking.so"
    command: list[str | Path] = ["cc", "-std=gnu11", "-shared", "-fPIC", "-O2"]
    subprocess.run([*command, "-o", built, _SOURCE, "-ldl"], check=True)
    return built


class Striker:
    """Arms children of this process and reads how far they came."""

    def __init__(self) -> None:
        self._board = _Board.from_buffer(mmap.mmap(-1, ctypes.sizeof(_Board)))
        loaded = os.environ.get("LD_PRELOAD", "")
        self._library = ctypes.CDLL(loaded) if loaded else None
        self._failpoints = _Failpoints(self._board)
        if self._library:
            self._library.striking_name.restype = ctypes.c_char_p
            self._library.striking_use(ctypes.byref(self._board))

    def prepare(self, strike: Strike) -> None:
        """Set the blow for the next child; nothing is counted before it is armed."""
        self._board.armed = self._board.seen = 0
        self._board.at, self._board.how = strike.at, strike.how

    def arm(self, strike: Strike) -> None:
        """Begin to count, in the child itself."""
        if strike.disk:
            self._board.disk = os.open(strike.disk, os.O_RDONLY | os.O_DIRECTORY)
        if strike.by is By.FAILPOINTS:
            self._failpoints.begin()
        else:
            assert self._library, "the library was not loaded"
            self._board.armed = 1

    def disarm(self, strike: Strike) -> None:
        """Count no more, in the child itself."""
        self._board.armed = 0
        if strike.by is By.FAILPOINTS:
            self._failpoints.end()

    @property
    def seen(self) -> int:
        """How many calls the last child has made, dead or not."""
        return int(self._board.seen)

    def trail(self, by: By) -> tuple[str, ...]:
        """Return the calls of the last child in their order, by name."""
        codes = self._board.trail[: min(self.seen, _TRAIL)]
        if by is By.FAILPOINTS:
            return tuple(_LEAVING[code] for code in codes)
        assert self._library
        return tuple(self._library.striking_name(code).decode() for code in codes)


#: What leaves the interpreter, by the qualified names of the built-in functions.
_LEAVING: Final = (
    *("open", "write", "fsync", "fdatasync", "ftruncate", "posix_fallocate"),
    *("rename", "replace", "link", "symlink", "unlink", "remove", "mkdir", "rmdir", "utime"),
    *("Connection.execute", "Connection.executemany", "Connection.close"),
    *("BufferedWriter.write", "BufferedWriter.flush", "FileIO.write"),
    *("TextIOWrapper.write", "TextIOWrapper.writelines", "TextIOWrapper.flush"),
    *("socket.connect", "socket.send", "socket.sendall", "socket.recv", "socket.recv_into"),
    *("poll.poll", "select"),
)


class _Failpoints:
    """Named failpoints: every call from our own code, or a library's, that leaves Python."""

    def __init__(self, board: _Board) -> None:
        self._board = board
        self._lock = threading.Lock()
        self._codes = {name: code for code, name in enumerate(_LEAVING)}

    def begin(self) -> None:
        tool, calls = sys.monitoring.DEBUGGER_ID, sys.monitoring.events.CALL
        sys.monitoring.use_tool_id(tool, "failpoints")
        sys.monitoring.register_callback(tool, calls, self._call)
        sys.monitoring.set_events(tool, calls)

    def end(self) -> None:
        sys.monitoring.set_events(sys.monitoring.DEBUGGER_ID, sys.monitoring.events.NO_EVENTS)

    def _call(self, code: CodeType, offset: int, called: Any, first: object) -> None:  # noqa: ARG002 - the interpreter's own signature
        number = self._codes.get(getattr(called, "__qualname__", ""))
        # The library is another way: its own flag stays down, or it would count as well.
        if number is None or isinstance(called, FunctionType):
            return
        with self._lock:
            place = self._board.seen
            self._board.seen = place + 1
            if place < _TRAIL:
                self._board.trail[place] = number
            if place + 1 == self._board.at:
                os.kill(os.getpid(), signal.SIGKILL)
