"""From a Reading to what is to be done about it: Intents that name operations and plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.core.model import Intent
from utils.letters.reading import Kind

if TYPE_CHECKING:
    from utils.core.model import Json
    from utils.letters.reading import Line, Reading


def intents_of(reading: Reading) -> tuple[Intent, ...]:
    """Return what a Reading asks for; nothing while a question is open."""
    if reading.unclear:
        return ()
    match reading.kind:
        case Kind.INVOICE_REQUEST:
            return (
                _intent(
                    "odoo_create_invoice",
                    _invoice(reading),
                    f"{reading.who} asks for an invoice.",
                    reading,
                ),
            )
        case Kind.BILL:
            return (
                _intent(
                    "odoo_create_bill",
                    _bill(reading),
                    f"{reading.who} sent bill {reading.reference}.",
                    reading,
                ),
            )
        case Kind.PAYMENT_NOTICE:
            return (
                _intent(
                    "odoo_record_payment",
                    _payment(reading),
                    f"{reading.who} says that {reading.reference} was paid.",
                    reading,
                ),
            )
        case _:
            return ()


def _intent(operation: str, values: Json, why: str, reading: Reading) -> Intent:
    return Intent(operation=operation, values=_given(values), why=why, evidence=reading.evidence)


def _invoice(reading: Reading) -> Json:
    return {
        "customer": reading.who,
        "lines": [_line(line) for line in reading.lines],
        "currency": reading.currency,
        "due_date": reading.due_date and reading.due_date.isoformat(),
        "reference": reading.reference,
    }


def _bill(reading: Reading) -> Json:
    return {
        "vendor": reading.who,
        "lines": [_line(line) for line in reading.lines],
        "reference": reading.reference,
        "bill_date": reading.dated and reading.dated.isoformat(),
        "account": reading.iban,
        "due_date": reading.due_date and reading.due_date.isoformat(),
    }


def _payment(reading: Reading) -> Json:
    return {
        "invoice": reading.reference,
        "amount": reading.amount,
        "payment_date": reading.dated and reading.dated.isoformat(),
        "memo": f"Payment notice from {reading.who}" if reading.who else None,
    }


def _line(line: Line) -> Json:
    return {
        "description": line.description,
        "quantity": f"{line.quantity.normalize():f}",
        "unit_price": line.unit_price,
    }


def _given(values: Json) -> Json:
    """Leave out what is not given."""
    return {name: value for name, value in values.items() if value not in (None, "")}
