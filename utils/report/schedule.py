"""Which weekly reports are due: decided from the clock and from what is done, by nothing else.

A report belongs to a week and is made once, however often somebody asks and whatever the clock
does in between. The audit comes before the briefing of the same week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from utils.times.weeks import Week

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import date
    from zoneinfo import ZoneInfo

    from utils.environment.variables import Weekly

#: How many weeks back a report that was missed is still made (ours).
CATCH_UP_WEEKS: Final = 53
#: A report made later than this after its time says so (ours).
PUNCTUAL: Final = timedelta(minutes=10)


class Report(StrEnum):
    """What is made once a week, in this order."""

    AUDIT = "audit"
    BRIEFING = "briefing"


@dataclass(frozen=True)
class Due:
    """One report of one week whose time has come."""

    report: Report
    week: Week
    #: When it was to be made, in UTC.
    at: datetime

    @property
    def key(self) -> str:
        """Its unique name in the journal, such as ``briefing 2026-W47``."""
        return key_of(self.report, self.week)


@dataclass(frozen=True, kw_only=True)
class Timing:
    """When the owner wants his reports."""

    zone: ZoneInfo
    audit_at: Weekly
    briefing_at: Weekly

    def moment(self, report: Report, week: Week) -> datetime:
        """Return when a week's report is to be made, in UTC.

        The audit's first chance is the Sunday that ends the week, the briefing's the day after;
        an audit is never planned after its briefing. A local time that the clock skips is taken
        as if it had not been put forward; one that comes twice means the first.
        """
        briefing = self._from(week.sunday + timedelta(days=1), self.briefing_at)
        if report is Report.BRIEFING:
            return briefing
        return min(self._from(week.sunday, self.audit_at), briefing)

    def _from(self, first: date, weekly: Weekly) -> datetime:
        """Return the first time from a day on that a weekly moment comes round."""
        day = first + timedelta(days=(weekly.weekday - first.weekday()) % 7)
        local = datetime.combine(day, time(weekly.hour, weekly.minute), self.zone)
        return local.astimezone(UTC)


def key_of(report: Report, week: Week) -> str:
    """Return the unique name of a week's report in the journal."""
    return f"{report} {week}"


def due(
    timing: Timing, *, now: datetime, since: datetime, taken: Container[str]
) -> tuple[Due, ...]:
    """Return the reports that are to be made now, oldest week first.

    Args:
        timing: When the owner wants them.
        now: The present time.
        since: When the employee began; what was due before is nobody's business.
        taken: Keys of reports that are made, being made, or failed since the last start.
    """
    today = now.astimezone(timing.zone).date()
    weeks = (Week.of(today - timedelta(weeks=back)) for back in range(CATCH_UP_WEEKS, -1, -1))
    open_ones = (
        Due(report, week, timing.moment(report, week))
        for week in weeks
        for report in Report
        if key_of(report, week) not in taken
    )
    return tuple(each for each in open_ones if since <= each.at <= now)


def upcoming(timing: Timing, *, now: datetime) -> dict[Report, datetime]:
    """Return when each report is made next, in UTC."""
    today = now.astimezone(timing.zone).date()
    weeks = [Week.of(today + timedelta(weeks=ahead)) for ahead in (-1, 0, 1)]
    moments = {report: [timing.moment(report, week) for week in weeks] for report in Report}
    return {report: min(at for at in each if at > now) for report, each in moments.items()}


def lateness(at: datetime, now: datetime) -> timedelta:
    """Return how late a report is, nothing where it is punctual."""
    late = now - at
    return late if late > PUNCTUAL else timedelta(0)
