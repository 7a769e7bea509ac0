"""Notes that are nowhere: deleted by the owner, on their way by sync, or lost with a folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from utils.approval.decisions import DELETED
from utils.core.lifecycle import GRANTED_STATES, OPEN_STATES
from utils.storage.bookmarks import Bookmarks
from utils.times.clock import steady_s, utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.approval.decisions import Decisions
    from utils.core.lifecycle import Folder
    from utils.journal import Journal
    from utils.owner_notes.alerts import Alerts
    from utils.owner_notes.copies import NoteCopies
    from utils.storage.rows import Tracked
    from utils.times.clock import Clock, Steady

#: How long a note may be nowhere before that counts as deleted: moves by sync are two events.
_GONE_S: Final = 10.0
_ONLY_A_COPY: Final = (
    "Only a copy that a sync program made was left of this note, so it was made anew."
)


@dataclass(kw_only=True)
class MissingNotes:
    """Takes open notes that are nowhere for deleted, unless a whole folder vanished.

    Args:
        journal: What is registered.
        decisions: Keeps that a deleted note is a no.
        copies: Knows of which notes a copy is left.
        alerts: Tells the owner when all notes are gone at once.
        clock: The time.
        steady: Counts seconds.
    """

    journal: Journal
    decisions: Decisions
    copies: NoteCopies
    alerts: Alerts
    clock: Clock = utc_now
    steady: Steady = steady_s
    #: Names of notes that are known to have been in this machine's copy of the vault.
    _here: set[str] = field(default_factory=set)
    #: Proposal to when its note was first missed, by the steady clock.
    _since: dict[str, float] = field(default_factory=dict)

    def look(self, present: Mapping[str, Folder]) -> None:
        """Compare what lies in the folders with what is open.

        Args:
            present: Name to folder of every file that lies in one of the three.
        """
        self._note_here(set(present))
        missing = self._missing(present)
        ids = {tracked.proposal.id for tracked in missing}
        self._since = {id_: since for id_, since in self._since.items() if id_ in ids}
        if len(missing) > 1 and not present:
            self._tell_of_emptied()
            return
        copied = self.copies.ids_left(present)
        for tracked in missing:
            since = self._since.setdefault(tracked.proposal.id, self.steady())
            if self.steady() - since >= _GONE_S:
                with self.alerts.apart(tracked.proposal.id):
                    self._decide(tracked, is_copied=tracked.proposal.id in copied)

    def _decide(self, tracked: Tracked, *, is_copied: bool) -> None:
        if is_copied:
            self.decisions.ask_again(tracked, tracked.proposal, _ONLY_A_COPY)
        else:
            self.decisions.refuse(tracked, how=DELETED)

    def _missing(self, present: Mapping[str, Folder]) -> list[Tracked]:
        bookmarks = Bookmarks(database=self.journal.database)
        return [
            tracked
            for tracked in self.journal.in_states(OPEN_STATES | GRANTED_STATES)
            if tracked.shown
            and not tracked.proposal.group
            and tracked.proposal.note not in present
            and bookmarks.was_note_here(tracked.proposal.id)
        ]

    def _note_here(self, names: set[str]) -> None:
        """Remember which notes have been in this machine's copy of the vault."""
        if not self.journal.database.machine:
            return
        bookmarks = Bookmarks(database=self.journal.database)
        for name in names - self._here:
            if tracked := self.journal.named(name):
                bookmarks.note_here(tracked.proposal.id, now=self.clock())
        self._here = names

    def _tell_of_emptied(self) -> None:
        self.alerts.raise_(
            f"emptied {self.clock():%Y-%m-%d}",
            "All waiting notes are gone",
            "Every waiting note vanished at once. I took none of them for withdrawn; "
            "bring the folders back, or delete the notes one at a time.",
        )
