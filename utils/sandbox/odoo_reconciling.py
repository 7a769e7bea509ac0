"""Matching receivable and payable lines with each other, and what that does to documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.sandbox.odoo_errors import USER_ERROR, OdooError
from utils.sandbox.odoo_totals import LINE, MOVE, is_document
from utils.sandbox.odoo_values import cents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.sandbox.odoo_session import Session

#: Internal model: which line settled how much of which other line.
PARTIAL: Final = "account.partial.reconcile"
_PAYMENT: Final = "account.payment"
_REFUNDS: Final = {"out_refund", "in_refund"}


def assign_outstanding_line(session: Session, move_id: int, line_id: int) -> None:
    """Match a payment's or credit note's open line with a document's open lines.

    Raises:
        OdooError: Nothing is open any more on one side, or the accounts differ.
    """
    line = session.row(LINE, line_id)
    open_lines = [
        id_ for id_ in due_lines(session, move_id) if not session.row(LINE, id_).get("reconciled")
    ]
    if line.get("reconciled") or not open_lines:
        raise OdooError(
            USER_ERROR, "You are trying to reconcile some entries that are already reconciled."
        )
    if line.get("account_id") != session.row(LINE, open_lines[0])["account_id"]:
        raise OdooError(USER_ERROR, "Entries are not from the same account.")
    if session.row(MOVE, line["move_id"])["state"] != "posted":
        raise OdooError(USER_ERROR, "You can only reconcile posted entries.")
    reconcile(session, [*open_lines, line_id])


def due_lines(session: Session, move_id: int) -> list[int]:
    """Return the ids of a move's receivable and payable lines."""
    lines = session.store.tables[LINE]
    ids = session.row(MOVE, move_id)["line_ids"]
    return [id_ for id_ in ids if lines[id_].get("display_type") == "payment_term"]


def reconcile(session: Session, line_ids: Sequence[int]) -> None:
    """Match debits with credits, oldest first, until one side is used up; note it once."""
    lines = session.store.tables[LINE]
    debits = [id_ for id_ in line_ids if lines[id_]["amount_residual"] > 0]
    credits_ = [id_ for id_ in line_ids if lines[id_]["amount_residual"] < 0]
    matched = 0.0
    for debit in debits:
        for credit in credits_:
            if not lines[debit]["reconciled"] and not lines[credit]["reconciled"]:
                matched += _match(session, debit, credit)
    if not matched:
        return
    moves = list(dict.fromkeys(lines[id_]["move_id"] for id_ in line_ids))
    for move_id in moves:
        refresh(session, move_id)
    document = next(id_ for id_ in moves if is_document(session.row(MOVE, id_)))
    details = {"amount": cents(matched), "move_ids": moves, "line_ids": list(line_ids)}
    session.store.note("reconciled", MOVE, document, details)


def unreconcile(session: Session, move_id: int) -> None:
    """Undo every matching of a move's lines, on both sides."""
    mine = set(session.row(MOVE, move_id)["line_ids"])
    others: set[int] = set()
    for partial_id, partial in list(session.store.rows(PARTIAL)):
        if mine.isdisjoint((partial["debit_id"], partial["credit_id"])):
            continue
        session.store.delete(PARTIAL, partial_id)
        for side in ("debit", "credit"):
            line = session.row(LINE, partial[f"{side}_id"])
            session.update(
                LINE,
                partial[f"{side}_id"],
                amount_residual=cents(line["amount_residual"] + partial[side]),
                amount_residual_currency=cents(
                    line["amount_residual_currency"] + partial[f"{side}_currency"]
                ),
                reconciled=False,
            )
            others.add(line["move_id"])
    for other in others:
        refresh(session, other)


def refresh(session: Session, move_id: int) -> None:
    """Bring a document's residual and payment state, and its payments' state, up to date."""
    move = session.row(MOVE, move_id)
    if is_document(move):
        lines = [session.row(LINE, id_) for id_ in due_lines(session, move_id)]
        residual = cents(abs(sum(line["amount_residual_currency"] for line in lines)))
        signed = cents(sum(line["amount_residual"] for line in lines))
        session.update(MOVE, move_id, amount_residual=residual, amount_residual_signed=signed)
        _set_payment_state(session, move_id)
    elif move.get("origin_payment_id"):
        lines = [session.row(LINE, id_) for id_ in due_lines(session, move_id)]
        done = bool(lines) and all(line["reconciled"] for line in lines)
        session.update(_PAYMENT, move["origin_payment_id"], is_reconciled=done)


def refresh_payments(session: Session, move_id: int) -> None:
    """Let payments in process that name a settled document become paid, as Odoo does."""
    if session.row(MOVE, move_id)["payment_state"] not in {"paid", "reversed"}:
        return
    for id_, payment in session.store.rows(_PAYMENT):
        if payment["state"] == "in_process" and move_id in payment["invoice_ids"]:
            session.update(_PAYMENT, id_, state="paid")


def _set_payment_state(session: Session, move_id: int) -> None:
    move = session.row(MOVE, move_id)
    state = "not_paid"
    if move["state"] == "posted" and not move["amount_residual"]:
        state = "reversed" if _settled_by_refund(session, move_id) else "paid"
    elif move["state"] == "posted" and move["amount_residual"] < move["amount_total"]:
        state = "partial"
    shown = move["state"] if state == "not_paid" else state
    session.update(MOVE, move_id, payment_state=state, status_in_payment=shown)
    refresh_payments(session, move_id)


def _settled_by_refund(session: Session, move_id: int) -> bool:
    """Return whether only credit notes of this very document have settled it."""
    mine = set(session.row(MOVE, move_id)["line_ids"])
    lines = session.store.tables[LINE]
    others = [
        session.row(MOVE, lines[other]["move_id"])
        for _, partial in session.store.rows(PARTIAL)
        for one, other in (
            (partial["debit_id"], partial["credit_id"]),
            (partial["credit_id"], partial["debit_id"]),
        )
        if one in mine
    ]
    return bool(others) and all(
        other["move_type"] in _REFUNDS and other.get("reversed_entry_id") == move_id
        for other in others
    )


def _match(session: Session, debit_id: int, credit_id: int) -> float:
    """Settle two lines against each other; return the amount in company currency."""
    debit, credit = session.row(LINE, debit_id), session.row(LINE, credit_id)
    same = _currency(session, debit_id) == _currency(session, credit_id)
    key = "amount_residual_currency" if same else "amount_residual"
    settled = min(debit[key], -credit[key])
    partial: dict[str, float] = {"debit_id": debit_id, "credit_id": credit_id}
    for side, id_ in (("debit", debit_id), ("credit", credit_id)):
        line = session.row(LINE, id_)
        part = settled / abs(line[key])
        residual = cents(line["amount_residual"] * (1 - part))
        residual_currency = cents(line["amount_residual_currency"] * (1 - part))
        partial |= {
            side: cents(line["amount_residual"] - residual),
            f"{side}_currency": cents(line["amount_residual_currency"] - residual_currency),
        }
        session.update(
            LINE,
            id_,
            amount_residual=residual,
            amount_residual_currency=residual_currency,
            reconciled=not residual and not residual_currency,
        )
    session.store.insert(PARTIAL, partial)
    return float(min(partial["debit"], -partial["credit"]))


def _currency(session: Session, line_id: int) -> int:
    return int(session.row(MOVE, session.row(LINE, line_id)["move_id"])["currency_id"])
