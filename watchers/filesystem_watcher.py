"""The file watcher: dropped files become Items; dragged notes become Grants, and are carried out.

Events tell it when to look; a rescan every few seconds finds what events miss. Where the file
system sends no events, the rescan alone does the work.
"""

from __future__ import annotations

import logging
import queue
import sys
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final, override

from utils.core.lifecycle import Folder
from utils.io_optimizer import SIGHT
from utils.sole_process import sole_executor
from utils.system.mounts import MOUNTINFO
from watchers.base_watcher import Watcher, main
from watchers.vault_events import VaultEvents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from utils.assembly.engine import Engine

_log: Final = logging.getLogger(__name__)
#: How often everything is looked at again, in seconds (design, section 6: at most 15).
RESCAN_S: Final = 3.0
#: How long one service's answer may hold up everything else, in seconds (decision 0012).
PATIENCE_S: Final = 0.5
#: How many events are kept; more than that and the rescan does the work.
_EVENTS: Final = 10_000


class FilesystemWatcher(Watcher):
    """Watches Inbox/ and the three decision folders, and runs what was granted."""

    name: ClassVar[str] = "filesystem"
    every_s: float = RESCAN_S

    def __init__(self, engine: Engine, mountinfo: Path = MOUNTINFO) -> None:
        super().__init__(engine)
        self._rescan_at = 0.0
        self.sight = VaultEvents(engine.vault, self.notice, self._lose, mountinfo)
        self._lost_at = ""
        self._told_of_sight = ""
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
            self.sight.keep()
            try:
                with self.engine.journal.database.bell(self.wake):
                    yield
            finally:
                self.sight.stop()

    def _lose(self) -> None:
        """Look at everything at once: events got lost."""
        self._lost_at = f"{self.engine.clock():%Y-%m-%d %H:%M} UTC"
        self._rescan_at = 0.0
        self.wake()

    def _tell_of_sight(self) -> None:
        """Keep for the status how changes come to be noticed, where that has changed."""
        told = "by events"
        if self.sight.trouble:
            told = f"by polling: {self.sight.trouble}"
        elif self._lost_at:
            told = f"by events; some got lost at {self._lost_at}, and everything was looked at"
        if told != self._told_of_sight:
            self.engine.bookmarks.set_cursor(SIGHT, told)
            self._told_of_sight = told

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
            self.sight.keep()
            self._tell_of_sight()
            self.engine.pass_once()

    def _look_at_events(self) -> bool:
        """Look at the notes that events named; return whether there were any."""
        events = [self._events.get_nowait() for _ in range(self._events.qsize())]
        places = dict.fromkeys(place for place in events if place[0] is not Folder.INBOX)
        self.engine.folders.look(*places)
        return bool(places)


if __name__ == "__main__":
    sys.exit(main(FilesystemWatcher))
