"""Watching a folder without waste: which files have settled, and whether events can be trusted."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

#: How long a file must have kept its size and time before it is read: Obsidian and most sync
#: clients write in two steps.
SETTLE: Final = timedelta(milliseconds=300)

#: File systems on which changes made elsewhere raise no event here.
_BLIND: Final = re.compile(
    r"9p|drvfs|v9fs|nfs4?|cifs|smb[23]?|smbfs|afs|ceph|virtiofs|vboxsf|fuse(\..*)?"
)
_MOUNTS: Final = Path("/proc/self/mountinfo")
_OCTAL: Final = re.compile(r"\\([0-7]{3})")


class Settling:
    """Remembers since when each file has looked the same."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[int, int, datetime]] = {}

    def settled(self, name: str, size: int, mtime_ns: int, *, now: datetime) -> bool:
        """Return whether a file has kept its size and time for long enough.

        A file that has is forgotten: seen again, it starts anew.
        """
        *look, since = self._since.get(name, (size, mtime_ns, now))
        # A clock that was set back must not keep a file waiting.
        if look != [size, mtime_ns] or since > now:
            since = now
        if has_settled(since, now):
            self._since.pop(name, None)
            return True
        self._since[name] = (size, mtime_ns, since)
        return False


def has_settled(since: datetime, now: datetime) -> bool:
    """Return whether a file that has looked the same since a time may be read now."""
    return now - since >= SETTLE


def blind_reason(path: Path, mountinfo: str | None = None) -> str:
    """Return why events of a folder cannot be relied on, or "" where they can.

    Args:
        path: An existing folder.
        mountinfo: The mounts in the kernel's form; read from the system where None.

    Raises:
        OSError: The system does not tell its mounts.
    """
    kind = filesystem_of(path, mountinfo or _MOUNTS.read_text(errors="surrogateescape"))
    if kind and not _BLIND.fullmatch(kind):
        return ""
    return f"{kind or 'an unknown drive'}: changes raise no events there, so it is polled"


def filesystem_of(path: Path, mountinfo: str) -> str:
    """Return the kind of file system that a path lies on, or "" where no mount holds it."""
    place = path.resolve()
    holding = ""
    kind = ""
    for line in mountinfo.splitlines():
        mount, _, source = line.partition(" - ")
        point = _OCTAL.sub(lambda code: chr(int(code[1], 8)), mount.split(" ")[4])
        # A later mount covers an earlier one at the same place.
        if place.is_relative_to(point) and len(point) >= len(holding):
            holding, kind = point, source.split(" ")[0]
    return kind
