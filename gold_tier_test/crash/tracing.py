"""Dying at a chosen system call: counts a process's calls, and kills it on entering one of them.

`--seccomp-bpf` must never be added: with it strace injects no signals, and a sweep passes while
it tests nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Everything that changes a disk, or tells or asks another process; "?" forgives calls that this
#: machine's processor does not have.
CALLS: Final = (
    *("write", "writev", "pwrite64", "pwritev", "ftruncate", "truncate", "fallocate"),
    *("fsync", "fdatasync", "sync_file_range", "msync"),
    *("rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat"),
    *("mkdir", "mkdirat", "rmdir", "symlinkat", "fchmod", "utimensat"),
    *("connect", "sendto", "sendmsg", "recvfrom", "recvmsg", "poll", "ppoll", "select"),
)
#: How long a call waits where only its place among all calls says when to die, in microseconds.
_HESITATION_US: Final = 1000
_COUNTED: Final = re.compile(r"(?:\d+ +)?(\w+)\(")


def why_not() -> str:
    """Return why calls cannot be traced on this machine, or "" where they can."""
    strace = shutil.which("strace")
    if strace is None:
        return "strace is not installed"
    tried = subprocess.run(
        [strace, "-qq", "-e", "trace=none", "true"], capture_output=True, check=False
    )
    return "" if tried.returncode == 0 else f"ptrace is not allowed: {tried.stderr.decode()[:80]}"


class Tracer:
    """strace, attached to a process that waits for its cue.

    Args:
        pid: The process.
        options: What is watched, and what is done to it.
        last: The call at which the process is killed, counted over all its threads (strace itself
            counts for each alone); 0 for none.
    """

    def __init__(self, pid: int, options: Sequence[str], last: int = 0) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._output = Path(self._folder.name, "calls")
        os.mkfifo(self._output)
        self._calls: Counter[str] = Counter()
        self._reader = Thread(target=self._read, args=(pid, last), daemon=True)
        self._reader.start()
        command = ["strace", "-f", "-o", str(self._output), *options, "-p", str(pid)]
        self._strace = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self._strace.stderr is not None
        said = self._strace.stderr.readline()
        assert "attached" in said, said

    def _read(self, pid: int, last: int) -> None:
        """Count the calls while they are made, and kill the process on the last one."""
        with self._output.open() as output:
            for line in output:
                if made := _COUNTED.match(line):
                    self._calls[made[1]] += 1
                if last and self._calls.total() >= last:
                    last = 0
                    os.kill(pid, signal.SIGKILL)

    def end(self) -> Mapping[str, int]:
        """Wait for the end of the process; return how often it made each call."""
        with self._folder, self._strace:
            self._strace.wait(timeout=60)
            self._reader.join()
            return self._calls


def watching(*calls: str) -> tuple[str, ...]:
    """Return the options that only write down these calls."""
    return ("-e", "trace=" + ",".join(f"?{call}" for call in calls))


def dying_at(call: str, number: int) -> tuple[str, ...]:
    """Return the options that kill the process on entering the call for the nth time."""
    return (*watching(call), "-e", f"inject={call}:signal=KILL:when={number}")


def hesitating(*calls: str) -> tuple[str, ...]:
    """Return the options that let every call wait a moment, so that a death hits its mark."""
    names = ",".join(f"?{call}" for call in calls)
    return (*watching(*calls), "-e", f"inject={names}:delay_enter={_HESITATION_US}")


def failing_at(call: str, error: str, when: str) -> tuple[str, ...]:
    """Return the options that let calls fail; ``when`` as strace takes it, such as ``2+``."""
    return (*watching(call), "-e", f"inject={call}:error={error}:when={when}")
