"""Periods that have a name: from the first day to the last, both included."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum


class Period(StrEnum):
    """A period by its name, seen from a day; weeks begin on Monday."""

    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"


def days_of(period: Period, today: date) -> tuple[date, date]:
    """Return the first and the last day of a period.

    Args:
        period: Which one.
        today: The owner's date.
    """
    monday = today - timedelta(days=today.weekday())
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    match period:
        case Period.THIS_WEEK:
            return monday, monday + timedelta(days=6)
        case Period.LAST_WEEK:
            return monday - timedelta(days=7), monday - timedelta(days=1)
        case Period.THIS_MONTH:
            return month, _next_month(month) - timedelta(days=1)
        case Period.LAST_MONTH:
            last = month - timedelta(days=1)
            return last.replace(day=1), last
        case Period.THIS_YEAR:
            return year, today.replace(month=12, day=31)
        case Period.LAST_YEAR:
            last = year - timedelta(days=1)
            return last.replace(month=1, day=1), last


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
