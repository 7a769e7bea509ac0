"""Gets the owner paid: what is overdue becomes drafts of reminders for him to approve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from utils.core.errors import (
    ConfigurationError,
    InvalidValueError,
    ServiceError,
    UnknownOperationError,
)
from utils.core.lifecycle import State
from utils.core.model import Entry, Origin, Source
from utils.report.odoo_week import addresses
from utils.report.reminder_letters import TOOL, Earlier, due_reminders

if TYPE_CHECKING:
    from datetime import datetime

    from utils.core.model import Intent
    from utils.core.operation import Operation
    from utils.ground import Ground
    from utils.report.week_facts import WeekFacts

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
        kind = self._kind()
        if kind is None or facts.books is None or facts.halted("money"):
            return 0
        late = {document.id: document for document in facts.books.overdue}
        try:
            odoo = self.ground.reaches.connect(
                self.ground.catalogue.service_of("odoo_list_overdue")
            )
            known = addresses(odoo, (each.partner_id for each in late.values()))
        except (ServiceError, ConfigurationError, UnknownOperationError) as error:
            self._tell(error)
            return 0
        wanted = due_reminders(
            late.values(),
            self._earlier(facts.now),
            known,
            today=facts.books.as_of,
            now=facts.now,
            owner=self.ground.settings.owner_name,
        )
        return sum(self._ask(kind, intent) for intent in wanted)

    def _kind(self) -> type[Operation] | None:
        """Return what a reminder is made with, or None where no mailbox is connected."""
        try:
            service = self.ground.catalogue.service_of(TOOL)
            service.settings.read(self.ground.settings)
        except (UnknownOperationError, ConfigurationError):
            return None
        return service.operation(TOOL)

    def _earlier(self, now: datetime) -> list[Earlier]:
        """Return every reminder of the last year, by the invoice that its Proposal names."""
        return [
            Earlier(evidence.where, tracked.proposal.created_at, tracked.state is State.DONE)
            for tracked in self.ground.journal.recent(TOOL, now - _LOOK_BACK)
            for evidence in tracked.proposal.evidence
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
