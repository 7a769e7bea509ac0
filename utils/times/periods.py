"""Periods that have a name: from the first day to the last, both included."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

#: A period by its name, seen from a day; weeks begin on Monday.
type Period = Literal[
    "this_week", "last_week", "this_month", "last_month", "this_year", "last_year"
]


def days_of(period: Period, today: date) -> tuple[date, date]:
    """Return the first and the last day of a period.

    Args:
        period: Which one.
        today: The owner's date.
    """
    monday = today - timedelta(days=today.weekday())
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    match period:
        case "this_week":
            return monday, monday + timedelta(days=6)
        case "last_week":
            return monday - timedelta(days=7), monday - timedelta(days=1)
        case "this_month":
            return month, _next_month(month) - timedelta(days=1)
        case "last_month":
            last = month - timedelta(days=1)
            return last.replace(day=1), last
        case "this_year":
            return year, today.replace(month=12, day=31)
        case "last_year":
            last = year - timedelta(days=1)
            return last.replace(month=1, day=1), last


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
