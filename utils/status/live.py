"""What of the answer of `status` is true for the moment only: who is alive, and what it uses."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING, Final

from utils.resource_monitor import MEGABYTE, family_of, free_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from utils.core.model import Json

#: Locked by the process that makes the reports and looks after all the others; holds its number.
REPORTER: Final = "reports.lock"


def watchers(beats: Mapping[str, datetime], absent: Mapping[str, str], *, now: datetime) -> Json:
    """Return when each watcher was last alive, or why it is absent, as JSON values."""
    found: Json = {
        name: {"last": at.isoformat(), "ago_s": round((now - at).total_seconds(), 1)}
        for name, at in sorted(beats.items())
    }
    return found | {name: {"absent": reason} for name, reason in absent.items() if reason}


def resources(state_dir: Path, vault_dir: Path) -> Json:
    """Return what the employee uses of the machine while it runs, and the room on its disks."""
    free = free_bytes((state_dir, vault_dir))
    found: Json = {"free_disk_mb": None if free is None else free // MEGABYTE}
    if pid := reporter_of(state_dir):
        family = family_of(pid)
        found |= {
            "memory_mb": family.memory_bytes // MEGABYTE,
            "open_files": family.open_files,
            "cpu_s": round(family.cpu_s, 1),
        }
    return found


def reporter_of(state_dir: Path) -> int | None:
    """Return the number of the process that is the home's sole reporter, or None."""
    try:
        with (state_dir / REPORTER).open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0) or None
    except FileNotFoundError:
        return None
    return None
