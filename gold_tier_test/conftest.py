"""A whole business on loopback: pretend services, a vault in a temporary folder, the engine."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from odoo_bench import bench, pretend, pretend19  # noqa: F401 - fixtures

from benchmarks.postgres_server import NoServerError, Server, running
from utils.assembly.engine import Engine
from utils.assembly.opening import assembled
from utils.catalogue import Catalogue
from utils.core.lifecycle import FINAL_STATES, OPEN_STATES, Folder, State
from utils.core.model import Item, ItemType, Origin, Proposal, Source
from utils.sandbox.gmail import PretendGmail
from utils.sandbox.graph import PretendGraph
from utils.sandbox.linkedin import PretendLinkedIn
from utils.sandbox.odoo import PretendOdoo
from utils.sandbox.street import Street
from utils.sandbox.x import PretendX
from utils.settings import PROJECT_ROOT, load
from utils.storage.rows import Tracked

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Who runs the tests in the background has Ctrl+C ignored; what they start must hear it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

CATALOGUE = Catalogue.load(PROJECT_ROOT)
#: A customer with posted history, and his address.
KNOWN = "billing@acme.example"
#: What a bakery announces, and where.
NEWS = "Rye bread is back on Saturday. Doors open at 7."
EVERY_NETWORK = ["facebook", "instagram", "twitter", "linkedin"]
LINES = [{"description": "Bread", "quantity": "3", "unit_price": "50.00"}]


#: The journals that a test can be given; see ``backend``.
BOTH = pytest.mark.parametrize("backend", ["sqlite", "postgres"], indirect=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--journal", choices=("sqlite", "postgres"), default="sqlite", help="where it is kept"
    )


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this run's own."""
    yield from _started()


@pytest.fixture(scope="module")
def doomed() -> Iterator[Server]:
    """A server that may be killed."""
    yield from _started()


def _started() -> Iterator[Server]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running())
        except NoServerError as error:
            pytest.skip(str(error))
        yield server


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> dict[str, str]:
    """The variables that say where the journal is kept; mark a test with BOTH for both places."""
    kind = getattr(request, "param", None) or request.config.getoption("--journal")
    if kind == "sqlite":
        return {}
    server: Server = request.getfixturevalue("postgres")
    return {"EMPLOYEE_DATABASE_URL": server.url, "EMPLOYEE_MACHINE": "till"}


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    #: How much of what it shows nobody lived through.
    _set_by: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Let time go by."""
        self.now += timedelta(**by)

    def put(self, **by: float) -> None:
        """Set it, forward or back, while no time goes by."""
        self.now += timedelta(**by)
        self._set_by += timedelta(**by)

    def steady_s(self) -> float:
        """How much time went by, in seconds, whatever it was set to."""
        return (self.now - self._set_by).timestamp()


@dataclass
class Business:
    """One owner's home with pretend services, and the owner's hand."""

    home: Path
    odoo: PretendOdoo
    clock: Clock
    variables: dict[str, str] = field(default_factory=dict)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start the employee, as after a restart."""
        variables = {
            "HOLD_SECONDS": "0",
            "STAND_SECONDS": "0",
            "RECONCILE_AFTER_SECONDS_ODOO": "60",
            "HTTP_TIMEOUT_SECONDS": "2",
            "OWNER_TIMEZONE": "Europe/Berlin",
        }
        settings = load(
            self.home,
            environment=self.odoo.environment() | variables | self.variables,
            project_root=self.home,
        )
        self.engine = assembled(settings, CATALOGUE, clock=self.clock, steady=self.clock.steady_s)
        self.engine.start()

    def restart(self, **variables: str) -> None:
        """Stop and start again, perhaps with other settings."""
        self.engine.close()
        self.variables |= variables
        self.start()

    # --- what is asked ---------------------------------------------------------------------

    def submit(self, tool: str = "odoo_create_invoice", **values: Any) -> Proposal:
        """Propose as an MCP tool does."""
        if tool == "odoo_create_invoice":
            values = {"customer": KNOWN, "lines": LINES} | values
        operation = CATALOGUE.operation(tool).model_validate(values, strict=False)
        return self.engine.gate.submit(operation, origin=Origin(source=Source.MCP))

    # --- the owner's hand ------------------------------------------------------------------

    def path(self, folder: Folder, name: str = "") -> Path:
        return self.home / "AI_Employee" / folder / name

    def drag(
        self, note: str, to: Folder = Folder.APPROVED, *, out_of: Folder = Folder.PENDING
    ) -> None:
        """Move a note, as a file manager does."""
        self.path(out_of, note).rename(self.path(to, note))

    def edit(self, note: str, old: str, new: str, *, folder: Folder = Folder.PENDING) -> None:
        """Change a note's text, as an editor does."""
        path = self.path(folder, note)
        text = path.read_text()
        assert old in text, f"{old!r} does not stand in {note}"
        path.write_text(text.replace(old, new))

    def drop(self, name: str, data: bytes) -> None:
        """Put a file into the Inbox, and let it settle."""
        self.path(Folder.INBOX, name).write_bytes(data)
        self.engine.pass_once()
        self.clock.forward(seconds=1)

    # --- what came of it -------------------------------------------------------------------

    def tick(self, **by: float) -> None:
        """Let time go by, then make one pass."""
        self.clock.forward(**by)
        self.engine.pass_once()

    def approve(self, proposal: Proposal) -> Tracked:
        """Drag a note to Approved/ and make one pass."""
        self.drag(proposal.note)
        self.engine.pass_once()
        return self.found(proposal.id)

    def found(self, proposal_id: str) -> Tracked:
        tracked = self.engine.journal.find(proposal_id)
        assert tracked is not None
        return tracked

    def state(self, proposal: Proposal) -> State:
        return self.found(proposal.id).state

    def notes(self, folder: Folder) -> list[str]:
        # A note that is being written has a hidden name until it stands.
        names = (path.name for path in self.path(folder).iterdir())
        return sorted(name for name in names if not name.startswith("."))

    def text(self, folder: Folder, note: str) -> str:
        return self.path(folder, note).read_text()

    def alerts(self, folder: Folder = Folder.NEEDS_ACTION) -> list[str]:
        """The names of the notes that tell the owner of something wrong."""
        return [name for name in self.notes(folder) if name.startswith("ALERT_")]

    def told(self) -> str:
        """Everything that the owner is told to be wrong, one after the other."""
        return "\n".join(self.text(Folder.NEEDS_ACTION, name) for name in self.alerts())

    def effects(self, kind: str = "invoice_created") -> list[dict[str, Any]]:
        """What the pretend Odoo really did."""
        return [effect for effect in self.odoo.ledger() if effect["kind"] == kind]

    def chats(self) -> list[Item]:
        """What came in by WhatsApp and is open."""
        found = self.engine.bookmarks.open_items()
        return [item for item, _ in found if item.type is ItemType.WHATSAPP]

    def waiting(self) -> list[Tracked]:
        return self.engine.journal.in_states(OPEN_STATES)

    def finished(self) -> list[Tracked]:
        return self.engine.journal.in_states(FINAL_STATES)


@pytest.fixture
def odoo() -> Iterator[PretendOdoo]:
    with PretendOdoo() as service:
        yield service


@pytest.fixture
def gmail(tmp_path: Path) -> Iterator[PretendGmail]:
    with PretendGmail(folder=tmp_path) as service:
        yield service


@pytest.fixture
def graph() -> Iterator[PretendGraph]:
    with PretendGraph() as service:
        yield service


@pytest.fixture
def x() -> Iterator[PretendX]:
    with PretendX() as service:
        yield service


@pytest.fixture
def linkedin() -> Iterator[PretendLinkedIn]:
    with PretendLinkedIn() as service:
        yield service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def business(
    tmp_path: Path, odoo: PretendOdoo, clock: Clock, backend: dict[str, str]
) -> Iterator[Business]:
    made = Business(tmp_path / "home", odoo, clock, dict(backend))
    yield made
    made.engine.close()


@dataclass
class Square(Business):
    """A business with an account on every network."""

    street: Street = field(kw_only=True)

    @property
    def graph(self) -> PretendGraph:
        return self.street.graph

    @property
    def x(self) -> PretendX:
        return self.street.x

    @property
    def linkedin(self) -> PretendLinkedIn:
        return self.street.linkedin

    def announce(self, **values: Any) -> Proposal:
        picture = {"image_url": self.graph.picture_url()}
        return self.submit(
            "social_create_announcement",
            **({"networks": EVERY_NETWORK, "text": NEWS} | picture | values),
        )

    def posts(self) -> dict[str, int]:
        """How many posts every network really has, by the kind of its ledger."""
        kinds = [e["kind"] for s in (self.graph, self.x, self.linkedin) for e in s.ledger()]
        return {kind: kinds.count(kind) for kind in kinds}

    def settle(self) -> None:
        """Make the passes that a minute of the daemon would make."""
        for _ in range(3):
            self.tick(seconds=20)


@pytest.fixture
def square(tmp_path: Path, clock: Clock, backend: dict[str, str]) -> Iterator[Square]:
    with Street() as street:
        windows = {f"RECONCILE_AFTER_SECONDS_{name.upper()}": "30" for name in EVERY_NETWORK}
        variables = street.environment() | windows | backend
        made = Square(tmp_path / "home", street.odoo, clock, variables, street=street)
        yield made
        made.engine.close()
