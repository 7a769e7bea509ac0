"""A connection to PostgreSQL: how it is made, and steps and rows over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg.pq import TransactionStatus

from utils.core.errors import JournalError
from utils.postgres.dialect import numbered, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from psycopg import Connection, Cursor

#: How long to wait for the server to answer a new connection, in seconds.
_CONNECT_S: Final = 5
#: How long a step waits for another one, as for SQLite.
_BUSY: Final = "30s"
#: What a dead, stopped or cut-off machine holds is let go of after so long (ours).
_SILENT_MS: Final = 10_000
#: A server that confirms before it has flushed would lose what was confirmed.
_FLUSHES: Final = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_apply"},
}


@dataclass(frozen=True, slots=True)
class PostgresStep:
    """A transaction under way."""

    _db: Connection[Any]

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> Cursor[Any]:
        """Run one statement."""
        return self._db.execute(numbered(sql).encode(), plain(parameters))

    def executemany(self, sql: str, parameters: Iterable[Sequence[object]], /) -> Cursor[Any]:
        """Run one statement for each of many rows."""
        cursor = self._db.cursor()
        cursor.executemany(numbered(sql).encode(), [plain(row) for row in parameters])
        return cursor


@dataclass(frozen=True, slots=True)
class _Row:
    """What a query found: values by the column's name or its place."""

    _places: dict[str, int]
    _values: Sequence[Any]

    def __getitem__(self, key: str | int) -> Any:
        return self._values[self._places[key] if isinstance(key, str) else key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def keys(self) -> list[str]:
        """Return the names of the columns."""
        return list(self._places)


def _rows_of(cursor: Cursor[Any]) -> Callable[[Sequence[Any]], _Row]:
    columns = cursor.description or ()
    places = {column.name: place for place, column in enumerate(columns)}
    return lambda values: _Row(places, values)


def commit(db: Connection[Any]) -> None:
    """Keep a step.

    Raises:
        JournalError: The server kept nothing of it.
    """
    # After a failed statement the server answers COMMIT with ROLLBACK, without an error.
    if (said := db.execute("COMMIT").statusmessage) != "COMMIT":
        raise JournalError(f"nothing was kept ({said})")


def roll_back(db: Connection[Any]) -> None:
    """Give a step up, where one is under way; a connection that cannot do it is closed."""
    if not (db.closed or db.broken) and db.info.transaction_status != TransactionStatus.IDLE:
        try:
            db.execute("ROLLBACK")
        except psycopg.Error:
            db.close()


def connected(url: str) -> Connection[Any]:
    """Return a new connection on which every step is kept by hand.

    Raises:
        psycopg.Error: The server is not reached, or does not take us.
    """
    db: Connection[Any] = psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=_CONNECT_S,
        application_name="employee",
        cursor_factory=psycopg.RawCursor,
        row_factory=_rows_of,
        keepalives_idle=3,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=_SILENT_MS,
    )
    try:
        _set_up(db)
    except psycopg.Error:
        db.close()
        raise
    return db


def _set_up(db: Connection[Any]) -> None:
    db.execute(
        f"SET synchronous_commit=on; SET lock_timeout='{_BUSY}';"
        f"SET idle_in_transaction_session_timeout={_SILENT_MS};"
        "SET tcp_keepalives_idle=3; SET tcp_keepalives_interval=2; SET tcp_keepalives_count=3;"
        f"SET tcp_user_timeout={_SILENT_MS}".encode()
    )


def use_schema(db: Connection[Any], schema: str, *, look_only: bool) -> None:
    """Work in a business's schema from now on.

    Raises:
        JournalError: The server may lose what it confirms.
        psycopg.Error: The connection was lost.
    """
    path = psycopg.sql.SQL("SET search_path TO {}").format(psycopg.sql.Identifier(schema))
    db.execute(path)
    if look_only:
        db.execute("SET default_transaction_read_only=on")
    for name, good in _FLUSHES.items():
        row = db.execute(f"SHOW {name}".encode()).fetchone()
        if row is None or row[0] not in good:
            raise JournalError(f"the server runs with {name}={row and row[0]}, so it may lose")
