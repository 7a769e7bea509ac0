"""The timetable: makes each weekly report once, when its time has come or as soon as it can.

What is made stands in the journal under the report's key. Whoever claims the key makes the
report; one that failed, or whose maker died, is tried again at the next start.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.errors import EmployeeError, JournalError
from utils.core.model import Entry
from utils.report.reminders import Reminders
from utils.report.schedule import Timing, due, lateness
from utils.report.week_rows import WeekRows
from utils.report.weekly import Reports
from utils.words.briefing import BriefingWords

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from utils.assembly.ground import Ground
    from utils.report.schedule import Due

_log: Final = logging.getLogger(__name__)
_OUR_FAULT: Final = "The program made a mistake over it, which stands in its log."


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """Makes what is due; a period is claimed in the journal, so several may look at once.

    Args:
        ground: The home.
    """

    ground: Ground

    def start(self) -> None:
        """Let what failed or was left unfinished be tried again."""
        with self._turn() as ours:
            if ours:
                self._rows.release_periods()

    def run_due(self) -> int:
        """Make every report that is due, the oldest first, and keep what they led to up to date.

        Returns:
            How many were made.

        Raises:
            VaultMissingError: The vault is not there; nothing was tried.
            JournalError: The journal cannot be kept; whoever runs this must stop.
        """
        with self._turn() as ours:
            return self._run_due() if ours else 0

    def _turn(self) -> AbstractContextManager[bool]:
        """Be the only one that makes reports, among all machines."""
        return self.ground.journal.database.alone("reports")

    def _run_due(self) -> int:
        now, settings = self.ground.clock(), self.ground.settings
        timing = Timing(
            zone=settings.zone, audit_at=settings.audit_at, briefing_at=settings.briefing_at
        )
        since = self._rows.reports_since(now)
        found = due(timing, now=now, since=since, taken=self._rows.periods())
        if found:
            self.ground.vault.check()
        made = sum(map(self._make, found))
        BriefingWords(ground=self.ground).take_in()
        Reminders(ground=self.ground).withdraw()
        return made

    @property
    def _rows(self) -> WeekRows:
        return WeekRows(database=self.ground.journal.database)

    def _make(self, one: Due) -> bool:
        """Claim one report and make it; return whether it was made.

        Raises:
            JournalError: The journal cannot be kept.
        """
        clock, bookmarks = self.ground.clock, self.ground.bookmarks
        if not bookmarks.claim_period(one.key, now=clock()):
            return False
        try:
            late = lateness(one.at, clock())
            Reports(ground=self.ground).make(one.report, one.week, late=late)
        except JournalError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours is told too, else it is lost
            self._tell(one, error)
            bookmarks.settle_period(one.key, "failed", now=clock())
            return False
        bookmarks.settle_period(one.key, "done", now=clock())
        return True

    def _tell(self, one: Due, error: Exception) -> None:
        ours = not isinstance(error, EmployeeError | OSError)
        _log.error("%s: %s", one.key, error, exc_info=error if ours else None)
        entry = Entry(
            action=f"report.{one.report}",
            actor="reports",
            parameters={"week": str(one.week)},
            result="failed",
            error=str(error) or type(error).__name__,
        )
        self.ground.journal.record(entry)
        title = f"The {one.report} of {one.week} could not be made"
        text = f"{_OUR_FAULT if ours else error} It is tried again at the next start."
        self.ground.alerts().raise_(f"report {one.key}", title, text)
