"""The journal in a file of its own: SQLite, which is the usual database."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, override

from utils.core.errors import ConfigurationError, EmployeeError, JournalError
from utils.file_utils import flush_folder
from utils.storage.database import Database
from utils.storage.schema import migrate, refuse_newer, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUSY_S: Final = 30.0
#: How long somebody else may take to let go of it before it counts as his, in milliseconds.
_ALONE_MS: Final = 2000
#: How many connections this process has to each journal, counted one at a time.
_open: Final[Counter[Path]] = Counter()
_opening: Final = threading.Lock()
_NOT_ALONE: Final = "another program has the journal open; close Claude Code, then try again"
#: SQLite's number for ``synchronous=FULL``.
_FULL: Final = 2


class SqliteDatabase(Database):
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
        self._closed = False
        self._begin = "BEGIN" if look_only else "BEGIN IMMEDIATE"
        self._path = path = path.absolute()
        try:
            with _opening:
                # Whoever closes a file gives up every lock that his process has on it, SQLite's
                # too; somebody else would then take the log away under the other connection.
                if not _open[path]:
                    refuse_newer(path)
                self._db = sqlite3.connect(
                    _to_look_at(path) if look_only else path,
                    isolation_level=None,
                    check_same_thread=False,
                    timeout=_BUSY_S,
                    uri=look_only,
                )
                _open[path] += 1
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
            self.close()
            raise

    @override
    def close(self) -> None:
        with self._lock, _opening:
            self._db.close()
            if not self._closed:
                _open[self._path] -= 1
            self._closed = True

    @override
    def version(self) -> int:
        [row] = self.rows("PRAGMA user_version")
        return int(row[0])

    @override
    def damage(self) -> str:
        [row] = self.rows("PRAGMA quick_check(1)")
        return "" if row[0] == "ok" else str(row[0])

    @override
    def shut_others_out(self) -> None:
        with self._lock:
            try:
                self._db.execute(f"PRAGMA busy_timeout={_ALONE_MS}")
                self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
                # Only who is alone may give the log up; and all of it is in the file then.
                mode = self._db.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
                self._db.execute("BEGIN EXCLUSIVE")
                self._db.execute("COMMIT")
            except sqlite3.OperationalError as error:
                raise ConfigurationError(_NOT_ALONE) from error
            if mode != "delete":
                raise ConfigurationError(_NOT_ALONE)

    @override
    def retire(self) -> str:
        # Whoever had it open would go on writing to it under its new name, into a log beside it.
        self.shut_others_out()
        kept_as = self._path.with_name(f"{self._path.name}.moved")
        number = 1
        while kept_as.exists():
            number += 1
            kept_as = self._path.with_name(f"{self._path.name}.moved-{number}")
        self._path.rename(kept_as)
        flush_folder(kept_as.parent)
        self.close()
        return kept_as.name

    @override
    @contextmanager
    def log_turn(self) -> Iterator[bool]:
        with self.step():
            yield True

    @override
    @contextmanager
    def step(self) -> Iterator[sqlite3.Connection]:
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

    @override
    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise JournalError(str(error)) from error

    @override
    def tuples(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                cursor = self._db.cursor()
                cursor.row_factory = None
                return cursor.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise JournalError(str(error)) from error


def _to_look_at(path: Path) -> str:
    """Return the address under which SQLite opens a database without changing a byte."""
    log = path.with_name(f"{path.name}-wal")
    # Without a write-ahead log nobody has it open; SQLite would leave files of its own beside it.
    unused = not log.exists() or not log.stat().st_size
    return f"{path.absolute().as_uri()}?{'immutable=1' if unused else 'mode=ro'}"
