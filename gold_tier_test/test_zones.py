"""Work zones: a machine that drafts day and night and may send nothing, and the owner's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import CATALOGUE, KNOWN, LINES, Clock

from benchmarks.postgres_server import PASSWORD, QUOTED, Server
from utils.assembly import parts
from utils.assembly.engine import Engine
from utils.assembly.opening import assembled
from utils.core.errors import ConfigurationError
from utils.core.lifecycle import STOP_NOTE, Folder, State
from utils.core.model import Origin, Proposal, Source
from utils.sandbox.business import invoice_request
from utils.sandbox.odoo import PretendOdoo
from utils.settings import ServiceSettings, load, secrets
from utils.status.machines import machines_of

#: What sync leaves behind, as Obsidian names it.
CONFLICT = " (Conflicted copy laptop 202611221200)"


@dataclass
class Machines:
    """Two machines of one business, each with a copy of the vault that sync keeps in step."""

    folder: Path
    odoo: PretendOdoo
    clock: Clock
    server: Server
    cloud: Engine = field(init=False)
    local: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.cloud, self.local = self.engine("cloud"), self.engine("local")
        for engine in (self.cloud, self.local):
            engine.start()

    def engine(self, role: str, **more: str) -> Engine:
        found = self.odoo.environment()
        key = found.pop("ODOO_API_KEY")
        settings = load(
            self.folder / role,
            environment=found
            | {
                ("READ_ODOO_API_KEY" if role == "cloud" else "ODOO_API_KEY"): key,
                "EMPLOYEE_DATABASE_URL": self.server.url,
                "EMPLOYEE_BUSINESS": f"z{abs(hash(str(self.folder))) % 10**12}",
                "EMPLOYEE_ROLE": role,
                "EMPLOYEE_MACHINE": role,
                "HOLD_SECONDS": "0",
                "STAND_SECONDS": "0",
            }
            | more,
            project_root=self.folder,
        )
        return assembled(settings, CATALOGUE, clock=self.clock)

    def submit(self, on: Engine, **values: object) -> Proposal:
        given = {"customer": KNOWN, "lines": LINES} | values
        operation = CATALOGUE.operation("odoo_create_invoice").model_validate(given, strict=False)
        return on.gate.submit(operation, origin=Origin(source=Source.MCP))

    def path(self, on: Engine, folder: Folder, note: str = "") -> Path:
        return on.vault.root / folder / note

    def sync(self, note: str, folder: Folder = Folder.PENDING) -> None:
        """Bring one note from the cloud's copy of the vault to the owner's."""
        shutil.copy(self.path(self.cloud, folder, note), self.path(self.local, folder, note))

    def tick(self, engine: Engine, **by: float) -> None:
        self.clock.forward(**by)
        engine.pass_once()

    def state(self, proposal: Proposal) -> State:
        found = self.local.journal.find(proposal.id)
        assert found is not None
        return found.state


@pytest.fixture
def two(tmp_path: Path, odoo: PretendOdoo, clock: Clock, postgres: Server) -> Iterator[Machines]:
    made = Machines(tmp_path, odoo, clock, postgres)
    yield made
    made.cloud.close()
    made.local.close()


# --- the cloud holds no right to send --------------------------------------------------------


def test_no_executor_can_be_built_in_the_cloud(two: Machines) -> None:
    assert two.cloud.executor is None
    with pytest.raises(ConfigurationError, match="no right to send"):
        parts.executor(two.cloud.ground, two.cloud.lanes, two.cloud.leaving)


def test_what_is_dragged_in_the_clouds_copy_goes_nowhere(two: Machines) -> None:
    proposal = two.submit(two.cloud)
    path = two.path(two.cloud, Folder.PENDING, proposal.note)
    path.rename(two.path(two.cloud, Folder.APPROVED, proposal.note))
    two.cloud.folders.look((Folder.APPROVED, proposal.note))
    for _ in range(3):
        two.tick(two.cloud, seconds=20)
    assert two.state(proposal) is State.PENDING
    assert two.odoo.ledger() == []


def test_a_yes_that_is_in_the_journal_is_not_carried_out_by_the_cloud(two: Machines) -> None:
    proposal = two.submit(two.cloud)
    tracked = two.local.journal.find(proposal.id)
    assert tracked is not None
    assert two.local.ground.decisions().grant(tracked, how="drag")
    path = two.path(two.cloud, Folder.PENDING, proposal.note)
    path.rename(two.path(two.cloud, Folder.APPROVED, proposal.note))
    for _ in range(3):
        two.tick(two.cloud, seconds=20)
        two.cloud.carry_out()
    assert two.state(proposal) is State.GRANTED
    assert two.odoo.ledger() == []


SECRETS = {
    "ODOO_API_KEY": "writes-odoo",
    "ODOO_PASSWORD": "writes-odoo-too",
    "FACEBOOK_PAGE_TOKEN": "writes-facebook",
    "INSTAGRAM_TOKEN": "writes-instagram",
    "TWITTER_ACCESS_SECRET": "writes-x",
    "LINKEDIN_TOKEN": "writes-linkedin",
    "GMAIL_TOKEN_FILE": "writes-gmail.json",
    "NEWSERVICE_SECRET": "writes-anything",
}


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_a_credential_that_writes_is_not_read_in_the_cloud(tmp_path: Path, where: str) -> None:
    role = {"EMPLOYEE_ROLE": "cloud", "READ_ODOO_API_KEY": "reads-odoo"}
    given = SECRETS | role
    if where == ".env":
        lines = "".join(f"{name}={value}\n" for name, value in given.items())
        (tmp_path / ".env").write_text(lines)
        given = {}
    settings = load(tmp_path, environment=given, project_root=tmp_path)
    known = f"{settings.variables} {secrets(settings)}"
    assert "writes-" not in known
    assert settings.variables["ODOO_API_KEY"] == "reads-odoo"
    local = load(tmp_path, environment=SECRETS, project_root=tmp_path / "none")
    if where == "environment":
        assert all(value in f"{local.variables}" for value in SECRETS.values())


def test_no_service_of_ours_could_write_with_what_the_cloud_reads(tmp_path: Path) -> None:
    """Whatever is secret in any service's settings goes, but for what READ_ names."""
    names = {
        variable.name
        for service in CATALOGUE.services
        if issubclass(service.settings, ServiceSettings)
        for variable in service.settings.variables_of()
        if variable.secret or variable.name.endswith("_FILE")
    }
    assert len(names) > 8
    settings = load(
        tmp_path,
        environment=dict.fromkeys(names, "1") | {"EMPLOYEE_ROLE": "cloud"},
        project_root=tmp_path,
    )
    assert not names & settings.variables.keys()


def test_what_the_cloud_lacks_is_named_as_it_is_set_there(tmp_path: Path) -> None:
    settings = load(tmp_path, environment={"EMPLOYEE_ROLE": "cloud"}, project_root=tmp_path)
    [odoo] = [service for service in CATALOGUE.services if service.name == "odoo"]
    assert "READ_ODOO_API_KEY" in odoo.settings.missing(settings)


# --- one vault, two copies -------------------------------------------------------------------


def test_what_the_cloud_drafts_the_owner_approves_and_it_runs_once(two: Machines) -> None:
    proposal = two.submit(two.cloud)
    assert two.path(two.cloud, Folder.PENDING, proposal.note).exists()
    # One writer: the other machine waits for sync to bring the note.
    two.tick(two.local)
    assert not two.path(two.local, Folder.PENDING, proposal.note).exists()
    two.sync(proposal.note)
    two.tick(two.local, seconds=1)
    note = two.path(two.local, Folder.PENDING, proposal.note)
    note.rename(two.path(two.local, Folder.APPROVED, proposal.note))
    two.tick(two.local, seconds=1)
    two.tick(two.cloud, seconds=1)
    assert two.state(proposal) is State.DONE
    assert len(two.odoo.ledger()) == 1


def test_a_letter_that_sync_has_not_brought_yet_was_not_put_away(two: Machines) -> None:
    mail = invoice_request(sent_at=two.clock())
    two.path(two.cloud, Folder.INBOX, "a.eml").write_bytes(mail)
    for _ in range(3):
        two.tick(two.cloud, seconds=2)
    [(item, note)] = two.local.bookmarks.open_items()
    for _ in range(3):
        two.tick(two.local, seconds=2)
    assert two.local.bookmarks.outside_items_open() == 1
    two.sync(note, Folder.NEEDS_ACTION)
    two.tick(two.local, seconds=2)
    assert [each.id for each, _ in two.local.bookmarks.open_items()] == [item.id]
    two.path(two.local, Folder.NEEDS_ACTION, note).unlink()
    two.tick(two.local, seconds=2)
    assert two.local.bookmarks.open_items() == []


def test_of_two_machines_that_miss_the_same_note_one_writes_it(two: Machines) -> None:
    proposal = two.submit(two.cloud)
    two.path(two.cloud, Folder.PENDING, proposal.note).unlink()
    two.local.journal.mark_note(proposal.id, shown=False)
    missed = two.local.journal.find(proposal.id)
    assert missed is not None
    for engine in (two.local, two.cloud):
        engine.ground.notes.show(missed)
    assert two.path(two.local, Folder.PENDING, proposal.note).exists()
    assert not two.path(two.cloud, Folder.PENDING, proposal.note).exists()


def test_a_note_that_sync_has_not_brought_yet_was_not_deleted(two: Machines) -> None:
    proposal = two.submit(two.cloud)
    for _ in range(5):
        two.tick(two.local, minutes=5)
    assert two.state(proposal) is State.PENDING
    two.sync(proposal.note)
    two.tick(two.local, seconds=1)
    two.path(two.local, Folder.PENDING, proposal.note).unlink()
    two.tick(two.local, seconds=1)
    two.tick(two.local, seconds=11)
    assert two.state(proposal) is State.REFUSED


def test_a_copy_that_sync_made_of_an_approved_note_never_runs(two: Machines) -> None:
    proposal = two.submit(two.cloud)
    two.sync(proposal.note)
    two.tick(two.local, seconds=1)
    note = two.path(two.local, Folder.PENDING, proposal.note)
    copy = note.with_name(f"{note.stem}{CONFLICT}.md")
    shutil.copy(note, two.path(two.local, Folder.APPROVED, copy.name))
    two.tick(two.local, seconds=1)
    assert two.state(proposal) is State.PENDING
    note.rename(two.path(two.local, Folder.APPROVED, proposal.note))
    for _ in range(3):
        two.tick(two.local, seconds=20)
    assert two.state(proposal) is State.DONE
    assert len(two.odoo.ledger()) == 1


def test_the_dashboard_is_written_by_one_machine_and_by_the_next_after_its_end(
    two: Machines,
) -> None:
    pages = [engine.vault.root / "Status.md" for engine in (two.cloud, two.local)]
    two.tick(two.cloud, seconds=2)
    two.tick(two.local, seconds=2)
    assert [page.exists() for page in pages] == [True, False]
    two.cloud.close()
    two.tick(two.local, seconds=2)
    assert pages[1].exists()
    two.cloud = two.engine("cloud")


def test_a_letter_that_both_machines_see_is_asked_about_once(two: Machines) -> None:
    letter = invoice_request(sent_at=two.clock())
    for engine in (two.cloud, two.local):
        (two.path(engine, Folder.INBOX) / "a.eml").write_bytes(letter)
        engine.pass_once()
    two.clock.forward(seconds=2)
    for _ in range(3):
        two.tick(two.cloud, seconds=2)
        two.tick(two.local, seconds=2)
    asked = two.local.journal.in_states({State.PENDING})
    assert len(asked) == 1


def test_while_one_machine_takes_in_and_thinks_the_other_does_not(two: Machines) -> None:
    letter = invoice_request(sent_at=two.clock())
    (two.path(two.local, Folder.INBOX) / "a.eml").write_bytes(letter)
    with two.cloud.journal.database.alone("noticing") as ours:
        assert ours
        for _ in range(3):
            two.tick(two.local, seconds=2)
        assert two.local.bookmarks.open_items() == []
    for _ in range(3):
        two.tick(two.local, seconds=2)
    assert len(two.local.journal.in_states({State.PENDING})) == 1


def test_no_secret_lies_in_the_vault_that_is_synced(two: Machines) -> None:
    proposal = two.submit(two.cloud)
    two.tick(two.cloud, seconds=2)
    two.sync(proposal.note)
    two.tick(two.local, seconds=2)
    values = {PASSWORD, QUOTED, *secrets(two.local.settings), *secrets(two.cloud.settings)}
    texts = [
        path.read_text(errors="replace")
        for engine in (two.cloud, two.local)
        for path in engine.vault.root.rglob("*")
        if path.is_file()
    ]
    assert texts
    assert not [value for value in values if value and any(value in text for text in texts)]


# --- who is there ----------------------------------------------------------------------------


def test_who_is_alive_and_who_did_what_is_known(two: Machines) -> None:
    proposal = two.submit(two.local)
    note = two.path(two.local, Folder.PENDING, proposal.note)
    note.rename(two.path(two.local, Folder.APPROVED, proposal.note))
    two.tick(two.local, seconds=1)
    for engine in (two.cloud, two.local):
        engine.bookmarks.beat("filesystem", now=two.clock())
    two.clock.forward(minutes=5)
    two.cloud.bookmarks.beat("gmail", now=two.clock())
    found = {each.name: each for each in machines_of(two.local.bookmarks, two.clock())}
    assert found["local"].done == 1
    assert found["cloud"].done == 0
    assert found["cloud"].processes == ("filesystem", "gmail")
    alive = {name: each.is_alive(two.clock()) for name, each in found.items()}
    assert alive == {"cloud": True, "local": False}
    records = two.local.journal.records_of(proposal.id)
    assert {record["parameters"]["machine"] for record in records} == {"local"}


def test_the_owners_stop_note_stops_every_machine(two: Machines) -> None:
    (two.local.vault.root / STOP_NOTE).write_text("stop")
    assert two.local.switch.is_on()
    assert two.cloud.switch.is_on()
