"""The owner's hand: what he did to one note in a folder of decisions, and what follows from it.

A note is a signal, never the payload: what runs comes from the journal. A file counts only when it
is a plain note, is registered under its name, and equals the registered version.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.approval.decisions import DELETED
from utils.core.errors import NoteError
from utils.core.lifecycle import GRANTED_STATES, OPEN_STATES, Folder
from utils.core.meaning import Meaning, Sign, Terms, edits, meaning_of
from utils.core.proposal_page import read_back
from utils.owner_notes.strangers import trouble_of

if TYPE_CHECKING:
    from utils.approval.decisions import Decisions
    from utils.approval.revision import Revisions
    from utils.core.model import Proposal
    from utils.core.proposal_page import Shown
    from utils.journal import Journal
    from utils.obsidian.listing import NoteFile
    from utils.owner_notes.alerts import Alerts
    from utils.owner_notes.proposals import ProposalNotes
    from utils.owner_notes.strangers import Strangers
    from utils.settings import Settings
    from utils.storage.rows import Tracked
    from utils.times.clock import Clock, Rests, Steady
    from utils.vault import Vault

#: How long a file that cannot be read yet may stay: a slow writer may still be at it.
_WRITING_S: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class OwnersHand:
    """Follows what the owner did to a note.

    Args:
        vault: Where the notes lie.
        journal: What is registered.
        decisions: Keeps what was decided.
        notes: Puts notes right that are not where they belong.
        strangers: Put away what is no note of ours.
        revisions: Take edited text over.
        alerts: Tells the owner what could not be taken for a decision.
        settings: How long a version must have stood.
        rests: Whether it has.
        clock: The time.
        steady: Counts seconds.
    """

    vault: Vault
    journal: Journal
    decisions: Decisions
    notes: ProposalNotes
    strangers: Strangers
    revisions: Revisions
    alerts: Alerts
    settings: Settings
    rests: Rests
    clock: Clock
    steady: Steady
    #: Notes that were dragged to Approved/ and are not kept yet.
    _yeses: list[Tracked] = field(default_factory=list)
    _first_seen: dict[tuple[Folder, str, int], float] = field(default_factory=dict)

    def begin(self) -> None:
        """Begin a look: what an earlier one could not keep any more is looked at anew."""
        self._yeses.clear()

    def keep_yeses(self) -> None:
        """Keep every yes that was read since the look began, or the last time."""
        self.decisions.grant_all(self._yeses, how=Sign.DRAGGED)
        self._yeses.clear()

    def judge(self, folder: Folder, file: NoteFile, tracked: Tracked | None) -> bool:
        """Act on one file; return whether it needs no second look until it changes."""
        trouble = trouble_of(file)
        if tracked is None or trouble:
            return self.strangers.put_away(folder, file, trouble)
        terms = Terms(
            editable=self.notes.editable(tracked.proposal.operation),
            zone=self.settings.zone,
        )
        try:
            shown = read_back(self.vault.read(folder, file.name), editable=terms.editable)
        except FileNotFoundError:
            return False
        except NoteError as error:
            return self._unreadable(folder, file, tracked, error)
        if shown.id != tracked.proposal.id:
            return self._mixed_up(folder, file, tracked)
        stood = self._has_stood(tracked.proposal)
        meaning = meaning_of(folder, tracked.proposal, shown, terms, stood=stood)
        return self._follow(meaning, folder, tracked, shown)

    def _has_stood(self, proposal: Proposal) -> bool:
        """Return whether this version has stood for long enough for a yes to count."""
        stand = timedelta(seconds=self.settings.stand_s)
        return self.rests.is_over(
            f"version of {proposal.id}", proposal.revised_at + stand, longest=stand
        )

    def _follow(self, meaning: Meaning, folder: Folder, tracked: Tracked, shown: Shown) -> bool:
        """Do what a note means; return whether it needs no second look until it changes."""
        match meaning.sign:
            case Sign.NOTHING:
                return True
            case Sign.LATER:
                return False
            case Sign.DRAGGED:
                self._yeses.append(tracked)
                return False
            case Sign.TICKED:
                return self._ticked(tracked)
            case Sign.NO:
                how = "drag" if folder is Folder.REJECTED else "checkbox"
                return self.decisions.refuse(tracked, how=how, comment=shown.comment)
            case Sign.TAKEN_BACK:
                return self._taken_back(tracked)
            case Sign.CHANGED:
                return self._changed(tracked, shown, meaning.reason)
            case Sign.TOO_LATE:
                return self._too_late(tracked, folder)

    def _changed(self, tracked: Tracked, shown: Shown, reason: str) -> bool:
        # What is granted could go out, as it was, while somebody looks up what it is now.
        at_once = tracked.state in GRANTED_STATES
        texts = edits(tracked.proposal, shown)
        revised = self.revisions.of(tracked.proposal, texts, at_once=at_once)
        return revised is not None and self.decisions.ask_again(tracked, revised, reason)

    def _ticked(self, tracked: Tracked) -> bool:
        if not self.decisions.grant(tracked, how=Sign.TICKED):
            return False
        if granted := self.journal.find(tracked.proposal.id):
            self.notes.show(granted)
        return True

    def _taken_back(self, tracked: Tracked) -> bool:
        if self.vault.holds(Folder.APPROVED, tracked.proposal.note):
            # It is on its way between two folders: the one in Approved/ still counts.
            return False
        reason = "You took it back before it ran; approve it again when you like."
        return self.decisions.hold(tracked, reason, actor="owner")

    def _unreadable(
        self, folder: Folder, file: NoteFile, tracked: Tracked, error: NoteError
    ) -> bool:
        since = self._first_seen.setdefault((folder, file.name, file.inode), self.steady())
        if self.steady() - since < _WRITING_S:
            return False
        if folder is Folder.REJECTED:
            return self.decisions.refuse(tracked, how="drag")
        if tracked.state in OPEN_STATES | GRANTED_STATES:
            reason = f"The note could not be read, so it was made anew ({error.detail})."
            return self.decisions.ask_again(tracked, tracked.proposal, reason)
        return True

    def _mixed_up(self, folder: Folder, file: NoteFile, tracked: Tracked) -> bool:
        """Make a note anew that holds another note's words; nothing is taken from them."""
        self.strangers.put_away(folder, file, "it carries the id of another note")
        if tracked.state in OPEN_STATES | GRANTED_STATES:
            reason = "The words of another note stood here, so it was made anew."
            self.decisions.ask_again(tracked, tracked.proposal, reason)
        return True

    def _too_late(self, tracked: Tracked, folder: Folder) -> bool:
        """Take a note away that came back after its Proposal was finished."""
        if not tracked.filed:
            self.notes.file(tracked)
            return True
        proposal = tracked.proposal
        was_gone = f"({DELETED})" in proposal.reason
        again = " It had been gone for a while, which counts as a no." if was_gone else ""
        # Once a day: a sync client may bring the same copy back every minute.
        self.alerts.raise_(
            f"late {proposal.id} {folder} {self.clock():%Y-%m-%d}",
            f"{proposal.headline}: too late",
            f"{proposal.note} came to {folder} although it is already {proposal.state}.{again} "
            "Nothing was run again; it lies in Completed. Ask for it anew if you still want it.",
        )
        self.vault.move(folder, proposal.note, Folder.COMPLETED)
        return True
