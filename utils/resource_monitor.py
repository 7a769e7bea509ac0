"""What processes use of the machine, and how much room its disks have."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: Bytes in what owners call a megabyte.
MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Burden:
    """What one process uses, or several together."""

    memory_bytes: int = 0
    open_files: int = 0
    #: How much of one processor it has used since its start, in seconds.
    cpu_s: float = 0.0


def burden_of(pid: int) -> Burden:
    """Return what a process uses; nothing where it ended or may not be looked at."""
    import psutil  # noqa: PLC0415 - only who watches over others needs it

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            times = process.cpu_times()
            return Burden(
                memory_bytes=process.memory_info().rss,
                open_files=process.num_fds(),
                cpu_s=times.user + times.system,
            )
    except psutil.Error:
        return Burden()


def family_of(pid: int) -> Burden:
    """Return what a process and all that it started use together."""
    import psutil  # noqa: PLC0415

    try:
        pids = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.Error:
        return Burden()
    every = [burden_of(each) for each in pids]
    return Burden(
        memory_bytes=sum(each.memory_bytes for each in every),
        open_files=sum(each.open_files for each in every),
        cpu_s=sum(each.cpu_s for each in every),
    )


def free_bytes(places: Iterable[Path]) -> int | None:
    """Return how much may still be written where there is least room.

    Args:
        places: Folders; one that is not there, or on a drive that does not tell, is left out.

    Returns:
        Bytes, or None where no place tells.
    """
    rooms = [room for place in places if (room := _room(place)) is not None]
    return min(rooms, default=None)


def _room(place: Path) -> int | None:
    try:
        found = shutil.disk_usage(place)
    except OSError:
        return None
    # Some drives over a network say that they have no size at all.
    return found.free if found.total else None
