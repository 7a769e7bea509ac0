"""The Records of a week, read page by page, and checked against the chain and the day's files."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, BinaryIO, Final

from utils.audit_log import RENDERED
from utils.core.canonical import iso
from utils.core.chain import Fault, Head, faults
from utils.core.record_line import glance_of, glances
from utils.log.check import parsed
from utils.log.day_comparison import DayComparison
from utils.log.day_files import PLAIN, DayFiles
from utils.storage.bookmarks import Bookmarks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from utils.core.record_line import Glance
    from utils.journal import Journal

#: How many Records are in memory at a time.
_PAGE: Final = 500
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
        self, since: datetime, until: datetime, take: Callable[[list[Glance]], None]
    ) -> tuple[Fault, ...]:
        """Hand every Record of a stretch to ``take``, in order, and check all of them.

        Args:
            since: The first moment.
            until: The first moment after it.
            take: Called with the next Records' glances.

        Returns:
            What is wrong with the log, empty when nothing is; not more than a few faults.
        """
        days, span = _days(since, until), (iso(since), iso(until))
        wrong: list[Fault] = []
        with ExitStack() as files:
            compared: dict[str, DayComparison] = {}
            head, last = None, 0
            for page in self._pages(days[0], days[-1]):
                for day, rows in groupby(page, itemgetter(1)):
                    if day in days and day not in compared:
                        compared[day] = DayComparison(DayFiles(self.folder), day)
                        files.enter_context(compared[day])
                    if day in days:
                        compared[day].add([line for _, _, line in rows])
                head = head or self._head_before(page[0][0])
                head = _checked([line for _, _, line in page], head, wrong, span, take)
                last = page[-1][0]
            wrong += self._broken_off(days[0], head, last)
            wrong += self._without_records(days, compared)
            for day, each in sorted(compared.items()):
                what = each.trouble()
                if what and not self._is_behind(day):
                    wrong.append(Fault(f"{day}{PLAIN}", what))
        return tuple(wrong[:_TOLD])

    def _broken_off(self, first_day: str, head: Head | None, last: int) -> tuple[Fault, ...]:
        """Return what is wrong between the stretch's last Record and the one behind it.

        Where a stretch has none, the last one before it has to be followed as well.
        """
        database = self.journal.database
        if head is None:
            sql = "SELECT seq FROM records WHERE day<? ORDER BY day DESC, seq DESC LIMIT 1"
            rows = database.rows(sql, first_day)
            last = rows[0]["seq"] if rows else 0
            head = self._head_before(last + 1)
        sql = "SELECT seq, body FROM records WHERE seq>? ORDER BY seq LIMIT 1"
        found = [parsed(row["body"]) for row in database.rows(sql, last)]
        return tuple(faults(found, after=head)[0])

    def _without_records(
        self, days: list[str], compared: dict[str, DayComparison]
    ) -> Iterator[Fault]:
        """Yield each day that has a file with Records, and none in the journal."""
        files = DayFiles(self.folder)
        for day in days:
            if day not in compared and files.has(day):
                yield Fault(f"{day}{PLAIN}", "holds Records that the journal does not know")

    def from_the_future(self, now: datetime) -> tuple[str, ...]:
        """Return the first Records that say they were made after the present time, by id."""
        limit = iso(now + _AHEAD)
        sql = (
            "SELECT seq FROM records WHERE day>=? AND json_extract(body, '$.timestamp')>?"
            " ORDER BY seq LIMIT ?"
        )
        rows = self.journal.database.rows(sql, limit[:10], limit, _TOLD)
        return tuple(f"r-{row['seq']}" for row in rows)

    def _is_behind(self, day: str) -> bool:
        """Return whether a day's file only lacks Records that nobody has rendered yet."""
        # No other process may write a Record and its file in between.
        with self.journal.database.step():
            bookmarks = Bookmarks(database=self.journal.database)
            rendered = int(bookmarks.cursor(bookmarks.own(RENDERED)) or 0)
            sql = "SELECT count(*) AS n FROM records WHERE day=? AND seq<=?"
            [due] = self.journal.database.rows(sql, day, rendered)
            try:
                with DayFiles(self.folder).plain(day).open("rb") as file:
                    written = self._written(day, file)
            except FileNotFoundError:
                written = 0
            except OSError:
                return False
        return written is not None and written >= due["n"]

    def _written(self, day: str, file: BinaryIO) -> int | None:
        """Return how many of a day's Records a file begins with; None where it holds others."""
        if next(file, b"") != b"[\n":
            return None
        count, seq = 0, 0
        sql = "SELECT seq, body FROM records WHERE day=? AND seq>? ORDER BY seq LIMIT ?"
        while page := self.journal.database.rows(sql, day, seq, _PAGE):
            for row in page:
                line = next(file, b"")
                if line == b"]\n":
                    return count
                wanted = row["body"].encode(errors="surrogateescape")
                if line.removesuffix(b"\n").removesuffix(b",") != wanted:
                    return None
                count, seq = count + 1, row["seq"]
        return count if next(file, b"") == b"]\n" else None

    def _pages(self, first_day: str, last_day: str) -> Iterator[list[tuple[int, str, str]]]:
        """Yield place, day and line of every Record of a stretch of days, without a gap."""
        database = self.journal.database
        sql = "SELECT min(seq) AS lo, max(seq) AS hi FROM records WHERE day BETWEEN ? AND ?"
        [bounds] = database.rows(sql, first_day, last_day)
        if bounds["lo"] is None:
            return
        seq = bounds["lo"]
        sql = "SELECT seq, day, body FROM records WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
        while page := database.tuples(sql, seq, bounds["hi"], _PAGE):
            yield page
            seq = page[-1][0] + 1

    def _head_before(self, seq: int) -> Head:
        sql = "SELECT seq, hash FROM records WHERE seq<? ORDER BY seq DESC LIMIT 1"
        rows = self.journal.database.rows(sql, seq)
        return Head(rows[0]["seq"], rows[0]["hash"]) if rows else Head()


def _checked(
    lines: list[str],
    head: Head,
    wrong: list[Fault],
    span: tuple[str, str],
    take: Callable[[list[Glance]], None],
) -> Head:
    """Check Records behind a head, hand on those of a stretch; return the new head."""
    since, until = span
    while lines:
        seen, head = glances(lines, after=head)
        odd, lines = lines[len(seen) : len(seen) + 1], lines[len(seen) + 1 :]
        for line in odd:
            found, head = faults([parsed(line)], after=head)
            wrong += found if len(wrong) < _TOLD else ()
            seen += [] if found else [glance_of(line, head.seq)]
        take([each for each in seen if since <= each[-1] < until])
    return head


def _days(since: datetime, until: datetime) -> list[str]:
    """Return the UTC days of a stretch; both times are in UTC."""
    first, last = since.date(), (until - timedelta(microseconds=1)).date()
    count = (last - first).days + 1
    return [date.isoformat(first + timedelta(days=n)) for n in range(count)]
