"""Which file system a path lies on, read off the kernel's list of mounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: The mounts that this process sees (Linux, proc_pid_mountinfo(5)).
MOUNTINFO: Final = Path("/proc/self/mountinfo")
_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_FIELDS: Final = 5


@dataclass(frozen=True)
class _Mount:
    number: str
    parent: str
    point: str
    kind: str


def filesystem_of(path: Path, mountinfo: str) -> str:
    """Return the kind of file system that a path lies on, or "" where no mount holds it.

    Args:
        path: A folder; links in it are followed.
        mountinfo: The mounts in the kernel's form; lines that are not in it are passed over.
    """
    place = path.resolve()
    mounts = [mount for line in mountinfo.splitlines() if (mount := _parsed(line))]
    known = {mount.number for mount in mounts}
    # Whose parent is not in sight is where the way begins: the root, also of a container.
    here = [mount for mount in mounts if mount.parent not in known - {mount.number}]
    kind = ""
    # A path is followed mount by mount, so that what lies hidden below a later one does not count.
    for _ in mounts:
        crossed = _first_crossed(place, here)
        if crossed is None:
            break
        kind = crossed.kind
        here = [mount for mount in mounts if mount.parent == crossed.number != mount.number]
    return kind


def _first_crossed(place: Path, mounts: list[_Mount]) -> _Mount | None:
    """Return which of several mounts a path comes to first; of two at one place the later."""
    first = None
    for mount in mounts:
        is_on_the_way = place.is_relative_to(mount.point)
        if is_on_the_way and (first is None or len(mount.point) <= len(first.point)):
            first = mount
    return first


def _parsed(line: str) -> _Mount | None:
    mount, _, source = line.partition(" - ")
    fields = mount.split(" ")
    if len(fields) < _FIELDS or not source:
        return None
    # Blanks, tabs, line ends and backslashes stand as three octal digits.
    point = _OCTAL.sub(lambda code: chr(int(code[1], 8)), fields[4])
    return _Mount(fields[0], fields[1], point, source.split(" ")[0])
