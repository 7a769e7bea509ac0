"""The owner's local time: what a time without a zone means, and whether it exists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from utils.core.errors import InvalidValueError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def moment_of(planned: datetime | None, zone: ZoneInfo, *, now: datetime) -> datetime | None:
    """Return a planned time in UTC; one without a zone is the owner's.

    Raises:
        InvalidValueError: It lies in the past, or the owner's clock skips it that night.
    """
    if planned is None:
        return None
    local = planned.replace(tzinfo=zone) if planned.tzinfo is None else planned
    moment = local.astimezone(UTC)
    if planned.tzinfo is None and moment.astimezone(zone).replace(tzinfo=None) != planned:
        raise InvalidValueError(f"{planned:%Y-%m-%d %H:%M} does not exist in {zone.key}")
    if moment <= now:
        raise InvalidValueError(f"{planned:%Y-%m-%d %H:%M} is in the past")
    return moment
