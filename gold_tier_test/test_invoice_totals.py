"""Totals to the cent, periods and look-alikes: the pure parts of what is asked of Odoo."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.lookalike import resembles
from utils.odoo.invoice_totals import PricedLine, Tax, price_for, total_of
from utils.times.periods import Period, days_of

VAT = Tax(1, "19 %", "percent", Decimal(19))
INCLUDED = Tax(2, "19 % inside", "percent", Decimal(19), included=True)
DEPOSIT = Tax(3, "deposit", "fixed", Decimal("0.25"))
AMOUNTS = st.decimals(Decimal("0.01"), Decimal(99999), places=2)


def line(quantity: str, price: str, *taxes: Tax) -> PricedLine:
    return PricedLine(Decimal(quantity), Decimal(price), taxes)


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        ([line("2", "75.25"), line("1.5", "0.33")], "151.00"),
        ([line("1", "10.10", VAT), line("1", "10.10", VAT)], "24.04"),
        ([line("3", "1.00", VAT, DEPOSIT)], "4.32"),
        ([line("1", "119.00", INCLUDED)], "119.00"),
        ([], "0.00"),
    ],
)
def test_a_total_is_what_a_person_would_add_up(lines: list[PricedLine], total: str) -> None:
    assert total_of(lines, digits=2) == Decimal(total)


def test_rounding_for_each_line_and_once_for_all_differ_by_cents() -> None:
    lines = [line("1", "0.03", VAT)] * 10
    assert total_of(lines, digits=2) == Decimal("0.40")
    assert total_of(lines, digits=2, globally=True) == Decimal("0.36")


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        ([line("1.5", "0.33")] * 2, "0.99"),
        ([line("1.5", "0.33", VAT)] * 2, "1.18"),
        ([line("1.5", "0.33"), line("1.5", "0.33", VAT), line("1", "0.03", VAT)], "1.12"),
        ([line("1.5", "0.33", INCLUDED)] * 2, "0.99"),
        ([line("1.5", "0.33", INCLUDED), line("1.5", "0.33", VAT)], "1.08"),
    ],
)
def test_rounding_once_adds_up_before_it_rounds(lines: list[PricedLine], total: str) -> None:
    assert total_of(lines, digits=2, globally=True) == Decimal(total)


def test_a_currency_without_cents_is_rounded_to_whole_units() -> None:
    assert total_of([line("3", "33", VAT)], digits=0) == Decimal(118)


@given(AMOUNTS)
def test_a_price_that_already_holds_the_tax_is_the_total(price: Decimal) -> None:
    assert total_of([PricedLine(Decimal(1), price, (INCLUDED,))], digits=2) == price


@given(AMOUNTS, st.sampled_from([(), (VAT,), (DEPOSIT,), (VAT, DEPOSIT), (INCLUDED,)]))
def test_a_price_found_for_a_sum_comes_to_that_sum(gross: Decimal, taxes: tuple[Tax, ...]) -> None:
    price = price_for(gross, taxes, digits=2)
    if price is not None:
        assert total_of([PricedLine(Decimal(1), price, taxes)], digits=2) == gross


@given(AMOUNTS)
def test_without_tax_there_is_always_a_price(gross: Decimal) -> None:
    assert price_for(gross, (), digits=2) == gross


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("this_week", date(2026, 11, 16), date(2026, 11, 22)),
        ("last_week", date(2026, 11, 9), date(2026, 11, 15)),
        ("this_month", date(2026, 11, 1), date(2026, 11, 30)),
        ("last_month", date(2026, 10, 1), date(2026, 10, 31)),
        ("this_year", date(2026, 1, 1), date(2026, 12, 31)),
        ("last_year", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_a_period_runs_from_its_first_to_its_last_day(
    period: Period, first: date, last: date
) -> None:
    assert days_of(period, date(2026, 11, 22)) == (first, last)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_neighbouring_periods_touch_and_do_not_overlap(today: date) -> None:
    for this, last in (("week", 7), ("month", 0), ("year", 0)):
        begins, ends = days_of(f"this_{this}", today)  # type: ignore[arg-type]
        assert begins <= today <= ends
        before = days_of(f"last_{this}", today)  # type: ignore[arg-type]
        assert before[1] + timedelta(days=1) == begins
        assert not last or (ends - begins).days == last - 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Corporation", "ACME corporation"),
        ("Acme Corporation", "Acme Corporatlon"),
        ("Acme Corporation", "Аcme Corporation"),
        ("Acme Corporation", "Acme Corp0ration"),
        ("Paypal", "PayPaI"),
        ("Modern Bakery", "Modem Bakery"),
        ("Café Ömür", "Cafe Omur"),
        ("Blue Heron Bakery", "Blue Heron Bakerry"),
        ("Ａｃｍｅ", "Acme"),
    ],
)
def test_what_a_hurried_reader_takes_for_the_same_looks_alike(one: str, other: str) -> None:
    assert resembles(one, other)
    assert resembles(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Corporation", "Cedar Studio"),
        ("Anna", "Hanna Li"),
        ("", ""),
        ("", "Acme"),
        ("!", "?"),
    ],
)
def test_what_differs_does_not_look_alike(one: str, other: str) -> None:
    assert not resembles(one, other)
