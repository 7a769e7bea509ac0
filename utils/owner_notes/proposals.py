"""The note of each Proposal: written into the folder of its state, and filed at the end."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from utils.core.errors import NoteError
from utils.core.lifecycle import (
    DECISION_FOLDERS,
    FINAL_STATES,
    PERFORMED_STATES,
    Folder,
    State,
    folder_of,
)
from utils.core.model import Outcome, OutcomeKind
from utils.core.proposal_page import completed_page, page
from utils.obsidian.listing import Kind
from utils.storage.bookmarks import Bookmarks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from zoneinfo import ZoneInfo

    from utils.catalogue import Catalogue
    from utils.core.model import Grant, Proposal
    from utils.journal import Journal
    from utils.owner_notes.alerts import Alerts
    from utils.storage.rows import Tracked
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

    def page_of(self, proposal: Proposal) -> str:
        """Return the note that asks for, or announces, a Proposal.

        Raises:
            NoteError: The Proposal is too large for a note.
        """
        return page(proposal, editable=self.editable(proposal.operation), zone=self.zone)

    def show(self, tracked: Tracked) -> None:
        """Write the note of a Proposal that is not finished into the folder of its state.

        A note that lies in another decision folder is taken along, never doubled. Of several
        machines one writes it.

        Raises:
            NoteError: The vault does not let the note be written.
        """
        with self._turn(tracked, "shown") as ours:
            if ours:
                self._show(tracked)
                bookmarks = Bookmarks(database=self.journal.database)
                bookmarks.note_here(tracked.proposal.id, now=self.journal.clock())

    @contextmanager
    def _turn(self, tracked: Tracked, mark: str) -> Iterator[bool]:
        """Be the one who writes this note now; another machine may have, or be at it."""
        database = self.journal.database
        with database.alone(f"note {tracked.proposal.id}") as ours:
            done = False
            if ours and database.machine and not getattr(tracked, mark):
                now = self.journal.find(tracked.proposal.id)
                done = now is not None and getattr(now, mark)
            yield ours and not done

    def _show(self, tracked: Tracked) -> None:
        proposal = tracked.proposal
        if proposal.group:
            self.journal.mark_note(proposal.id, shown=True)
            return
        folder = folder_of(proposal.state)
        text = self.page_of(proposal)
        if folder is not Folder.APPROVED:
            self._bring(proposal.note, folder)
            # Before the note stands: whoever drags it at once must not lose it.
            self._clear(proposal.note, keep=folder)
            self.vault.write(folder, proposal.note, text)
        elif tracked.grant and not _was_dragged(tracked.grant):
            self._clear(proposal.note, keep=folder)
            self.vault.park(tracked.grant, proposal.note, text)
        self.journal.mark_note(proposal.id, shown=True)

    def file(self, tracked: Tracked, *, decided: str = "") -> None:
        """Put the note of a finished Proposal where it stays, with what came of it on top.

        A note that the owner dragged to Rejected/ is left as he put it.
        """
        with self._turn(tracked, "filed") as ours:
            if ours:
                self._put_away(tracked, decided)
                self.journal.mark_filed([tracked.proposal.id])

    def file_all(self, finished: Collection[Tracked], alerts: Alerts) -> None:
        """Put the notes of finished Proposals where they stay, each folder flushed once.

        One that cannot be filed keeps none of the others from it.
        """
        filed = []
        with self.vault.together():
            for tracked in finished:
                name = tracked.proposal.id
                apart = alerts.apart(f"The finished note of {name}")
                with apart, self._turn(tracked, "filed") as ours:
                    if ours:
                        self._put_away(tracked, "")
                        filed.append(name)
        if filed:
            self.journal.mark_filed(filed)

    def _put_away(self, tracked: Tracked, decided: str) -> None:
        proposal = tracked.proposal
        was_put_there = proposal.state is State.REFUSED and self.vault.holds(
            Folder.REJECTED, proposal.note
        )
        if proposal.group or was_put_there:
            return
        text = self._completed(tracked, decided)
        self._bring(proposal.note, Folder.COMPLETED)
        if text:
            self.vault.write(Folder.COMPLETED, proposal.note, text)

    def _completed(self, tracked: Tracked, decided: str) -> str:
        """Return the finished note, or "" where what came of it does not fit in any more."""
        proposal = tracked.proposal
        happened = tracked.outcome if proposal.state in PERFORMED_STATES else None
        outcome = happened or Outcome(kind=_OUTCOMES[proposal.state], detail=proposal.reason)
        try:
            return completed_page(
                proposal,
                outcome,
                editable=self.editable(proposal.operation),
                zone=self.zone,
                decided=decided or _decided(tracked),
            )
        except NoteError:
            return ""

    def heal(self, alerts: Alerts) -> None:
        """Make the folders follow the journal after a crash: write and file what is missing."""
        open_states = [state for state in State if state not in FINAL_STATES]
        for tracked in self.journal.in_states(open_states):
            if not tracked.shown:
                with alerts.apart(f"The note of {tracked.proposal.id}"):
                    self._show_missing(tracked)
        if unfiled := self.journal.unfiled():
            self.file_all(unfiled, alerts)

    def _show_missing(self, tracked: Tracked) -> None:
        proposal = tracked.proposal
        is_first = proposal.state is State.PENDING and proposal.version == 1
        if is_first and any(self.vault.holds(place, proposal.note) for place in DECISION_FOLDERS):
            # It was written before the crash, and may have been dragged since.
            self.journal.mark_note(proposal.id, shown=True)
        else:
            self.show(tracked)

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
        """Remove every other copy, so that an older one is not taken for an answer again."""
        for folder in DECISION_FOLDERS:
            copy = self.vault.find(folder, name) if folder is not keep else None
            if copy and copy.kind is Kind.NOTE:
                self.vault.remove(folder, name)


def _was_dragged(grant: Grant) -> bool:
    """Return whether the owner moved the note into Approved himself."""
    return grant.by == "owner" and grant.how != "checkbox"


def _decided(tracked: Tracked) -> str:
    if tracked.grant is None:
        return ""
    if tracked.grant.by != "owner":
        return f"Your rules said yes ({tracked.grant.how.replace('_', ' ')})."
    return f"You said yes ({tracked.grant.how})."
