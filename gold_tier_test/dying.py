"""A program that dies at a chosen system call, judged by what is on the disk afterwards."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

from crash.tracing import dying_at, watching

from utils.settings import PROJECT_ROOT

#: Everything that changes a disk.
CHANGES = (
    *("write", "pwrite64", "ftruncate", "fallocate", "fsync", "fdatasync"),
    *("rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "fchmod"),
)
_CALL = re.compile(r"^(?:\d+ +)?(\w+)\(", re.MULTILINE)


def run(script: str, *arguments: str, options: tuple[str, ...] = ()) -> tuple[int, str]:
    """Run a script under strace; return its exit status and what strace saw."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with tempfile.NamedTemporaryFile("r") as seen:
        tracer = ["strace", "-f", "-qq", "-o", seen.name, *options] if options else []
        python = [sys.executable, "-B", "-c", script, *arguments]
        done = subprocess.run(
            [*tracer, *python],
            cwd=PROJECT_ROOT,
            env=clean,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, seen.read()


def points(script: str, *arguments: str) -> list[tuple[str, int]]:
    """Return every point at which a script can die: a call, and its number from 1."""
    status, seen = run(script, *arguments, options=watching(*CHANGES))
    assert status == 0
    counted = Counter(_CALL.findall(seen))
    return [(call, n) for call, most in sorted(counted.items()) for n in range(1, most + 1)]


def deaths(made: list[tuple[str, int]], *, most: int, seed: int = 6) -> Iterator[tuple[str, int]]:
    """Choose points at which to die, each call at least once."""
    first = [point for point in made if point[1] == 1]
    others = [point for point in made if point[1] > 1]
    Random(seed).shuffle(others)  # noqa: S311 - no secret
    yield from [*first, *others][:most]


def die(script: str, *arguments: str, point: tuple[str, int]) -> None:
    """Run a script until it dies at a point."""
    status, _ = run(script, *arguments, options=dying_at(*point))
    assert status in {-signal.SIGKILL, 128 + signal.SIGKILL}, (point, status)


def trees(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
