"""The kill switch: `STOP.md` or `orchestrator.py stop`; nothing live until `resume`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from utils.core.lifecycle import STOP_NOTE
from utils.core.model import Entry
from utils.vault import TOP

if TYPE_CHECKING:
    from utils.journal import Journal
    from utils.vault import Vault


@dataclass(frozen=True, kw_only=True)
class KillSwitch:
    """Tells whether everything live is stopped, and turns that on and off.

    The note is only the owner's hand on the switch: once seen, the journal keeps it on in every
    process and across restarts, even where the note is deleted again.

    Args:
        vault: Where ``STOP.md`` may lie.
        journal: Where the switch stands.
    """

    vault: Vault
    journal: Journal

    def is_on(self) -> bool:
        """Return whether every live call is stopped."""
        if self.journal.stopped():
            return True
        if not self.vault.holds(TOP, STOP_NOTE):
            return False
        self.stop(how="STOP.md")
        return True

    def stop(self, *, how: str) -> None:
        """Stop every live call, in every process."""
        entry = Entry(action="stop", actor="owner", parameters={"how": how}, result="stopped")
        self.journal.set_stop(entry, stopped=True)

    def resume(self) -> None:
        """Let live calls happen again; what was granted and has not expired goes on."""
        self.vault.remove(TOP, STOP_NOTE)
        entry = Entry(action="resume", actor="owner", result="resumed")
        self.journal.set_stop(entry, stopped=False)
