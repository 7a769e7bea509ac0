"""Credit notes as they are asked for, and what one means in Odoo today."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError
from utils.core.money import as_decimal, as_money
from utils.odoo.credit_steps import credit, probe_credit
from utils.odoo.drafts import MOVE, table_of
from utils.odoo.invoice_totals import price_for
from utils.odoo.lines import check_digits, in_owners_currency
from utils.odoo.lookup import find_currency, rate_to_books, taxes_by_id
from utils.odoo.moves import CALLED, described, find_move, is_sale, partner_of
from utils.odoo.payee import payee_of
from utils.odoo.recipe import Recipe
from utils.odoo.requests import load_request
from utils.odoo.values import id_of, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.core.model import Json, Particulars, Request
    from utils.odoo.lookup import Currency
    from utils.odoo.settings import OdooSettings
    from utils.odoo.values import Row
    from utils.odoo_client import OdooClient

_REVERSED: Final = {"out_invoice": "out_refund", "in_invoice": "in_refund"}
_LINE_FIELDS: Final = (
    "name",
    "quantity",
    "price_unit",
    "discount",
    "tax_ids",
    "account_id",
    "product_id",
)


@dataclass(frozen=True, kw_only=True)
class AskedCredit:
    """A credit note as it is asked for."""

    #: Number or id of the invoice or bill.
    invoice: str
    reason: str
    #: With tax; None for the whole of it.
    amount: str | None = None


def sketch_of_credit(asked: AskedCredit) -> Json:
    """Return the credit note as far as it can be told without asking Odoo."""
    price = f"<price that comes to {asked.amount} with tax>" if asked.amount else "<as invoiced>"
    of = f"of {asked.invoice}"
    return {
        "move_type": "<out_refund for an invoice, in_refund for a bill>",
        "partner_id": f"<id of the partner {of}>",
        "invoice_date": "<today>",
        "invoice_date_due": "<today>",
        "currency_id": f"<id of the currency {of}>",
        "ref": f"Credit {of}: {asked.reason}",
        "reversed_entry_id": asked.invoice if asked.invoice.isdigit() else f"<id {of}>",
        "lines": [{"name": asked.reason, "quantity": "1", "price_unit": price}],
    }


def look_up_credit(odoo: OdooClient, asked: AskedCredit) -> Particulars:
    """Return what the credit note means: for whom, how much, which lines.

    Raises:
        InvalidValueError: The document cannot be credited by that amount.
        EmployeeError: Odoo could not be read.
    """
    row = find_move(odoo, asked.invoice, tuple(_REVERSED))
    if row["state"] != "posted":
        raise InvalidValueError(
            f"{described(row)} is {row['state']}; only posted ones are credited"
        )
    currency = find_currency(odoo, row["currency_id"][1])
    credited = _credited(odoo, row)
    sum_ = _sum(asked, row, credited, currency)
    draft = _draft(odoo, row, asked.reason, sum_, currency)
    payee = payee_of(odoo, partner_of(odoo, row), is_sale=is_sale(row))
    rate = rate_to_books(odoo, currency.id, draft["invoice_date"])
    return payee.model_copy(
        update={
            "amount": as_money(sum_),
            "currency": currency.code,
            "base_amount": in_owners_currency(odoo, sum_, rate),
            "reference": str(row["name"]),
            "warnings": (*payee.warnings, *_paid_already(row, sum_, credited, payee.payee)),
            "shown": {
                "Credits": described(row),
                "Open before": f"{currency.code} {as_money(number(row['amount_residual']))}",
                "Reason": asked.reason,
                "Date": draft["invoice_date"],
            },
            "resolved": {"draft": draft, "what": CALLED[draft["move_type"]]},
        }
    )


def _sum(asked: AskedCredit, row: Row, credited: Decimal, currency: Currency) -> Decimal:
    """Return the amount to credit, with tax.

    Raises:
        InvalidValueError: So much is not left, or it has too many digits for the currency.
    """
    total = number(row["amount_total"])
    sum_ = as_decimal(asked.amount) if asked.amount else total
    check_digits(as_money(sum_), currency)
    if sum_ + credited > total:
        raise InvalidValueError(
            f"{as_money(credited)} of {described(row)} is credited already, so at most "
            f"{as_money(total - credited)} can be"
        )
    return sum_


def _draft(odoo: OdooClient, row: Row, reason: str, sum_: Decimal, currency: Currency) -> Json:
    today = odoo.today().isoformat()
    draft: Json = {
        "move_type": _REVERSED[row["move_type"]],
        "partner_id": str(row["partner_id"][0]),
        "invoice_date": today,
        "invoice_date_due": today,
        "currency_id": str(currency.id),
        "ref": f"Credit of {row['name']}: {reason}",
        "reversed_entry_id": str(row["id"]),
        "lines": _lines(odoo, row, reason, sum_, currency),
    }
    return draft if is_sale(row) else draft | {"date": today}


def _paid_already(row: Row, sum_: Decimal, credited: Decimal, payee: str) -> list[str]:
    """Return the warning that more is credited than is open, where that is so."""
    left, code = number(row["amount_residual"]), row["currency_id"][1]
    paid, beyond = number(row["amount_total"]) - credited - left, sum_ - left
    if beyond <= 0 or paid <= 0:
        return []
    already = f"{code} {as_money(paid)} of {row['name']} is paid already"
    return [f"{already}, so {code} {as_money(beyond)} will stand as a credit of {payee}."]


def _credited(odoo: OdooClient, row: Row) -> Decimal:
    """Return how much of a document other credit notes have taken off, or are about to."""
    notes = [["reversed_entry_id", "=", row["id"]], ["state", "!=", "cancel"]]
    found = odoo.search_read(MOVE, notes, ("amount_total",), limit=500)
    return sum((number(note["amount_total"]) for note in found), Decimal(0))


def _lines(
    odoo: OdooClient, row: Row, reason: str, sum_: Decimal, currency: Currency
) -> list[Json]:
    """Return the credit note's lines: the document's own, or one that comes to the sum."""
    own: list[object] = [["move_id", "=", row["id"]], ["display_type", "=", "product"]]
    lines = odoo.search_read("account.move.line", own, _LINE_FIELDS, limit=500, order="id")
    if sum_ == number(row["amount_total"]):
        return [_copied(line) for line in lines]
    return [_partial(odoo, lines, reason, sum_, currency)]


def _copied(line: Row) -> Json:
    copied: Json = {"name": line["name"] or "-", "quantity": str(line["quantity"])}
    copied |= {"price_unit": str(line["price_unit"]), "account_id": str(id_of(line["account_id"]))}
    copied["tax_ids"] = ",".join(map(str, line["tax_ids"]))
    if line["discount"]:
        copied["discount"] = str(line["discount"])
    if product := id_of(line["product_id"]):
        copied["product_id"] = str(product)
    return copied


def _partial(
    odoo: OdooClient, lines: Sequence[Row], reason: str, sum_: Decimal, currency: Currency
) -> Json:
    """Return one line that comes to the sum with the document's own taxes.

    Raises:
        InvalidValueError: The lines are taxed differently, or no price comes to that sum.
    """
    kinds = {tuple(line["tax_ids"]) for line in lines}
    if len(kinds) != 1:
        raise InvalidValueError("its lines are taxed differently; credit it in Odoo, or wholly")
    ids = next(iter(kinds))
    known = taxes_by_id(odoo, ids) if ids else {}
    price = price_for(
        sum_, tuple(known[id_] for id_ in ids if id_ in known), digits=currency.digits
    )
    if price is None or len(known) != len(ids):
        raise InvalidValueError(f"no price comes to {as_money(sum_)} with tax; take a cent less")
    line: Json = {"name": reason, "quantity": "1", "price_unit": str(price)}
    line["account_id"] = str(id_of(lines[0]["account_id"]))
    return line | {"tax_ids": ",".join(map(str, ids))}


def _headline(asked: AskedCredit, found: Particulars) -> str:
    sum_ = found.amount or asked.amount or "the whole amount"
    what = f"{found.currency} {sum_} of {found.reference or asked.invoice}".strip()
    who = f" ({found.payee})" if found.payee else ""
    return f"Credit {what}{who}: {asked.reason}"


def _request(where: OdooSettings, asked: AskedCredit, resolved: Json, key: str) -> Request:
    draft = resolved.get("draft") or sketch_of_credit(asked)
    return load_request(where, MOVE, table_of(draft, key))


RECIPE: Final = Recipe(
    headline=_headline,
    request=_request,
    look_up=look_up_credit,
    carry_out=credit,
    probe=probe_credit,
)
