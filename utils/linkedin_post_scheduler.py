"""When to post: the hours that the Handbook names, minus what is already planned.

Pure. The hours stand in `Company_Handbook.md` under the heading "Posting hours", one line for
each network, in a table or a list: ``| LinkedIn | Tue, Thu | 09:00 |`` or
``- LinkedIn: Tue–Thu 09:00``. They are the owner's local time, in summer and in winter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from utils.report.goals import as_read
from utils.times.weeks import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date
    from zoneinfo import ZoneInfo

#: How far ahead slots are looked for (ours).
HORIZON: Final = timedelta(days=28)
#: Two posts on one network closer than this are one too many (facts, section 8; the hour is ours).
APART: Final = timedelta(hours=1)
#: Names on the page to services.
_NETWORKS: Final = {
    "facebook": "facebook",
    "instagram": "instagram",
    "linkedin": "linkedin",
    "twitter": "twitter",
    "x": "twitter",
}
_SECTION: Final = re.compile(
    r"^#{1,6} +posting hours *$(.*?)(?=^#{1,6} |\Z)", re.IGNORECASE | re.MULTILINE | re.DOTALL
)
_ROW: Final = re.compile(r"^ {0,3}(?:\||[-*+] )(.+)$", re.MULTILINE)
_DAY: Final = rf"({'|'.join(WEEKDAYS)})[a-z]*\.?"
_RANGE: Final = re.compile(rf"\b{_DAY} *(?:–|-|to) *{_DAY}")
_ONE_DAY: Final = re.compile(rf"\b{_DAY}")
_EVERY_DAY: Final = re.compile(r"\b(?:every day|daily)\b")
_TIME: Final = re.compile(r"\b([01]?[0-9]|2[0-3]):([0-5][0-9])\b")
_FILLING: Final = re.compile(r"[\s|:,;&.]|\b(?:and|at)\b")


@dataclass(frozen=True, order=True)
class Hour:
    """One weekly hour on one network, in the owner's local time."""

    network: str
    #: Monday is 0.
    weekday: int
    at: time


def posting_hours(handbook: str) -> tuple[tuple[Hour, ...], tuple[str, ...]]:
    """Return the hours on the page, and a sentence for each line that cannot be read."""
    found: set[Hour] = set()
    unclear: list[str] = []
    for section in _SECTION.findall(as_read(handbook)):
        for row in _ROW.findall(section):
            hours = _hours_in(row)
            found |= hours
            if not hours and not _is_head(row):
                unclear.append(f"I cannot read the posting hours in “{row.strip(' |')}”.")
    return tuple(sorted(found)), tuple(unclear)


def free_slots(
    hours: Collection[Hour],
    network: str,
    *,
    zone: ZoneInfo,
    now: datetime,
    lead: timedelta,
    planned: Collection[datetime],
) -> tuple[datetime, ...]:
    """Return the free times on a network in UTC, the first first.

    Args:
        hours: As the owner wants them.
        network: The service's name.
        zone: The owner's zone. An hour that his clock skips is left out; one that it shows twice
            means the first time.
        now: The present time (aware).
        lead: How far ahead a slot has to lie.
        planned: When something already goes out there (aware).
    """
    wanted = {(hour.weekday, hour.at) for hour in hours if hour.network == network}
    first = now.astimezone(zone).date()
    days = (first + timedelta(days=ahead) for ahead in range(HORIZON.days))
    slots = {slot for day in days for slot in _on(day, wanted, zone)}
    return tuple(
        slot
        for slot in sorted(slots)
        if slot >= now + lead and all(abs(slot - at) >= APART for at in planned)
    )


def _on(day: date, wanted: Collection[tuple[int, time]], zone: ZoneInfo) -> Iterator[datetime]:
    for weekday, at in wanted:
        if weekday == day.weekday():
            local = datetime.combine(day, at, zone)
            moment = local.astimezone(UTC)
            if moment.astimezone(zone).time() == at:
                yield moment


def _hours_in(row: str) -> set[Hour]:
    """Return the hours that a line names; none where anything in it is not understood."""
    name, _, rest = re.sub(r"^[\s*]+", "", row.lower()).replace("|", ":", 1).partition(":")
    network = _NETWORKS.get(name.strip(" *"))
    times = {time(int(hour), int(minute)) for hour, minute in _TIME.findall(rest)}
    days, left = _days_in(_TIME.sub(" ", rest))
    if network is None or _FILLING.sub("", left):
        return set()
    return {Hour(network, day, at) for day in days for at in times}


def _days_in(text: str) -> tuple[set[int], str]:
    """Return the weekdays that a text names, and the text without them."""
    days = set(range(7)) if _EVERY_DAY.search(text) else set()
    left = _EVERY_DAY.sub(" ", text)
    for first, last in _RANGE.findall(left):
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last)
        days |= {day % 7 for day in range(begin, begin + (end - begin) % 7 + 1)}
    left = _RANGE.sub(" ", left)
    days |= {WEEKDAYS.index(day) for day in _ONE_DAY.findall(left)}
    return days, _ONE_DAY.sub(" ", left)


def _is_head(row: str) -> bool:
    """Return whether a line is only the head of a table, or the rule beneath it."""
    return row.lower().startswith((" network", "network")) or not row.strip(" |-:")
