"""What may be decided about a Proposal that is already there, each kept in one step."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Final

from utils.core.entries import entry_about
from utils.core.errors import NoteError, UnknownOperationError
from utils.core.lifecycle import GRANTED_STATES, OPEN_STATES, State
from utils.core.model import Grant
from utils.core.operation import HELD_EFFECTS, Effect
from utils.storage.steps import Change
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from utils.core.model import Entry, Proposal
    from utils.journal import Journal
    from utils.owner_notes.proposals import ProposalNotes
    from utils.settings import Settings
    from utils.storage.rows import Tracked
    from utils.times.clock import Clock, Rests

_log: Final = logging.getLogger(__name__)
#: How long after its time a planned Proposal may still run by itself (ours, decision 0005).
MISSED_AFTER: Final = timedelta(minutes=30)
#: How many yeses are kept in one step: nobody else can write meanwhile (ours).
_BATCH: Final = 50

#: How a note says no that is nowhere any more.
DELETED: Final = "deleted"


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """Keeps the owner's answers, and what time decides.

    Every method returns whether the decision still could be kept: a Proposal that has gone on in
    the meantime is left alone.

    Args:
        journal: The truth.
        notes: Where the owner sees it.
        settings: The hold and the expiry.
        rests: Whether a hold is over.
        clock: The time.
    """

    journal: Journal
    notes: ProposalNotes
    settings: Settings
    rests: Rests
    clock: Clock = field(default=utc_now)

    def grant(self, tracked: Tracked, *, how: str) -> bool:
        """Keep the owner's yes to exactly this version; ``how`` is ``drag`` or ``checkbox``."""
        proposal = tracked.proposal
        now = self.clock()
        grant = Grant(
            proposal_id=proposal.id,
            digest=proposal.digest,
            by="owner",
            how=how,
            given_at=now,
        )
        entry = entry_about(
            proposal, actor="owner", result=State.GRANTED, approval="granted_by_owner", how=how
        )
        hold = hold_until(proposal, self.settings, now)
        change = Change(
            proposal=as_granted(proposal),
            grant=grant,
            hold_until=hold,
            # A ticked note still has to be brought to Approved/, also after a crash.
            reshow=how == "checkbox",
        )
        return self.journal.move(proposal, State.GRANTED, entry, change=change)

    def grant_all(self, yeses: Iterable[Tracked], *, how: str) -> None:
        """Keep several yeses as ``grant`` does, with one flush for a batch of them."""
        for some in batched(yeses, _BATCH, strict=False):
            with self.journal.database.step():
                for tracked in some:
                    self.grant(tracked, how=how)

    def is_due(self, tracked: Tracked) -> bool:
        """Return whether the time has come for what is granted, its hold over."""
        runs_at, longest = tracked.proposal.runs_at, timedelta(seconds=self.settings.hold_s)
        held = f"hold of {tracked.proposal.id}"
        return (runs_at is None or runs_at <= self.clock()) and self.rests.is_over(
            held, tracked.hold_until, longest=longest
        )

    def refuse(self, tracked: Tracked, *, how: str, comment: str = "") -> bool:
        """Keep the owner's no, with his words where he left some."""
        words = f": {comment}" if comment else "."
        said = _because(tracked.proposal, f"You said no ({how}){words}")
        entry = entry_about(
            said,
            actor="owner",
            result=State.REFUSED,
            approval="refused",
            how=how,
            comment=comment,
        )
        return self._move(tracked, said, State.REFUSED, Change(proposal=said), entry)

    def withdraw(self, tracked: Tracked, reason: str) -> bool:
        """Take a Proposal back that is not true any more, saying why."""
        said = _because(tracked.proposal, reason)
        entry = entry_about(
            said, actor="reports", result=State.REFUSED, approval="refused", how=reason
        )
        return self._move(tracked, said, State.REFUSED, Change(proposal=said), entry)

    def hold(self, tracked: Tracked, reason: str, *, actor: str) -> bool:
        """Set a granted Proposal aside until the owner decides again, saying why."""
        # What is asked again is asked by itself, with a note of its own.
        held = _because(tracked.proposal, reason).model_copy(update={"group": ""})
        entry = entry_about(held, actor=actor, result=State.HELD, approval="asked", how=reason)
        change = Change(proposal=held, reshow=True)
        return self._move(tracked, held, State.HELD, change, entry)

    def ask_again(self, tracked: Tracked, revised: Proposal, reason: str) -> bool:
        """Ask about a new version of a Proposal, saying why.

        Args:
            tracked: The Proposal as it was read.
            revised: The same, with whatever changed.
            reason: Why it is asked again, one sentence.
        """
        asked = self._asked(tracked, revised, reason)
        if not self._fits(asked):
            too_long = "What was changed makes the note too long to be shown, so it was put back."
            asked = self._asked(tracked, tracked.proposal, too_long)
        entry = entry_about(
            asked, actor="gate", result=State.PENDING, approval="asked", how=asked.reason
        )
        change = Change(proposal=asked, reshow=True)
        return self._move(tracked, asked, State.PENDING, change, entry)

    def _fits(self, asked: Proposal) -> bool:
        try:
            self.notes.page_of(asked)
        except NoteError:
            return False
        except UnknownOperationError:
            # Its service was taken away; that is told where its note is missed.
            return True
        return True

    def _asked(self, tracked: Tracked, revised: Proposal, reason: str) -> Proposal:
        """Return the next version of a Proposal, as it is asked."""
        now = self.clock().astimezone(UTC)
        expiry = timedelta(hours=self.settings.approval_expiry_hours)
        planned = revised.runs_at
        # A time that went by meanwhile would close the question before anybody could answer it.
        runs_at = planned if planned and planned > now else None
        return _because(revised, reason).model_copy(
            update={
                "version": tracked.proposal.version + 1,
                "state": State.PENDING,
                # What is asked again is asked by itself, with a note of its own.
                "group": "",
                "revised_at": now,
                "runs_at": runs_at,
                "expires_at": runs_at or now + expiry,
            }
        )

    def expire(self) -> None:
        """Close what nobody answered in time, and ask again about what missed its time."""
        now = self.clock()
        for tracked in self.journal.in_states(OPEN_STATES | GRANTED_STATES):
            if tracked.proposal.expires_at > now:
                continue
            planned = tracked.proposal.runs_at
            if planned and tracked.state in GRANTED_STATES:
                local = planned.astimezone(self.settings.zone)
                reason = f"It missed its time, {local:%A %d %B, %H:%M}; approve it to run now."
                self.ask_again(tracked, tracked.proposal, reason)
            else:
                self._close(tracked)

    def _close(self, tracked: Tracked) -> None:
        late = _because(tracked.proposal, _why_late(tracked))
        entry = entry_about(late, actor="gate", result=State.EXPIRED, approval="expired")
        self._move(tracked, late, State.EXPIRED, Change(proposal=late), entry)

    def _move(
        self, tracked: Tracked, after: Proposal, to: State, change: Change, entry: Entry
    ) -> bool:
        """Take the step, then bring the note along."""
        if not self.journal.move(tracked.proposal, to, entry, change=change):
            return False
        now_tracked = self.journal.find(after.id)
        try:
            if now_tracked and to in OPEN_STATES:
                self.notes.show(now_tracked)
            elif now_tracked:
                self.notes.file(now_tracked)
        except (NoteError, UnknownOperationError, FileNotFoundError) as error:
            # The decision is kept; the note is brought along, or complained of, by the next sweep.
            _log.warning("the note of %s lags behind: %s", after.id, error)
        return True


def _why_late(tracked: Tracked) -> str:
    if tracked.state not in GRANTED_STATES:
        return "Nobody answered in time; ask for it again if needed."
    why = f": {tracked.outcome.detail}" if tracked.outcome else "."
    return f"You approved it, but it could not go out in time{why} Ask for it again if needed."


def as_granted(proposal: Proposal) -> Proposal:
    """Return a Proposal as granted; a planned one may then run until a little after its time."""
    update: dict[str, object] = {"state": State.GRANTED}
    if proposal.runs_at:
        update["expires_at"] = proposal.runs_at + MISSED_AFTER
    return proposal.model_copy(update=update)


def hold_until(proposal: Proposal, settings: Settings, now: datetime) -> datetime:
    """Return until when a granted Proposal may still be taken back before it runs."""
    held = Effect(proposal.effect) in HELD_EFFECTS
    return now + timedelta(seconds=settings.hold_s if held else 0)


def _because(proposal: Proposal, reason: str) -> Proposal:
    return proposal.model_copy(update={"reason": reason})
