"""Payments of the pretend Odoo and the entries they make; nothing is reconciled here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_errors import USER_ERROR, VALIDATION_ERROR, OdooError
from utils.sandbox.odoo_posting import post
from utils.sandbox.odoo_reconciling import refresh_payments, unreconcile
from utils.sandbox.odoo_session import Session, ids_after
from utils.sandbox.odoo_totals import LINE, MOVE, account_of, amounts
from utils.sandbox.odoo_values import cents, rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from utils.sandbox.odoo_store import Row

PAYMENT: Final = "account.payment"


def create_payment(session: Session, values: Mapping[str, Any]) -> int:
    """Make a draft payment and return its id.

    Raises:
        OdooError: A value is wrong, or the amount is negative.
    """
    checked = session.checked(PAYMENT, values)
    invoices = ids_after(checked.pop("invoice_ids", []), [])
    session.all_of(MOVE, invoices)
    # Without an entry it has no accounts; naming one does not change that.
    checked.pop("outstanding_account_id", None)
    company = checked.get("company_id") or session.company_id
    row: Row = {
        "name": False,
        "state": "draft",
        "payment_type": "inbound",
        "partner_type": "customer",
        "amount": 0.0,
        "date": session.today,
        "company_id": company,
        "company_currency_id": session.row("res.company", company)["currency_id"],
        "currency_id": session.row("res.company", company)["currency_id"],
        "is_reconciled": False,
        "is_matched": False,
        "create_uid": session.uid,
    } | checked
    row.setdefault("journal_id", bank_journal(session, company))
    if row["amount"] < 0:
        raise OdooError(VALIDATION_ERROR, "The payment amount cannot be negative.")
    id_ = session.store.insert(PAYMENT, row | {"invoice_ids": invoices})
    session.store.note("payment_created", PAYMENT, id_)
    return id_


def write_payment(session: Session, id_: int, values: Mapping[str, Any]) -> bool:
    """Change a payment; what a posted one has booked stays. Returns whether it differs now."""
    checked = session.checked(PAYMENT, values)
    if "invoice_ids" in checked:
        before = session.row(PAYMENT, id_)["invoice_ids"]
        checked["invoice_ids"] = ids_after(checked["invoice_ids"], before)
    return session.update(PAYMENT, id_, **checked)


def post_payments(session: Session, ids: Sequence[int]) -> None:
    """Post draft payments; posting again changes nothing."""
    for id_ in session.all_of(PAYMENT, ids):
        if session.row(PAYMENT, id_)["state"] == "draft":
            post_payment(session, id_)


def post_payment(session: Session, id_: int, extra: Sequence[tuple[int, float]] = ()) -> None:
    """Post one payment, and make its entry when it names an invoice.

    Without an invoice there is no entry, as in Community without outstanding accounts.

    Args:
        session: The call.
        id_: The payment.
        extra: Account and amount of write-offs, which settle more than was paid.
    """
    invoices = session.row(PAYMENT, id_)["invoice_ids"]
    if invoices:
        _book(session, id_, extra)
    else:
        others = (row for _, row in session.store.rows(PAYMENT))
        number = sum(str(row["name"]).startswith("PAY0") for row in others) + 1
        session.update(PAYMENT, id_, name=f"PAY{number:05d}")
    for invoice in invoices:
        # Others that name a settled invoice turn paid now; a duplicate stays in process itself.
        refresh_payments(session, invoice)
    session.update(PAYMENT, id_, state="in_process")
    session.store.note("payment_posted", PAYMENT, id_)


def cancel_payments(session: Session, ids: Sequence[int]) -> None:
    """Cancel payments; what they settled is open again."""
    for id_ in session.all_of(PAYMENT, ids):
        payment = session.row(PAYMENT, id_)
        if payment.get("move_id"):
            unreconcile(session, payment["move_id"])
            session.update(MOVE, payment["move_id"], state="cancel")
        session.update(PAYMENT, id_, state="canceled", is_reconciled=False)
        session.store.note("cancelled", PAYMENT, id_)


def _book(session: Session, id_: int, extra: Sequence[tuple[int, float]]) -> None:
    """Make the payment's posted entry: money outstanding against receivable or payable."""
    payment = session.row(PAYMENT, id_)
    company = payment["company_id"]
    sign = 1 if payment["payment_type"] == "inbound" else -1
    sale = payment["partner_type"] == "customer"
    due = account_of(session, company, "asset_receivable" if sale else "liability_payable")
    outstanding = _outstanding_account(session, company, inbound=sign > 0)
    worth = rate(session.store, payment["currency_id"], payment["date"])
    parts = [(outstanding, payment["amount"]), *extra]
    total = cents(sum(amount for _, amount in parts))
    move_id = session.store.insert(MOVE, _entry(payment, id_, cents(total * worth)))
    common: Row = {"move_id": move_id, "name": payment.get("memo") or False, "tax_ids": []}
    lines = [
        common | {"account_id": account, "display_type": "product"} | amounts(sign * amount, worth)
        for account, amount in parts
    ]
    last = amounts(-sign * total, worth)
    last |= {"amount_residual": last["balance"], "amount_residual_currency": -sign * total}
    last |= {"account_id": due, "display_type": "payment_term", "date_maturity": payment["date"]}
    lines.append(common | last)
    ids = [session.store.insert(LINE, {"reconciled": False} | line) for line in lines]
    session.update(MOVE, move_id, line_ids=ids)
    mark = len(session.store.effects)
    post(session, move_id)
    # The entry is part of posting the payment, not an effect of its own.
    del session.store.effects[mark:]
    session.update(
        PAYMENT,
        id_,
        move_id=move_id,
        name=session.row(MOVE, move_id)["name"],
        outstanding_account_id=outstanding,
        destination_account_id=due,
    )


def _entry(payment: Row, id_: int, total: float) -> Row:
    keep = ("date", "journal_id", "company_id", "currency_id", "company_currency_id")
    return {name: payment[name] for name in keep} | {
        "move_type": "entry",
        "state": "draft",
        "payment_state": "not_paid",
        "name": False,
        "partner_id": payment.get("partner_id", False),
        "ref": payment.get("memo") or False,
        "origin_payment_id": id_,
        "amount_total": total,
        "amount_total_signed": total,
        "line_ids": [],
    }


def bank_journal(session: Session, company_id: int) -> int:
    """Return a company's bank journal.

    Raises:
        OdooError: The company has none.
    """
    for id_, journal in session.store.rows("account.journal"):
        if journal["type"] == "bank" and journal["company_id"] == company_id:
            return id_
    raise OdooError(USER_ERROR, f"No bank journal in company {company_id}.")


def _outstanding_account(session: Session, company_id: int, *, inbound: bool) -> int:
    name = "Outstanding Receipts" if inbound else "Outstanding Payments"
    for id_, account in session.store.rows("account.account"):
        if account["company_id"] == company_id and account["name"] == name:
            return id_
    raise OdooError(USER_ERROR, f"No account {name} in company {company_id}.")
