"""The figures of one company: what came in, what went out, what is open and how late it is.

Profit and loss and what is open are read from journal items, because only they see manual
entries; who is late is read from invoices. Amounts are in the currency of the books.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from utils.core.money import as_money
from utils.odoo.values import label_of, number

if TYPE_CHECKING:
    from utils.core.model import Json
    from utils.odoo_client import OdooClient

LINE: Final = "account.move.line"
#: Account types that are revenue, and those that are expenses (Odoo 18 and 19).
_REVENUE: Final = ("income", "income_other")
_EXPENSES: Final = (
    "expense",
    "expense_direct_cost",
    "expense_depreciation",
    "expense_other",
)
_POSTED: Final = ["parent_state", "=", "posted"]
#: Conditions for documents that somebody still owes.
OWED: Final = [["state", "=", "posted"], ["payment_state", "in", ["not_paid", "partial"]]]
_LISTED: Final = 20


def financial_summary(odoo: OdooClient, first: date, last: date) -> Json:
    """Return the company's figures for a period, and what is open today.

    Args:
        odoo: The client.
        first: First day of the period.
        last: Last day of the period.

    Returns:
        ``company``, ``currency``, ``period``, ``as_of``, and figures, each as currency to amount:
        ``revenue`` ``expenses`` ``profit`` ``cash``; ``receivables`` and ``payables`` with
        ``open``, ``not_due``, the age of the rest in days, and ``undated``; ``unapplied_credits``
        that the receivables are net of; ``overdue`` with a count, the total and the largest.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    company, today = odoo.company(), odoo.today()
    revenue, expenses = profit_and_loss(odoo, first, last)
    cash = _balance(odoo, ("asset_cash",), [["date", "<=", today.isoformat()]])
    figure = _keyed(company.currency)
    return {
        "company": company.name,
        "currency": company.currency,
        "period": {"first": first.isoformat(), "last": last.isoformat()},
        "as_of": today.isoformat(),
        "revenue": figure(revenue),
        "expenses": figure(expenses),
        "profit": figure(revenue - expenses),
        "cash": figure(cash),
        "receivables": {k: figure(v) for k, v in _ageing(odoo, "asset_receivable", today).items()},
        "payables": {k: figure(-v) for k, v in _ageing(odoo, "liability_payable", today).items()},
        "unapplied_credits": figure(_unapplied(odoo)),
        "overdue": overdue(odoo, limit=_LISTED, offset=0),
    }


def profit_and_loss(odoo: OdooClient, first: date, last: date) -> tuple[Decimal, Decimal]:
    """Return revenue and expenses of a period, each positive when it is usual.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    period = within(first, last)
    return -_balance(odoo, _REVENUE, period), _balance(odoo, _EXPENSES, period)


def cash_moved(odoo: OdooClient, first: date, last: date) -> Decimal:
    """Return by how much the money in bank and cash changed in a period.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    return _balance(odoo, ("asset_cash",), within(first, last))


def within(first: date, last: date) -> list[Any]:
    """Return the conditions for a date in a period, both days included."""
    return [["date", ">=", first.isoformat()], ["date", "<=", last.isoformat()]]


def overdue(odoo: OdooClient, *, limit: int, offset: int) -> Json:
    """Return customers' invoices that are past their due date, largest open amount first.

    Returns:
        ``count``, ``total`` (currency to amount) and ``invoices``. An invoice due today is not
        overdue.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    today = odoo.today()
    late = [*OWED, ["move_type", "=", "out_invoice"], ["invoice_date_due", "<", str(today)]]
    sums = odoo.groups("account.move", late, ("amount_residual_signed",))
    fields = ("name", "partner_id", "invoice_date_due", "amount_residual", "currency_id", "ref")
    rows = odoo.search_read(
        "account.move",
        late,
        fields,
        limit=limit,
        offset=offset,
        order="amount_residual_signed desc, id",
    )
    total = sum((row["amount_residual_signed"] for row in sums), Decimal(0))
    return {
        "count": odoo.count("account.move", late),
        "total": _keyed(odoo.company().currency)(total),
        "invoices": [
            {
                "id": row["id"],
                "number": row["name"],
                "customer": label_of(row["partner_id"]),
                "due": row["invoice_date_due"],
                "days_late": (today - date.fromisoformat(row["invoice_date_due"])).days,
                "open": {label_of(row["currency_id"]): as_money(number(row["amount_residual"]))},
                "reference": row["ref"] or "",
            }
            for row in rows
        ],
    }


def _balance(odoo: OdooClient, types: tuple[str, ...], more: list[Any]) -> Decimal:
    """Return the sum of posted journal items on accounts of these types."""
    domain = [_POSTED, ["account_type", "in", list(types)], *more]
    rows = odoo.groups(LINE, domain, ("balance",))
    return sum((row["balance"] for row in rows), Decimal(0))


def _ageing(odoo: OdooClient, account_type: str, today: date) -> dict[str, Decimal]:
    """Return what is open, by how long it has been due; the parts add up to the whole."""

    def open_of(*when: list[Any]) -> Decimal:
        domain = [*_open_lines(account_type), *when]
        rows = odoo.groups(LINE, domain, ("amount_residual",))
        return sum((row["amount_residual"] for row in rows), Decimal(0))

    def days_ago(days: int) -> str:
        return (today - timedelta(days=days)).isoformat()

    def due(first: int, last: int) -> Decimal:
        since, until = days_ago(last), days_ago(first)
        return open_of(["date_maturity", ">=", since], ["date_maturity", "<=", until])

    return {
        "open": open_of(),
        "not_due": open_of(["date_maturity", ">=", today.isoformat()]),
        "days_1_30": due(1, 30),
        "days_31_60": due(31, 60),
        "days_61_90": due(61, 90),
        "over_90": open_of(["date_maturity", "<", days_ago(90)]),
        "undated": open_of(["date_maturity", "=", False]),
    }


def _unapplied(odoo: OdooClient) -> Decimal:
    """Return what customers have paid or been credited that is applied to no invoice yet."""
    domain = [*_open_lines("asset_receivable"), ["balance", "<", 0]]
    rows = odoo.groups(LINE, domain, ("amount_residual",))
    return -sum((row["amount_residual"] for row in rows), Decimal(0))


def _open_lines(account_type: str) -> list[Any]:
    return [
        _POSTED,
        ["account_type", "=", account_type],
        # Some charts book the owner's own account as a receivable.
        ["account_id.non_trade", "=", False],
        ["reconciled", "=", False],
    ]


def _keyed(currency: str) -> Any:
    """Return what turns an amount into currency to amount, so that none stands without one."""
    return lambda amount: {currency: as_money(amount)}
