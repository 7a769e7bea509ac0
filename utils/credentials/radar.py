"""Which notice is due before credentials end: fourteen, seven and two days ahead, each once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

#: How many days ahead the owner is told.
DAYS_AHEAD: Final = (14, 7, 2)


@dataclass(frozen=True, kw_only=True)
class ExpiryNotice:
    """What the owner is to be told of one service."""

    service: str
    ends_at: datetime
    #: Which of ``DAYS_AHEAD`` it is.
    days: int

    @property
    def key(self) -> str:
        """What makes it the same notice; a renewed token has notices of its own."""
        return f"token {self.service} {self.ends_at.astimezone(UTC).date()} {self.days}"


def notice_due(
    service: str, ends_at: datetime, *, now: datetime, told: Callable[[str], bool]
) -> ExpiryNotice | None:
    """Return the notice that is due, or None.

    Where several days were missed, only the most urgent notice is given.

    Args:
        service: Its name.
        ends_at: When its credentials end (aware).
        now: The present time (aware).
        told: Whether a notice of this key was given before.
    """
    reached = [days for days in DAYS_AHEAD if ends_at - now <= timedelta(days=days)]
    if not reached or has_ended(ends_at, now=now):
        return None
    notice = ExpiryNotice(service=service, ends_at=ends_at, days=min(reached))
    return None if told(notice.key) else notice


def has_ended(ends_at: datetime, *, now: datetime) -> bool:
    """Return whether credentials are no good any more."""
    return ends_at <= now


def next_look(after: datetime, zone: ZoneInfo, opens: time) -> datetime:
    """Return the first time after a moment at which services are asked, in UTC.

    Args:
        after: A moment (aware).
        zone: The owner's zone.
        opens: When the owner's day begins there: a notice at night helps nobody (ours).
    """
    local = after.astimezone(zone)
    at = datetime.combine(local.date(), opens, zone).astimezone(UTC)
    if at > after:
        return at
    tomorrow = local.date() + timedelta(days=1)
    return datetime.combine(tomorrow, opens, zone).astimezone(UTC)
