"""What the employee looks at in itself: its journal, the room on its disks, its children."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.errors import JournalError
from utils.health.troubles import Troubles
from utils.health_monitor import RESTARTS
from utils.resource_monitor import MEGABYTE, burden_of, free_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.assembly.ground import Ground
    from utils.health_monitor import Health

#: How much more room than the limit there has to be before the owner is told that it is over.
_AMPLE: Final = 1.25
#: What nobody does while a child is down, by its name.
_DOES: Final = {
    "filesystem": "Dropped files and your decisions",
    "gmail": "New mails",
    "whatsapp": "New chats",
}


@dataclass(frozen=True, kw_only=True)
class SelfCheck:
    """Looks at what could go wrong with the employee itself, and tells the owner.

    Args:
        ground: The home.
    """

    ground: Ground

    def look(self, children: Mapping[str, Health], now: float) -> None:
        """Look at everything once.

        Args:
            children: How each has been, by its name.
            now: The time by the clock of ``Health``.

        Raises:
            VaultMissingError: The vault is not there, so nobody can be told.
            JournalError: The journal does not work.
            OSError: The disk did not take what had to be told.
        """
        self._look_at_disk()
        for name, health in children.items():
            self._look_at_child(name, health, now)

    def is_well(self) -> bool:
        """Return whether what everything rests on can be read."""
        try:
            self.ground.journal.head()
        except JournalError:
            return False
        return True

    def too_much(self, pid: int) -> str:
        """Return what a child uses too much of, such as ``600 MB of memory``, or ""."""
        burden, settings = burden_of(pid), self.ground.settings
        if burden.memory_bytes > settings.max_watcher_memory_mb * MEGABYTE:
            return f"{burden.memory_bytes // MEGABYTE} MB of memory"
        if burden.open_files > settings.max_watcher_files:
            return f"{burden.open_files} open files"
        return ""

    @property
    def _troubles(self) -> Troubles:
        return Troubles(alerts=self.ground.alerts(), bookmarks=self.ground.bookmarks)

    def _look_at_disk(self) -> None:
        settings = self.ground.settings
        free = free_bytes((settings.state_dir, settings.vault_dir))
        limit = settings.min_free_disk_mb * MEGABYTE
        if free is None or free >= limit * _AMPLE:
            self._troubles.ends("disk", "There is room again, and the work goes on.")
        elif free < limit:
            text = (
                f"Only {free // MEGABYTE} MB are free. Until there are "
                f"{settings.min_free_disk_mb} MB again, nothing new is taken in and nothing that "
                "you approve goes out; all of it waits. The log is still written.\n"
                "Make room on the disk; the work goes on by itself."
            )
            self._troubles.begins("disk", "The disk is nearly full", text)

    def _look_at_child(self, name: str, health: Health, now: float) -> None:
        if health.degraded:
            text = (
                f"The {name} watcher was started again {RESTARTS} times, and failed each time; "
                f"the last time {health.why}. It is tried again now and then, and everything "
                "else goes on.\n"
                "What it said last stands in the terminal, or in `journalctl --user`."
            )
            title = f"{_DOES.get(name, name)} are not looked at"
            self._troubles.begins(f"watcher {name}", title, text)
        elif health.steady(now) and not health.failures:
            self._troubles.ends(f"watcher {name}", f"The {name} watcher works again.")
