"""The lines of an invoice or bill with everything looked up, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from utils.core.errors import InvalidValueError
from utils.core.money import as_decimal, as_money
from utils.odoo.invoice_totals import PricedLine, Tax, total_of
from utils.odoo.lookup import find_account, find_product, find_taxes
from utils.odoo.values import id_of

if TYPE_CHECKING:
    from utils.core.model import Json
    from utils.odoo.asked import Document, InvoiceLine
    from utils.odoo.lookup import Currency
    from utils.odoo_client import OdooClient


@dataclass(frozen=True)
class ResolvedLine:
    """A line with everything looked up."""

    asked: InvoiceLine
    taxes: tuple[Tax, ...]
    product_id: int | None
    account_id: int | None


def resolved_line(
    odoo: OdooClient,
    line: InvoiceLine,
    document: Document,
    currency: Currency,
    usual: tuple[Tax, ...],
) -> ResolvedLine:
    """Return a line with its names looked up; ``usual`` taxes stand where nothing says others.

    Raises:
        InvalidValueError: A name fits nothing or several things.
        EmployeeError: Odoo could not be read.
    """
    check_digits(line.unit_price, currency)
    _check_quantity(odoo, line.quantity)
    product_id, own = (
        find_product(odoo, line.product, document.use) if line.product else (None, ())
    )
    named = None if line.taxes is None else find_taxes(odoo, line.taxes, document.use)
    # A product without taxes is sold without, whatever is usual.
    unnamed = own if line.product else usual
    taxes = unnamed if named is None else named
    account_id = find_account(odoo, line.account) if line.account else None
    return ResolvedLine(line, taxes, product_id, account_id)


def total_in(odoo: OdooClient, lines: list[ResolvedLine], currency: Currency) -> Decimal:
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


def draft_lines(odoo: OdooClient, lines: list[ResolvedLine], document: Document) -> list[Json]:
    """Return the lines with ids; accounts that one line names are filled in for all of them.

    The taxes of every line are named, also none: left out, Odoo takes those of its product or
    account. An account that is named as none is an error there.
    """
    with_accounts = any(line.account_id for line in lines)
    rows: list[Json] = []
    for line in lines:
        asked = line.asked
        row: Json = {"name": asked.description, "quantity": asked.quantity}
        row["price_unit"] = asked.unit_price
        row["tax_ids"] = ",".join(str(tax.id) for tax in line.taxes)
        if with_accounts:
            row["account_id"] = str(line.account_id or _usual_account(odoo, line, document))
        if line.product_id:
            row["product_id"] = str(line.product_id)
        rows.append(row)
    return rows


def _usual_account(odoo: OdooClient, line: ResolvedLine, document: Document) -> int:
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


def _check_quantity(odoo: OdooClient, quantity: str) -> None:
    """Refuse a quantity with more decimals than Odoo keeps; it would round without a word.

    Raises:
        InvalidValueError: It has more.
    """
    if "." not in quantity:
        return
    kept = odoo.digits_of("account.move.line", "quantity")
    if kept is not None and Decimal(quantity) != round(Decimal(quantity), kept):
        raise InvalidValueError(
            f"the quantity {quantity} has more than the {kept} decimals that Odoo keeps"
        )


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
