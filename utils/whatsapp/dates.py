"""The order of day, month and year in an exported chat, settled by what the file itself shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from utils.whatsapp.lines import Head

#: Where year, month and day stand among the three numbers.
type Order = tuple[int, int, int]
_YEAR_FIRST: Final[Order] = (0, 1, 2)
_DAY_FIRST: Final[Order] = (2, 1, 0)
_MONTH_FIRST: Final[Order] = (2, 0, 1)
_ORDERS: Final = (_DAY_FIRST, _MONTH_FIRST, _YEAR_FIRST)
#: Phones far ahead of the owner's zone write tomorrow's date.
_AHEAD: Final = timedelta(days=1)


def times_of(heads: Sequence[Head], zone: ZoneInfo, *, now: datetime) -> list[datetime | None]:
    """Return when each message was written (aware, in the zone), in one order for all of them.

    Args:
        heads: The heads of one file, in its order.
        zone: The zone of the phone that made the file.
        now: The present time; a chat has no messages from the future.

    Returns:
        One time for each head; None for what is no date in the order of the others, such as a
        number in somebody's message that looks like a head.
    """
    readings = [[_time(head, order, zone) for head in heads] for order in _ORDERS]
    against = [
        _against(order, times, heads, now) for order, times in zip(_ORDERS, readings, strict=True)
    ]
    return readings[against.index(min(against))]


def _time(head: Head, order: Order, zone: ZoneInfo) -> datetime | None:
    """Return one time read in an order, None where it is no date in it."""
    year, month, day = (head.numbers[place] for place in order)
    short = head.digits[order[0]] == 2  # noqa: PLR2004
    if any(head.digits[place] > 2 for place in order[1:]) or head.digits[order[0]] not in {2, 4}:  # noqa: PLR2004
        return None
    try:
        full = year + 2000 if short else year
        return datetime(full, month, day, head.hour, head.minute, head.second, tzinfo=zone)
    except ValueError:
        return None


def _against(
    order: Order, times: Sequence[datetime | None], heads: Sequence[Head], now: datetime
) -> tuple[int, int, int, timedelta, bool, timedelta]:
    """Return what speaks against an order, the strongest first; the least of all is right."""
    dates = [time for time in times if time]
    if not dates:
        return len(times), 0, 0, timedelta.max, True, timedelta.max
    backwards = sum(later < earlier for earlier, later in pairwise(dates))
    future = sum(time > now + _AHEAD for time in dates)
    unusual = order == _MONTH_FIRST and heads[0].separator != "/"
    short_year_first = order == _YEAR_FIRST and heads[0].digits[0] == 2  # noqa: PLR2004
    # Americans write 1/4/23, 7:02 PM: two digits of the year and twelve hours.
    american = heads[0].twelve and heads[0].separator == "/" and heads[0].digits[2] == 2  # noqa: PLR2004
    return (
        len(times) - len(dates),
        backwards + future,
        int(unusual) + int(short_year_first),
        max(dates) - min(dates),
        american != (order == _MONTH_FIRST),
        abs(now - dates[-1]),
    )
