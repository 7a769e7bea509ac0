"""What is odd about a payment that is to be recorded: only part, or perhaps a second one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.core.money import as_decimal, as_money
from utils.odoo.values import label_of, number

if TYPE_CHECKING:
    from utils.odoo.values import Row
    from utils.odoo_client import OdooClient

#: For how long a payment of the same amount is pointed out (ours: a month's bills, and then some).
_LOOK_BACK: Final = timedelta(days=45)
_TAKEN_BACK: Final = ("draft", "canceled", "cancel", "rejected")
_NAMED: Final = 3


def doubts_about(odoo: OdooClient, row: Row, amount: str) -> tuple[str, ...]:
    """Return a warning where a payment is only part of what is open, or looks like a second one.

    Args:
        odoo: The client.
        row: The invoice or bill, open for at least the amount.
        amount: What is to be recorded.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    return (*_part_of(row, amount), *_same_again(odoo, row, amount))


def _part_of(row: Row, amount: str) -> tuple[str, ...]:
    left = number(row["amount_residual"]) - as_decimal(amount)
    if left <= 0:
        return ()
    open_now = f"{label_of(row['currency_id'])} {as_money(number(row['amount_residual']))}"
    return (f"This pays only part of {row['name']}: {as_money(left)} of {open_now} stays open.",)


def _same_again(odoo: OdooClient, row: Row, amount: str) -> tuple[str, ...]:
    """Return a warning for each payment of the same amount with the same partner lately."""
    if not row["partner_id"]:
        return ()
    since = (odoo.today() - _LOOK_BACK).isoformat()
    earlier = odoo.search_read(
        "account.payment",
        [
            ["partner_id", "=", row["partner_id"][0]],
            ["amount", "=", float(as_decimal(amount))],
            ["date", ">=", since],
            ["state", "not in", list(_TAKEN_BACK)],
        ],
        ("name", "date", "memo"),
        limit=_NAMED,
        order="date desc, id desc",
    )
    who = label_of(row["partner_id"])
    return tuple(
        f"A payment of the same amount with {who} was recorded on {payment['date']} as "
        f"{payment['name']} ({payment['memo'] or 'no memo'}): make sure it is not this one."
        for payment in earlier
    )
