"""What else the journal knows of weeks: plans, uptime, and which reports are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from utils.core.canonical import iso
from utils.core.model import Plan

if TYPE_CHECKING:
    from utils.storage.database import Database

#: The cursor that says when the employee began to make weekly reports.
_SINCE: Final = "reports since"
#: How long a process that was alive once is expected to be (ours).
_EXPECTED: Final = timedelta(weeks=4)


@dataclass(frozen=True)
class Span:
    """A stretch of time in which one process was alive."""

    who: str
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class WeekRows:
    """Reads and keeps what weekly reports need.

    Args:
        database: The journal's database.

    Raises:
        JournalError: It could not be read or kept; raised by every method.
    """

    database: Database

    def plans(self, since: datetime, until: datetime) -> list[Plan]:
        """Return the Plans of Items that were taken in within a stretch, oldest first."""
        sql = "SELECT plan FROM items WHERE at>=? AND at<? AND plan<>'' ORDER BY at, id"
        rows = self.database.rows(sql, iso(since), iso(until))
        return [Plan.model_validate_json(row["plan"]) for row in rows]

    def spans(self, since: datetime, until: datetime) -> list[Span]:
        """Return when processes were alive within a stretch, cut to it, oldest first."""
        sql = "SELECT * FROM uptime WHERE until>? AND since<? ORDER BY since, who"
        return [
            Span(
                row["who"],
                max(since, datetime.fromisoformat(row["since"])),
                min(until, datetime.fromisoformat(row["until"])),
            )
            for row in self.database.rows(sql, iso(since), iso(until))
        ]

    def known(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Return which processes were alive in a stretch or in the four weeks before it."""
        sql = "SELECT DISTINCT who FROM uptime WHERE until>? AND since<? ORDER BY who"
        rows = self.database.rows(sql, iso(since - _EXPECTED), iso(until))
        return tuple(row["who"] for row in rows)

    def first_alive(self) -> datetime | None:
        """Return when any process was first alive, or None where none ever was."""
        [row] = self.database.rows("SELECT min(since) AS at FROM uptime")
        return datetime.fromisoformat(row["at"]) if row["at"] else None

    def reports_since(self, now: datetime) -> datetime:
        """Return when weekly reports began; the first call is that moment.

        A clock that was ahead at that moment is corrected.
        """
        with self.database.step() as db:
            row = db.execute("SELECT value FROM cursors WHERE name=?", (_SINCE,)).fetchone()
            if row and datetime.fromisoformat(row["value"]) <= now:
                return datetime.fromisoformat(row["value"])
            sql = (
                "INSERT INTO cursors VALUES (?,?)"
                " ON CONFLICT (name) DO UPDATE SET value=excluded.value"
            )
            db.execute(sql, (_SINCE, iso(now)))
            return now

    def periods(self) -> dict[str, str]:
        """Return every period that was claimed, with its state."""
        return {row["key"]: row["state"] for row in self.database.rows("SELECT * FROM periods")}

    def release_periods(self) -> None:
        """Let what failed, or was left unfinished by a dead process, be claimed once more."""
        with self.database.step() as db:
            db.execute("DELETE FROM periods WHERE state IN ('claimed','failed')")
