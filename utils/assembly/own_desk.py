"""The desk of a process of its own, such as an MCP server while the employee is not running."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from utils.assembly.ground import Ground
from utils.catalogue import Catalogue, Reaches
from utils.core.processes import is_gone
from utils.desk import Desk
from utils.settings import load, secrets
from utils.storage.breakers import Breakers
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from utils.approval_gate import Gate
    from utils.core.operation import Service
    from utils.redaction import Redactor
    from utils.settings import Settings
    from utils.storage.bookmarks import Bookmarks

#: Who carries things out, by the name in its heartbeats.
_PERFORMS: Final = "filesystem"


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
    catalogue = _catalogue(service, settings)

    @cache
    def gate() -> Gate:
        return Ground.of(settings, catalogue, redactor).gate()

    breakers = Breakers(journal=lambda: gate().journal)
    return Desk(
        catalogue=catalogue,
        reaches=Reaches(settings, breakers.line),
        settings=settings,
        gate=gate,
        is_alone=lambda: nobody_performs(gate().bookmarks, utc_now()),
    )


def _catalogue(service: Service, settings: Settings) -> Catalogue:
    """Return what the desk has to know: the service, or all of them where it stands for others."""
    if any(operation.composite for operation in service.operations):
        return Catalogue.load(settings.project_root)
    return Catalogue((service,))


def nobody_performs(bookmarks: Bookmarks, now: datetime) -> bool:
    """Return whether the process that carries things out has not been heard of for a while."""
    last = bookmarks.last_beat(_PERFORMS)
    return last is None or is_gone(now - last)
