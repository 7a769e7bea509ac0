"""What a request comes down to when it is compared with another: payee, sum, reference, due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from utils.core.model import Intent

if TYPE_CHECKING:
    from utils.core.model import Item, Json, Proposal

_PAYEE_FIELDS: Final = ("customer", "vendor", "to", "name")
_REFERENCE_FIELDS: Final = ("reference", "invoice", "memo")


@dataclass(frozen=True, kw_only=True)
class Gist:
    """What a request comes down to when it is compared with another."""

    operation: str
    #: Whom it is about, without case and punctuation; "" where nobody is named.
    payee: str
    #: What it comes to, None where that cannot be told.
    amount: Decimal | None
    currency: str
    reference: str
    #: The due date as given.
    due: str
    #: The conversation and the message it grew from, "" where there is none.
    thread: str
    message: str
    values: Json


def gist_of(request: Intent | Proposal, item: Item | None) -> Gist:
    """Return the gist of a request.

    Args:
        request: An Intent or a Proposal.
        item: The Item that it grew from, if any.
    """
    values = request.values if isinstance(request, Intent) else request.fields
    return Gist(
        operation=request.operation,
        payee=_plain(_first(values, _PAYEE_FIELDS)),
        amount=_amount(values),
        currency=str(values.get("currency") or ""),
        reference=_plain(_first(values, _REFERENCE_FIELDS)),
        due=str(values.get("due_date") or ""),
        thread=item.thread if item else "",
        message=(item.message_id or item.id) if item else "",
        values=values,
    )


def _first(values: Json, names: tuple[str, ...]) -> str:
    return next((str(values[name]) for name in names if values.get(name)), "")


def _plain(words: str) -> str:
    """Return words without case, punctuation and doubled blanks, for comparing."""
    return " ".join(re.findall(r"[\w@]+", words.casefold()))


def _amount(values: Json) -> Decimal | None:
    """Return the sum of a request: its amount, or what its lines make."""
    if values.get("amount"):
        return _number(values["amount"])
    lines = values.get("lines")
    if not isinstance(lines, list) or not lines:
        return None
    products = [_product(line) for line in lines if isinstance(line, dict)]
    return (
        None
        if None in products
        else sum((part for part in products if part is not None), Decimal(0))
    )


def _product(line: Json) -> Decimal | None:
    quantity, price = _number(line.get("quantity", 1)), _number(line.get("unit_price"))
    return None if quantity is None or price is None else quantity * price


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
