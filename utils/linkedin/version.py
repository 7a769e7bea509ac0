"""How long LinkedIn serves a version of its API: by its month, and for a year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from utils.core.operation import Ailment

if TYPE_CHECKING:
    from collections.abc import Iterator

#: On which day of the same month a year later a version ends (LinkedIn's versioning page, 2026).
_DAY: Final = 15
#: How long before that the owner is told.
_AHEAD: Final = timedelta(days=30)


def ends_at(version: str) -> datetime:
    """Return when a version such as ``202607`` stops being served (aware UTC)."""
    return datetime(int(version[:4]) + 1, int(version[4:]), _DAY, tzinfo=UTC)


def version_ailments(version: str, *, now: datetime) -> Iterator[Ailment]:
    """Yield an ailment where a version is served no more, or not for long."""
    end = ends_at(version)
    remedy = "Take LINKEDIN_VERSION out of .env, or name a newer month"
    if end <= now:
        yield Ailment(what=f"LinkedIn's version {version} is retired", remedy=remedy)
    elif end - now <= _AHEAD:
        what = f"LinkedIn's version {version} ends on {end:%Y-%m-%d}"
        yield Ailment(what=what, remedy=remedy, fatal=False)
