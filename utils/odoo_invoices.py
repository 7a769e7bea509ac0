"""Invoices and bills as drafts: what one means in Odoo today, and making it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from utils.core.errors import InvalidValueError
from utils.core.model import Outcome, Particulars, as_decimal, as_money
from utils.invoice_totals import PricedLine, Tax, total_of
from utils.odoo_asked import DUE_AFTER, head_of
from utils.odoo_drafts import differences, done, expected_of, failed, find_draft, make_draft
from utils.odoo_lookup import (
    default_taxes,
    find_account,
    find_currency,
    find_partner,
    find_product,
    find_taxes,
    rate_to_books,
)
from utils.odoo_payee import payee_of
from utils.odoo_values import id_of, label_of

if TYPE_CHECKING:
    from utils.core.model import Json
    from utils.core.operation import Mark
    from utils.odoo_asked import Document, InvoiceLine
    from utils.odoo_client import OdooClient
    from utils.odoo_lookup import Currency
    from utils.odoo_values import Row


@dataclass(frozen=True)
class _Resolved:
    """A line with everything looked up."""

    asked: InvoiceLine
    taxes: tuple[Tax, ...]
    product_id: int | None
    account_id: int | None


def look_up_document(odoo: OdooClient, document: Document) -> Particulars:
    """Return what the document means in Odoo today: who, how much with tax, when, in what.

    Raises:
        InvalidValueError: A name fits nothing or several things, or the values contradict.
        EmployeeError: Odoo could not be read.
    """
    issued = document.issued or odoo.today()
    due = document.due or issued + DUE_AFTER
    if due < issued:
        raise InvalidValueError(f"the due date {due} lies before the date {issued}")
    partner = find_partner(odoo, document.partner)
    currency = find_currency(odoo, document.currency)
    usual = default_taxes(odoo, document.use)
    lines = [_resolved(odoo, line, document, currency, usual) for line in document.lines]
    total = _total(odoo, lines, currency)
    if total <= 0:
        raise InvalidValueError("the total must be above zero")
    draft = head_of(
        document,
        partner=str(partner.id),
        currency=str(currency.id),
        issued=issued.isoformat(),
        due=due.isoformat(),
    )
    draft["lines"] = _draft_lines(odoo, lines, document, taxed=bool(usual))
    payee = payee_of(odoo, partner, is_sale=document.kind == "out_invoice")
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


def in_owners_currency(odoo: OdooClient, amount: Decimal, rate: Decimal | None) -> str | None:
    """Return an amount in the owner's currency, None where the books do not tell its worth."""
    if rate is None or odoo.company().currency != odoo.settings.general.currency:
        return None
    return as_money(amount * rate)


def check_digits(amount: str, currency: Currency) -> None:
    """Refuse an amount with more decimals than its currency has.

    Raises:
        InvalidValueError: It has more.
    """
    if as_decimal(amount) != round(as_decimal(amount), currency.digits):
        raise InvalidValueError(f"{amount} has more decimals than {currency.code} has")


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


def _resolved(
    odoo: OdooClient,
    line: InvoiceLine,
    document: Document,
    currency: Currency,
    usual: tuple[Tax, ...],
) -> _Resolved:
    check_digits(line.unit_price, currency)
    product_id, own = (
        find_product(odoo, line.product, document.use) if line.product else (None, ())
    )
    named = None if line.taxes is None else find_taxes(odoo, line.taxes, document.use)
    taxes = (own or usual) if named is None else named
    account_id = find_account(odoo, line.account) if line.account else None
    return _Resolved(line, taxes, product_id, account_id)


def _total(odoo: OdooClient, lines: list[_Resolved], currency: Currency) -> Decimal:
    """Return the total as Odoo will compute it."""
    priced = [
        PricedLine(Decimal(line.asked.quantity), Decimal(line.asked.unit_price), line.taxes)
        for line in lines
    ]
    by_line = total_of(priced, digits=currency.digits)
    by_tax = total_of(priced, digits=currency.digits, globally=True)
    if by_line == by_tax:
        return by_line
    field = "tax_calculation_rounding_method"
    company = odoo.read("res.company", odoo.company().id, (field,)) or {}
    return by_tax if company.get(field) == "round_globally" else by_line


def _draft_lines(
    odoo: OdooClient, lines: list[_Resolved], document: Document, *, taxed: bool
) -> list[Json]:
    """Return the lines with ids; a column that one line needs is filled for all of them.

    An empty cell for taxes means none; without the column Odoo takes the company's usual tax,
    so ``taxed`` says whether there is one to keep away.
    """
    taxed = taxed or any(line.taxes for line in lines)
    with_accounts = any(line.account_id for line in lines)
    rows: list[Json] = []
    for line in lines:
        asked = line.asked
        row: Json = {"name": asked.description, "quantity": asked.quantity}
        row["price_unit"] = asked.unit_price
        if taxed:
            row["tax_ids"] = ",".join(str(tax.id) for tax in line.taxes)
        if with_accounts:
            row["account_id"] = str(line.account_id or _usual_account(odoo, line, document))
        if line.product_id:
            row["product_id"] = str(line.product_id)
        rows.append(row)
    return rows


def _usual_account(odoo: OdooClient, line: _Resolved, document: Document) -> int:
    """Return the account of a line that names none, while others do.

    Raises:
        InvalidValueError: Odoo would take it from elsewhere, so every line must name its own.
    """
    by = [["type", "=", document.use]]
    rows = odoo.search_read("account.journal", by, ("default_account_id",), limit=1, order="id")
    found = id_of(rows[0]["default_account_id"]) if rows else None
    if found is None or line.product_id:
        raise InvalidValueError("give an account on every line, or on none")
    return found


def _doubles(odoo: OdooClient, document: Document, partner_id: int) -> tuple[str, ...]:
    """Return a warning for each bill of the same vendor with the same reference."""
    if document.kind != "in_invoice":
        return ()
    same: list[Any] = [["partner_id", "=", partner_id], ["ref", "=", document.reference]]
    same += [["move_type", "=", "in_invoice"], ["state", "!=", "cancel"]]
    fields = ("name", "amount_total", "currency_id", "invoice_date", "state", "partner_id")
    return tuple(
        f"{label_of(row['partner_id'])} has sent a bill {document.reference} before: "
        f"{row['name'] or 'a draft'} of {row['invoice_date']}, "
        f"{label_of(row['currency_id'])} {as_money(Decimal(str(row['amount_total'])))}, "
        f"{row['state']}."
        for row in odoo.search_read("account.move", same, fields)
    )
