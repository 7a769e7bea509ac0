"""The desk: the only door for faces. It previews, takes in, reads and tells; it never performs."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from utils.core.canonical import canonical, sha256_of
from utils.core.errors import EmployeeError, JournalError, UnknownProposalError
from utils.core.lifecycle import FINAL_STATES, OPEN_STATES, State, folder_of
from utils.core.model import Entry, Origin, Particulars, Source
from utils.core.operation import mark_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.approval_gate import Gate
    from utils.catalogue import Catalogue, Reaches
    from utils.core.model import Json, Proposal
    from utils.core.operation import Operation, Service
    from utils.settings import Settings

_log: Final = logging.getLogger(__name__)
#: The Mark's key in a preview, where no Proposal exists to make one from.
PREVIEW_KEY: Final = mark_key("p-preview")
_PREVIEWED: Final = (
    "Nothing was sent: this is a dry run. Call again with dry_run=false to submit it."
)
_WAITS: Final = "It waits until the employee is started (`uv run orchestrator.py`)."
#: What a face is told of a state that has no word of its own there.
_STATUS: Final = {
    State.HELD: "pending",
    State.ARMED: "granted",
    State.EXPIRED: "refused",
}


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Answers for faces, as JSON objects in the shape of every tool.

    Args:
        catalogue: Which service an Operation belongs to.
        reaches: The connections to read with.
        settings: The owner's.
        gate: Gives the gate; asked at the first submission, so that a preview needs no journal.
        is_alone: Tells whether nobody carries out what is granted, because the employee is not
            running; asked after a submission.
        origin: Whom submissions come from.
    """

    catalogue: Catalogue
    reaches: Reaches
    settings: Settings
    gate: Callable[[], Gate]
    is_alone: Callable[[], bool]
    origin: Origin = field(default=Origin(source=Source.MCP))

    def preview(self, operation: Operation) -> Json:
        """Return the exact request that would be sent; no connection is opened.

        Raises:
            ConfigurationError: The service's settings, and so its address, are missing.
        """
        return {
            "status": "previewed",
            "summary": operation.headline(Particulars()),
            "request": self._request(operation, Particulars(), PREVIEW_KEY),
            "reason": _PREVIEWED,
        }

    def submit(self, operation: Operation) -> Json:
        """Register a Proposal for an Operation and return what was decided about it.

        Raises:
            InvalidValueError: A value fits nothing in the service; nothing was registered.
            ServiceError: The service could not be read; nothing was registered.
            ConfigurationError: The service is not set up.
        """
        # Before anything is registered: a request that cannot be shown cannot be approved.
        self._request(operation, Particulars(), PREVIEW_KEY)
        return self._told(self.gate().submit(operation, origin=self.origin), operation)

    def read(self, operation: Operation) -> Json:
        """Read from the service, and leave a Record of it.

        Raises:
            EmployeeError: The service could not be read, or is not set up.
            JournalError: That outsiders' text was read could not be kept, so it is not shown.
            OSError: Likewise, where the journal's folder cannot be used.
        """
        started = monotonic()
        try:
            found = operation.read(self.reaches.connect(self._service_of(operation)))
        except EmployeeError as error:
            self._keep_reading(operation, started, error=str(error))
            raise
        self._keep_reading(operation, started)
        return found

    def _keep_reading(self, operation: Operation, started: float, *, error: str = "") -> None:
        """Record a reading, in one step with the fact that an agent saw outsiders' text.

        Raises:
            JournalError: The latter could not be kept: what an agent is shown may steer what it
                asks from now on.
            OSError: Likewise, where the journal's folder cannot be used.
        """
        entry = Entry(
            action=operation.tool,
            actor=f"mcp:{self._service_of(operation).name}",
            parameters=_hashed(operation),
            result="failed" if error else "done",
            duration_ms=round((monotonic() - started) * 1000),
            error=error,
        )
        steers = operation.outside and not error
        try:
            gate = self.gate()
            with gate.journal.database.step():
                gate.journal.record(entry)
                if steers:
                    gate.bookmarks.note_outside_reading(now=gate.clock())
        except (JournalError, OSError) as failure:
            if steers:
                raise
            _log.warning("%s was read without a Record: %s", operation.tool, failure)

    def status(self, proposal_id: str) -> Json:
        """Return where a Proposal stands.

        Raises:
            UnknownProposalError: It was never registered.
        """
        found = self.gate().journal.find(proposal_id)
        if found is None:
            raise UnknownProposalError(proposal_id)
        kind = self.catalogue.operation(found.proposal.operation)
        # The fields were checked when they were registered; JSON has no dates of its own.
        operation = kind.model_validate(found.proposal.fields, strict=False)
        told = self._told(found.proposal, operation)
        is_of_now = found.state not in OPEN_STATES | {State.REFUSED, State.EXPIRED}
        return told | {"reason": found.outcome.detail} if found.outcome and is_of_now else told

    def whoami(self, service: Service) -> str:
        """Return whom a service's connection belongs to, in one line.

        Raises:
            ServiceError: The service does not answer or does not know us.
            ConfigurationError: The service is not set up.
        """
        return service.whoami(self.reaches.connect(service))

    def _request(self, operation: Operation, particulars: Particulars, key: str) -> Json:
        where: Any = self._service_of(operation).settings.read(self.settings)
        return operation.request(where, particulars, key).model_dump(mode="json")

    def _service_of(self, operation: Operation) -> Service:
        return self.catalogue.service_of(operation.tool)

    def _told(self, proposal: Proposal, operation: Operation) -> Json:
        waits = proposal.state not in FINAL_STATES and self.is_alone()
        return {
            "status": _STATUS.get(proposal.state, str(proposal.state)),
            "proposal_id": proposal.id,
            "note": _note(proposal),
            "summary": proposal.headline,
            "request": self._request(operation, proposal.particulars, mark_key(proposal.id)),
            "reason": " ".join(filter(None, (proposal.reason, _WAITS if waits else ""))),
        }


def _hashed(operation: Operation) -> Json:
    """Return what was asked of a read: which fields, and a hash of their values."""
    fields = operation.model_dump(mode="json", exclude_none=True)
    return {"fields": sorted(fields), "sha256": sha256_of(canonical(fields))}


def _note(proposal: Proposal) -> str:
    """Return the note's place in the vault; a refusal has none, or one that the owner moved."""
    refused = proposal.state is State.REFUSED
    return "" if refused else f"{folder_of(proposal.state)}/{proposal.note}"
