"""The desk of a process of its own, such as an MCP server while the employee is not running."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from utils.approval_gate import Gate
from utils.bookmarks import Bookmarks
from utils.catalogue import Catalogue, Reaches
from utils.clock import utc_now
from utils.desk import Desk
from utils.journal import Journal
from utils.proposal_notes import ProposalNotes
from utils.settings import load, secrets
from utils.situation import FactFinder
from utils.vault import Vault

if TYPE_CHECKING:
    from datetime import datetime

    from utils.core.operation import Service
    from utils.redaction import Redactor
    from utils.settings import Settings

#: Who carries things out, by the name in its heartbeats.
_PERFORMS: Final = "filesystem"
#: Longer than its longest round, in which a service may use up its time-out.
_SILENT: Final = timedelta(minutes=2)


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

    return Desk(
        catalogue=catalogue,
        reaches=reaches,
        settings=settings,
        gate=gate,
        is_alone=lambda: nobody_performs(Bookmarks(database=gate().journal.database), utc_now()),
    )


def nobody_performs(bookmarks: Bookmarks, now: datetime) -> bool:
    """Return whether the process that carries things out has not been heard of for a while."""
    last = bookmarks.beats().get(_PERFORMS)
    return last is None or now - last > _SILENT


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
