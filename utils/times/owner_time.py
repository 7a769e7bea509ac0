"""The owner's local time: what a time without a zone means, and whether it exists."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

_ZONE_FILE: Final = Path("/etc/localtime")
_NO_ZONE: Final = frozenset({"Etc/UTC", "Etc/UCT", "Etc/Zulu", "Etc/GMT", "Zulu", "UCT"})


def machine_zone(variables: Mapping[str, str]) -> str:
    """Return the machine's own zone by its IANA name, "" where it does not tell.

    Args:
        variables: Those of the environment; ``TZ`` counts.
    """
    try:
        zone = variables.get("TZ", "").removeprefix(":") or str(_ZONE_FILE.readlink())
    except OSError:
        return ""
    zone = zone.partition("zoneinfo/")[2] or zone
    return "UTC" if zone in _NO_ZONE else zone


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
