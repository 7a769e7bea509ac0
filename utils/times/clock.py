"""The wall clock, so that time can be an argument everywhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

#: Says what time it is, as aware UTC.
type Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present time as aware UTC."""
    return datetime.now(UTC)
