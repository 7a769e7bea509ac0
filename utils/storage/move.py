"""Moves a journal from one database to another: whole, in one step, and proven by its chain."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.audit_log import RENDERED
from utils.core.chain import Head, faults
from utils.core.errors import ConfigurationError, JournalError
from utils.journal import Journal
from utils.storage.bookmarks import Bookmarks
from utils.storage.rows import marks
from utils.storage.schema import keys_of_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.storage.database import Database, Row, Step

#: How many rows are in memory at a time.
_PAGE: Final = 1000
#: Tells who is alive now, which nobody is while a journal moves.
_LEFT_BEHIND: Final = "heartbeats"


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What was moved."""

    #: Table to the number of its rows.
    rows: dict[str, int]
    head: Head


def move(source: Database, target: Database) -> Moved:
    """Copy every row of a journal into an empty one, and prove that nothing is missing.

    A journal that was copied before, and has not gone on since, counts as copied.

    Raises:
        ConfigurationError: The target has another journal already.
        JournalError: The copy is not what the source is; the target was left as it was.
    """
    keys = keys_of_tables()
    keys.pop(_LEFT_BEHIND)
    head = Journal(database=source).head()
    with source.step(), target.step() as into:
        there = Journal(database=target).head()
        if there.seq and there != head:
            raise ConfigurationError(
                f"there is another journal already, with {there.seq} Records; nothing was moved"
            )
        for table, key in keys.items():
            for page in () if there.seq else _pages(source, table, key):
                _add(into, table, page)
        rendered = Bookmarks(database=source).cursor(Bookmarks(database=source).own(RENDERED))
        ours = Bookmarks(database=target)
        ours.set_cursor(ours.own(RENDERED), rendered or "0")
        counts = {table: _count(source, table) for table in keys}
        _prove(target, counts, head)
    return Moved(rows=counts, head=head)


def _pages(database: Database, table: str, key: tuple[str, ...]) -> Iterator[list[Row]]:
    sql = f"SELECT * FROM {table} ORDER BY {', '.join(key)} LIMIT ? OFFSET ?"  # noqa: S608 - names of our own tables
    done = 0
    while page := database.rows(sql, _PAGE, done):
        yield page
        done += len(page)


def _add(into: Step, table: str, page: list[Row]) -> None:
    names = page[0].keys()
    # The target has marks of its own, such as whose it is.
    sql = (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks(names)}) ON CONFLICT DO NOTHING"  # noqa: S608 - names of our own tables
    )
    into.executemany(sql, [tuple(row[name] for name in names) for row in page])


def _count(database: Database, table: str) -> int:
    return int(database.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"])  # noqa: S608 - names of our own tables


def _prove(target: Database, counts: dict[str, int], head: Head) -> None:
    """Check the copied chain from its first Record to its head, and that no row is missing.

    Raises:
        JournalError: Something is.
    """
    wrong, found = faults(map(json.loads, Journal(database=target).lines()), after=Head())
    if wrong or found != head:
        raise JournalError(f"the copy's chain ends at {found}, the journal's at {head}")
    for table, count in counts.items():
        if _count(target, table) < count:
            raise JournalError(f"rows of {table} are missing in the copy")
