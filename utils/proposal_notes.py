"""The note of each Proposal: written into the folder of its state, and filed at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from utils.core.lifecycle import DECISION_FOLDERS, FINAL_STATES, Folder, State, folder_of
from utils.core.model import Outcome, OutcomeKind
from utils.core.proposal_page import completed_page, page

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from utils.catalogue import Catalogue
    from utils.journal import Journal
    from utils.journal_rows import Tracked
    from utils.vault import Vault

_OUTCOMES = {
    State.REFUSED: OutcomeKind.REFUSED,
    State.EXPIRED: OutcomeKind.EXPIRED,
    State.FAILED: OutcomeKind.FAILED,
    State.DONE: OutcomeKind.DONE,
}


@dataclass(frozen=True, kw_only=True)
class ProposalNotes:
    """Keeps the notes in step with the journal; a part of a composite has no note of its own.

    Args:
        vault: Where the notes lie.
        journal: What is true; remembers which notes were written.
        catalogue: Knows which fields of an Operation may be edited.
        zone: The owner's zone, for times that a person reads.
    """

    vault: Vault
    journal: Journal
    catalogue: Catalogue
    zone: ZoneInfo

    def show(self, tracked: Tracked) -> None:
        """Write the note of a Proposal that is not finished into the folder of its state.

        A note that lies in another decision folder is taken along, never doubled.

        Raises:
            NoteError: The vault does not let the note be written.
        """
        proposal = tracked.proposal
        if proposal.group:
            self.journal.mark_note(proposal.id, shown=True)
            return
        folder = folder_of(proposal.state)
        text = page(proposal, editable=self.editable(proposal.operation), zone=self.zone)
        if folder is Folder.APPROVED:
            if tracked.grant:
                self.vault.park(tracked.grant, proposal.note, text)
                self._clear(proposal.note, keep=folder)
        else:
            self._bring(proposal.note, folder)
            self.vault.write(folder, proposal.note, text)
        self.journal.mark_note(proposal.id, shown=True)

    def file(self, tracked: Tracked, *, decided: str = "") -> None:
        """Put the note of a finished Proposal where it stays, with what came of it on top.

        A note that the owner dragged to Rejected/ is left as he put it.
        """
        proposal = tracked.proposal
        if proposal.group:
            self.journal.mark_note(proposal.id, shown=True, filed=True)
            return
        refused = proposal.state is State.REFUSED
        if not (refused and self.vault.holds(Folder.REJECTED, proposal.note)):
            outcome = tracked.outcome or Outcome(
                kind=_OUTCOMES[proposal.state], detail=proposal.reason
            )
            text = completed_page(
                proposal,
                outcome,
                editable=self.editable(proposal.operation),
                zone=self.zone,
                decided=decided or _decided(tracked),
            )
            self._bring(proposal.note, Folder.COMPLETED)
            self.vault.write(Folder.COMPLETED, proposal.note, text)
        self.journal.mark_note(proposal.id, shown=True, filed=True)

    def heal(self) -> None:
        """Make the folders follow the journal after a crash: write and file what is missing."""
        open_states = [state for state in State if state not in FINAL_STATES]
        for tracked in self.journal.in_states(open_states):
            if not tracked.shown:
                self.show(tracked)
        for tracked in self.journal.unfiled():
            self.file(tracked)

    def editable(self, operation: str) -> tuple[str, ...]:
        """Return the names of the text fields that the owner may edit."""
        return self.catalogue.operation(operation).editable

    def _bring(self, name: str, to: Folder) -> None:
        for folder in DECISION_FOLDERS:
            if (
                folder is not to
                and self.vault.holds(folder, name)
                and not self.vault.holds(to, name)
            ):
                self.vault.move(folder, name, to)

    def _clear(self, name: str, *, keep: Folder) -> None:
        for folder in DECISION_FOLDERS:
            if folder is not keep and self.vault.holds(folder, name):
                self.vault.remove(folder, name)


def _decided(tracked: Tracked) -> str:
    if tracked.grant is None:
        return ""
    return f"Granted by {'you' if tracked.grant.by == 'owner' else 'policy'} ({tracked.grant.how})"
