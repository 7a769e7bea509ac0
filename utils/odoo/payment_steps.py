"""Recording that an invoice or bill was paid; no bank is touched.

Odoo's payment wizard pays twice when it is asked twice, so it is not used. A payment is made with
``load`` under an external id of ours, posted, and then applied to its document. Each step looks
first whether it was taken before; a crash between two of them is resumed, never repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError, RejectedError
from utils.core.money import as_decimal, as_money
from utils.odoo.drafts import FIELDS, MOVE, done, external_id, failed, shown_value
from utils.odoo.moves import described
from utils.odoo.values import number

if TYPE_CHECKING:
    from utils.core.model import Json, Outcome, Particulars
    from utils.core.operation import Mark
    from utils.odoo.values import Row
    from utils.odoo_client import OdooClient

PAYMENT: Final = "account.payment"
#: A payment's value to the column that carries it, in the order sent. Without the last one Odoo
#: makes a payment that appears in no account.
_COLUMNS: Final = {
    "payment_type": "payment_type",
    "partner_type": "partner_type",
    "partner_id": "partner_id/.id",
    "amount": "amount",
    "date": "date",
    "memo": "memo",
    "journal_id": "journal_id/.id",
    "currency_id": "currency_id/.id",
    "invoice_id": "invoice_ids/.id",
}
_READ: Final = ("name", "state", "partner_id", "amount", "currency_id", "journal_id")
#: What of a payment must be as approved.
_PINNED: Final = ("partner_id", "amount", "currency_id", "journal_id")
_OPEN: Final = ("not_paid", "partial")


def payment_table(payment: Json, key: str) -> tuple[list[str], list[list[str]]]:
    """Return a payment as ``load`` takes it: column names and one row."""
    row = [external_id(key), *(str(payment[name]) for name in _COLUMNS)]
    return ["id", *_COLUMNS.values()], [row]


def check_open(row: Row, amount: str) -> None:
    """Refuse a document that is not open for that amount.

    Raises:
        InvalidValueError: It is not posted, is paid, or less than that is open.
    """
    if row["state"] != "posted":
        raise InvalidValueError(f"{described(row)} is {row['state']}; only posted ones are paid")
    left = number(row["amount_residual"])
    if row["payment_state"] not in _OPEN or left <= 0:
        paid = f"{described(row)} has nothing open; it is {row['payment_state']}"
        raise InvalidValueError(f"{paid}, so this would be a second payment of it")
    if as_decimal(amount) > left:
        over = as_money(as_decimal(amount) - left)
        raise InvalidValueError(
            f"only {as_money(left)} of {described(row)} is open, so {amount} is {over} too much"
        )


def pay(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Outcome:
    """Record the approved payment, from wherever an earlier attempt stopped.

    Raises:
        EmployeeError: Odoo said no, was not reached, or its answer did not come back.
    """
    invoice_id, payment = pinned.resolved["invoice_id"], pinned.resolved["payment"]
    found = odoo.find_reference(mark.key)
    if found and found.id is None:
        return failed("It was recorded earlier, but Odoo does not show it to the robot user.")
    if found is None and (reason := _not_open(odoo, invoice_id, payment["amount"])):
        return failed(f"{reason} Nothing was recorded.")
    made = found.id if found else None
    mark.go_on()
    id_ = made or odoo.load(PAYMENT, *payment_table(payment, mark.key))
    mark.remember("payment", str(id_))
    row = odoo.read(PAYMENT, id_, _READ)
    if row is None or _differs(row, payment):
        return failed("What Odoo made of the payment differs from what was approved; look there.")
    if row["state"] == "draft":
        mark.go_on()
        odoo.act(PAYMENT, "action_post", id_)
    line = _due_line(odoo, id_)
    if line and not line["reconciled"]:
        apply_line(odoo, invoice_id, line["id"])
    return _judged(odoo, id_, pinned)


def probe_payment(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Outcome | None:
    """Look whether the payment was recorded and applied; see ``Operation.probe``."""
    found = odoo.find_reference(mark.key)
    if found is None:
        return failed("Odoo does not have the payment; nothing was recorded.")
    return _judged(odoo, found.id, pinned) if found.id else None


def apply_line(odoo: OdooClient, move_id: int, line_id: int) -> None:
    """Apply an open line to a document; that it is applied already is no error.

    Raises:
        EmployeeError: Odoo was not reached, or its answer did not come back.
    """
    try:
        odoo.act(MOVE, "js_assign_outstanding_line", move_id, line_id=line_id)
    except RejectedError:
        # Odoo says no to what is applied already; whether that is why, the reading after tells.
        return


def _judged(odoo: OdooClient, id_: int, pinned: Particulars) -> Outcome:
    """Return how far the payment has come."""
    row = odoo.read(PAYMENT, id_, _READ)
    invoice = odoo.read(MOVE, pinned.resolved["invoice_id"], FIELDS)
    if row is None or invoice is None or _differs(row, pinned.resolved["payment"]):
        return failed("What Odoo shows of the payment differs from what was approved; look there.")
    if row["state"] == "draft":
        return failed("The payment is only a draft in Odoo; approving again books it.", row)
    line = _due_line(odoo, id_)
    if line is None or not line["reconciled"]:
        return failed(
            f"The payment {row['name']} is booked but not applied to {invoice['name']}; "
            "approving again applies it and books nothing twice.",
            row,
        )
    left = as_money(number(invoice["amount_residual"]))
    sum_ = f"{pinned.currency} {pinned.amount}"
    return done(
        odoo,
        row,
        f"{sum_} for {invoice['name']} ({pinned.payee}) is recorded as {row['name']}; "
        f"{pinned.currency} {left} of it is open.",
        PAYMENT,
        number=str(row["name"]),
        invoice=str(invoice["name"]),
        open=left,
        currency=pinned.currency,
    )


def _due_line(odoo: OdooClient, payment_id: int) -> Row | None:
    """Return the payment's line that pays something off; None where it appears in no account."""
    rows = odoo.search_read(
        "account.move.line",
        [
            ["payment_id", "=", payment_id],
            ["account_type", "in", ["asset_receivable", "liability_payable"]],
        ],
        ("reconciled", "amount_residual"),
        limit=1,
    )
    return next(iter(rows), None)


def _not_open(odoo: OdooClient, invoice_id: int, amount: str) -> str:
    """Return why a document is not open for that amount any more, or ""."""
    row = odoo.read(MOVE, invoice_id, FIELDS)
    if row is None:
        return "The document is not in Odoo any more."
    try:
        check_open(row, amount)
    except InvalidValueError as error:
        return f"{error.detail[0].upper()}{error.detail[1:]}."
    return ""


def _differs(row: Row, payment: Json) -> bool:
    return any(shown_value(name, row[name]) != payment[name] for name in _PINNED)
