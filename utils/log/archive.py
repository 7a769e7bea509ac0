"""Compresses the files of old days when the owner asks; not one Record is lost by it.

A crash between two steps leaves the plain file or both, never none, and doing it again is
harmless: the plain file goes only after its archive was read back from the disk and told of in
the log.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.core.model import Entry
from utils.log.check import ARCHIVED
from utils.log.day_files import PLAIN, DayFiles, rendered
from utils.log.record_rows import RecordRows
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from pathlib import Path

    from utils.core.model import Json
    from utils.journal import Journal
    from utils.times.clock import Clock

#: How long a day's file stays as it is (design, section 5).
KEPT_PLAIN: Final = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Archiving:
    """What came of one request to archive."""

    #: The days that were compressed.
    days: tuple[str, ...]
    #: Days left alone, because their file is not what the journal says.
    left: tuple[str, ...]
    #: What the days' files took before and take now, in bytes.
    before: int
    after: int


@dataclass(frozen=True, kw_only=True)
class LogArchive:
    """Packs the files of old days.

    Args:
        folder: ``Vault/Logs``.
        journal: What each file has to hold; takes the Record of each packing.
        clock: The time.
    """

    folder: Path
    journal: Journal
    clock: Clock = field(default=utc_now)

    def run(self) -> Archiving:
        """Pack every day's file that is older than ``KEPT_PLAIN``.

        Raises:
            OSError: The disk refused; what was packed until then stays packed.
            JournalError: The journal could not be kept.
        """
        files = DayFiles(self.folder)
        last = f"{self.clock() - KEPT_PLAIN:%Y-%m-%d}"
        days = set(self.journal.days())
        old = [day for day in files.days(PLAIN) if day < last and day in days]
        known = self._known()
        sizes = {day: files.plain(day).stat().st_size for day in old}
        packed = tuple(day for day in old if self._pack(files, day, known.get(day, "")))
        return Archiving(
            days=packed,
            left=tuple(day for day in old if day not in packed),
            before=sum(sizes[day] for day in packed),
            after=sum(files.archive(day).stat().st_size for day in packed),
        )

    def _known(self) -> dict[str, str]:
        """Return the SHA-256 of each archive that the log tells of, by day."""
        found: list[Json] = [
            json.loads(line)["parameters"]
            for line in RecordRows(self.journal.database).archivings()
        ]
        return {told["day"]: told["sha256"] for told in found}

    def _pack(self, files: DayFiles, day: str, known: str) -> bool:
        """Pack one day; return whether its file is what the journal says, and so was packed."""
        # No other process may write the day meanwhile.
        with self.journal.database.step():
            data = rendered(self.journal.lines_of(day))
            if files.plain(day).read_bytes() != data:
                return False
            sha256 = files.pack(day, data)
            if sha256 != known:
                self.journal.record(_told(day, sha256, len(data)))
        files.drop_plain(day)
        return True


def _told(day: str, sha256: str, size: int) -> Entry:
    told: Json = {"day": day, "sha256": sha256, "bytes": size}
    return Entry(action=ARCHIVED, actor="owner", parameters=told, result="done")
