"""The books of one week as values: sums, and the documents behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from utils.times.weeks import Week

#: How far ahead what is due is told (facts, the one-page brief).
AHEAD: Final = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Document:
    """One invoice, bill or credit note as Odoo has it."""

    id: int
    number: str
    kind: str
    partner_id: int
    partner: str
    issued: date | None
    due: date | None
    #: In the document's own currency.
    total: Decimal
    open: Decimal
    currency: str
    reference: str
    url: str


@dataclass(frozen=True, kw_only=True)
class WeekSums:
    """Revenue and expenses of one week."""

    week: Week
    revenue: Decimal
    expenses: Decimal

    @property
    def profit(self) -> Decimal:
        """What is left."""
        return self.revenue - self.expenses


@dataclass(frozen=True, kw_only=True)
class Books:
    """What Odoo says about one week and about today."""

    company: str
    company_id: int
    currency: str
    #: Where Odoo can be opened.
    home: str
    #: The day that what is open, late and held in cash was read for.
    as_of: date
    #: The week asked for and those before it, oldest first.
    weeks: tuple[WeekSums, ...]
    cash: Decimal
    #: By how much cash changed in the week, and in the week before.
    cash_moved: Decimal
    cash_moved_before: Decimal
    #: ``open``, ``not_due``, ``days_1_30`` …: what customers owe, and what we owe.
    receivables: Mapping[str, Decimal]
    payables: Mapping[str, Decimal]
    unapplied: Decimal
    overdue_count: int
    overdue_total: Decimal
    #: The largest first.
    overdue: tuple[Document, ...]
    #: Customers' and vendors' documents dated in the week, the largest first.
    sales: tuple[Document, ...]
    purchases: tuple[Document, ...]
    #: Bills due within two weeks, the first first.
    due_soon: tuple[Document, ...]
    #: Vendors' bills of the last year, oldest first.
    bills: tuple[Document, ...]

    @property
    def this(self) -> WeekSums:
        """The week asked for."""
        return self.weeks[-1]
