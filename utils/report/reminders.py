"""Gets the owner paid: what is overdue becomes drafts of reminders for him to approve."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from utils.core.canonical import iso
from utils.core.errors import (
    ConfigurationError,
    InvalidValueError,
    ServiceError,
    UnknownOperationError,
)
from utils.core.lifecycle import GRANTED_STATES, OPEN_STATES, State
from utils.core.model import Entry, Origin, Source
from utils.report.connected_books import book_client
from utils.report.odoo_week import addresses, invoices_by_number
from utils.report.reminder_letters import INVOICE, TOOL, Earlier, due_reminders, no_longer_true

if TYPE_CHECKING:
    from utils.assembly.ground import Ground
    from utils.core.model import Evidence, Intent, Proposal
    from utils.core.operation import Operation
    from utils.report.week_facts import WeekFacts

_log: Final = logging.getLogger(__name__)
#: How often waiting reminders are compared with the books (ours), and the cursor that says when.
_EVERY: Final = timedelta(minutes=10)
_LOOKED: Final = "reminders looked at"
#: How far back earlier reminders are looked for.
_LOOK_BACK: Final = timedelta(days=400)


@dataclass(frozen=True, kw_only=True)
class Reminders:
    """Proposes reminders for what a week's facts show as overdue.

    Args:
        ground: The home.
    """

    ground: Ground

    def propose(self, facts: WeekFacts) -> int:
        """Ask the owner about every reminder that may be written now.

        Nothing is proposed without a mailbox, or where the books are in doubt.

        Returns:
            How many were proposed.
        """
        kind, books = self._kind(), facts.sound_books
        if kind is None or books is None:
            return 0
        late = {document.id: document for document in books.overdue}
        try:
            known = addresses(
                book_client(self.ground), (each.partner_id for each in late.values())
            )
        except (ServiceError, ConfigurationError, UnknownOperationError) as error:
            self._tell(error)
            return 0
        wanted = due_reminders(
            late.values(),
            self._earlier(facts.now),
            known,
            today=books.as_of,
            now=facts.now,
            owner=self.ground.settings.owner_name,
        )
        return sum(self._ask(kind, intent) for intent in wanted)

    def withdraw(self) -> int:
        """Take back every reminder that waits although its invoice was paid meanwhile.

        Returns:
            How many were taken back.
        """
        waiting = [
            each
            for each in self.ground.journal.in_states(OPEN_STATES | GRANTED_STATES)
            if _invoices(each.proposal)
        ]
        if not waiting or not self._is_time():
            return 0
        numbers = [one.quote for each in waiting for one in _invoices(each.proposal)]
        try:
            known = invoices_by_number(book_client(self.ground), numbers)
        except (ServiceError, ConfigurationError, UnknownOperationError) as error:
            _log.warning("reminders were not compared with the books: %s", error)
            return 0
        decisions = self.ground.decisions()
        whys = ((each, no_longer_true(each.proposal.evidence, known)) for each in waiting)
        return sum(decisions.withdraw(each, why) for each, why in whys if why)

    def _is_time(self) -> bool:
        """Return whether the books are to be asked again, and keep that they were."""
        now, bookmarks = self.ground.clock(), self.ground.bookmarks
        last = bookmarks.cursor(_LOOKED)
        if last and timedelta(0) <= now - datetime.fromisoformat(last) < _EVERY:
            return False
        bookmarks.set_cursor(_LOOKED, iso(now))
        return True

    def _kind(self) -> type[Operation] | None:
        """Return what a reminder is made with, or None where no mailbox is connected."""
        try:
            service = self.ground.catalogue.service_of(TOOL)
        except UnknownOperationError:
            return None
        return None if service.settings.unfit(self.ground.settings) else service.operation(TOOL)

    def _earlier(self, now: datetime) -> list[Earlier]:
        """Return every reminder of the last year, by the invoice that its Proposal names."""
        return [
            Earlier(evidence.where, tracked.proposal.created_at, tracked.state is State.DONE)
            for tracked in self.ground.journal.recent(TOOL, now - _LOOK_BACK)
            for evidence in _invoices(tracked.proposal)
        ]

    def _ask(self, kind: type[Operation], intent: Intent) -> bool:
        """Submit one reminder; return whether it was taken."""
        try:
            self.ground.gate().submit(
                kind.model_validate(intent.values, strict=False),
                origin=Origin(source=Source.SCHEDULE),
                why=intent.why,
                evidence=intent.evidence,
            )
        except (InvalidValueError, ServiceError, ConfigurationError, ValidationError) as error:
            self._tell(error)
            return False
        return True

    def _tell(self, error: Exception) -> None:
        entry = Entry(action="reminder", actor="reports", result="failed", error=str(error))
        self.ground.journal.record(entry)


def _invoices(proposal: Proposal) -> tuple[Evidence, ...]:
    """Return the invoices that a Proposal reminds of; none where it is no reminder."""
    if proposal.operation != TOOL or proposal.origin.source is not Source.SCHEDULE:
        return ()
    return tuple(each for each in proposal.evidence if each.what == INVOICE)
