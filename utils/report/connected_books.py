"""The books, where a service that keeps them is connected: its client, and a week or why not."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.errors import EmployeeError, UnknownOperationError
from utils.core.model import OutcomeKind
from utils.report.book_checks import several_companies, vanished
from utils.report.odoo_week import read_books

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.assembly.ground import Ground
    from utils.odoo_client import OdooClient
    from utils.report.books import Books
    from utils.report.week_activity import Made
    from utils.report.week_facts import Contradiction
    from utils.times.weeks import Week

#: Whoever offers this keeps the books.
_TOOL: Final = "odoo_financial_summary"
#: What takes a draft of ours back.
_CANCELLING: Final = "odoo_cancel_draft"
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class WeekBooks:
    """The books of a week, or why there are none."""

    books: Books | None = None
    #: One sentence; "" where there are books, or they contradict themselves.
    why: str = ""
    contradictions: tuple[Contradiction, ...] = ()


def book_client(ground: Ground) -> OdooClient:
    """Return the client for the books.

    Raises:
        UnknownOperationError: No service keeps them.
        ConfigurationError: They are not connected.
        ServiceError: They cannot be reached.
    """
    client: OdooClient = ground.reaches.connect(ground.catalogue.service_of(_TOOL))
    return client


def books_of(ground: Ground, week: Week, made: Sequence[Made]) -> WeekBooks:
    """Return the books of a week; a reading that fails leaves none at all.

    Args:
        ground: The home.
        week: Which one.
        made: What we recorded of documents, to be found again in the books.
    """
    try:
        keeper = ground.catalogue.service_of(_TOOL)
    except UnknownOperationError:
        return WeekBooks(why="no service keeps the books")
    if keeper.settings.missing(ground.settings):
        remedy = f"run `uv run orchestrator.py connect {keeper.name}`"
        return WeekBooks(why=f"{keeper.title} is not connected: {remedy}")
    try:
        odoo = book_client(ground)
        if doubts := several_companies(odoo):
            return WeekBooks(contradictions=doubts)
        kept = [each for each in made if each.remote_id not in _cancelled(ground, week)]
        return WeekBooks(books=read_books(odoo, week), contradictions=vanished(odoo, kept))
    except EmployeeError as error:
        return WeekBooks(why=str(error))
    except (TypeError, AttributeError, LookupError, ValueError, ArithmeticError):
        _log.exception("an answer of another shape")
        return WeekBooks(why=f"{keeper.title} gave an answer that makes no sense")


def _cancelled(ground: Ground, week: Week) -> set[int]:
    """Return the ids of the drafts that were cancelled through us since a week began."""
    since = week.starts_at(ground.settings.zone)
    found = (each.outcome for each in ground.journal.recent(_CANCELLING, since))
    return {
        int(outcome.remote_id)
        for outcome in found
        if outcome and outcome.kind is OutcomeKind.DONE and outcome.remote_id.isdigit()
    }
