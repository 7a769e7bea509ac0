"""X and LinkedIn on the bench: settings, one approved attempt, and every fault there is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import CATALOGUE

from utils.core.errors import EmployeeError
from utils.core.model import (
    Grant,
    Origin,
    Outcome,
    OutcomeKind,
    Particulars,
    Proposal,
    Request,
    Source,
)
from utils.core.operation import Mark, Operation
from utils.execution.answers import outcome_of
from utils.linkedin.settings import LinkedInSettings
from utils.sandbox.linkedin import PretendLinkedIn
from utils.sandbox.pretend_service import PretendService, Sent
from utils.sandbox.x import PretendX
from utils.settings import load
from utils.tools.arguments import parse
from utils.x.settings import XSettings

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TEXT = "Rye is back 🍞 – “come” & see"
LINKED = "Rye & spelt: bakery.cafe/rye and https://bakery.com/a_(b)"
#: A fault that the client can meet, and what has to come of a write.
FAULTS: list[tuple[dict[str, Any], OutcomeKind]] = [
    ({"mode": "refuse", "seconds": 30}, OutcomeKind.WAITING),
    ({"mode": "reset"}, OutcomeKind.UNKNOWN),
    ({"mode": "timeout_before"}, OutcomeKind.UNKNOWN),
    ({"mode": "timeout_after_commit"}, OutcomeKind.UNKNOWN),
    ({"mode": "late_commit", "seconds": 0.1}, OutcomeKind.UNKNOWN),
    ({"mode": "slow", "seconds": 0.1}, OutcomeKind.DONE),
    ({"mode": "lag", "seconds": 0.1}, OutcomeKind.DONE),
    ({"mode": "status", "status": 301}, OutcomeKind.WAITING),
    ({"mode": "status", "status": 400}, OutcomeKind.FAILED),
    ({"mode": "status", "status": 401}, OutcomeKind.WAITING),
    ({"mode": "status", "status": 403}, OutcomeKind.FAILED),
    ({"mode": "status", "status": 404}, OutcomeKind.FAILED),
    ({"mode": "status", "status": 429, "seconds": 9}, OutcomeKind.WAITING),
    ({"mode": "status", "status": 500}, OutcomeKind.UNKNOWN),
    ({"mode": "status", "status": 503}, OutcomeKind.UNKNOWN),
]
FAULT_NAMES = [f"{fault['mode']} {fault.get('status', '')}".strip() for fault, _ in FAULTS]
every_fault = pytest.mark.parametrize(("fault", "kind"), FAULTS, ids=FAULT_NAMES)


def x_settings(service: PretendX, home: Path, **variables: str) -> XSettings:
    environment = service.environment() | {"HTTP_TIMEOUT_SECONDS": "1"} | variables
    return XSettings.read(load(home, environment=environment, project_root=home))


def linkedin_settings(service: PretendLinkedIn, home: Path, **variables: str) -> LinkedInSettings:
    environment = service.environment() | {"HTTP_TIMEOUT_SECONDS": "1"} | variables
    return LinkedInSettings.read(load(home, environment=environment, project_root=home))


def operation(tool: str, **values: Any) -> Operation:
    return parse(CATALOGUE.operation(tool), values)[0]


def proposal_for(made: Operation, particulars: Particulars) -> Proposal:
    return Proposal(
        id="p-abcdefghjk",
        operation=made.tool,
        effect=made.effect,
        fields=made.model_dump(mode="json", exclude_none=True),
        particulars=particulars,
        headline=made.headline(particulars),
        origin=Origin(source=Source.MCP),
        created_at=NOW,
        expires_at=NOW + timedelta(days=2),
        revised_at=NOW,
    )


class Attempt:
    """One approved Proposal in the executor's hand."""

    def __init__(self, reach: Any, tool: str, **values: Any) -> None:
        self.reach = reach
        self.operation = operation(tool, **values)
        self.proposal = proposal_for(self.operation, self.operation.look_up(reach))
        self.staged: dict[str, str] = {}

    def mark(self) -> Mark:
        return Mark(
            key="p_abcdefghjk",
            ago=timedelta(0),
            staged=self.staged,
            remember=self.staged.__setitem__,
        )

    def perform(self) -> Outcome:
        """Perform as the executor does: our errors become Outcomes."""
        grant = Grant(
            proposal_id=self.proposal.id,
            digest=self.proposal.digest,
            by="owner",
            how="drag",
            given_at=NOW,
        )
        try:
            return self.operation.perform(self.reach, grant, self.proposal, self.mark())
        except EmployeeError as error:
            return outcome_of(error)

    def probe(self) -> Outcome | None:
        return self.operation.probe(self.reach, self.proposal, self.mark())


def writes(service: PretendService[Any], path: str) -> list[Sent]:
    return [sent for sent in service.requests() if sent.method != "GET" and sent.path == path]


def as_request(service: PretendService[Any], sent: Sent) -> Request:
    body = json.loads(sent.body) if sent.body else {}
    return Request(method=sent.method, url=service.url + sent.path, body=body)


def previewed(made: Operation, where: XSettings | LinkedInSettings) -> Request:
    return made.request(where, Particulars(), "p_preview")


def requests_of(service: PretendService[Any]) -> list[Sent]:
    return service.requests()


def no_wait(_: float) -> None:
    """Wait between two attempts of a read, in no time."""
