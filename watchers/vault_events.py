"""Events of the vault's folders, and whether they can be trusted.

Where the file system raises none, where the machine has no watches left, or where the thread that
takes them died, the rescan alone does the work, and the reason is told.
"""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final, override

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from utils.core.lifecycle import DECISION_FOLDERS, Folder
from utils.io_optimizer import blind_reason
from utils.system.mounts import MOUNTINFO

if TYPE_CHECKING:
    from collections.abc import Callable

    from watchdog.observers.api import BaseObserver

    from utils.vault import Vault

_log: Final = logging.getLogger(__name__)
WATCHED: Final = (Folder.INBOX, *DECISION_FOLDERS)
#: What is worth waking up for; above all not that somebody opened a note.
_CHANGES: Final = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    FileClosedEvent,
]
#: How long to do without events before they are tried again, in seconds (ours).
_AGAIN_S: Final = 60.0
_JOIN_S: Final = 5.0
#: What this process has open; a watch stands there with its inode, in hexadecimal.
_OPEN: Final = Path("/proc/self/fdinfo")
_WATCH: Final = re.compile(r"^inotify wd:\S+ ino:([0-9a-f]+) ", re.MULTILINE)


class VaultEvents(FileSystemEventHandler):
    """Takes events of the watched folders while it can, and says where it cannot.

    Args:
        vault: Whose folders are watched.
        notice: Called with the folder and name of each file that changed.
        lost: Called when events got lost.
        mountinfo: Where the mounts are listed.
    """

    def __init__(
        self,
        vault: Vault,
        notice: Callable[[Folder, str], None],
        lost: Callable[[], None],
        mountinfo: Path = MOUNTINFO,
    ) -> None:
        self._vault = vault
        self._notice = notice
        self._lost = _LostEvents(lost)
        self._mountinfo = mountinfo
        self._folders = {vault.path(folder): folder for folder in WATCHED}
        self._observer: BaseObserver | None = None
        self._try_at = 0.0
        #: Why there are no events, or "".
        self.trouble = ""

    def keep(self) -> None:
        """Begin to take events, or begin again where that failed a while ago."""
        if self._observer and (why := self._blindness(self._observer)):
            self._rest(why)
        if self._observer or monotonic() < self._try_at:
            return
        try:
            why = blind_reason(
                self._folders, self._mountinfo.read_text("utf-8", "surrogateescape")
            )
            if why:
                self._rest(why)
            else:
                self._begin()
        except OSError as error:
            self._rest(f"the system gives no events ({error.strerror or error})")

    def stop(self) -> None:
        """Take no more events."""
        logging.getLogger("watchdog").removeHandler(self._lost)
        if self._observer:
            self._observer.stop()
            if self._observer.is_alive():
                self._observer.join(timeout=_JOIN_S)
            self._observer = None

    def _begin(self) -> None:
        observer = Observer()
        try:
            # One watch for all folders: a move between two watches is held back for half a second
            # at each end, in case the other half is still to come.
            root = str(self._vault.root)
            observer.schedule(self, root, recursive=True, event_filter=_CHANGES)
            observer.start()
        except OSError:
            observer.stop()
            raise
        logging.getLogger("watchdog").addHandler(self._lost)
        self._observer = observer
        if why := self._blindness(observer):
            self._rest(why)
        elif self.trouble:
            _log.info("events again")
            self.trouble = ""

    def _rest(self, why: str) -> None:
        """Do without events for a while, and say why."""
        self.stop()
        self._try_at = monotonic() + _AGAIN_S
        if why != self.trouble:
            _log.warning("polling: %s", why)
        self.trouble = why

    def _blindness(self, observer: BaseObserver) -> str:
        """Return why a running observer misses something, or ""."""
        if not (observer.is_alive() and all(each.is_alive() for each in observer.emitters)):
            return "the thread that takes events ended"
        try:
            watched = _watched_inodes()
            blind = [
                folder
                for path, folder in self._folders.items()
                if path.stat().st_ino not in watched
            ]
        except OSError:
            # Without /proc nobody can tell; the rescan finds whatever was missed.
            return ""
        if blind:
            return f"no watch is left for {blind[0]} (fs.inotify.max_user_watches)"
        return ""

    @override
    def on_any_event(self, event: FileSystemEvent) -> None:
        # A drag inside the watched folders is one move: both ends are worth a look.
        for path in (event.src_path, event.dest_path):
            place = Path(os.fsdecode(path))
            folder = self._folders.get(place.parent)
            if folder and not place.name.startswith("."):
                self._notice(folder, place.name)


class _LostEvents(logging.Handler):
    """Hears the library complain, which it does when the kernel's queue ran over."""

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = lost

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._tell()


def _watched_inodes() -> set[int]:
    """Return the inodes of everything that this process watches.

    Raises:
        OSError: The system does not tell.
    """
    found: set[int] = set()
    for entry in _OPEN.iterdir():
        try:
            text = entry.read_text()
        except FileNotFoundError:
            # Closed in the meantime.
            continue
        found |= {int(inode, 16) for inode in _WATCH.findall(text)}
    return found
