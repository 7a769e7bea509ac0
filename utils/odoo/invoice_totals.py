"""What an invoice comes to, tax included, before anybody is asked to make it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Tax:
    """A tax as far as a total needs it."""

    id: int
    name: str
    #: ``percent`` of the price, or ``fixed``: so much for each piece.
    kind: Literal["percent", "fixed"]
    #: 19 for 19 %, or the amount for each piece.
    rate: Decimal
    #: Whether the price already contains it.
    included: bool = False


@dataclass(frozen=True)
class PricedLine:
    """One line: so many pieces at that price, with these taxes."""

    quantity: Decimal
    unit_price: Decimal
    taxes: tuple[Tax, ...] = ()
    #: Percent taken off the price.
    discount: Decimal = Decimal(0)


def total_of(lines: Sequence[PricedLine], *, digits: int, globally: bool = False) -> Decimal:
    """Return the total with tax.

    Args:
        lines: In any order.
        digits: How many decimals the currency has.
        globally: Whether the net and each tax are rounded once for all lines, and not for each
            line.
    """
    cent = Decimal(1).scaleb(-digits)
    if globally:
        return _rounded_once(lines, cent)
    nets = sum((_rounded(_net(line), cent) for line in lines), Decimal(0))
    taxes = (_rounded(_tax(line, tax, cent), cent) for line in lines for tax in line.taxes)
    return nets + sum(taxes, Decimal(0))


def price_for(gross: Decimal, taxes: tuple[Tax, ...], *, digits: int) -> Decimal | None:
    """Return the price of one piece that comes to a total with tax, or None where none does."""
    cent = Decimal(1).scaleb(-digits)
    percent = sum((tax.rate for tax in taxes if _adds(tax, "percent")), Decimal(0))
    fixed = sum((tax.rate for tax in taxes if _adds(tax, "fixed")), Decimal(0))
    near = _rounded((gross - fixed) / (1 + percent / 100), cent)
    for price in (near, near - cent, near + cent):
        if price > 0 and total_of([PricedLine(Decimal(1), price, taxes)], digits=digits) == gross:
            return price
    return None


def _rounded_once(lines: Sequence[PricedLine], cent: Decimal) -> Decimal:
    """Return the total with nothing rounded before it is added up."""
    net = sum((_net(line) for line in lines), Decimal(0))
    taxes = [(tax, _tax(line, tax)) for line in lines for tax in line.taxes]
    if all(tax.included for tax, _ in taxes):
        # Then the prices are what was agreed, so their sum is what is kept.
        return _rounded(net + sum((amount for _, amount in taxes), Decimal(0)), cent)
    sums: defaultdict[int, Decimal] = defaultdict(Decimal)
    for tax, amount in taxes:
        sums[tax.id] += amount
    return _rounded(net, cent) + sum((_rounded(sum_, cent) for sum_ in sums.values()), Decimal(0))


def _adds(tax: Tax, kind: str) -> bool:
    return tax.kind == kind and not tax.included


def _gross(line: PricedLine) -> Decimal:
    return line.quantity * line.unit_price * (1 - line.discount / 100)


def _net(line: PricedLine) -> Decimal:
    """Return the line's amount without the taxes that its price contains."""
    inside = [tax for tax in line.taxes if tax.included]
    fixed = sum((tax.rate for tax in inside if tax.kind == "fixed"), Decimal(0))
    percent = sum((tax.rate for tax in inside if tax.kind == "percent"), Decimal(0))
    return (_gross(line) - fixed * line.quantity) / (1 + percent / 100)


def _tax(line: PricedLine, tax: Tax, cent: Decimal | None = None) -> Decimal:
    """Return a line's tax, not rounded; with ``cent`` one on top is of the rounded net."""
    if tax.kind == "fixed":
        return tax.rate * line.quantity
    base = _rounded(_net(line), cent) if cent and not tax.included else _net(line)
    return base * tax.rate / 100


def _rounded(amount: Decimal, cent: Decimal) -> Decimal:
    return amount.quantize(cent, ROUND_HALF_UP)
