"""The engine put together: one home's settings, journal, notes, gate, executor and desk."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from utils.action_executor import Executor
from utils.alerts import Alerts
from utils.approval_gate import Gate
from utils.audit_log import AuditLog
from utils.bookmarks import Bookmarks
from utils.catalogue import Catalogue, Reaches
from utils.clock import utc_now
from utils.core.errors import AlreadyRunningError
from utils.decision_folders import DecisionFolders
from utils.decisions import Decisions
from utils.follow_up import FollowUp
from utils.gmail_to_odoo_parser import Viewpoint
from utils.inbox import Inbox
from utils.intake import Intake
from utils.item_notes import ItemNotes
from utils.journal import Journal
from utils.kill_switch import KillSwitch
from utils.proposal_notes import ProposalNotes
from utils.reconciler import Reconciler
from utils.redaction import Redactor
from utils.revision import Reviser
from utils.settings import load, secrets
from utils.setup_logger import setup_logger
from utils.situation import FactFinder
from utils.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from utils.clock import Clock
    from utils.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Everything that decides and acts for one home.

    It is put together in one place, so that each part is handed what it needs and nothing else.
    """

    settings: Settings
    clock: Clock
    catalogue: Catalogue
    journal: Journal
    bookmarks: Bookmarks
    vault: Vault
    switch: KillSwitch
    gate: Gate
    intake: Intake
    inbox: Inbox
    folders: DecisionFolders
    decisions: Decisions
    executor: Executor
    reconciler: Reconciler
    follow_up: FollowUp
    alerts: Alerts
    audit_log: AuditLog

    @classmethod
    def of(
        cls,
        settings: Settings,
        catalogue: Catalogue,
        *,
        clock: Clock = utc_now,
        redactor: Redactor | None = None,
    ) -> Self:
        """Put the engine of a home together, with its journal opened.

        Raises:
            JournalError: The journal cannot be opened safely.
        """
        redact = redactor or Redactor(secrets(settings))
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        path = settings.state_dir / "journal.sqlite3"
        journal = Journal(path=path, clock=clock, redact=redact.clean)
        return cls(**_parts(settings, catalogue, journal, clock))

    def start(self) -> None:
        """Make the vault where it is missing, and settle what a dead process left behind.

        Only to be called while holding the executor's lock.
        """
        self.vault.make()
        self.reconciler.recover()

    def pass_once(self) -> None:
        """Make one full pass: take in, think, read decisions, carry out, look, render.

        Raises:
            VaultMissingError: The vault is not there; nothing was taken for withdrawn.
            JournalError: The journal cannot be kept; whoever runs this must stop.
        """
        if not self.switch.is_on():
            self.inbox.take_in()
            self.intake.think()
        self.decisions.expire()
        self.folders.sweep()
        self.carry_out()
        self.reconciler.look()
        self.follow_up.follow()
        self.audit_log.render()

    def carry_out(self) -> None:
        """Perform what is granted and due, unless everything is stopped."""
        if not self.switch.is_on():
            self.executor.run_due()
        self.audit_log.render()

    def close(self) -> None:
        """Write what is left of the log and let go of the journal."""
        self.audit_log.render(whole=True)
        self.journal.close()


def _parts(
    settings: Settings, catalogue: Catalogue, journal: Journal, clock: Clock
) -> dict[str, object]:
    """Return every part of an engine by its name."""
    reaches = Reaches(settings)
    vault = Vault(settings.vault_dir)
    bookmarks = Bookmarks(database=journal.database)
    notes = ProposalNotes(vault=vault, journal=journal, catalogue=catalogue, zone=settings.zone)
    item_notes = ItemNotes(vault=vault, zone=settings.zone)
    alerts = Alerts(notes=item_notes, bookmarks=bookmarks, journal=journal, clock=clock)
    decisions = Decisions(journal=journal, notes=notes, settings=settings, clock=clock)
    switch = KillSwitch(vault=vault, journal=journal)
    gate = Gate(
        journal=journal,
        notes=notes,
        catalogue=catalogue,
        reaches=reaches,
        facts=FactFinder(journal=journal, settings=settings),
        settings=settings,
        clock=clock,
    )
    view = Viewpoint(
        currency=settings.currency, zone=settings.zone, own_names=_own_names(settings)
    )
    intake = Intake(
        journal=journal, bookmarks=bookmarks, gate=gate, notes=item_notes, view=view, clock=clock
    )
    return {
        "settings": settings,
        "clock": clock,
        "catalogue": catalogue,
        "journal": journal,
        "bookmarks": bookmarks,
        "vault": vault,
        "switch": switch,
        "gate": gate,
        "intake": intake,
        "inbox": Inbox(
            vault=vault, intake=intake, bookmarks=bookmarks, alerts=alerts, clock=clock
        ),
        "folders": DecisionFolders(
            vault=vault,
            journal=journal,
            decisions=decisions,
            notes=notes,
            reviser=Reviser(catalogue=catalogue, reaches=reaches),
            alerts=alerts,
            settings=settings,
            clock=clock,
        ),
        "decisions": decisions,
        "executor": Executor(
            journal=journal,
            vault=vault,
            notes=notes,
            decisions=decisions,
            switch=switch,
            catalogue=catalogue,
            reaches=reaches,
            settings=settings,
            clock=clock,
        ),
        "reconciler": Reconciler(
            journal=journal,
            notes=notes,
            decisions=decisions,
            catalogue=catalogue,
            reaches=reaches,
            settings=settings,
            clock=clock,
        ),
        "follow_up": FollowUp(
            journal=journal, bookmarks=bookmarks, notes=item_notes, vault=vault, clock=clock
        ),
        "alerts": alerts,
        "audit_log": AuditLog(folder=settings.logs_dir, journal=journal),
    }


def _own_names(settings: Settings) -> tuple[str, ...]:
    return tuple(filter(None, (settings.owner_name,)))


@contextmanager
def open_engine(home: Path | None = None) -> Iterator[Engine]:
    """Open the engine of a home for the length of a ``with`` block.

    Raises:
        ConfigurationError: A setting is wrong.
        JournalError: The journal cannot be opened safely.
    """
    settings = load(home)
    redactor = Redactor(secrets(settings))
    setup_logger(settings.log_level, redactor)
    engine = Engine.of(settings, Catalogue.load(settings.project_root), redactor=redactor)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def sole_executor(settings: Settings) -> Iterator[None]:
    """Be the only process of a home that performs, for the length of a ``with`` block.

    Raises:
        AlreadyRunningError: Another process holds the lock.
    """
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(settings.state_dir / "executor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise AlreadyRunningError(str(settings.home)) from error
    finally:
        os.close(descriptor)
