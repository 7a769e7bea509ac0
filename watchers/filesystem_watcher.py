"""The file watcher: dropped files become Items; dragged notes become Grants, and are carried out.

Events tell it when to look; a rescan every few seconds finds what events miss. Where the file
system sends no events, the rescan alone does the work.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final, override

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
from utils.engine import sole_executor
from utils.io_optimizer import blind_reason
from watchers.base_watcher import Watcher, main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from watchdog.observers.api import BaseObserver

    from utils.engine import Engine

_log: Final = logging.getLogger(__name__)
#: How often everything is looked at again, in seconds (design, section 6: at most 15).
RESCAN_S: Final = 3.0
#: How long one service's answer may hold up everything else, in seconds (decision 0012).
PATIENCE_S: Final = 0.5
#: How many events are kept; more than that and the rescan does the work.
_EVENTS: Final = 10_000
_JOIN_S: Final = 5.0
_WATCHED: Final = (Folder.INBOX, *DECISION_FOLDERS)
#: What is worth waking up for; above all not that somebody opened a note.
_CHANGES: Final = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    FileClosedEvent,
]


class FilesystemWatcher(Watcher):
    """Watches Inbox/ and the three decision folders, and runs what was granted."""

    name: ClassVar[str] = "filesystem"
    every_s: float = RESCAN_S

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._rescan_at = 0.0
        self._events: queue.Queue[tuple[Folder, str]] = queue.Queue(_EVENTS)

    @override
    def run(self) -> None:
        # A single round, in contrast, waits for whatever it started.
        self.engine.lanes.patience_s = PATIENCE_S
        super().run()

    @override
    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Be the only one that performs, with events where the file system sends them."""
        self.engine.open_vault()
        with sole_executor(self.engine.settings):
            self.engine.start()
            observer = self._observing()
            try:
                yield
            finally:
                if observer:
                    observer.stop()
                    observer.join(timeout=_JOIN_S)

    def _observing(self) -> BaseObserver | None:
        why = blind_reason(self.engine.vault.root)
        if why:
            _log.warning("%s; looking every %s s instead", why, RESCAN_S)
            return None
        observer = Observer()
        # One watch for all folders: a move between two watches is held back for half a second at
        # each end, in case the other half is still to come.
        root = str(self.engine.vault.root)
        observer.schedule(_Handler(self), root, recursive=True, event_filter=_CHANGES)
        observer.start()
        return observer

    def notice(self, folder: Folder, name: str) -> None:
        """Take an event: this file is worth a look."""
        try:
            self._events.put_nowait((folder, name))
        except queue.Full:
            _log.info("more events than can be kept; the rescan finds the rest")
        self.wake()

    @property
    @override
    def may_look(self) -> bool:
        # Without room it takes nothing in, but it reads the owner's hand and writes the log.
        return True

    @override
    def round(self) -> None:
        # A folder in which something changes all the time must not keep the rescan waiting.
        if self._look_at_events() and monotonic() < self._rescan_at:
            self.engine.carry_out()
        else:
            self._rescan_at = monotonic() + RESCAN_S
            self.engine.pass_once()

    def _look_at_events(self) -> bool:
        """Look at the notes that events named; return whether there were any."""
        looked = False
        for _ in range(self._events.qsize()):
            folder, name = self._events.get_nowait()
            if folder is not Folder.INBOX:
                self.engine.folders.look(folder, name)
                looked = True
        return looked


class _Handler(FileSystemEventHandler):
    """Turns events of the vault into names to look at."""

    def __init__(self, watcher: FilesystemWatcher) -> None:
        self._watcher = watcher
        vault = watcher.engine.vault
        self._folders = {vault.path(folder): folder for folder in _WATCHED}

    @override
    def on_any_event(self, event: FileSystemEvent) -> None:
        # A drag inside the watched folders is one move: both ends are worth a look.
        for path in (event.src_path, event.dest_path):
            place = Path(os.fsdecode(path))
            folder = self._folders.get(place.parent)
            if folder and not place.name.startswith("."):
                self._watcher.notice(folder, place.name)


if __name__ == "__main__":
    sys.exit(main(FilesystemWatcher))
