"""The journal's rows of Records as they lie on the disk, for whoever doubts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.storage.database import Database, Row

#: How many rows are in memory at a time.
_PAGE: Final = 1000
# As bytes: in a damaged journal a text need not be one, and that is a finding, not an accident.
_COLUMNS: Final = ", ".join(
    f"CAST({name} AS BLOB) AS {name}" for name in ("day", "body", "proposal_id", "hash")
)
#: How the Record of an archived day begins: canonical JSON has its keys in order.
_ARCHIVED: Final = '{"action":"log.archived",'


class RecordRow(NamedTuple):
    """One row; bytes that are no UTF-8 stand as lone surrogates."""

    seq: int
    day: str
    #: The Record as canonical JSON text.
    line: str
    proposal_id: str
    hash: str


@dataclass(frozen=True)
class RecordRows:
    """Reads rows; every method raises JournalError where the database itself is damaged.

    Args:
        database: The journal's database.
    """

    database: Database

    def walk(self) -> Iterator[RecordRow]:
        """Yield every row in the order of the chain, which a clock set back takes to and fro."""
        sql = f"SELECT seq, {_COLUMNS} FROM records WHERE seq>? ORDER BY seq LIMIT {_PAGE}"  # noqa: S608 - constants of this module
        after = -(2**63)
        while page := self.database.rows(sql, after):
            yield from map(_row, page)
            after = page[-1]["seq"]

    def of_day(self, day: str) -> list[RecordRow]:
        """Return a day's rows in order."""
        sql = f"SELECT seq, {_COLUMNS} FROM records WHERE day=? ORDER BY seq"  # noqa: S608 - constants of this module
        return [_row(row) for row in self.database.rows(sql, day)]

    def archivings(self) -> list[str]:
        """Return the Records that tell of an archived day, oldest first, as JSON text."""
        sql = "SELECT body FROM records WHERE substr(body, 1, length(?1))=?1 ORDER BY seq"
        return [row["body"] for row in self.database.rows(sql, _ARCHIVED)]


def _row(row: Row) -> RecordRow:
    day, body, proposal_id, hash_ = (_text(row[place]) for place in range(1, 5))
    return RecordRow(row["seq"], day, body, proposal_id, hash_)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
