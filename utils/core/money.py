"""Amounts: text with two decimals at the edge, exact numbers inside."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, Field

_MONEY: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")


def _plain_money(text: str) -> str:
    if not _MONEY.fullmatch(text):
        msg = 'an amount is digits with at most two decimals, such as "150.00"'
        raise ValueError(msg)
    return text


#: An amount as text, ASCII digits with at most two decimals, such as ``"150.00"``.
Money = Annotated[
    str, AfterValidator(_plain_money), Field(description='amount as text, e.g. "150.00"')
]


def as_decimal(amount: str) -> Decimal:
    """Return an amount given as text as an exact number.

    Raises:
        ValueError: The text is not digits with at most two decimals.
    """
    return Decimal(_plain_money(amount))


def as_money(amount: Decimal) -> str:
    """Return an exact number as text with two decimals, rounded half up at the third."""
    return str(amount.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP"))


def hundredths(amount: Decimal) -> int:
    """Return an exact number with at most two decimals in hundredths, as a whole number."""
    return int(amount * 100)
