"""The SQLite database under the journal: opened safely, written in whole steps only."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from utils.core.errors import EmployeeError, JournalError
from utils.journal_schema import migrate, refuse_newer, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUSY_S: Final = 30.0
#: SQLite's number for ``synchronous=FULL``.
_FULL: Final = 2


class Database:
    """One connection, shared by the threads of a process, in WAL mode with full fsync.

    Args:
        path: The database file; its folder must exist.
        look_only: Whether to leave it exactly as it is, of whatever version; then it must exist.

    Raises:
        NewerJournalError: A newer version of the program wrote it; nothing was touched.
        JournalError: It cannot be opened, or the file system cannot keep it safely.
    """

    def __init__(self, path: Path, *, look_only: bool = False) -> None:
        self._lock = threading.RLock()
        self._within = False
        self._begin = "BEGIN" if look_only else "BEGIN IMMEDIATE"
        try:
            refuse_newer(path)
            self._db = sqlite3.connect(
                _to_look_at(path) if look_only else path,
                isolation_level=None,
                check_same_thread=False,
                timeout=_BUSY_S,
                uri=look_only,
            )
            self._db.row_factory = sqlite3.Row
            if not look_only:
                self._prepare(path)
        except (sqlite3.Error, OSError) as error:
            raise JournalError(str(error)) from error

    def _prepare(self, path: Path) -> None:
        try:
            # A refusal must not even move the log of a newer program into its journal.
            self._db.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE)
            version_of(self._db)
            self._db.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, False)  # noqa: FBT003 - the library's own order
            # The journal mode sticks to the file, but synchronous belongs to the connection.
            mode = self._db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            self._db.execute("PRAGMA synchronous=FULL")
            if mode != "wal" or self._db.execute("PRAGMA synchronous").fetchone()[0] != _FULL:
                raise JournalError("this file system cannot keep a write-ahead log")
            migrate(self._db, path)
        except (EmployeeError, sqlite3.Error, OSError):
            self._db.close()
            raise

    def close(self) -> None:
        """Close the connection; nothing may be called afterwards."""
        with self._lock:
            self._db.close()

    @contextmanager
    def step(self) -> Iterator[sqlite3.Connection]:
        """Run everything inside as one transaction: kept together, or not at all.

        A step inside a step is part of the outer one.

        Raises:
            JournalError: It could not be kept; nothing of it was.
        """
        with self._lock:
            if self._within:
                yield self._db
                return
            self._within = True
            try:
                self._db.execute(self._begin)
                try:
                    yield self._db
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise JournalError(str(error)) from error
            finally:
                self._within = False

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Return what a query finds.

        Raises:
            JournalError: It could not be read.
        """
        with self._lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise JournalError(str(error)) from error


def _to_look_at(path: Path) -> str:
    """Return the address under which SQLite opens a database without changing a byte."""
    log = path.with_name(f"{path.name}-wal")
    # Without a write-ahead log nobody has it open; SQLite would leave files of its own beside it.
    unused = not log.exists() or not log.stat().st_size
    return f"{path.absolute().as_uri()}?{'immutable=1' if unused else 'mode=ro'}"
