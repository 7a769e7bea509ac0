"""The audit log: `Vault/Logs/YYYY-MM-DD.json`, rendered from the journal, and its verification.

The truth is the journal's table of Records. A day's file is a JSON array, one Record a line,
that parses at every moment, because the whole day is written anew and renamed into place. It is
rendered at once while it is small, and at most once a second when it is large.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.bookmarks import Bookmarks
from utils.core.chain import Fault, Head, faults, seq_of
from utils.file_utils import write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from utils.core.model import Json
    from utils.journal import Journal

#: Up to this many bytes a day's file is rendered at every change (design, section 5).
SMALL_BYTES: Final = 262_144
_AT_MOST_EVERY_S: Final = 1.0
#: Under which name the journal remembers up to which Record the files were written.
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
        with self.journal.database.step():
            head = self.journal.head()
            size = max(map(self._write, self._due()), default=0)
            self._bookmarks.set_cursor(RENDERED, str(head.seq))
        self._rendered = head
        self._next_at = self.steady() + (_AT_MOST_EVERY_S if size > SMALL_BYTES else 0.0)

    @property
    def _bookmarks(self) -> Bookmarks:
        return Bookmarks(database=self.journal.database)

    def _due(self) -> tuple[str, ...]:
        """Return the days to write: those with new Records and, at the start, missing ones."""
        new = self.journal.days(after=self._rendered_seq())
        if self._rendered.seq:
            return new
        missing = {day for day in self.journal.days() if not self._has(day)}
        return tuple(sorted({*new, *missing}))

    def _has(self, day: str) -> bool:
        return any(self.folder.glob(f"{day}.json*"))

    def _rendered_seq(self) -> int:
        """Return up to which Record any process has written the files."""
        return int(self._bookmarks.cursor(RENDERED) or 0)

    def _write(self, day: str) -> int:
        lines = ",\n".join(self.journal.lines_of(day))
        data = f"[\n{lines}\n]\n".encode()
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomic(self.folder / f"{day}.json", data)
        return len(data)

    def verify(self) -> tuple[list[Fault], Head]:
        """Check the chain in the journal, and every file against the journal.

        Returns:
            What is wrong (empty when nothing is), and the head of the chain.
        """
        # In the order of the chain, which a clock that was set back takes over midnight and back.
        wrong, head = faults(map(_parsed, self.journal.lines()), after=Head())
        for day in self.journal.days():
            # No other process may write a Record and its file in between.
            with self.journal.database.step():
                wrong += self._compare(day, [_parsed(line) for line in self.journal.lines_of(day)])
        if head != self.journal.head():
            wrong.append(Fault("journal", "its index and its Records disagree"))
        return wrong + self._strangers(), head

    def _compare(self, day: str, records: list[Json]) -> list[Fault]:
        """Compare a day's file with the journal, Record by Record.

        Records that no process has rendered yet may be missing at its end.
        """
        name = f"{day}.json"
        rendered = self._rendered_seq()
        due = sum(seq_of(str(record.get("id"))) <= rendered for record in records)
        try:
            written = json.loads((self.folder / name).read_bytes())
        except FileNotFoundError:
            missing = Fault(name, "is missing; `orchestrator.py run --once` writes it again")
            return [missing] if due else []
        except (OSError, ValueError, RecursionError) as error:
            return [Fault(name, f"cannot be read: {error}")]
        if not isinstance(written, list):
            return [Fault(name, "is not a list of Records")]
        if len(written) >= due and written == records[: len(written)]:
            return []
        pairs = zip(records, written, strict=False)
        wrong = [
            Fault(str(a.get("id", "?")), f"differs from the journal in {name}")
            for a, b in pairs
            if a != b
        ]
        if len(written) != len(records):
            wrong.append(Fault(name, f"has {len(written)} Records, the journal {len(records)}"))
        return wrong

    def _strangers(self) -> list[Fault]:
        """Report files of days that the journal knows nothing of: cut from it, or made up."""
        days = set(self.journal.days())
        files = sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []
        unknown = [file.name for file in files if file.stem not in days]
        return [Fault(name, "tells of a day that the journal does not know") for name in unknown]


def _parsed(line: str) -> Json:
    """Return a Record's line as a JSON object; an empty one where it is none, which is a fault."""
    try:
        found = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _refuse(constant: str) -> None:
    raise ValueError(constant)
