"""Invoices and bills as they are asked for, before anybody has asked Odoo what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, Field

from utils.core.model import Value
from utils.core.money import Money, as_money

if TYPE_CHECKING:
    from utils.core.model import Json

#: When a document is due if nobody says it: Odoo itself would take today.
DUE_AFTER: Final = timedelta(days=30)

_QUANTITY: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")


def _quantity(text: str) -> str:
    if not _QUANTITY.fullmatch(text) or not Decimal(text):
        raise ValueError('a quantity is digits with at most three decimals, such as "1.5"')
    return text


def _not_below_zero(text: str) -> str:
    if text.startswith("-"):
        raise ValueError("it may not be below zero")
    return text


def _above_zero(text: str) -> str:
    if Decimal(text) <= 0:
        raise ValueError("it must be above zero")
    return text


#: How many pieces, as text: above zero, at most three decimals.
Quantity = Annotated[
    str, AfterValidator(_quantity), Field(description='how many, as text, e.g. "1.5"')
]
#: An amount that is not below zero.
Price = Annotated[Money, AfterValidator(_not_below_zero)]
#: An amount above zero.
Sum = Annotated[Money, AfterValidator(_above_zero)]


class InvoiceLine(Value):
    """One line of an invoice or bill."""

    description: str = Field(min_length=1, max_length=500)
    quantity: Quantity = "1"
    unit_price: Price = Field(description='price of one, as text, e.g. "150.00"')
    product: str | None = Field(None, max_length=200, description="product id, code or name")
    taxes: tuple[str, ...] | None = Field(
        None,
        max_length=5,
        description="tax ids or names; [] for none; left out: the usual tax",
    )
    account: str | None = Field(None, max_length=64, description="account code or id")


@dataclass(frozen=True, kw_only=True)
class Document:
    """An invoice or bill as it is asked for."""

    kind: Literal["out_invoice", "in_invoice"]
    #: Id, e-mail address or name.
    partner: str
    lines: tuple[InvoiceLine, ...]
    issued: date | None = None
    due: date | None = None
    currency: str | None = None
    reference: str = ""
    #: The bank account that a bill asks to be paid to, or "".
    account: str = ""

    @property
    def use(self) -> Literal["sale", "purchase"]:
        """Which of Odoo's taxes it takes."""
        return "sale" if self.kind == "out_invoice" else "purchase"

    @property
    def net(self) -> str:
        """What the lines come to before tax."""
        return as_money(sum((_amount(line) for line in self.lines), Decimal(0)))

    def summary(self) -> str:
        """Return the lines in one text, for the note."""
        return "; ".join(
            f"{line.quantity} × {line.description} at {line.unit_price}" for line in self.lines
        )


def sketch_of(document: Document) -> Json:
    """Return the draft as far as it can be told without asking Odoo."""
    draft = head_of(
        document,
        partner=_or_id_of(document.partner),
        currency=f"<id of {document.currency or 'the company currency'}>",
        issued=document.issued.isoformat() if document.issued else "<today>",
        due=_due_text(document),
    )
    return draft | {"lines": [_sketched(line, document.use) for line in document.lines]}


def head_of(document: Document, *, partner: str, currency: str, issued: str, due: str) -> Json:
    """Return a draft's own values, without its lines."""
    draft: Json = {"move_type": document.kind, "partner_id": partner, "currency_id": currency}
    draft |= {"invoice_date": issued, "invoice_date_due": due}
    if document.kind == "in_invoice":
        # Left out, the day of entry would decide which month the cost belongs to.
        draft["date"] = issued
    return draft | ({"ref": document.reference} if document.reference else {})


def _due_text(document: Document) -> str:
    if document.due:
        return document.due.isoformat()
    if document.issued:
        return (document.issued + DUE_AFTER).isoformat()
    return f"<{DUE_AFTER.days} days from today>"


def _sketched(line: InvoiceLine, use: str) -> Json:
    usual = f"<id of the {'product' if line.product else 'company'}'s usual {use} tax>"
    taxes = usual if line.taxes is None else ",".join(map(_or_id_of, line.taxes))
    shown = {"name": line.description, "quantity": line.quantity, "price_unit": line.unit_price}
    shown["tax_ids"] = taxes
    shown |= {"account_id": _or_id_of(line.account)} if line.account else {}
    return shown | ({"product_id": _or_id_of(line.product)} if line.product else {})


def _or_id_of(text: str) -> str:
    return text if text.isascii() and text.isdigit() else f"<id of {text}>"


def _amount(line: InvoiceLine) -> Decimal:
    return Decimal(line.quantity) * Decimal(line.unit_price)
