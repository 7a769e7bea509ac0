"""The Records of a week, read page by page, and checked against the chain and the day's files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from utils.core.chain import Fault, Head, faults
from utils.core.model import iso

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from utils.core.model import Json
    from utils.journal import Journal

#: How many Records are in memory at a time.
_PAGE: Final = 2000
#: A clock may be that much ahead before a Record counts as one from the future (ours).
_AHEAD: Final = timedelta(minutes=5)
#: How many faults are told; the log is broken after one.
_TOLD: Final = 5


@dataclass(frozen=True, kw_only=True)
class WeekLog:
    """Reads one stretch of the audit log.

    Args:
        journal: The truth.
        folder: ``Vault/Logs``.
    """

    journal: Journal
    folder: Path

    def read(
        self, since: datetime, until: datetime, take: Callable[[Json], None]
    ) -> tuple[Fault, ...]:
        """Hand every Record of a stretch to ``take``, in order, and check all of them.

        Args:
            since: The first moment.
            until: The first moment after it.
            take: Called once for each Record.

        Returns:
            What is wrong with the log, empty when nothing is; not more than a few faults.
        """
        days = _days(since, until)
        bounds = self._bounds(days[0], days[-1])
        wrong: list[Fault] = []
        if bounds:
            first, last = iso(since), iso(until)
            head = self._head_before(bounds[0])
            for page in self._pages(*bounds):
                records = [json.loads(row["body"]) for row in page]
                found, head = faults(records, after=head)
                wrong += found
                for record in records:
                    if first <= record["timestamp"] < last:
                        take(record)
        for day in days:
            wrong += self._compared(day)
        return tuple(wrong[:_TOLD])

    def from_the_future(self, now: datetime) -> tuple[str, ...]:
        """Return the ids of Records that say they were made after the present time."""
        sql = "SELECT seq, body FROM records WHERE day>=? ORDER BY seq"
        rows = self.journal.database.rows(sql, iso(now + _AHEAD)[:10])
        limit = iso(now + _AHEAD)
        return tuple(
            f"r-{row['seq']}" for row in rows if json.loads(row["body"])["timestamp"] > limit
        )

    def _bounds(self, first_day: str, last_day: str) -> tuple[int, int] | None:
        sql = "SELECT min(seq) AS lo, max(seq) AS hi FROM records WHERE day BETWEEN ? AND ?"
        [row] = self.journal.database.rows(sql, first_day, last_day)
        return (row["lo"], row["hi"]) if row["lo"] is not None else None

    def _head_before(self, seq: int) -> Head:
        sql = "SELECT seq, hash FROM records WHERE seq<? ORDER BY seq DESC LIMIT 1"
        rows = self.journal.database.rows(sql, seq)
        return Head(rows[0]["seq"], rows[0]["hash"]) if rows else Head()

    def _pages(self, seq: int, last: int) -> Iterator[list[sqlite3.Row]]:
        sql = "SELECT seq, body FROM records WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
        while page := self.journal.database.rows(sql, seq, last, _PAGE):
            yield page
            seq = page[-1]["seq"] + 1

    def _compared(self, day: str) -> list[Fault]:
        """Compare a day's file with the journal, line by line."""
        name = f"{day}.json"
        newest = self.journal.database.rows("SELECT max(day) AS day FROM records")[0]["day"]
        lines = self._lines_of(day)
        try:
            with (self.folder / name).open(encoding="utf-8", newline="\n") as file:
                for written in file:
                    if written in {"[\n", "]\n"}:
                        continue
                    if next(lines, None) != written.rstrip(",\n"):
                        return [Fault(name, "differs from the journal")]
        except FileNotFoundError:
            missing = next(lines, None) is not None and day != newest
            return [Fault(name, "is missing although the journal knows the day")] * missing
        except (OSError, ValueError) as error:
            return [Fault(name, f"cannot be read: {error}")]
        # The newest day is written out with a delay of up to a second.
        short = next(lines, None) is not None and day != newest
        return [Fault(name, "ends before the day's last Record")] * short

    def _lines_of(self, day: str) -> Iterator[str]:
        sql = "SELECT seq, body FROM records WHERE day=? AND seq>? ORDER BY seq LIMIT ?"
        seq = 0
        while page := self.journal.database.rows(sql, day, seq, _PAGE):
            yield from (row["body"] for row in page)
            seq = page[-1]["seq"]


def _days(since: datetime, until: datetime) -> list[str]:
    """Return the UTC days of a stretch; both times are in UTC."""
    first, last = since.date(), (until - timedelta(microseconds=1)).date()
    count = (last - first).days + 1
    return [date.isoformat(first + timedelta(days=n)) for n in range(count)]
