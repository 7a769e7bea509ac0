"""The life of a move: posting with a number, back to draft, cancelling, deleting, reversing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_errors import USER_ERROR, VALIDATION_ERROR, OdooError, no_value
from utils.sandbox.odoo_moves import DRAFT_NAMES, create_move
from utils.sandbox.odoo_reconciling import due_lines, reconcile, refresh, unreconcile
from utils.sandbox.odoo_totals import LINE, MOVE, is_document, is_sale, rebuild

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from utils.sandbox.odoo_session import Session
    from utils.sandbox.odoo_store import Row

REVERSAL: Final = "account.move.reversal"
_BILLS: Final = {"in_invoice", "in_refund"}
_OPPOSITE: Final = {"out_invoice": "out_refund", "in_invoice": "in_refund"}


def post_moves(session: Session, ids: Sequence[int]) -> bool:
    """Post drafts after the checks that `action_post` makes; answers `False`, as Odoo does.

    Raises:
        OdooError: A move is no draft, is empty, lacks its partner or a bill its date.
    """
    for id_ in session.all_of(MOVE, ids):
        _check_postable(session, id_)
        post(session, id_)
    return False


def post(session: Session, id_: int) -> None:
    """Give a draft its number and make it count, without any check."""
    move = session.row(MOVE, id_)
    if is_sale(move) and not move.get("invoice_date"):
        session.update(MOVE, id_, invoice_date=session.today, date=session.today)
    if move.get("name") in DRAFT_NAMES.values():
        session.update(MOVE, id_, name=_next_number(session, move))
    session.update(MOVE, id_, state="posted")
    if is_sale(move):
        session.update(MOVE, id_, payment_reference=move.get("payment_reference") or move["name"])
    _count_partner(session, move)
    session.store.note("move_posted", MOVE, id_)
    refresh(session, id_)
    if move.get("reversed_entry_id"):
        _settle_reversed(session, id_, move["reversed_entry_id"])


def set_draft(session: Session, ids: Sequence[int]) -> None:
    """Take posted or cancelled moves back to draft; what they settled is open again.

    Raises:
        OdooError: A move is a draft already.
    """
    for id_ in session.all_of(MOVE, ids):
        if session.row(MOVE, id_)["state"] == "draft":
            raise OdooError(USER_ERROR, "Only posted or cancelled entries can be reset to draft.")
        _to_draft(session, id_)
        session.store.note("written", MOVE, id_, {"state": "draft"})


def cancel_moves(session: Session, ids: Sequence[int]) -> None:
    """Cancel drafts; posted moves become drafts first.

    Raises:
        OdooError: A move is cancelled already.
    """
    for id_ in session.all_of(MOVE, ids):
        if session.row(MOVE, id_)["state"] == "cancel":
            raise OdooError(USER_ERROR, "Only draft entries can be cancelled.")
        _to_draft(session, id_)
        session.update(MOVE, id_, state="cancel", status_in_payment="cancel")
        session.store.note("cancelled", MOVE, id_)


def delete_moves(session: Session, ids: Sequence[int]) -> bool:
    """Delete drafts and cancelled moves with their lines.

    Raises:
        OdooError: A move is posted.
    """
    for id_ in session.all_of(MOVE, ids):
        move = session.row(MOVE, id_)
        if move["state"] == "posted":
            raise OdooError(
                USER_ERROR, "A posted entry cannot be deleted; reset it to draft first."
            )
        session.store.note("deleted", MOVE, id_, {"name": move.get("name") or ""})
        for line_id in move["line_ids"]:
            session.store.delete(LINE, line_id)
        session.store.delete(MOVE, id_)
    return True


def write_state(session: Session, id_: int, state: str) -> None:
    """Do what writing the field `state` does: it posts, skipping every check.

    The real Odoo allows this; here it exists so that tests can prove that nobody uses it.
    """
    if state == session.row(MOVE, id_)["state"]:
        return
    if state == "posted":
        post(session, id_)
        return
    _to_draft(session, id_)
    session.update(MOVE, id_, state=state)
    session.store.note(
        "cancelled" if state == "cancel" else "written", MOVE, id_, {"state": state}
    )


def create_reversal(session: Session, values: Mapping[str, Any]) -> int:
    """Open the wizard that reverses the moves named in the context; return its id.

    Raises:
        OdooError: `journal_id` is missing, or a move is not posted.
    """
    row = session.checked(REVERSAL, values)
    ids = session.all_of(MOVE, session.context.get("active_ids", row.pop("move_ids", [])))
    if not row.get("journal_id"):
        raise OdooError(VALIDATION_ERROR, no_value("journal_id", REVERSAL))
    moves = [session.row(MOVE, id_) for id_ in ids]
    if any(move["state"] != "posted" for move in moves):
        raise OdooError(USER_ERROR, "You can only reverse posted moves.")
    residual = sum(move["amount_residual"] for move in moves)
    return session.store.insert(
        REVERSAL,
        {"date": session.today, "reason": False} | row | {"move_ids": ids, "residual": residual},
    )


def refund_moves(session: Session, ids: Sequence[int]) -> Row:
    """Make a draft credit note for each of the wizard's moves; return the action."""
    made = [note for id_ in session.all_of(REVERSAL, ids) for note in _refund(session, id_)]
    return _action("Reverse Moves", MOVE, made[-1])


def modify_moves(session: Session, ids: Sequence[int]) -> Row:
    """Make and post credit notes, and draft corrected copies; the action names a copy."""
    copies: list[int] = []
    for id_ in session.all_of(REVERSAL, ids):
        for note in _refund(session, id_):
            post(session, note)
            original = session.row(MOVE, session.row(MOVE, note)["reversed_entry_id"])
            copies.append(_copy(session, original, {}))
    return _action("Reverse Moves", MOVE, copies[-1])


def _action(name: str, model: str, id_: int) -> Row:
    kind = "ir.actions.act_window"
    return {"name": name, "type": kind, "res_model": model, "view_mode": "form", "res_id": id_}


def _check_postable(session: Session, id_: int) -> None:
    move = session.row(MOVE, id_)
    lines = [session.row(LINE, line_id) for line_id in move["line_ids"]]
    if move["state"] != "draft":
        raise OdooError(
            USER_ERROR, f"The entry {move['name'] or 'Draft'} (id {id_}) must be in draft."
        )
    if not any(line["display_type"] == "product" for line in lines):
        raise OdooError(USER_ERROR, "There is nothing to post: the entry has no lines.")
    if abs(sum(line.get("balance", 0.0) for line in lines)) >= 0.005:  # noqa: PLR2004 - half a cent
        raise OdooError(USER_ERROR, "The entry is not balanced.")
    if is_document(move) and not move.get("partner_id"):
        raise OdooError(USER_ERROR, "A partner is required to validate this document.")
    if move["move_type"] in _BILLS and not move.get("invoice_date"):
        raise OdooError(USER_ERROR, "The Bill/Refund date is required to validate this document.")
    if is_document(move) and move["amount_total"] < 0:
        raise OdooError(USER_ERROR, "A document with a negative total cannot be validated.")


def _next_number(session: Session, move: Row) -> str:
    code = session.row("account.journal", move["journal_id"])["code"]
    year, month = move["date"][:4], move["date"][5:7]
    code = f"R{code}" if move["move_type"].endswith("_refund") else code
    code = f"P{code}" if move.get("origin_payment_id") else code
    yearly = is_sale(move) or bool(move.get("origin_payment_id"))
    prefix = f"{code}/{year}/" if yearly else f"{code}/{year}/{month}/"
    numbers = [
        int(other["name"].removeprefix(prefix))
        for _, other in session.store.rows(MOVE)
        if other["company_id"] == move["company_id"]
        and str(other.get("name") or "").startswith(prefix)
    ]
    number = max(numbers, default=0) + 1
    return f"{prefix}{number:0{5 if yearly else 4}d}"


def _count_partner(session: Session, move: Row) -> None:
    if is_document(move) and move.get("partner_id"):
        rank = "customer_rank" if is_sale(move) else "supplier_rank"
        partner = session.row("res.partner", move["partner_id"])
        count = int(partner.get(rank, 0)) + 1
        session.store.update("res.partner", move["partner_id"], **{rank: count})


def _settle_reversed(session: Session, note_id: int, original_id: int) -> None:
    ids = [*due_lines(session, original_id), *due_lines(session, note_id)]
    reconcile(session, [id_ for id_ in ids if not session.row(LINE, id_)["reconciled"]])


def _to_draft(session: Session, id_: int) -> None:
    unreconcile(session, id_)
    session.update(MOVE, id_, state="draft")
    if is_document(session.row(MOVE, id_)):
        rebuild(session, id_)
        refresh(session, id_)


def _refund(session: Session, wizard_id: int) -> list[int]:
    wizard = session.row(REVERSAL, wizard_id)
    made = []
    for id_ in wizard["move_ids"]:
        original = session.row(MOVE, id_)
        reason = f", {wizard['reason']}" if wizard.get("reason") else ""
        values = {
            "move_type": _OPPOSITE.get(original["move_type"], original["move_type"]),
            "reversed_entry_id": id_,
            "ref": f"Reversal of: {original['name']}{reason}",
            "invoice_date": wizard["date"],
            "date": wizard["date"],
            "invoice_date_due": wizard["date"],
            "journal_id": wizard["journal_id"],
        }
        made.append(_copy(session, original, values))
    return made


def _copy(session: Session, original: Row, values: Row) -> int:
    keep = ("move_type", "partner_id", "currency_id", "company_id", "journal_id", "invoice_date")
    lines = [session.row(LINE, id_) for id_ in original["line_ids"]]
    names = ("name", "quantity", "price_unit", "account_id", "product_id", "discount")
    commands = [
        [0, 0, {n: line[n] for n in names if n in line} | {"tax_ids": [[6, 0, line["tax_ids"]]]}]
        for line in lines
        if line["display_type"] == "product"
    ]
    row = {name: original[name] for name in keep if original.get(name)} | values
    return create_move(session, row | {"invoice_line_ids": commands})
