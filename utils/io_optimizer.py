"""Watching a folder without waste: which files have settled, and whether events can be trusted."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.system.mounts import filesystem_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

#: How long a file must have kept its size and time before it is read: Obsidian and most sync
#: clients write in two steps.
SETTLE: Final = timedelta(milliseconds=300)

#: Under which name the journal remembers how changes in the vault are noticed.
SIGHT: Final = "sight"

#: File systems on which changes made elsewhere raise no event here.
_BLIND: Final = re.compile(
    r"9p|drvfs|v9fs|nfs4?|cifs|smb[23]?|smbfs|afs|ceph|glusterfs|lustre|gpfs|ocfs2|gfs2|beegfs"
    r"|orangefs|pvfs2|coda|ncpfs|virtiofs|vboxsf|vmhgfs|prl_fs|autofs|fuse(\..*)?"
)


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


def blind_reason(folders: Iterable[Path], mountinfo: str) -> str:
    """Return why events of some folders cannot be relied on, or "" where they can.

    Args:
        folders: Existing folders; any of them may be a mount of its own.
        mountinfo: The mounts in the kernel's form.
    """
    for folder in folders:
        kind = filesystem_of(folder, mountinfo)
        if not kind or _BLIND.fullmatch(kind):
            return f"{kind or 'an unknown drive'}, where changes raise no events"
    return ""
