"""Payments as they are asked for, and what one means in Odoo today; no bank is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError
from utils.core.money import as_decimal, as_money
from utils.odoo.lines import check_digits, in_owners_currency
from utils.odoo.lookup import find_currency, find_journal, rate_to_books
from utils.odoo.moves import CALLED, described, find_move, is_sale, partner_of
from utils.odoo.payee import payee_of
from utils.odoo.payment_doubts import doubts_about
from utils.odoo.payment_steps import PAYMENT, check_open, pay, payment_table, probe_payment
from utils.odoo.recipe import Recipe
from utils.odoo.requests import load_request
from utils.odoo.values import id_of, label_of, number

if TYPE_CHECKING:
    from datetime import date

    from utils.core.model import Json, Particulars, Request
    from utils.odoo.lookup import Currency
    from utils.odoo.settings import OdooSettings
    from utils.odoo.values import Row
    from utils.odoo_client import OdooClient


@dataclass(frozen=True, kw_only=True)
class AskedPayment:
    """A payment as it is asked for."""

    #: Number or id of the invoice or bill.
    invoice: str
    amount: str
    #: None for today.
    on: date | None = None
    #: Name, code or id; None for the only bank there is.
    journal: str | None = None
    memo: str = ""


def sketch_of_payment(asked: AskedPayment) -> Json:
    """Return the payment as far as it can be told without asking Odoo."""
    return {
        "payment_type": "<inbound for an invoice, outbound for a bill>",
        "partner_type": "<customer for an invoice, supplier for a bill>",
        "partner_id": f"<id of the partner of {asked.invoice}>",
        "amount": asked.amount,
        "date": asked.on.isoformat() if asked.on else "<today>",
        "memo": asked.memo or f"Payment of {asked.invoice}",
        "journal_id": f"<id of {asked.journal or 'the bank journal'}>",
        "currency_id": f"<id of the currency of {asked.invoice}>",
        "invoice_id": asked.invoice if asked.invoice.isdigit() else f"<id of {asked.invoice}>",
    }


def look_up_payment(odoo: OdooClient, asked: AskedPayment) -> Particulars:
    """Return what the payment means: of what, by whom or to whom, through which journal.

    Raises:
        InvalidValueError: The document is not open for that amount, or a name fits nothing.
        EmployeeError: Odoo could not be read.
    """
    row = find_move(odoo, asked.invoice, ("out_invoice", "in_invoice"))
    check_open(row, asked.amount)
    currency = find_currency(odoo, label_of(row["currency_id"]))
    check_digits(asked.amount, currency)
    through = _journal(odoo, asked, currency)
    partner = partner_of(odoo, row)
    paid_on = (asked.on or odoo.today()).isoformat()
    rate = rate_to_books(odoo, currency.id, paid_on)
    payee = payee_of(odoo, partner, is_sale=is_sale(row))
    return payee.model_copy(
        update={
            "amount": as_money(as_decimal(asked.amount)),
            "currency": currency.code,
            "base_amount": in_owners_currency(odoo, as_decimal(asked.amount), rate),
            "reference": str(row["name"]),
            "warnings": (*payee.warnings, *doubts_about(odoo, row, asked.amount)),
            "shown": {
                "For": described(row),
                "Open before": f"{currency.code} {as_money(number(row['amount_residual']))}",
                "Journal": through["name"],
                "Date": paid_on,
            },
            "resolved": {
                "invoice_id": row["id"],
                "what": CALLED[row["move_type"]],
                "payment": _payment(
                    asked,
                    row,
                    partner=partner.id,
                    journal=int(through["id"]),
                    currency=currency.id,
                    paid_on=paid_on,
                ),
            },
        }
    )


def _journal(odoo: OdooClient, asked: AskedPayment, currency: Currency) -> Row:
    """Return the journal that a payment goes through.

    Raises:
        InvalidValueError: It is kept in another currency, or the name fits none.
    """
    found = find_journal(odoo, asked.journal)
    if (id_of(found["currency_id"]) or odoo.company().currency_id) != currency.id:
        raise InvalidValueError(f"the journal {found['name']} is not kept in {currency.code}")
    return found


def _payment(
    asked: AskedPayment, row: Row, *, partner: int, journal: int, currency: int, paid_on: str
) -> Json:
    """Return the payment as Odoo is to have it; ids are of Odoo."""
    incoming = is_sale(row)
    return {
        "payment_type": "inbound" if incoming else "outbound",
        "partner_type": "customer" if incoming else "supplier",
        "partner_id": str(partner),
        "amount": as_money(as_decimal(asked.amount)),
        "date": paid_on,
        "memo": asked.memo or f"Payment of {row['name']}",
        "journal_id": str(journal),
        "currency_id": str(currency),
        "invoice_id": str(row["id"]),
    }


def _headline(asked: AskedPayment, found: Particulars) -> str:
    who = f" ({found.payee})" if found.payee else ""
    sum_ = f"{found.currency} {asked.amount}".strip()
    return f"Record a payment of {sum_} for {found.reference or asked.invoice}{who}"


def _request(where: OdooSettings, asked: AskedPayment, resolved: Json, key: str) -> Request:
    payment = resolved.get("payment") or sketch_of_payment(asked)
    return load_request(where, PAYMENT, payment_table(payment, key))


RECIPE: Final = Recipe(
    headline=_headline,
    request=_request,
    look_up=look_up_payment,
    carry_out=pay,
    probe=probe_payment,
)
