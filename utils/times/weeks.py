"""Weeks as the owner counts them: Monday 00:00 to Sunday 24:00 in his zone, by their ISO name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, override

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

#: The days of a week as settings and the Handbook name them; Monday is the first.
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAME: Final = re.compile(r"([0-9]{4})-W([0-9]{2})")


@dataclass(frozen=True, order=True)
class Week:
    """One ISO week, such as 2026-W47."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Week:
        """Read the form ``2026-W47``.

        Raises:
            ValueError: The text has another form, or that year has no such week.
        """
        found = _NAME.fullmatch(text.strip().upper())
        if found is None:
            raise ValueError(text)
        week = cls(int(found[1]), int(found[2]))
        date.fromisocalendar(week.year, week.number, 1)
        return week

    @classmethod
    def of(cls, day: date) -> Week:
        """Return the week that a day lies in."""
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @property
    def monday(self) -> date:
        """The first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=6)

    def later(self, weeks: int) -> Week:
        """Return the week so many weeks later; earlier where the number is negative."""
        return Week.of(self.monday + timedelta(weeks=weeks))

    def starts_at(self, zone: ZoneInfo) -> datetime:
        """Return the moment it begins, in UTC."""
        return _midnight(self.monday, zone)

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """Return the moment it is over, in UTC; it may be 167 or 169 hours after the start."""
        return _midnight(self.sunday + timedelta(days=1), zone)

    @override
    def __str__(self) -> str:
        return f"{self.year:04}-W{self.number:02}"


def last_whole_week(now: datetime, zone: ZoneInfo) -> Week:
    """Return the latest week that is over."""
    return Week.of(now.astimezone(zone).date()).later(-1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
