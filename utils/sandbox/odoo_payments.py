"""Payments of the pretend Odoo, and the register wizard that gladly pays twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_errors import user_error, validation_error
from utils.sandbox.odoo_moves import LINE, MOVE, account_of, is_sale
from utils.sandbox.odoo_posting import post
from utils.sandbox.odoo_reconciling import due_lines, reconcile, refresh_payments, unreconcile
from utils.sandbox.odoo_session import Session, ids_after
from utils.sandbox.odoo_values import cents, rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from utils.sandbox.odoo_store import Row

PAYMENT: Final = "account.payment"
REGISTER: Final = "account.payment.register"


def create_payment(session: Session, values: Mapping[str, Any]) -> int:
    """Make a draft payment and return its id.

    Raises:
        OdooError: A value is wrong, or the amount is negative.
    """
    checked = session.checked(PAYMENT, values)
    invoices = ids_after(checked.pop("invoice_ids", []), [])
    session.all_of(MOVE, invoices)
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
    row.setdefault("journal_id", _bank_journal(session, company))
    if row["amount"] < 0:
        raise validation_error("The payment amount cannot be negative.")
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
    """Post draft payments; posting again changes nothing.

    A payment that names no invoice gets no journal entry, as in Community without outstanding
    accounts. Nothing is reconciled here.
    """
    for id_ in session.all_of(PAYMENT, ids):
        payment = session.row(PAYMENT, id_)
        if payment["state"] != "draft":
            continue
        if payment["invoice_ids"]:
            _book(session, id_, [])
        else:
            number = sum(
                str(p.get("name")).startswith("PAY0") for _, p in session.store.rows(PAYMENT)
            )
            session.update(PAYMENT, id_, name=f"PAY{number + 1:05d}")
        session.update(PAYMENT, id_, state="in_process")
        session.store.note("payment_posted", PAYMENT, id_)
        for invoice in payment["invoice_ids"]:
            _mark_others_paid(session, invoice, id_)


def cancel_payments(session: Session, ids: Sequence[int]) -> None:
    """Cancel payments; what they settled is open again."""
    for id_ in session.all_of(PAYMENT, ids):
        payment = session.row(PAYMENT, id_)
        if payment.get("move_id"):
            unreconcile(session, payment["move_id"])
            session.update(MOVE, payment["move_id"], state="cancel")
        session.update(PAYMENT, id_, state="canceled", is_reconciled=False)
        session.store.note("cancelled", PAYMENT, id_)


def create_register(session: Session, values: Mapping[str, Any]) -> int:
    """Open the wizard for the moves named in the context and return its id.

    Raises:
        OdooError: Nothing is left to pay, or a move is not posted.
    """
    checked = session.checked(REGISTER, values)
    ids = session.all_of(MOVE, session.context.get("active_ids", []))
    moves = [session.row(MOVE, id_) for id_ in ids]
    if any(move["state"] != "posted" for move in moves):
        raise user_error("You can only register payments for posted entries.")
    residual = cents(sum(move["amount_residual"] for move in moves))
    if not residual:
        raise user_error("There is nothing left to pay for the selected entries.")
    first = moves[0]
    row: Row = {
        "amount": residual,
        "payment_date": session.today,
        "communication": " ".join(str(move["name"]) for move in moves),
        "journal_id": _bank_journal(session, first["company_id"]),
        "currency_id": first["currency_id"],
        "partner_id": first["partner_id"],
        "payment_type": "inbound" if is_sale(first) else "outbound",
        "payment_difference_handling": "open",
        "can_edit_wizard": True,
        "group_payment": len(moves) == 1,
        "company_id": first["company_id"],
    } | checked
    row["payment_difference"] = cents(residual - row["amount"])
    return session.store.insert(REGISTER, row | {"move_ids": ids})


def create_payments(session: Session, ids: Sequence[int]) -> Row | bool:
    """Pay, post and reconcile at once. Confirming the same wizard again pays again."""
    made: list[int] = []
    for id_ in session.all_of(REGISTER, ids):
        wizard = session.row(REGISTER, id_)
        moves = wizard["move_ids"]
        groups = [moves] if wizard["group_payment"] else [[move] for move in moves]
        made += [_pay(session, wizard, group) for group in groups]
    if session.context.get("dont_redirect_to_payments"):
        return True
    return {
        "name": "Payments",
        "type": "ir.actions.act_window",
        "res_model": PAYMENT,
        "context": {"create": False},
        "view_mode": "form",
        "res_id": made[-1],
    }


def _pay(session: Session, wizard: Row, moves: Sequence[int]) -> int:
    single = len(wizard["move_ids"]) == len(moves)
    amount = wizard["amount"] if single else session.row(MOVE, moves[0])["amount_residual"]
    memo = (
        f"GROUP/{wizard['payment_date'][:4]}/00001" if len(moves) > 1 else wizard["communication"]
    )
    names = ("payment_type", "partner_id", "journal_id", "currency_id", "company_id")
    values = {name: wizard[name] for name in names} | {
        "partner_type": "customer" if wizard["payment_type"] == "inbound" else "supplier",
        "amount": amount,
        "date": wizard["payment_date"],
        "memo": memo,
        "invoice_ids": [[6, 0, list(moves)]],
    }
    id_ = create_payment(session, values)
    extra = []
    if wizard["payment_difference_handling"] == "reconcile" and wizard["payment_difference"]:
        extra = [(wizard["writeoff_account_id"], wizard["payment_difference"])]
    _book(session, id_, extra)
    session.update(PAYMENT, id_, state="in_process")
    session.store.note("payment_posted", PAYMENT, id_)
    for move in moves:
        _mark_others_paid(session, move, id_)
    mine = due_lines(session, session.row(PAYMENT, id_)["move_id"])
    reconcile(session, [*[line for move in moves for line in due_lines(session, move)], *mine])
    return id_


def _book(session: Session, id_: int, extra: Sequence[tuple[int, float]]) -> None:
    """Make the payment's posted entry: money outstanding against receivable or payable.

    Args:
        session: The call.
        id_: The payment.
        extra: Account and amount of write-offs, which settle more than was paid.
    """
    payment = session.row(PAYMENT, id_)
    company = payment["company_id"]
    sign = 1 if payment["payment_type"] == "inbound" else -1
    sale = payment["partner_type"] == "customer"
    due = account_of(session, company, "asset_receivable" if sale else "liability_payable")
    outstanding = _outstanding_account(session, company, inbound=sign > 0)
    worth = rate(session.store, payment["currency_id"], payment["date"])
    parts = [(outstanding, payment["amount"]), *extra]
    move_id = session.store.insert(
        MOVE,
        {
            "move_type": "entry",
            "state": "draft",
            "payment_state": "not_paid",
            "date": payment["date"],
            "journal_id": payment["journal_id"],
            "company_id": company,
            "currency_id": payment["currency_id"],
            "company_currency_id": payment["company_currency_id"],
            "partner_id": payment.get("partner_id", False),
            "ref": payment.get("memo") or False,
            "origin_payment_id": id_,
            "line_ids": [],
        },
    )
    for account, amount in parts:
        _add_line(session, move_id, account, sign * amount, worth, "product")
    _add_line(session, move_id, due, -sign * sum(a for _, a in parts), worth, "payment_term")
    effects = len(session.store.effects)
    post(session, move_id)
    # The entry is part of posting the payment, not an effect of its own.
    del session.store.effects[effects:]
    session.update(
        PAYMENT,
        id_,
        move_id=move_id,
        name=session.row(MOVE, move_id)["name"],
        outstanding_account_id=outstanding,
        destination_account_id=due,
    )


def _add_line(
    session: Session, move_id: int, account: int, amount: float, worth: float, kind: str
) -> None:
    balance = cents(amount * worth)
    open_ = kind == "payment_term"
    row = {
        "move_id": move_id,
        "account_id": account,
        "display_type": kind,
        "name": session.row(MOVE, move_id)["ref"],
        "amount_currency": cents(amount),
        "balance": balance,
        "debit": max(balance, 0.0),
        "credit": max(-balance, 0.0),
        "amount_residual": balance if open_ else 0.0,
        "amount_residual_currency": cents(amount) if open_ else 0.0,
        "reconciled": False,
        "date_maturity": session.row(MOVE, move_id)["date"] if open_ else False,
        "tax_ids": [],
    }
    id_ = session.store.insert(LINE, row)
    before = session.row(MOVE, move_id)["line_ids"]
    total = session.row(MOVE, move_id).get("amount_total_signed", 0.0) + row["debit"]
    session.update(
        MOVE, move_id, line_ids=[*before, id_], amount_total=total, amount_total_signed=total
    )


def _mark_others_paid(session: Session, invoice: int, payment: int) -> None:
    """A duplicate of a settled invoice stays in process until something touches the invoice."""
    before = session.row(PAYMENT, payment)["state"]
    refresh_payments(session, invoice)
    session.update(PAYMENT, payment, state=before)


def _bank_journal(session: Session, company_id: int) -> int:
    for id_, journal in session.store.rows("account.journal"):
        if journal["type"] == "bank" and journal["company_id"] == company_id:
            return id_
    raise user_error(f"No bank journal in company {company_id}.")


def _outstanding_account(session: Session, company_id: int, *, inbound: bool) -> int:
    name = "Outstanding Receipts" if inbound else "Outstanding Payments"
    for id_, account in session.store.rows("account.account"):
        if account["company_id"] == company_id and account["name"] == name:
            return id_
    raise user_error(f"No account {name} in company {company_id}.")
