"""Invoices, bills and entries of the pretend Odoo: their lines, taxes and totals."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_errors import missing_record, user_error
from utils.sandbox.odoo_session import Session, ids_after
from utils.sandbox.odoo_values import cents, rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from utils.sandbox.odoo_store import Row

MOVE: Final = "account.move"
LINE: Final = "account.move.line"

#: Kind of the ledger's row by the type of a new move.
_KINDS: Final = {
    "out_invoice": "invoice_created",
    "out_receipt": "invoice_created",
    "in_invoice": "bill_created",
    "in_receipt": "bill_created",
    "out_refund": "credit_note_created",
    "in_refund": "credit_note_created",
}
#: Types whose receivable or payable line is a debit.
_DEBTORS: Final = {"out_invoice", "out_receipt", "in_refund"}
#: Fields that a posted move refuses to have written.
_FROZEN: Final = ("invoice_date", "partner_id", "journal_id", "currency_id", "invoice_line_ids")


def is_document(row: Row) -> bool:
    """Return whether a move is an invoice, a bill, a receipt or a credit note."""
    return bool(row["move_type"] != "entry")


def is_sale(row: Row) -> bool:
    """Return whether a move belongs to the customers' side."""
    return bool(row["move_type"].startswith("out_"))


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
        raise user_error("A move is created as a draft and posted afterwards.")
    commands = [*checked.pop("line_ids", []), *checked.pop("invoice_line_ids", [])]
    row = _defaults(session, checked) | checked
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
        raise user_error(message)
    commands = [*checked.pop("line_ids", []), *checked.pop("invoice_line_ids", [])]
    if is_sale(row) and checked.get("invoice_date"):
        checked.setdefault("date", checked["invoice_date"])
    changed = session.update(MOVE, id_, **checked)
    changed |= apply_lines(session, id_, commands)
    if row["state"] == "draft" and changed and "payment_state" not in checked:
        rebuild(session, id_)
    elif "invoice_date_due" in checked:
        _spread_due_date(session, id_)
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
                _drop_line(session, move_id, id_)
                changed = True
            case [5, *_]:
                for id_ in list(session.row(MOVE, move_id).get("line_ids", [])):
                    _drop_line(session, move_id, id_)
                changed = True
    return changed


def add_line(session: Session, move_id: int, values: Mapping[str, Any]) -> int:
    """Add one line and return its id; raises like `create_move`."""
    move = session.row(MOVE, move_id)
    checked = session.checked(LINE, values)
    kind = checked.setdefault("display_type", "product")
    checked["tax_ids"] = (
        ids_after(checked["tax_ids"], [])
        if "tax_ids" in checked
        else _default_taxes(session, move, checked)
    )
    if kind == "product" and is_document(move):
        _fill_from_product(session, move, checked)
    id_ = session.store.insert(LINE, {"move_id": move_id, "quantity": 1.0} | checked)
    session.update(MOVE, move_id, line_ids=[*move.get("line_ids", []), id_])
    return id_


def write_line(session: Session, id_: int, values: Mapping[str, Any]) -> bool:
    """Change one line's own values, not the totals; return whether anything is different now.

    Raises:
        OdooError: The line does not exist or a value is wrong.
    """
    if id_ not in session.store.tables[LINE]:
        raise missing_record(LINE, id_, session.uid)
    checked = session.checked(LINE, values)
    if "tax_ids" in checked:
        before = session.row(LINE, id_).get("tax_ids", [])
        checked["tax_ids"] = ids_after(checked["tax_ids"], before)
    return session.update(LINE, id_, **checked)


def rebuild(session: Session, move_id: int) -> None:
    """Compute amounts, tax lines, the due line and the totals of a draft."""
    move = session.row(MOVE, move_id)
    lines = session.store.tables[LINE]
    if not is_document(move):
        _rebuild_entry(session, move_id)
        return
    sign = -1 if move["move_type"] in _DEBTORS else 1
    worth = rate(session.store, move["currency_id"], move.get("invoice_date") or session.today)
    taxes: defaultdict[int, float] = defaultdict(float)
    for id_ in move["line_ids"]:
        if lines[id_]["display_type"] == "product":
            _price(session, id_, taxes, sign, worth)
    _sync_tax_lines(session, move_id, taxes, sign, worth)
    _sync_due_line(session, move_id)
    _total(session, move_id, worth)


def _price(
    session: Session, id_: int, taxes: defaultdict[int, float], sign: int, worth: float
) -> None:
    line = session.row(LINE, id_)
    share = 1 - line.get("discount", 0.0) / 100
    subtotal = cents(line.get("quantity", 1.0) * line.get("price_unit", 0.0) * share)
    tax_total = 0.0
    for tax_id in line.get("tax_ids", []):
        tax = cents(subtotal * session.row("account.tax", tax_id)["amount"] / 100)
        taxes[tax_id] += tax
        tax_total += tax
    _book(session, id_, sign * subtotal, worth)
    session.update(LINE, id_, price_subtotal=subtotal, price_total=cents(subtotal + tax_total))


def _book(session: Session, id_: int, amount: float, worth: float) -> None:
    """Set a line's amount in its currency, and what follows in company currency."""
    balance = cents(amount * worth)
    session.update(
        LINE,
        id_,
        amount_currency=cents(amount),
        balance=balance,
        debit=max(balance, 0.0),
        credit=max(-balance, 0.0),
    )


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
        _drop_line(session, move_id, present[tax_id])
    for tax_id, amount in taxes.items():
        id_ = present.get(tax_id) or _add_system_line(
            session, move_id, "tax", _account(session, move_id, "liability_current"), tax_id
        )
        _book(session, id_, sign * amount, worth)


def _sync_due_line(session: Session, move_id: int) -> None:
    move = session.row(MOVE, move_id)
    lines = session.store.tables[LINE]
    due = [id_ for id_ in move["line_ids"] if lines[id_]["display_type"] == "payment_term"]
    others = [lines[id_] for id_ in move["line_ids"] if id_ not in due]
    balance = cents(-sum(line.get("balance", 0.0) for line in others))
    amount = cents(-sum(line.get("amount_currency", 0.0) for line in others))
    if not any(line["display_type"] == "product" for line in others):
        for id_ in due:
            _drop_line(session, move_id, id_)
        return
    kind = "asset_receivable" if is_sale(move) else "liability_payable"
    account = _account(session, move_id, kind)
    id_ = due[0] if due else _add_system_line(session, move_id, "payment_term", account, False)
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
    untaxed = cents(sum(line["price_subtotal"] for line in products))
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


def _spread_due_date(session: Session, move_id: int) -> None:
    move = session.row(MOVE, move_id)
    for id_ in move["line_ids"]:
        if session.row(LINE, id_)["display_type"] == "payment_term":
            session.update(LINE, id_, date_maturity=move["invoice_date_due"])


def _add_system_line(
    session: Session, move_id: int, kind: str, account_id: int, tax_id: int | bool
) -> int:
    row = {"display_type": kind, "account_id": account_id, "tax_line_id": tax_id, "tax_ids": []}
    id_ = session.store.insert(LINE, {"move_id": move_id, "name": False} | row)
    before = session.row(MOVE, move_id)["line_ids"]
    session.update(MOVE, move_id, line_ids=[*before, id_])
    return id_


def _drop_line(session: Session, move_id: int, id_: int) -> None:
    kept = [other for other in session.row(MOVE, move_id)["line_ids"] if other != id_]
    session.update(MOVE, move_id, line_ids=kept)
    session.store.delete(LINE, id_)


def _defaults(session: Session, values: Row) -> Row:
    kind = values.get("move_type", "entry")
    company = session.row("res.company", values.get("company_id") or session.company_id)
    row: Row = {
        "name": False,
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
    row["journal_id"] = journal_for(session, kind, row["company_id"])
    if kind.startswith("out_") and values.get("invoice_date"):
        row["date"] = values["invoice_date"]
    if kind != "entry":
        row["invoice_date_due"] = session.today
    return row


def journal_for(session: Session, move_type: str, company_id: int) -> int:
    """Return the journal that a move of this type goes into by default."""
    wanted = "sale" if move_type.startswith("out_") else "purchase"
    wanted = "general" if move_type == "entry" else wanted
    for id_, journal in session.store.rows("account.journal"):
        if journal["type"] == wanted and journal["company_id"] == company_id:
            return id_
    raise user_error(f"No journal of type {wanted} in company {company_id}.")


def _check_journal(session: Session, row: Row) -> None:
    journal = session.row("account.journal", row["journal_id"])
    wanted = "sale" if is_sale(row) else "purchase"
    if is_document(row) and journal["type"] != wanted:
        raise user_error("A document of this type cannot go into this journal.")
    if journal["company_id"] != row["company_id"]:
        raise user_error("The journal belongs to another company.")


def _account(session: Session, move_id: int, account_type: str) -> int:
    return account_of(session, session.row(MOVE, move_id)["company_id"], account_type)


def account_of(session: Session, company_id: int, account_type: str) -> int:
    """Return a company's first trade account of a type."""
    for id_, account in session.store.rows("account.account"):
        if account["company_id"] == company_id and account["account_type"] == account_type:
            return id_
    raise user_error(f"No account of type {account_type} in company {company_id}.")


def _default_taxes(session: Session, move: Row, line: Row) -> list[int]:
    if not is_document(move) or line["display_type"] != "product":
        return []
    if line.get("product_id"):
        field = "taxes_id" if is_sale(move) else "supplier_taxes_id"
        return list(session.row("product.product", line["product_id"]).get(field, []))
    field = "account_sale_tax_id" if is_sale(move) else "account_purchase_tax_id"
    tax = session.row("res.company", move["company_id"]).get(field)
    return [tax] if tax else []


def _fill_from_product(session: Session, move: Row, line: Row) -> None:
    journal = session.row("account.journal", move["journal_id"])
    line.setdefault("account_id", journal["default_account_id"])
    if line.get("product_id"):
        product = session.row("product.product", line["product_id"])
        line.setdefault("name", product["name"])
        price = "list_price" if is_sale(move) else "standard_price"
        line.setdefault("price_unit", product.get(price, 0.0))
