"""The one writer of `Heartbeat.md`: tells Obsidian that the employee was alive a moment ago.

When nobody writes it any more, the line on top of the dashboard turns red by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from utils.core import notes
from utils.vault import TOP

if TYPE_CHECKING:
    from utils.assembly.ground import Ground
    from utils.core.front_matter import Front

HEARTBEAT_NOTE: Final = "Heartbeat.md"
#: How often it is written, in a sync client's interest: each time is a version of its own.
PACE: Final = timedelta(minutes=5)
_BODY: Final = "The employee writes this note every five minutes while it is at work.\n"


@dataclass(kw_only=True)
class HeartbeatNote:
    """Writes the note at its pace, and at once when the kill switch is turned.

    Args:
        ground: The vault, the switch, the settings and the clock.
    """

    ground: Ground
    _told: tuple[datetime, bool] | None = None

    def beat(self) -> None:
        """Write the note where it is time.

        Raises:
            VaultMissingError: The vault is not there.
            JournalError: The kill switch could not be read.
        """
        now, stopped = self.ground.clock(), self.ground.journal.stopped()
        if self._told and self._told[1] == stopped and timedelta(0) <= now - self._told[0] < PACE:
            return
        # Obsidian knows no zones: it compares with the clock of the machine it runs on.
        local = now.astimezone(self.ground.settings.zone).replace(tzinfo=None)
        front: dict[str, Front] = {
            "heartbeat": local.isoformat(timespec="seconds"),
            "stopped": stopped,
            "dry_run": self.ground.settings.dry_run,
        }
        self._write(notes.render(front, _BODY))
        self._told = (now, stopped)

    def _write(self, text: str) -> None:
        try:
            self.ground.vault.write(TOP, HEARTBEAT_NOTE, text)
        except IsADirectoryError:
            return
