"""What follows from a draft's lines: amounts, tax lines, the due line and the totals."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from utils.sandbox.odoo_errors import USER_ERROR, OdooError
from utils.sandbox.odoo_values import cents, rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.sandbox.odoo_session import Session
    from utils.sandbox.odoo_store import Row

MOVE: Final = "account.move"
LINE: Final = "account.move.line"
#: Types whose receivable or payable line is a debit.
_DEBTORS: Final = {"out_invoice", "out_receipt", "in_refund"}


def is_document(row: Row) -> bool:
    """Return whether a move is an invoice, a bill, a receipt or a credit note."""
    return bool(row["move_type"] != "entry")


def is_sale(row: Row) -> bool:
    """Return whether a move belongs to the customers' side."""
    return bool(row["move_type"].startswith("out_"))


def rebuild(session: Session, move_id: int) -> None:
    """Compute amounts, tax lines, the due line and the totals of a draft."""
    move = session.row(MOVE, move_id)
    lines = session.store.tables[LINE]
    if not is_document(move):
        _rebuild_entry(session, move_id)
        return
    sign = _sign(move)
    worth = rate(session.store, move["currency_id"], move.get("invoice_date") or session.today)
    taxes: defaultdict[int, float] = defaultdict(float)
    products = [id_ for id_ in move["line_ids"] if lines[id_]["display_type"] == "product"]
    once = _rounds_once(session, move)
    exact = sum(_price(session, id_, taxes, sign, worth, once=once) for id_ in products)
    if once and products:
        # What rounding the lines has lost or won is put right on the first of them.
        first = lines[products[0]]["price_subtotal"]
        lost = cents(exact) - sum(lines[id_]["price_subtotal"] for id_ in products)
        session.update(LINE, products[0], **amounts(sign * (first + lost), worth))
    _sync_tax_lines(session, move_id, taxes, sign, worth)
    _sync_due_line(session, move_id)
    _total(session, move_id, worth)


def _sign(move: Row) -> int:
    """Return what turns a document's amounts into debits: -1 where its lines are credits."""
    return -1 if move["move_type"] in _DEBTORS else 1


def _rounds_once(session: Session, move: Row) -> bool:
    """Return whether the company rounds once for a document, and not for each line."""
    method = session.row("res.company", move["company_id"])["tax_calculation_rounding_method"]
    return bool(method == "round_globally")


def _price(
    session: Session,
    id_: int,
    taxes: defaultdict[int, float],
    sign: int,
    worth: float,
    *,
    once: bool,
) -> float:
    """Compute a line's amounts, add its taxes up, and return its net before rounding."""
    line = session.row(LINE, id_)
    share = 1 - line.get("discount", 0.0) / 100
    exact = float(line.get("quantity", 1.0) * line.get("price_unit", 0.0) * share)
    subtotal = cents(exact)
    tax_total = 0.0
    for tax_id in line.get("tax_ids", []):
        tax = (exact if once else subtotal) * session.row("account.tax", tax_id)["amount"] / 100
        tax = tax if once else cents(tax)
        taxes[tax_id] += tax
        tax_total += tax
    session.update(LINE, id_, **amounts(sign * subtotal, worth))
    session.update(LINE, id_, price_subtotal=subtotal, price_total=cents(subtotal + tax_total))
    return exact


def amounts(amount: float, worth: float) -> Row:
    """Return a line's amounts from the one in its currency; positive is a debit."""
    balance = cents(amount * worth)
    return {
        "amount_currency": cents(amount),
        "balance": balance,
        "debit": max(balance, 0.0),
        "credit": max(-balance, 0.0),
    }


def _sync_tax_lines(
    session: Session, move_id: int, taxes: Mapping[int, float], sign: int, worth: float
) -> None:
    lines = session.store.tables[LINE]
    present = {
        lines[id_]["tax_line_id"]: id_
        for id_ in session.row(MOVE, move_id)["line_ids"]
        if lines[id_]["display_type"] == "tax"
    }
    for tax_id in present.keys() - taxes.keys():
        drop_line(session, move_id, present[tax_id])
    for tax_id, amount in taxes.items():
        id_ = present.get(tax_id) or _add_system_line(
            session, move_id, "tax", _account(session, move_id, "liability_current"), tax_id
        )
        session.update(LINE, id_, **amounts(sign * amount, worth))


def _sync_due_line(session: Session, move_id: int) -> None:
    move = session.row(MOVE, move_id)
    lines = session.store.tables[LINE]
    due = [id_ for id_ in move["line_ids"] if lines[id_]["display_type"] == "payment_term"]
    others = [lines[id_] for id_ in move["line_ids"] if id_ not in due]
    balance = cents(-sum(line.get("balance", 0.0) for line in others))
    amount = cents(-sum(line.get("amount_currency", 0.0) for line in others))
    if not any(line["display_type"] == "product" for line in others):
        for id_ in due:
            drop_line(session, move_id, id_)
        return
    kind = "asset_receivable" if is_sale(move) else "liability_payable"
    account = _account(session, move_id, kind)
    id_ = due[0] if due else _add_system_line(session, move_id, "payment_term", account)
    session.update(
        LINE,
        id_,
        balance=balance,
        amount_currency=amount,
        debit=max(balance, 0.0),
        credit=max(-balance, 0.0),
        amount_residual=balance,
        amount_residual_currency=amount,
        reconciled=False,
        date_maturity=move.get("invoice_date_due") or False,
    )


def _total(session: Session, move_id: int, worth: float) -> None:
    lines = session.store.tables[LINE]
    mine = [lines[id_] for id_ in session.row(MOVE, move_id)["line_ids"]]
    products = [line for line in mine if line["display_type"] == "product"]
    taxes = [line for line in mine if line["display_type"] == "tax"]
    sign = _sign(session.row(MOVE, move_id))
    untaxed = cents(sign * sum(line["amount_currency"] for line in products))
    tax = cents(abs(sum(line["amount_currency"] for line in taxes)))
    untaxed_signed = cents(-sum(line["balance"] for line in products))
    tax_signed = cents(-sum(line["balance"] for line in taxes))
    total_signed = cents(untaxed_signed + tax_signed)
    total = cents(untaxed + tax)
    session.update(
        MOVE,
        move_id,
        amount_untaxed=untaxed,
        amount_tax=tax,
        amount_total=total,
        amount_residual=total,
        amount_untaxed_signed=untaxed_signed,
        amount_tax_signed=tax_signed,
        amount_total_signed=total_signed,
        amount_residual_signed=total_signed,
        amount_total_in_currency_signed=cents(
            -sum(line["amount_currency"] for line in products + taxes)
        ),
        invoice_currency_rate=1 / worth,
    )


def _rebuild_entry(session: Session, move_id: int) -> None:
    total = 0.0
    for id_ in session.row(MOVE, move_id)["line_ids"]:
        line = session.row(LINE, id_)
        balance = cents(line.get("debit", 0.0) - line.get("credit", 0.0))
        amount = line.get("amount_currency", balance)
        total += line.get("debit", 0.0)
        open_ = _reconcilable(session, line)
        session.update(
            LINE,
            id_,
            balance=balance,
            amount_currency=amount,
            amount_residual=balance if open_ else 0.0,
            amount_residual_currency=amount if open_ else 0.0,
        )
    session.update(MOVE, move_id, amount_total=cents(total), amount_total_signed=cents(total))


def _reconcilable(session: Session, line: Row) -> bool:
    account = line.get("account_id")
    return bool(account and session.row("account.account", account).get("reconcile"))


def spread_due_date(session: Session, move_id: int) -> None:
    """Let the due line follow the move's due date."""
    move = session.row(MOVE, move_id)
    for id_ in move["line_ids"]:
        if session.row(LINE, id_)["display_type"] == "payment_term":
            session.update(LINE, id_, date_maturity=move["invoice_date_due"])


def _add_system_line(
    session: Session, move_id: int, kind: str, account_id: int, tax_id: int = 0
) -> int:
    row = {
        "display_type": kind,
        "account_id": account_id,
        "tax_line_id": tax_id or False,
        "tax_ids": [],
    }
    id_ = session.store.insert(LINE, {"move_id": move_id, "name": False} | row)
    before = session.row(MOVE, move_id)["line_ids"]
    session.update(MOVE, move_id, line_ids=[*before, id_])
    return id_


def drop_line(session: Session, move_id: int, id_: int) -> None:
    """Delete one line of a move."""
    kept = [other for other in session.row(MOVE, move_id)["line_ids"] if other != id_]
    session.update(MOVE, move_id, line_ids=kept)
    session.store.delete(LINE, id_)


def account_of(session: Session, company_id: int, account_type: str) -> int:
    """Return a company's first account of a type.

    Raises:
        OdooError: The company has none.
    """
    for id_, account in session.store.rows("account.account"):
        if account["company_id"] == company_id and account["account_type"] == account_type:
            return id_
    raise OdooError(USER_ERROR, f"No account of type {account_type} in company {company_id}.")


def _account(session: Session, move_id: int, account_type: str) -> int:
    return account_of(session, session.row(MOVE, move_id)["company_id"], account_type)
