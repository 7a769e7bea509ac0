"""The engine put together: one home's settings, journal, notes, gate and desk."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from utils.approval_gate import Gate
from utils.catalogue import Catalogue, Reaches
from utils.desk import Desk
from utils.journal import Journal
from utils.proposal_notes import ProposalNotes
from utils.settings import load, secrets
from utils.situation import FactFinder
from utils.vault import Vault

if TYPE_CHECKING:
    from utils.core.operation import Service
    from utils.redaction import Redactor
    from utils.settings import Settings


def desk_for(service: Service, redactor: Redactor) -> Desk:
    """Return a desk for one service in a process of its own, where nobody performs.

    Args:
        service: The only one that this desk knows.
        redactor: Learns every secret that the settings hold.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    settings = load()
    redactor.add(*secrets(settings))
    catalogue, reaches = Catalogue((service,)), Reaches(settings)

    @cache
    def gate() -> Gate:
        return gate_of(settings, catalogue, reaches, redactor)

    return Desk(catalogue=catalogue, reaches=reaches, settings=settings, gate=gate, is_alone=True)


def gate_of(
    settings: Settings, catalogue: Catalogue, reaches: Reaches, redactor: Redactor
) -> Gate:
    """Return the gate of a home, with its journal opened.

    Raises:
        JournalError: The journal cannot be opened safely.
    """
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    journal = Journal(path=settings.state_dir / "journal.sqlite3", redact=redactor.clean)
    notes = ProposalNotes(
        vault=Vault(settings.vault_dir), journal=journal, catalogue=catalogue, zone=settings.zone
    )
    return Gate(
        journal=journal,
        notes=notes,
        catalogue=catalogue,
        reaches=reaches,
        facts=FactFinder(journal=journal, settings=settings),
        settings=settings,
    )
