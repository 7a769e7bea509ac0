"""The books of one week, with the documents behind the figures and the weeks before it.

Everything is read in one go: where one reading fails there are no books at all, so that no page
mixes figures of which some are missing.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from utils.core.money import as_decimal
from utils.odoo.drafts import MOVE
from utils.odoo.figures import OWED, cash_moved, financial_summary, profit_and_loss
from utils.odoo.values import id_of, label_of, number
from utils.report.books import AHEAD, Books, Document, WeekSums

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from utils.core.model import Json
    from utils.odoo_client import OdooClient
    from utils.times.weeks import Week

#: How many weeks before it a week is compared with.
COMPARED: Final = 8
#: How far back bills are looked at for what recurs.
_BILLS_DAYS: Final = 400
_MOST_BILLS: Final = 2000
_MOST_LATE: Final = 200
_LISTED: Final = 12
_FIELDS: Final = (
    "name",
    "move_type",
    "partner_id",
    "currency_id",
    "invoice_date",
    "invoice_date_due",
    "amount_total",
    "amount_residual",
    "ref",
)


def read_books(odoo: OdooClient, week: Week) -> Books:
    """Return the books of a week.

    Raises:
        EmployeeError: Odoo could not be read; nothing of what was read is used.
    """
    summary = financial_summary(odoo, week.monday, week.sunday)
    company, today = odoo.company(), odoo.today()
    before = week.later(-1)
    late = [*OWED, ["move_type", "=", "out_invoice"], ["invoice_date_due", "<", str(today)]]
    soon = [["invoice_date_due", "<=", str(today + AHEAD)]]
    recent = [["invoice_date", ">=", str(today - timedelta(days=_BILLS_DAYS))]]
    bills = [["state", "=", "posted"], ["move_type", "=", "in_invoice"]]
    return Books(
        company=company.name,
        company_id=company.id,
        currency=company.currency,
        home=odoo.settings.base,
        as_of=today,
        weeks=tuple(_sums(odoo, week.later(-back)) for back in range(COMPARED, -1, -1)),
        cash=_amount(summary["cash"]),
        cash_moved=cash_moved(odoo, week.monday, week.sunday),
        cash_moved_before=cash_moved(odoo, before.monday, before.sunday),
        receivables=_amounts(summary["receivables"]),
        payables=_amounts(summary["payables"]),
        unapplied=_amount(summary["unapplied_credits"]),
        overdue_count=summary["overdue"]["count"],
        overdue_total=_amount(summary["overdue"]["total"]),
        overdue=_documents(odoo, late, "amount_residual_signed desc, id", limit=_MOST_LATE),
        sales=_of_week(odoo, week, "out", "amount_total_signed desc, id"),
        # What is bought counts as negative there, so the largest come first.
        purchases=_of_week(odoo, week, "in", "amount_total_signed, id"),
        due_soon=_documents(
            odoo, [*OWED, bills[1], *soon], "invoice_date_due, id", limit=_MOST_LATE
        ),
        # The newest of too many; told in the order of their days.
        bills=_documents(odoo, [*bills, *recent], "invoice_date desc, id desc", limit=_MOST_BILLS)[
            ::-1
        ],
    )


def documents_by_id(odoo: OdooClient, ids: Iterable[int]) -> dict[int, Document]:
    """Return the documents that Odoo still has of these, by id; cancelled ones are gone.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    wanted = sorted(set(ids))
    domain = [["id", "in", wanted], ["state", "!=", "cancel"]]
    found = _documents(odoo, domain, "id", limit=len(wanted)) if wanted else ()
    return {document.id: document for document in found}


def invoices_by_number(odoo: OdooClient, numbers: Iterable[str]) -> dict[str, Document]:
    """Return customers' posted invoices by their address.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    wanted = sorted(set(numbers))
    domain = [["name", "in", wanted], ["move_type", "=", "out_invoice"], ["state", "=", "posted"]]
    found = _documents(odoo, domain, "id", limit=len(wanted)) if wanted else ()
    return {document.url: document for document in found}


def companies_seen(odoo: OdooClient) -> tuple[str, ...]:
    """Return the names of the companies that the robot user may work in, in order.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    arguments: Json = {"domain": [], "fields": ["name"], "order": "id"}
    rows = odoo.call_read("res.company", "search_read", None, arguments)
    return tuple(str(row["name"]) for row in rows)


def addresses(odoo: OdooClient, partner_ids: Iterable[int]) -> dict[int, str]:
    """Return the mail addresses of contacts that have one.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    wanted = sorted(set(partner_ids))
    rows = odoo.search_read("res.partner", [["id", "in", wanted]], ("email",), limit=len(wanted))
    return {row["id"]: str(row["email"]) for row in rows if row["email"]}


def _sums(odoo: OdooClient, week: Week) -> WeekSums:
    revenue, expenses = profit_and_loss(odoo, week.monday, week.sunday)
    return WeekSums(week=week, revenue=revenue, expenses=expenses)


def _of_week(odoo: OdooClient, week: Week, side: str, order: str) -> tuple[Document, ...]:
    kinds = [f"{side}_{kind}" for kind in ("invoice", "refund", "receipt")]
    domain = [["state", "=", "posted"], ["move_type", "in", kinds]]
    domain += [["date", ">=", str(week.monday)], ["date", "<=", str(week.sunday)]]
    return _documents(odoo, domain, order)


def _documents(
    odoo: OdooClient, domain: Sequence[Any], order: str, *, limit: int = _LISTED
) -> tuple[Document, ...]:
    rows = odoo.search_read(MOVE, domain, _FIELDS, limit=limit, order=order)
    return tuple(_document(odoo, row) for row in rows)


def _document(odoo: OdooClient, row: Json) -> Document:
    return Document(
        id=row["id"],
        number=str(row["name"] or f"draft {row['id']}"),
        kind=row["move_type"],
        partner_id=id_of(row["partner_id"]) or 0,
        partner=label_of(row["partner_id"]),
        issued=_day(row["invoice_date"]),
        due=_day(row["invoice_date_due"]),
        total=number(row["amount_total"]),
        open=number(row["amount_residual"]),
        currency=label_of(row["currency_id"]),
        reference=str(row["ref"] or ""),
        url=odoo.link(MOVE, row["id"]),
    )


def _day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None


def _amount(keyed: Mapping[str, str]) -> Decimal:
    """Return the one amount in a mapping of currency to amount."""
    [text] = keyed.values()
    return as_decimal(text)


def _amounts(parts: Mapping[str, Mapping[str, str]]) -> dict[str, Decimal]:
    return {name: _amount(keyed) for name, keyed in parts.items()}
