"""The file watcher: dropped files become Items; dragged notes become Grants, and are carried out.

Events tell it when to look; a rescan every few seconds finds what events miss. Where the file
system sends no events, the rescan alone does the work.
"""

from __future__ import annotations

import logging
import queue
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, override

from watchdog.events import FileSystemEvent, FileSystemEventHandler
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
#: How many events are kept; more than that and the rescan does the work.
_EVENTS: Final = 10_000
_JOIN_S: Final = 5.0


class FilesystemWatcher(Watcher):
    """Watches Inbox/ and the three decision folders, and runs what was granted."""

    name: ClassVar[str] = "filesystem"
    every_s: float = RESCAN_S

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._events: queue.Queue[tuple[Folder, str]] = queue.Queue(_EVENTS)

    @override
    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Be the only one that performs, with events where the file system sends them."""
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
        for folder in (Folder.INBOX, *DECISION_FOLDERS):
            observer.schedule(_Handler(self, folder), str(self.engine.vault.path(folder)))
        observer.start()
        return observer

    def notice(self, folder: Folder, name: str) -> None:
        """Take an event: this file is worth a look."""
        try:
            self._events.put_nowait((folder, name))
        except queue.Full:
            _log.info("more events than can be kept; the rescan finds the rest")
        self.wake()

    @override
    def round(self) -> None:
        if self._look_at_events():
            self.engine.carry_out()
        else:
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
    """Turns events of one folder into names to look at."""

    def __init__(self, watcher: FilesystemWatcher, folder: Folder) -> None:
        self._watcher = watcher
        self._folder = folder

    @override
    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in {"opened", "closed_no_write"}:
            return
        # A drag inside the watched folders is one move: both ends are worth a look.
        for path in (event.src_path, getattr(event, "dest_path", "")):
            name = Path(str(path)).name
            if name and not name.startswith("."):
                self._watcher.notice(self._folder, name)


if __name__ == "__main__":
    sys.exit(main(FilesystemWatcher))
