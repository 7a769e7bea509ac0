"""The folders in which the owner decides, looked through: each file once until it changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from utils.core.lifecycle import DECISION_FOLDERS, Folder
from utils.environment.roles import CLOUD
from utils.owner_notes.missing import MissingNotes

if TYPE_CHECKING:
    from utils.approval.decisions import Decisions
    from utils.approval.hand import OwnersHand
    from utils.journal import Journal
    from utils.obsidian.listing import NoteFile
    from utils.owner_notes.alerts import Alerts
    from utils.owner_notes.copies import NoteCopies
    from utils.owner_notes.proposals import ProposalNotes
    from utils.owner_notes.strangers import Strangers
    from utils.settings import Settings
    from utils.times.clock import Clock, Steady
    from utils.vault import Vault


@dataclass(kw_only=True)
class DecisionFolders:
    """Reads the owner's decisions out of the folders.

    Args:
        vault: Where the notes lie.
        journal: What is registered.
        decisions: Keeps what was decided.
        notes: Puts notes right that are not where they belong.
        copies: Tell notes from their copies.
        strangers: Put away what is no note of ours.
        hand: Follows what the owner did to each note.
        alerts: Tells the owner what could not be read.
        settings: What this machine decides.
        clock: The time.
        steady: Counts seconds.
    """

    vault: Vault
    journal: Journal
    decisions: Decisions
    notes: ProposalNotes
    copies: NoteCopies
    strangers: Strangers
    hand: OwnersHand
    alerts: Alerts
    settings: Settings
    clock: Clock
    steady: Steady
    _judged: dict[tuple[Folder, str], tuple[object, ...]] = field(default_factory=dict)

    @cached_property
    def _missing(self) -> MissingNotes:
        return MissingNotes(
            journal=self.journal,
            decisions=self.decisions,
            copies=self.copies,
            alerts=self.alerts,
            clock=self.clock,
            steady=self.steady,
        )

    def sweep(self) -> None:
        """Read all three folders, then look for notes that are nowhere.

        Raises:
            VaultMissingError: The vault is not there; nothing was taken for withdrawn.
        """
        self.vault.check()
        if self.settings.role == CLOUD:
            # It shows what it drafts; decisions are read where the owner makes them.
            self.notes.heal(self.alerts)
            return
        self.decisions.expire()
        self.notes.heal(self.alerts)
        self.hand.begin()
        present: dict[str, Folder] = {}
        # Rejected first: of two contradicting signals, the no counts.
        for folder in (Folder.REJECTED, Folder.APPROVED, Folder.PENDING):
            for found in self.vault.list(folder):
                present.setdefault(found.name, folder)
                with self.alerts.apart(f"{folder}/{found.name}"):
                    file = self.copies.put_right(folder, found)
                    present.setdefault(file.name, folder)
                    self._look(folder, file)
            self.hand.keep_yeses()
        self.strangers.tell_of_planted()
        self._missing.look(present)
        self._judged = {key: seen for key, seen in self._judged.items() if key[1] in present}

    def look(self, *places: tuple[Folder, str]) -> None:
        """Read files that events told of, by folder and name; the sweep finds what events miss."""
        if self.settings.role == CLOUD:
            return
        self.hand.begin()
        for folder, name in places:
            if folder in DECISION_FOLDERS and (file := self.vault.find(folder, name)):
                with self.alerts.apart(f"{folder}/{name}"):
                    self._look(folder, file)
        self.hand.keep_yeses()

    def _look(self, folder: Folder, file: NoteFile) -> None:
        tracked = self.journal.named(file.name)
        standing = (tracked.state, tracked.proposal.version, tracked.shown) if tracked else ()
        seen = (file.inode, file.mtime_ns, file.size, standing)
        if self._judged.get((folder, file.name)) == seen:
            return
        if self.hand.judge(folder, file, tracked):
            self._judged[folder, file.name] = seen
