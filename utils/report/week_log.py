"""The Records of a week, read page by page, and checked against the chain and the day's files."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from utils.audit_log import RENDERED
from utils.bookmarks import Bookmarks
from utils.core.chain import Fault, Head, faults, follows
from utils.core.model import iso
from utils.day_files import PLAIN, DayDigest, DayFiles
from utils.log_check import parsed

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
        first, last = iso(since), iso(until)
        wrong: list[Fault] = []
        digests: defaultdict[str, DayDigest] = defaultdict(DayDigest)
        head: Head | None = None
        for row in self._rows(days[0], days[-1]):
            record, line = parsed(row["body"]), row["body"]
            head = head or self._head_before(row["seq"])
            digests[row["day"]].add(line)
            if follows(line, record, after=head):
                head = Head(head.seq + 1, record["hash"])
            else:
                found, head = faults([record], after=head)
                wrong += found if len(wrong) < _TOLD else ()
                if found:
                    continue
            if first <= record["timestamp"] < last:
                take(record)
        for day in sorted(digests.keys() & set(days)):
            what = self._trouble_with(day, digests[day])
            if what and not self._is_behind(day):
                wrong.append(Fault(f"{day}{PLAIN}", what))
        return tuple(wrong[:_TOLD])

    def from_the_future(self, now: datetime) -> tuple[str, ...]:
        """Return the first Records that say they were made after the present time, by id."""
        limit = iso(now + _AHEAD)
        sql = (
            "SELECT seq FROM records WHERE day>=? AND json_extract(body, '$.timestamp')>?"
            " ORDER BY seq LIMIT ?"
        )
        rows = self.journal.database.rows(sql, limit[:10], limit, _TOLD)
        return tuple(f"r-{row['seq']}" for row in rows)

    def _trouble_with(self, day: str, digest: DayDigest) -> str:
        """Return what is wrong with a day's file, or ""."""
        try:
            return "" if digest.fits(DayFiles(self.folder), day) else "differs from the journal"
        except FileNotFoundError:
            return "is missing although the journal knows the day"
        except OSError as error:
            return f"cannot be read: {error}"

    def _is_behind(self, day: str) -> bool:
        """Return whether a day's file only lacks Records that nobody has rendered yet."""
        # No other process may write a Record and its file in between.
        with self.journal.database.step():
            sql = "SELECT seq, body FROM records WHERE day=? ORDER BY seq"
            rows = self.journal.database.rows(sql, day)
            rendered = int(Bookmarks(database=self.journal.database).cursor(RENDERED) or 0)
            due = sum(row["seq"] <= rendered for row in rows)
            try:
                text = (self.folder / f"{day}.json").read_text(encoding="utf-8")
            except FileNotFoundError:
                return not due
            except (OSError, ValueError):
                return False
        written = text.removeprefix("[\n").removesuffix("\n]\n").split(",\n")
        return len(written) >= due and written == [row["body"] for row in rows[: len(written)]]

    def _rows(self, first_day: str, last_day: str) -> Iterator[sqlite3.Row]:
        """Yield every row from the first of a stretch of days to the last, without a gap."""
        rows = self.journal.database.rows
        sql = "SELECT min(seq) AS lo, max(seq) AS hi FROM records WHERE day BETWEEN ? AND ?"
        [bounds] = rows(sql, first_day, last_day)
        if bounds["lo"] is None:
            return
        seq = bounds["lo"]
        sql = "SELECT seq, day, body FROM records WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
        while page := rows(sql, seq, bounds["hi"], _PAGE):
            yield from page
            seq = page[-1]["seq"] + 1

    def _head_before(self, seq: int) -> Head:
        sql = "SELECT seq, hash FROM records WHERE seq<? ORDER BY seq DESC LIMIT 1"
        rows = self.journal.database.rows(sql, seq)
        return Head(rows[0]["seq"], rows[0]["hash"]) if rows else Head()


def _days(since: datetime, until: datetime) -> list[str]:
    """Return the UTC days of a stretch; both times are in UTC."""
    first, last = since.date(), (until - timedelta(microseconds=1)).date()
    count = (last - first).days + 1
    return [date.isoformat(first + timedelta(days=n)) for n in range(count)]
