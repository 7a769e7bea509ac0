"""The wizard that registers payments in the pretend Odoo, and that gladly pays twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_errors import USER_ERROR, OdooError
from utils.sandbox.odoo_payments import PAYMENT, bank_journal, create_payment, post_payment
from utils.sandbox.odoo_reconciling import due_lines, reconcile
from utils.sandbox.odoo_totals import MOVE, is_sale
from utils.sandbox.odoo_values import cents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from utils.sandbox.odoo_session import Session
    from utils.sandbox.odoo_store import Row

REGISTER: Final = "account.payment.register"


def create_register(session: Session, values: Mapping[str, Any]) -> int:
    """Open the wizard for the moves named in the context and return its id.

    Raises:
        OdooError: Nothing is left to pay, or a move is not posted.
    """
    checked = session.checked(REGISTER, values)
    ids = session.all_of(MOVE, session.context.get("active_ids", []))
    moves = [session.row(MOVE, id_) for id_ in ids]
    if any(move["state"] != "posted" for move in moves):
        raise OdooError(USER_ERROR, "You can only register payments for posted entries.")
    residual = cents(sum(move["amount_residual"] for move in moves))
    if not residual:
        raise OdooError(USER_ERROR, "There is nothing left to pay for the selected entries.")
    first = moves[0]
    row: Row = {
        "amount": residual,
        "payment_date": session.today,
        "communication": " ".join(str(move["name"]) for move in moves),
        "journal_id": bank_journal(session, first["company_id"]),
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
    post_payment(session, id_, extra)
    mine = due_lines(session, session.row(PAYMENT, id_)["move_id"])
    reconcile(session, [*[line for move in moves for line in due_lines(session, move)], *mine])
    return id_
