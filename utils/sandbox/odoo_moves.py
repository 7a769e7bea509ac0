"""Invoices, bills and entries of the pretend Odoo: making and changing drafts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_errors import USER_ERROR, VALIDATION_ERROR, VALUE_ERROR, OdooError
from utils.sandbox.odoo_session import Session, ids_after
from utils.sandbox.odoo_totals import (
    LINE,
    MOVE,
    drop_line,
    is_document,
    is_sale,
    rebuild,
    spread_due_date,
)
from utils.sandbox.odoo_values import cents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from utils.sandbox.odoo_store import Row

#: Kind of the ledger's row by the type of a new move.
_KINDS: Final = {
    "out_invoice": "invoice_created",
    "out_receipt": "invoice_created",
    "in_invoice": "bill_created",
    "in_receipt": "bill_created",
    "out_refund": "credit_note_created",
    "in_refund": "credit_note_created",
}
#: Version to the name of a draft.
DRAFT_NAMES: Final[Mapping[int, str | bool]] = {18: "/", 19: False}
#: Fields that a posted move refuses to have written.
_FROZEN: Final = ("invoice_date", "partner_id", "journal_id", "currency_id", "invoice_line_ids")


def create_move(session: Session, values: Mapping[str, Any]) -> int:
    """Make a draft.

    Args:
        session: The call.
        values: Fields as `create` takes them; lines as commands.

    Returns:
        The new move's id.

    Raises:
        OdooError: A value is wrong, or `state` is not `draft`.
    """
    checked = session.checked(MOVE, values)
    if checked.get("state", "draft") != "draft":
        raise OdooError(USER_ERROR, "A move is created as a draft and posted afterwards.")
    commands = [*checked.pop("line_ids", []), *checked.pop("invoice_line_ids", [])]
    row = _defaults(session, checked) | checked
    row |= _due_by_term(session, row)
    _check_journal(session, row)
    id_ = session.store.insert(MOVE, row)
    apply_lines(session, id_, commands)
    rebuild(session, id_)
    session.store.note(_KINDS.get(row["move_type"], "entry_created"), MOVE, id_)
    return id_


def write_move(session: Session, id_: int, values: Mapping[str, Any]) -> bool:
    """Change a move, but not its state; return whether anything is different now.

    Raises:
        OdooError: A value is wrong, or a posted move is to change in a frozen field.
    """
    row = session.row(MOVE, id_)
    checked = session.checked(MOVE, values)
    frozen = [name for name in _FROZEN if name in checked]
    if row["state"] == "posted" and frozen:
        fields = ", ".join(frozen)
        message = f"You cannot modify the following readonly fields on a posted move: {fields}"
        raise OdooError(USER_ERROR, message)
    commands = [*checked.pop("line_ids", []), *checked.pop("invoice_line_ids", [])]
    if is_sale(row) and checked.get("invoice_date"):
        checked.setdefault("date", checked["invoice_date"])
    changed = session.update(MOVE, id_, **checked)
    changed |= apply_lines(session, id_, commands)
    if row["state"] == "draft" and changed and "payment_state" not in checked:
        rebuild(session, id_)
    elif "invoice_date_due" in checked:
        spread_due_date(session, id_)
    return changed


def apply_lines(session: Session, move_id: int, commands: Sequence[Any]) -> bool:
    """Carry out commands on a move's lines; return whether anything is different now.

    Raises:
        OdooError: A value is wrong, or a line does not exist.
    """
    changed = False
    for command in commands:
        match command:
            case [0, _, dict() as values]:
                add_line(session, move_id, values)
                changed = True
            case [1, int() as id_, dict() as values]:
                changed |= write_line(session, id_, values)
            case [2 | 3, int() as id_, *_]:
                drop_line(session, move_id, id_)
                changed = True
            case [5, *_]:
                for id_ in list(session.row(MOVE, move_id).get("line_ids", [])):
                    drop_line(session, move_id, id_)
                changed = True
            case _:
                raise OdooError(VALUE_ERROR, f"Invalid command {command!r}")
    return changed


def add_line(session: Session, move_id: int, values: Mapping[str, Any]) -> int:
    """Add one line and return its id; raises like `create_move`."""
    move = session.row(MOVE, move_id)
    checked = session.checked(LINE, values)
    kind = checked.setdefault("display_type", "product")
    if kind == "product" and is_document(move):
        _fill_from_product(session, move, checked)
    checked["tax_ids"] = (
        ids_after(checked["tax_ids"], [])
        if "tax_ids" in checked
        else _default_taxes(session, move, checked)
    )
    _round_quantity(checked)
    id_ = session.store.insert(LINE, {"move_id": move_id, "quantity": 1.0} | checked)
    session.update(MOVE, move_id, line_ids=[*move.get("line_ids", []), id_])
    return id_


def write_line(session: Session, id_: int, values: Mapping[str, Any]) -> bool:
    """Change one line's own values, not the totals; return whether anything is different now.

    Raises:
        OdooError: The line does not exist or a value is wrong.
    """
    before = session.row(LINE, id_).get("tax_ids", [])
    checked = session.checked(LINE, values)
    if "tax_ids" in checked:
        checked["tax_ids"] = ids_after(checked["tax_ids"], before)
    _round_quantity(checked)
    return session.update(LINE, id_, **checked)


def _defaults(session: Session, values: Row) -> Row:
    kind = values.get("move_type", "entry")
    company = session.row("res.company", values.get("company_id") or session.company_id)
    row: Row = {
        "name": DRAFT_NAMES[session.store.version],
        "state": "draft",
        "move_type": kind,
        "payment_state": "not_paid",
        "status_in_payment": "draft",
        "auto_post": "no",
        "company_id": values.get("company_id") or session.company_id,
        "currency_id": company["currency_id"],
        "company_currency_id": company["currency_id"],
        "date": session.today,
        "line_ids": [],
        "invoice_user_id": session.uid,
        "create_uid": session.uid,
        "write_uid": session.uid,
    }
    row["journal_id"] = _journal_for(session, kind, row["company_id"])
    if kind.startswith("out_") and values.get("invoice_date"):
        row["date"] = values["invoice_date"]
    if kind != "entry":
        row["invoice_date_due"] = session.today
    return row


def _due_by_term(session: Session, row: Row) -> Row:
    """Return the term of a document's partner and the due date, which it decides.

    A given due date stands only where the term is given as empty.
    """
    partner = session.store.tables["res.partner"].get(row.get("partner_id") or 0, {})
    term = row.get("invoice_payment_term_id", partner.get("property_payment_term_id", False))
    if not term or not is_document(row):
        return {}
    issued = date.fromisoformat(row.get("invoice_date") or session.today)
    due = issued + timedelta(days=session.row("account.payment.term", term)["days"])
    return {"invoice_payment_term_id": term, "invoice_date_due": due.isoformat()}


def _journal_for(session: Session, move_type: str, company_id: int) -> int:
    wanted = "sale" if move_type.startswith("out_") else "purchase"
    wanted = "general" if move_type == "entry" else wanted
    for id_, journal in session.store.rows("account.journal"):
        if journal["type"] == wanted and journal["company_id"] == company_id:
            return id_
    raise OdooError(USER_ERROR, f"No journal of type {wanted} in company {company_id}.")


def _check_journal(session: Session, row: Row) -> None:
    journal = session.row("account.journal", row["journal_id"])
    wanted = "sale" if is_sale(row) else "purchase"
    if is_document(row) and journal["type"] != wanted:
        raise OdooError(VALIDATION_ERROR, "A document of this type cannot go into this journal.")
    if journal["company_id"] != row["company_id"]:
        raise OdooError(USER_ERROR, "The journal belongs to another company.")


def _default_taxes(session: Session, move: Row, line: Row) -> list[int]:
    if not is_document(move) or line["display_type"] != "product":
        return []
    field = "taxes_id" if is_sale(move) else "supplier_taxes_id"
    product = session.row("product.product", line["product_id"]) if line.get("product_id") else {}
    account = session.row("account.account", line["account_id"])
    use = "sale" if is_sale(move) else "purchase"
    usual = [
        id_
        for id_ in account.get("tax_ids", [])
        if session.row("account.tax", id_)["type_tax_use"] == use
    ]
    return list(product.get(field) or usual)


def _round_quantity(line: Row) -> None:
    """Keep two decimals of a quantity, without a word, as the real one does."""
    if "quantity" in line:
        line["quantity"] = cents(line["quantity"])


def _fill_from_product(session: Session, move: Row, line: Row) -> None:
    """Fill in what a product line does not name.

    Raises:
        OdooError: Its account is named as none.
    """
    journal = session.row("account.journal", move["journal_id"])
    if not line.setdefault("account_id", journal["default_account_id"]):
        raise OdooError(VALIDATION_ERROR, "A line that counts needs its account.")
    if line.get("product_id"):
        product = session.row("product.product", line["product_id"])
        line.setdefault("name", product["name"])
        price = "list_price" if is_sale(move) else "standard_price"
        line.setdefault("price_unit", product.get(price, 0.0))
