"""The check of the audit log: the chain in the journal, the days' files, and the heads in print.

A chain shows what was changed, dropped, moved or put in between. A tail that was cut from rows and
files alike shows only against a head that was printed before: each briefing and audit holds one.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from utils.core.chain import Fault, Head, faults, follows
from utils.file_utils import sha256_of_file
from utils.log.day_files import ARCHIVE, PLAIN, DayDigest, DayFiles, rendered, unpacked
from utils.log.record_rows import RecordRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from utils.core.model import Json
    from utils.log.printed_heads import PrintedHead
    from utils.log.record_rows import RecordRow
    from utils.storage.database import Database

#: What the Record of an archived day says was done.
ARCHIVED: Final = "log.archived"
#: After so many faults no more are told: the log is broken after one.
TOLD: Final = 100
_CUT: Final = (
    "Unless you put an older copy of Vault/State back yourself, somebody cut the log: stop, and "
    "compare it with your last backup."
)
_REPRINTED: Final = "Either the log or that page was changed; compare both with your last backup."
_DIGITS: Final = 64
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _refuse(constant: str) -> None:
    raise ValueError(constant)


#: Made once: a decoder of its own for each Record took half the time of the whole check.
_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)


@dataclass(kw_only=True)
class LogCheck:
    """One check of the whole log; it is used once.

    Args:
        database: The journal's database.
        files: The days' files.
        rendered_seq: Tells up to which Record the files were written.
        printed: Heads that were printed before.
    """

    database: Database
    files: DayFiles
    rendered_seq: Callable[[], int]
    printed: Iterable[PrintedHead] = ()
    _wrong: list[Fault] = field(default_factory=list, init=False)
    _days: defaultdict[str, DayDigest] = field(
        default_factory=lambda: defaultdict(DayDigest), init=False
    )
    #: Day to the SHA-256 of its archive, as the log tells.
    _archives: dict[str, str] = field(default_factory=dict, init=False)

    def run(self) -> tuple[list[Fault], Head]:
        """Return what is wrong, empty when nothing is, and the head of the chain.

        Raises:
            JournalError: The database itself cannot be read.
        """
        # Read first: what another process adds meanwhile must not look like a cut.
        once = self.rendered_seq()
        head = self._walk()
        if head.seq < once:
            self._tell(f"r-{once}", f"stood in the log, which now ends at r-{head.seq}", _CUT)
        for day in sorted(self._days):
            self._check_day(day)
        self._strangers()
        return self._wrong, head

    def _walk(self) -> Head:
        """Follow the chain, and learn on the way what each day's file should be."""
        printed: defaultdict[int, list[PrintedHead]] = defaultdict(list)
        for each in self.printed:
            printed[each.seq].append(each)
        head = Head()
        for row in RecordRows(self.database).walk():
            record = parsed(row.line)
            if follows(row.line, record, after=head) and _is_filed_right(row, record):
                head = Head(row.seq, row.hash)
            else:
                head = self._explain(row, record, head)
            self._days[row.day].add(row.line)
            self._note_archive(record)
            for each in printed.pop(row.seq, ()):
                if not row.hash.startswith(each.digits):
                    what = f"is another Record than the one that {each.where} names"
                    self._tell(f"r-{row.seq}", what, _REPRINTED)
        for seq in sorted(printed.keys() - {0}):
            what = f"is named by {printed[seq][0].where}, but the log ends at r-{head.seq}"
            self._tell(f"r-{seq}", what, _CUT)
        return head

    def _explain(self, row: RecordRow, record: Json, head: Head) -> Head:
        """Tell what is wrong with a Record; return the head behind it."""
        named = {**record, "id": record.get("id", f"r-{row.seq}")}
        found, after = faults([named], after=head)
        for fault in found:
            self._tell(fault.where, fault.what, fault.mend)
        if not found:
            what = "is not as the program wrote it: the text or its place was changed"
            self._tell(f"r-{row.seq}", what)
        return after

    def _note_archive(self, record: Json) -> None:
        told = record.get("parameters")
        if record.get("action") == ARCHIVED and isinstance(told, dict):
            self._archives[str(told.get("day"))] = str(told.get("sha256"))

    def _check_day(self, day: str) -> None:
        if not _DAY.fullmatch(day):
            self._tell("The journal", "holds Records of a day that there is not")
            return
        try:
            fits = self._days[day].fits(self.files, day)
        except OSError:
            fits = False
        if not fits:
            # No other process may write a Record and its file in between.
            with self.database.step():
                self._compare(day)
        self._check_archive(day)

    def _check_archive(self, day: str) -> None:
        """Compare an archive, byte for byte, with what the log says of it."""
        path, wanted = self.files.archive(day), self._archives.get(day, "")
        if not path.exists():
            return
        is_alone = not self.files.plain(day).exists()
        if not wanted:
            # Beside its plain file it was left by a crash; the next `logs archive` takes it over.
            if is_alone:
                self._tell(path.name, "was not made by `logs archive`", _mend(path.name))
        elif len(wanted) == _DIGITS and is_alone and sha256_of_file(path) != wanted:
            self._tell(path.name, "was changed after it was packed", _mend(path.name))

    def _compare(self, day: str) -> None:
        """Tell where a day's file leaves the journal.

        Records that no process has rendered yet may be missing at its end.
        """
        rows = RecordRows(self.database).of_day(day)
        lines = [row.line for row in rows]
        once = self.rendered_seq()
        due = sum(row.seq <= once for row in rows)
        path = self.files.plain(day)
        if not path.exists() and self.files.archive(day).exists():
            path = self.files.archive(day)
        try:
            limit = len(rendered(lines))
            is_plain = path.name.endswith(PLAIN)
            data = path.read_bytes() if is_plain else unpacked(path, limit)
        except FileNotFoundError:
            if due:
                self._tell(
                    path.name, "is missing", "`orchestrator.py run --once` writes it again."
                )
            return
        except OSError as error:
            self._tell(path.name, f"cannot be read: {error.strerror}", _mend(path.name))
            return
        written = _lines_in(data)
        if len(written) >= due and data == rendered(lines[: len(written)]):
            return
        self._tell(*_first_difference(path.name, rows, written), _mend(path.name))

    def _strangers(self) -> None:
        """Tell of files of days that the journal knows nothing of: cut from it, or made up."""
        for ending in (PLAIN, ARCHIVE):
            for day in self.files.days(ending):
                if day not in self._days:
                    name = f"{day}{ending}"
                    self._tell(name, "tells of a day that the journal does not know", _CUT)

    def _tell(self, where: str, what: str, mend: str = "") -> None:
        if len(self._wrong) < TOLD:
            self._wrong.append(Fault(where, what, mend) if mend else Fault(where, what))


def _is_filed_right(row: RecordRow, record: Json) -> bool:
    """Return whether a row's columns say what its Record says."""
    said = [str(record.get(name)) for name in ("id", "hash", "timestamp", "proposal_id")]
    return said[:2] == [f"r-{row.seq}", row.hash] and (said[2][:10], said[3]) == (
        row.day,
        row.proposal_id,
    )


def _lines_in(data: bytes) -> list[str]:
    """Return the Records of a day's file as it lies there."""
    text = data.decode(errors="surrogateescape")
    inner = text.removeprefix("[\n").removesuffix("\n]\n")
    return inner.split(",\n") if inner else []


def _first_difference(name: str, rows: list[RecordRow], written: list[str]) -> tuple[str, str]:
    for row, line in zip(rows, written, strict=False):
        if row.line != line:
            return f"r-{row.seq}", f"stands differently in {name} than in the journal"
    if len(written) < len(rows):
        return f"r-{rows[len(written)].seq}", f"is missing in {name}"
    if len(written) > len(rows):
        return name, f"has {len(written)} Records, the journal {len(rows)}"
    return name, "was changed around its Records"


def _mend(name: str) -> str:
    return (
        f"The journal itself is whole here: move {name} away, and `orchestrator.py run --once` "
        "writes the day again."
    )


def parsed(line: str) -> Json:
    """Return a Record's line as a JSON object; an empty one where it is none, which is a fault."""
    try:
        found = _DECODER.decode(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
