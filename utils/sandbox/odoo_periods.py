"""Days, weeks, months, quarters and years as Odoo groups dates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from utils.sandbox.odoo_errors import VALUE_ERROR, OdooError

_DECEMBER: Final = 12
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_DAYS: Final = {"day": 1, "week": 7}


def start_of(granularity: str, day: str) -> str:
    """Return the first day of the period that a day lies in, ISO-8601.

    Args:
        granularity: `day`, `week`, `month`, `quarter` or `year`.
        day: A date or a time, ISO-8601.

    Raises:
        OdooError: The granularity is unknown.
    """
    first = date.fromisoformat(day[:10])
    if granularity in _MONTHS:
        months = _MONTHS[granularity]
        return first.replace(month=first.month - (first.month - 1) % months, day=1).isoformat()
    if granularity not in _DAYS:
        raise OdooError(VALUE_ERROR, f"{granularity!r} is not a valid granularity")
    back = first.weekday() if granularity == "week" else 0
    return (first - timedelta(days=back)).isoformat()


def end_of(granularity: str, start: str) -> str:
    """Return the first day after the period that begins on `start`, ISO-8601."""
    first = date.fromisoformat(start)
    if granularity in _DAYS:
        return (first + timedelta(days=_DAYS[granularity])).isoformat()
    months = first.month - 1 + _MONTHS[granularity]
    year = first.year + months // _DECEMBER
    return first.replace(year=year, month=months % _DECEMBER + 1).isoformat()


def name_of(granularity: str, start: str) -> str:
    """Return what Odoo calls the period in English: `November 2026`, `07 Nov 2026`, `W45 2026`."""
    first = date.fromisoformat(start)
    names = {
        "year": f"{first:%Y}",
        "quarter": f"Q{(first.month + 2) // 3} {first:%Y}",
        "month": f"{first:%B %Y}",
        "week": f"W{first.isocalendar().week} {first.isocalendar().year}",
        "day": f"{first:%d %b %Y}",
    }
    return names[granularity]
