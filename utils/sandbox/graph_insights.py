"""Figures: the metrics that the Graph still knows, and for each a number that stays the same."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from utils.sandbox.graph_errors import GraphError
from utils.sandbox.graph_state import stamp

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from utils.sandbox.graph_call import Call
    from utils.sandbox.graph_state import Row

#: The changelog's list after the second wave of removals; all other names are dead.
PAGE_METRICS: Final = frozenset(
    {
        "page_media_view",
        "page_total_media_view_unique",
        "page_post_engagements",
        "page_follows",
        "page_daily_follows",
        "page_daily_follows_unique",
        "page_daily_unfollows_unique",
        "page_views_total",
        "page_video_views",
    }
)
MEDIA_METRICS: Final = frozenset(
    {
        "views",
        "reach",
        "saved",
        "likes",
        "comments",
        "shares",
        "total_interactions",
        "follows",
        "profile_visits",
    }
)
#: The longest period of one call.
_LONGEST: Final = timedelta(days=90)
_DAY: Final = timedelta(days=1)


def metrics_of(call: Call, known: Collection[str]) -> list[str]:
    """Return the metrics asked for.

    Raises:
        GraphError: One of them is unknown or dead, which fails the whole call.
    """
    asked = call.needed("metric").split(",")
    if any(name not in known for name in asked):
        raise GraphError(100, "(#100) The value must be a valid insights metric")
    return asked


def insights(call: Call, known: Collection[str]) -> Row:
    """Return figures by day, of the last two days unless a period is given.

    Raises:
        GraphError: A metric is unknown, or the period is too long or not by day.
    """
    asked = metrics_of(call, known)
    if call.params.get("period", "day") != "day":
        raise GraphError(100, "(#100) Invalid period")
    end = _moment(call.params.get("until")) or call.now.replace(hour=8, minute=0, second=0)
    begin = _moment(call.params.get("since")) or end - 2 * _DAY
    if end - begin > _LONGEST:
        raise GraphError(100, "(#100) There cannot be more than 90 days between since and until")
    days = [begin + _DAY * (number + 1) for number in range((end - begin).days)]
    return {"data": [_row(call.node, name, days) for name in asked]}


def _row(node: str, name: str, days: Iterable[datetime]) -> Row:
    values = [{"value": figure(f"{name}{day.date()}"), "end_time": stamp(day)} for day in days]
    return {"name": name, "period": "day", "values": values, "id": f"{node}/insights/{name}/day"}


def figure(seed: str) -> int:
    """Return a number below 500 that is always the same for a name."""
    return zlib.crc32(seed.encode()) % 500


def by_day(rows: Iterable[Row], params: Mapping[str, str], time_field: str) -> list[Row]:
    """Return the rows within `since` and `until`, the end not included."""
    begin, end = _moment(params.get("since")), _moment(params.get("until"))
    timed = [(datetime.fromisoformat(row[time_field]), row) for row in rows]
    return [row for at, row in timed if (not begin or at >= begin) and (not end or at < end)]


def _moment(text: str | None) -> datetime | None:
    """Return a time given as a day or as seconds since 1970.

    Raises:
        GraphError: It is neither.
    """
    if not text:
        return None
    try:
        if text.isdecimal():
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise GraphError(100, "(#100) since and until must be dates") from error
    return moment.replace(tzinfo=moment.tzinfo or UTC)
