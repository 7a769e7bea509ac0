"""The Records of a week, read page by page, and checked against the chain and the day's files."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, BinaryIO, Final

from utils.audit_log import RENDERED
from utils.core.canonical import iso
from utils.core.chain import Fault, Head, faults
from utils.core.record_line import at_a_glance, glance_of
from utils.log.check import parsed
from utils.log.day_files import PLAIN, DayDigest, DayFiles
from utils.storage.bookmarks import Bookmarks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from utils.core.record_line import Glance
    from utils.journal import Journal
    from utils.storage.database import Row

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
        self, since: datetime, until: datetime, take: Callable[[Glance, int, str], None]
    ) -> tuple[Fault, ...]:
        """Hand every Record of a stretch to ``take``, in order, and check all of them.

        Args:
            since: The first moment.
            until: The first moment after it.
            take: Called for each Record with its glance, its place and its line.

        Returns:
            What is wrong with the log, empty when nothing is; not more than a few faults.
        """
        days, span = _days(since, until), (iso(since), iso(until))
        wrong: list[Fault] = []
        digests: defaultdict[str, DayDigest] = defaultdict(DayDigest)
        head: Head | None = None
        for page in self._pages(days[0], days[-1]):
            for day, rows in groupby(page, itemgetter("day")):
                digests[day].add(*(row["body"] for row in rows))
            head = head or self._head_before(page[0]["seq"])
            head = _checked(page, head, wrong, span, take)
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

    def _pages(self, first_day: str, last_day: str) -> Iterator[list[Row]]:
        """Yield every row from the first of a stretch of days to the last, without a gap."""
        rows = self.journal.database.rows
        sql = "SELECT min(seq) AS lo, max(seq) AS hi FROM records WHERE day BETWEEN ? AND ?"
        [bounds] = rows(sql, first_day, last_day)
        if bounds["lo"] is None:
            return
        seq = bounds["lo"]
        sql = "SELECT seq, day, body FROM records WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
        while page := rows(sql, seq, bounds["hi"], _PAGE):
            yield page
            seq = page[-1]["seq"] + 1

    def _head_before(self, seq: int) -> Head:
        sql = "SELECT seq, hash FROM records WHERE seq<? ORDER BY seq DESC LIMIT 1"
        rows = self.journal.database.rows(sql, seq)
        return Head(rows[0]["seq"], rows[0]["hash"]) if rows else Head()


def _checked(
    page: list[Row],
    head: Head,
    wrong: list[Fault],
    span: tuple[str, str],
    take: Callable[[Glance, int, str], None],
) -> Head:
    """Check a page of Records behind a head, hand on those of a stretch; return the new head."""
    since, until = span
    before, hash_ = head.seq, head.hash
    for seq, _, line in page:
        seen = at_a_glance(line, before + 1, hash_)
        if seen is None:
            record = parsed(line)
            found, head = faults([record], after=Head(before, hash_))
            before, hash_ = head.seq, head.hash
            wrong += found if len(wrong) < _TOLD else ()
            if found:
                continue
            seen = glance_of(line, hash_)
        else:
            before, hash_ = before + 1, seen[0]
        if since <= seen[3] < until:
            take(seen, seq, line)
    return Head(before, hash_)


def _days(since: datetime, until: datetime) -> list[str]:
    """Return the UTC days of a stretch; both times are in UTC."""
    first, last = since.date(), (until - timedelta(microseconds=1)).date()
    count = (last - first).days + 1
    return [date.isoformat(first + timedelta(days=n)) for n in range(count)]
