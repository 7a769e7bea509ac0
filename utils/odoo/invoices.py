"""Invoices and bills as drafts: what one means in Odoo today, and making it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from utils.core.errors import InvalidValueError
from utils.core.model import Outcome, Particulars
from utils.core.money import as_money
from utils.odoo.asked import DUE_AFTER, head_of, sketch_of
from utils.odoo.drafts import (
    MOVE,
    differences,
    done,
    expected_of,
    failed,
    find_draft,
    make_draft,
    table_of,
)
from utils.odoo.lines import draft_lines, in_owners_currency, resolved_line, total_in
from utils.odoo.lookup import (
    default_taxes,
    find_currency,
    find_partner,
    rate_to_books,
)
from utils.odoo.payee import payee_of
from utils.odoo.recipe import Recipe
from utils.odoo.requests import load_request
from utils.odoo.values import label_of, name_of

if TYPE_CHECKING:
    from datetime import date

    from utils.core.model import Json, Request
    from utils.core.operation import Mark
    from utils.odoo.asked import Document
    from utils.odoo.settings import OdooSettings
    from utils.odoo.values import Row
    from utils.odoo_client import OdooClient


def look_up_document(odoo: OdooClient, document: Document) -> Particulars:
    """Return what the document means in Odoo today: who, how much with tax, when, in what.

    Raises:
        InvalidValueError: A name fits nothing or several things, or the values contradict.
        EmployeeError: Odoo could not be read.
    """
    issued, due = _dates(odoo, document)
    partner = find_partner(odoo, document.partner)
    currency = find_currency(odoo, document.currency)
    usual = default_taxes(odoo, document.use)
    lines = [resolved_line(odoo, line, document, currency, usual) for line in document.lines]
    total = total_in(odoo, lines, currency)
    if total <= 0:
        raise InvalidValueError("the total must be above zero")
    draft = head_of(
        document,
        partner=str(partner.id),
        currency=str(currency.id),
        issued=issued.isoformat(),
        due=due.isoformat(),
    )
    draft["lines"] = draft_lines(odoo, lines, document)
    is_sale = document.kind == "out_invoice"
    payee = payee_of(odoo, partner, is_sale=is_sale, named=document.account)
    taxes = dict.fromkeys(tax.name for line in lines for tax in line.taxes)
    return payee.model_copy(
        update={
            "amount": as_money(total),
            "currency": currency.code,
            "base_amount": in_owners_currency(
                odoo, total, rate_to_books(odoo, currency.id, issued.isoformat())
            ),
            "reference": document.reference,
            "warnings": (*payee.warnings, *_doubles(odoo, document, partner.id)),
            "shown": {
                "Lines": document.summary(),
                "Tax": ", ".join(taxes) or "none",
                "Date": issued.isoformat(),
                "Due": due.isoformat(),
            },
            "resolved": {"draft": draft},
        }
    )


def _dates(odoo: OdooClient, document: Document) -> tuple[date, date]:
    """Return when the document is issued and when it is due.

    Raises:
        InvalidValueError: It would be due before it is issued.
    """
    issued = document.issued or odoo.today()
    due = document.due or issued + DUE_AFTER
    if due < issued:
        raise InvalidValueError(f"the due date {due} lies before the date {issued}")
    return issued, due


def make_document(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Outcome:
    """Make the approved draft, once, and compare what Odoo made of it.

    Raises:
        EmployeeError: Odoo said no, was not reached, or its answer did not come back.
    """
    made = make_draft(odoo, pinned, mark)
    return made if isinstance(made, Outcome) else _judged(odoo, made, pinned)


def probe_document(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Outcome | None:
    """Look whether an earlier attempt made the draft; see ``Operation.probe``."""
    found = find_draft(odoo, mark)
    return found if found is None or isinstance(found, Outcome) else _judged(odoo, found, pinned)


def _judged(odoo: OdooClient, row: Row, pinned: Particulars) -> Outcome:
    """Return whether the draft is what was approved; it stays in Odoo either way."""
    odd = differences(row, expected_of(pinned.resolved["draft"], pinned.amount or ""))
    if odd:
        left = "The draft is left in Odoo for you to mend or delete; nothing was booked."
        return failed(f"{odd[0].upper()}{odd[1:]}. {left}", row)
    what = f"Draft of {pinned.currency} {pinned.amount} for {pinned.payee} (id {row['id']})"
    return done(
        odoo,
        row,
        f"{what} is in Odoo.",
        total=pinned.amount or "",
        currency=pinned.currency,
        due=str(row["invoice_date_due"]),
    )


def _doubles(odoo: OdooClient, document: Document, partner_id: int) -> tuple[str, ...]:
    """Return a warning for each bill of the same vendor with the same reference."""
    if document.kind != "in_invoice":
        return ()
    same: list[Any] = [["partner_id", "=", partner_id], ["ref", "=", document.reference]]
    same += [["move_type", "=", "in_invoice"], ["state", "!=", "cancel"]]
    fields = ("name", "amount_total", "currency_id", "invoice_date", "state", "partner_id")
    return tuple(
        f"{label_of(row['partner_id'])} has sent a bill {document.reference} before: "
        f"{name_of(row['name']) or 'a draft'} of {row['invoice_date']}, "
        f"{label_of(row['currency_id'])} {as_money(Decimal(str(row['amount_total'])))}, "
        f"{row['state']}."
        for row in odoo.search_read("account.move", same, fields)
    )


def _headline(document: Document, found: Particulars) -> str:
    before_tax = f"{document.currency or ''} {document.net} before tax".strip()
    sum_ = f"{found.currency} {found.amount}" if found.amount else before_tax
    is_bill = document.kind == "in_invoice"
    what = f"bill {document.reference} of" if is_bill else "an invoice to"
    return f"Draft {what} {found.payee or document.partner}: {sum_}"


def _request(where: OdooSettings, document: Document, resolved: Json, key: str) -> Request:
    draft = resolved.get("draft") or sketch_of(document)
    return load_request(where, MOVE, table_of(draft, key))


RECIPE: Final = Recipe(
    headline=_headline,
    request=_request,
    look_up=look_up_document,
    carry_out=make_document,
    probe=probe_document,
)
