"""The reconciler: finds out, by reads only, what became of a call without an answer.

It never sends anything. Where the service has it, it is done; where it certainly is not there
after the quiet window, the owner is asked again; where nobody can tell, he is asked to look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from utils.action_executor import lane_of, mark_of
from utils.core.canonical import canonical
from utils.core.entries import entry_about, published_as
from utils.core.errors import ConfigurationError, ServiceError, UnknownOperationError
from utils.core.lifecycle import State
from utils.core.model import Outcome, OutcomeKind
from utils.storage.steps import Change
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from utils.approval.decisions import Decisions
    from utils.catalogue import Catalogue, Reaches
    from utils.execution.quiet_windows import QuietWindows
    from utils.journal import Journal
    from utils.owner_notes.alerts import Alerts
    from utils.owner_notes.proposals import ProposalNotes
    from utils.settings import Settings
    from utils.storage.rows import Tracked
    from utils.system.lanes import Lanes
    from utils.times.clock import Clock, Rests

#: How long to wait before looking again while the service cannot be read.
_LOOK_AGAIN: Final = timedelta(seconds=15)
#: The longest that anything unknown is left alone between two looks (the longest window is ten
#: minutes): a time further ahead was set by a clock that was put back since.
_LONGEST_REST: Final = timedelta(minutes=15)
_NOT_THERE: Final = (
    "The connection broke while it was sent, and {service} does not have it. "
    "Approve it to send it now."
)
_OTHERWISE: Final = (
    "The connection broke while it was sent, and {service} has something of it, but not as you "
    "approved it. Look there first; approve it to go on from there, reject it to leave it."
)
_CANNOT_TELL: Final = (
    "The connection broke while it was sent, and I cannot tell whether {service} has it. "
    "Look there first; approve only if it is missing, reject if it is there."
)


@dataclass(kw_only=True)
class Reconciler:
    """Settles what is unknown.

    Args:
        journal: What was armed and when.
        notes: Files the note of what turns out to be done.
        decisions: Asks the owner again.
        catalogue: Which Operation it is.
        reaches: The connections to look with.
        lanes: Where each service is looked into beside the others.
        alerts: Tells of a Proposal that cannot be handled, so that it stops no other.
        settings: How long the quiet windows are.
        windows: How far they have gone by.
        rests: Until when anything is left alone.
        clock: The time.
    """

    journal: Journal
    notes: ProposalNotes
    decisions: Decisions
    catalogue: Catalogue
    reaches: Reaches
    lanes: Lanes
    alerts: Alerts
    settings: Settings
    windows: QuietWindows
    rests: Rests
    clock: Clock = utc_now

    def recover(self) -> None:
        """Take every attempt that a dead process left armed for unknown.

        Nobody else may be making calls of this home: its executor holds a lock, and workers hold
        each service's lane. What other machines are at is left alone.
        """
        for tracked in self.journal.in_states({State.ARMED}):
            with (
                self.alerts.apart(f"{tracked.proposal.id} ({tracked.proposal.operation})"),
                self.journal.database.alone(lane_of(tracked.proposal.service)) as ours,
            ):
                if ours and self._is_over(tracked):
                    self._recover(tracked)
        self.windows.see(self.journal.in_states({State.UNKNOWN}), inherited=True)

    def _is_over(self, tracked: Tracked) -> bool:
        """Return whether an attempt of a dead process cannot be on its way any more.

        Our own died with everything it had begun. Another machine's last request may have left it
        just before; a service works on one no longer than its caller would have waited.
        """
        if not self.journal.database.machine or tracked.armed_at is None:
            return True
        patience = timedelta(seconds=self.settings.http_timeout_s)
        return self.clock() >= tracked.armed_at + patience

    def _recover(self, tracked: Tracked) -> None:
        if self._is_composite(tracked):
            return
        entry = entry_about(
            tracked.proposal,
            actor="executor",
            result=State.UNKNOWN,
            approval="granted",
            error="The program stopped between the call and its answer.",
        )
        self.journal.move(tracked.proposal, State.UNKNOWN, entry)

    def _is_composite(self, tracked: Tracked) -> bool:
        try:
            return self.catalogue.operation(tracked.proposal.operation).composite
        except UnknownOperationError:
            # Nobody can take its parts up; left armed, it would hold up its service for ever.
            return False

    def look(self) -> None:
        """Look in the services for everything unknown, in all services side by side.

        Raises:
            JournalError: The journal could not be written; whoever runs this must stop.
        """
        if self.journal.database.machine:
            # Another machine may have died since.
            self.recover()
        queues: dict[str, list[Tracked]] = {}
        unknown = self.journal.in_states({State.UNKNOWN})
        self.windows.see(unknown)
        for tracked in unknown:
            if self._is_due(tracked) or self._left(tracked) <= timedelta(0):
                queues.setdefault(tracked.proposal.service, []).append(tracked)
        self.lanes.run({name: partial(self._look_at, queue) for name, queue in queues.items()})

    def _look_at(self, queue: list[Tracked]) -> None:
        for tracked in queue:
            with self.alerts.apart(f"{tracked.proposal.id} ({tracked.proposal.operation})"):
                self._settle(tracked)

    def _settle(self, tracked: Tracked) -> None:
        try:
            found = self._probe(tracked)
        except (ServiceError, ConfigurationError):
            later = Change(not_before=self.clock() + _LOOK_AGAIN)
            self.journal.move(tracked.proposal, State.UNKNOWN, change=later)
            return
        if found is not None and found.kind is OutcomeKind.DONE:
            self._done(tracked, found)
        elif self._left(tracked) <= timedelta(0):
            self._ask(tracked, found)
        else:
            self._wait(tracked)

    def _probe(self, tracked: Tracked) -> Outcome | None:
        proposal = tracked.proposal
        service = self.catalogue.service_of(proposal.operation)
        kind = self.catalogue.operation(proposal.operation)
        operation = kind.model_validate_json(canonical(proposal.fields))
        ago, doubt = self.windows.ago(tracked), self.windows.doubt(tracked)
        mark = mark_of(tracked, self.journal, ago=ago, doubt=doubt)
        return operation.probe(self.reaches.connect(service), proposal, mark)

    def _done(self, tracked: Tracked, found: Outcome) -> None:
        kind = self.catalogue.operation(tracked.proposal.operation)
        entry = entry_about(
            tracked.proposal,
            actor="reconciler",
            result=State.DONE,
            approval=f"granted_by_{tracked.grant.by}" if tracked.grant else "granted",
            domain_link=published_as(kind, tracked.proposal, found),
            remote_id=found.remote_id,
            url=found.url,
            **found.data,
        )
        if self.journal.move(tracked.proposal, State.DONE, entry, change=Change(outcome=found)):
            settled = self.journal.find(tracked.proposal.id)
            if settled:
                self.notes.file(settled)

    def _ask(self, tracked: Tracked, found: Outcome | None) -> None:
        service = self.catalogue.service_of(tracked.proposal.operation).title
        there = _OTHERWISE if found and found.remote_id else _NOT_THERE
        words = there if found else _CANNOT_TELL
        reason = words.format(service=service)
        detail = f" {found.detail}" if found and found.detail else ""
        warned = tracked.proposal.model_copy(
            update={"warnings": (reason, *tracked.proposal.particulars.warnings)}
        )
        self.decisions.ask_again(tracked, warned, reason + detail)

    def _wait(self, tracked: Tracked) -> None:
        until = Change(not_before=self.clock() + self._left(tracked))
        self.journal.move(tracked.proposal, State.UNKNOWN, change=until)

    def _is_due(self, tracked: Tracked) -> bool:
        name = tracked.proposal.id
        return self.rests.is_over(name, tracked.not_before, longest=_LONGEST_REST)

    def _left(self, tracked: Tracked) -> timedelta:
        """Return how long it takes until "not there" counts."""
        service = self.catalogue.service_of(tracked.proposal.operation)
        window = timedelta(seconds=self.settings.quiet_window_s(service))
        return self.windows.left(tracked, window)
