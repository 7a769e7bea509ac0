"""What the Odoo contract suite works on: a server, our client for it, and the operations."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from utils.catalogue import Catalogue
from utils.core.model import Grant, Origin, Outcome, Proposal, Source
from utils.core.operation import Mark, Operation, mark_key
from utils.http_client import HttpClient
from utils.odoo.settings import OdooSettings
from utils.odoo_client import OdooClient
from utils.sandbox.odoo import PretendOdoo
from utils.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from utils.core.model import Json
    from utils.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
#: Long enough for a loaded machine, short enough for a lost answer.
TIMEOUT_S = 2.0


@dataclass
class Attempt:
    """One Proposal and everything that was tried with it."""

    operation: Operation
    proposal: Proposal
    mark: Mark
    staged: dict[str, str] = field(default_factory=dict)


@dataclass
class Bench:
    """A server to work on: the pretend one, or a live one whose books may be written to."""

    odoo: OdooClient
    #: None where the server is a live one.
    sandbox: PretendOdoo | None
    catalogue: Catalogue
    #: Distinguishes this run's names from those of earlier runs on the same server.
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    def make(self, tool: str, **values: Any) -> Operation:
        return self.catalogue.operation(tool).model_validate(values)

    def propose(self, tool: str, **values: Any) -> Attempt:
        """Look an Operation up and register it, as the gate does."""
        operation = self.make(tool, **values)
        proposal_id = f"p-{uuid.uuid4().hex[:10]}"
        found = operation.look_up(self.odoo)
        proposal = Proposal(
            id=proposal_id,
            operation=tool,
            effect=str(operation.effect),
            fields=operation.model_dump(mode="json"),
            particulars=found,
            headline=operation.headline(found),
            origin=Origin(source=Source.MCP),
            created_at=NOW,
            expires_at=NOW + timedelta(hours=48),
            revised_at=NOW,
        )
        staged: dict[str, str] = {}
        mark = Mark(
            key=mark_key(proposal_id),
            ago=timedelta(0),
            staged=staged,
            remember=staged.__setitem__,
        )
        # What runs was written to the journal and read back.
        stored = Proposal.model_validate_json(proposal.model_dump_json())
        return Attempt(operation, stored, mark, staged)

    def perform(self, attempt: Attempt, odoo: OdooClient | None = None) -> Outcome:
        grant = Grant(
            proposal_id=attempt.proposal.id,
            digest=attempt.proposal.digest,
            by="owner",
            how="drag",
            given_at=NOW,
        )
        reach = odoo or self.odoo
        return attempt.operation.perform(reach, grant, attempt.proposal, attempt.mark)

    def probe(self, attempt: Attempt) -> Outcome | None:
        return attempt.operation.probe(self.odoo, attempt.proposal, attempt.mark)

    def do(self, tool: str, **values: Any) -> Outcome:
        """Propose and perform, and insist that it took place."""
        outcome = self.perform(self.propose(tool, **values))
        assert outcome.kind == "done", outcome.detail
        return outcome

    def read(self, tool: str, **values: Any) -> Json:
        return self.make(tool, **values).read(self.odoo)

    def customer(self, name: str = "Bakery Guest") -> str:
        """Make a contact of this run and return its id."""
        return self.do("odoo_create_partner", name=f"{name} {self.run}").remote_id

    def posted(self, price: str, customer: str | None = None, **values: Any) -> str:
        """Make and post an untaxed invoice of one line; return its id."""
        invoice = self.do(
            "odoo_create_invoice",
            customer=customer or self.customer(),
            lines=(untaxed(price),),
            **values,
        )
        return self.do("odoo_post_invoice", invoice=invoice.remote_id).remote_id

    def move(self, id_: str) -> Mapping[str, Any]:
        fields = ("name", "state", "payment_state", "amount_total", "amount_residual", "ref")
        row = self.odoo.read("account.move", int(id_), (*fields, "invoice_date_due", "move_type"))
        assert row is not None
        return row

    def fresh_client(self, timeout_s: float = TIMEOUT_S) -> OdooClient:
        """Return a client that knows nothing yet, as after a restart."""
        return OdooClient(self.odoo.settings, HttpClient("odoo", timeout_s=timeout_s))


def live_settings() -> Settings:
    """Return the settings of a live Odoo; where none is named, the test is skipped and says so."""
    settings = load()
    if missing := OdooSettings.missing(settings):
        pytest.skip(f"no live Odoo is named: {', '.join(missing)} not set")
    return settings


def untaxed(price: str, quantity: str = "1", description: str = "Bread") -> Json:
    return {
        "description": description,
        "quantity": quantity,
        "unit_price": price,
        "taxes": (),
    }


def bench_for(
    settings: Settings, sandbox: PretendOdoo | None, timeout_s: float = TIMEOUT_S
) -> Bench:
    odoo = OdooClient(
        OdooSettings.read(settings),
        HttpClient("odoo", timeout_s=timeout_s if sandbox else 120),
        sleep=lambda _: None,
    )
    return Bench(odoo, sandbox, Catalogue.load(ROOT))


#: Paths of the two interfaces, for faults.
FACES = ("/json/2", "/jsonrpc")


def pretend_bench(tmp_path: Path, version: str, **more: Any) -> Iterator[Bench]:
    with PretendOdoo(version, **more) as sandbox:
        variables = sandbox.environment() | {"OWNER_TIMEZONE": "Europe/Brussels"}
        yield bench_for(load(tmp_path, environment=variables, project_root=tmp_path), sandbox)


@pytest.fixture(params=["19", "18", pytest.param("live", marks=pytest.mark.live_odoo)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "live":
        yield bench_for(live_settings(), None)
        return
    yield from pretend_bench(tmp_path, request.param)


@pytest.fixture(params=["19", "18"])
def pretend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    yield from pretend_bench(tmp_path, request.param)


@pytest.fixture
def pretend19(tmp_path: Path) -> Iterator[Bench]:
    yield from pretend_bench(tmp_path, "19")


def sandbox_of(bench: Bench) -> PretendOdoo:
    assert bench.sandbox is not None
    return bench.sandbox


def effects(bench: Bench, *kinds: str) -> list[Any]:
    """Ids of what clients brought about, in order."""
    return [row["id"] for row in sandbox_of(bench).ledger() if row["kind"] in kinds]


def break_on(bench: Bench, mode: str, method: str, **values: Any) -> None:
    """Let the next call of that model and method go wrong, on whichever interface."""
    face = FACES[bench.odoo.version()[0] < 19]
    sandbox_of(bench).fault(mode, path=f"{face}/{method}", **values)
