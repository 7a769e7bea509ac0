"""The audit log: `Vault/Logs/YYYY-MM-DD.json`, rendered from the journal, and its verification.

The truth is the journal's table of Records. A day's file is a JSON array, one Record a line,
that parses at every moment, because the whole day is written anew and renamed into place. It is
rendered at once while it is small, and at most once a second when it is large.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.core.chain import Head
from utils.log.check import LogCheck
from utils.log.day_files import DayFiles
from utils.storage.bookmarks import Bookmarks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from utils.core.chain import Fault
    from utils.journal import Journal
    from utils.log.printed_heads import PrintedHead

#: Up to this many bytes a day's file is rendered at every change (design, section 5).
SMALL_BYTES: Final = 262_144
_AT_MOST_EVERY_S: Final = 1.0
#: Under which name the journal remembers up to which Record a machine's files were written.
RENDERED: Final = "rendered"


@dataclass(kw_only=True)
class AuditLog:
    """Renders the journal's Records for people, and proves that nobody changed them.

    Args:
        folder: ``Vault/Logs``; nothing else writes there.
        journal: The truth.
        steady: A clock that never steps back, in seconds.
    """

    folder: Path
    journal: Journal
    steady: Callable[[], float] = monotonic
    _rendered: Head = field(default=Head(), init=False)
    _next_at: float = field(default=0.0, init=False)

    def render(self, *, whole: bool = False) -> None:
        """Write the files of the days that have new Records.

        Args:
            whole: Whether to write now, even where a large file was written a moment ago.

        Raises:
            OSError: The disk refused; the Records themselves are safe in the journal.
        """
        if self.journal.head() == self._rendered:
            return
        if not whole and self.steady() < self._next_at:
            return
        # One process at a time: another one's older view of a day must not cover this one.
        with self.journal.database.log_turn() as ours:
            if not ours:
                return
            head = self.journal.head()
            size = max(map(self._write, self._due()), default=0)
            self._bookmarks.set_cursor(self._bookmarks.own(RENDERED), str(head.seq))
        self._rendered = head
        self._next_at = self.steady() + (_AT_MOST_EVERY_S if size > SMALL_BYTES else 0.0)

    @property
    def _files(self) -> DayFiles:
        return DayFiles(self.folder)

    @property
    def _bookmarks(self) -> Bookmarks:
        return Bookmarks(database=self.journal.database)

    def _due(self) -> tuple[str, ...]:
        """Return the days to write: those with new Records and, at the start, missing ones."""
        new = self.journal.days(after=self._rendered_seq())
        if self._rendered.seq:
            return new
        missing = {day for day in self.journal.days() if not self._files.has(day)}
        return tuple(sorted({*new, *missing}))

    def _rendered_seq(self) -> int:
        """Return up to which Record any process has written the files."""
        return int(self._bookmarks.cursor(self._bookmarks.own(RENDERED)) or 0)

    def _write(self, day: str) -> int:
        return self._files.write(day, self.journal.lines_of(day))

    def verify(self, printed: Iterable[PrintedHead] = ()) -> tuple[list[Fault], Head]:
        """Check the chain in the journal, every file against it, and heads printed before.

        Returns:
            What is wrong (empty when nothing is), and the head of the chain.

        Raises:
            JournalError: The journal itself cannot be read.
        """
        check = LogCheck(
            database=self.journal.database,
            files=self._files,
            rendered_seq=self._rendered_seq,
            printed=printed,
        )
        return check.run()
