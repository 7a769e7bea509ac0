"""Dying at a chosen system call: counts a process's calls, and kills it on entering one of them.

`--seccomp-bpf` must never be added: with it strace injects no signals, and a sweep passes while
it tests nothing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
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
_COUNTED: Final = re.compile(r"^(?:\d+ +)?(\w+)\(", re.MULTILINE)


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
    """strace, attached to a process that waits for its cue."""

    def __init__(self, pid: int, options: Sequence[str]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._output = Path(self._folder.name, "calls")
        command = ["strace", "-f", "-o", str(self._output), *options, "-p", str(pid)]
        self._strace = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self._strace.stderr is not None
        said = self._strace.stderr.readline()
        assert "attached" in said, said

    def end(self) -> Mapping[str, int]:
        """Wait for the end of the process; return how often it made each call."""
        with self._folder, self._strace:
            self._strace.wait(timeout=60)
            return Counter(_COUNTED.findall(self._output.read_text()))


def watching(*calls: str) -> tuple[str, ...]:
    """Return the options that only write down these calls."""
    return ("-e", "trace=" + ",".join(f"?{call}" for call in calls))


def dying_at(call: str, number: int) -> tuple[str, ...]:
    """Return the options that kill the process on entering the call for the nth time."""
    return (*watching(call), "-e", f"inject={call}:signal=KILL:when={number}")


def failing_at(call: str, error: str, when: str) -> tuple[str, ...]:
    """Return the options that let calls fail; ``when`` as strace takes it, such as ``2+``."""
    return (*watching(call), "-e", f"inject={call}:error={error}:when={when}")
