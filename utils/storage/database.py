"""The database under the journal: what one must offer, and SQLite, which is the usual one."""

from __future__ import annotations

import sqlite3
import threading
from abc import ABC, abstractmethod
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final, Protocol, override

from utils.core.errors import EmployeeError, JournalError
from utils.storage.schema import migrate, refuse_newer, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

_BUSY_S: Final = 30.0
#: SQLite's number for ``synchronous=FULL``.
_FULL: Final = 2


class Row(Protocol):
    """What a query finds: values by the column's name or its place."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def keys(self) -> list[str]:
        """Return the names of the columns."""


class Found(Protocol):
    """What came of one statement."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return every row."""


class Step(Protocol):
    """A transaction under way. Its SQL is what SQLite and PostgreSQL both speak.

    Values stand as ``?`` or, where one is named twice, as ``?1``, ``?2`` …
    """

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Found:
        """Run one statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Found:
        """Run one statement for each of many rows."""


class Database(ABC):
    """Keeps rows in whole steps: all of a step, durably, or nothing of it.

    Every method raises JournalError where the database fails it.
    """

    #: What tells this machine's own bookmarks from those of others; "" where there is only one.
    machine: str = ""

    @abstractmethod
    def close(self) -> None:
        """Let go of it; nothing may be called afterwards."""

    @abstractmethod
    def version(self) -> int:
        """Return the version that the journal was written with."""

    @abstractmethod
    def damage(self) -> str:
        """Return what is wrong with the stored data itself, "" where nothing is known to be."""

    @abstractmethod
    def retire(self) -> str:
        """Put a journal that was moved elsewhere out of the way, and let go of it.

        Returns:
            What it is kept as.
        """

    @abstractmethod
    def step(self) -> AbstractContextManager[Step]:
        """Run everything inside as one transaction, with nobody else writing meanwhile.

        A step inside a step is part of the outer one.

        Raises:
            JournalError: It could not be kept; nothing of it was.
        """

    @abstractmethod
    def rows(self, sql: str, *values: object) -> list[Any]:
        """Return what a query finds; see ``Row``.

        Raises:
            JournalError: It could not be read.
        """

    def log_turn(self) -> AbstractContextManager[bool]:
        """Be the only process that writes the log's files, for the length of a ``with`` block.

        Returns:
            A block that yields whether it is so; where it is not, another one is at it.
        """
        return self.alone("log")

    def bell(self, ring: Callable[[], None]) -> AbstractContextManager[None]:  # noqa: ARG002 - nobody else writes
        """Have ``ring`` called when another machine grants or stops something, for a block."""
        return nullcontext()

    def keeps(self, what: str) -> bool:  # noqa: ARG002 - there is nobody else
        """Return whether this process is the one, of all machines, that keeps a thing.

        Who has it has it until its connection ends.
        """
        return True

    def alone(self, what: str) -> AbstractContextManager[bool]:  # noqa: ARG002 - one home, one executor
        """Be the only one with this name, on any machine, for the length of a ``with`` block.

        Returns:
            A block that yields whether it is so; it never waits.
        """
        return nullcontext(enter_result=True)


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
        self._begin = "BEGIN" if look_only else "BEGIN IMMEDIATE"
        self._path = path
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

    @override
    def close(self) -> None:
        with self._lock:
            self._db.close()

    @override
    def version(self) -> int:
        [row] = self.rows("PRAGMA user_version")
        return int(row[0])

    @override
    def damage(self) -> str:
        [row] = self.rows("PRAGMA quick_check(1)")
        return "" if row[0] == "ok" else str(row[0])

    @override
    def retire(self) -> str:
        self.close()
        kept_as = self._path.with_name(f"{self._path.name}.moved")
        number = 1
        while kept_as.exists():
            number += 1
            kept_as = self._path.with_name(f"{self._path.name}.moved-{number}")
        self._path.rename(kept_as)
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


def _to_look_at(path: Path) -> str:
    """Return the address under which SQLite opens a database without changing a byte."""
    log = path.with_name(f"{path.name}-wal")
    # Without a write-ahead log nobody has it open; SQLite would leave files of its own beside it.
    unused = not log.exists() or not log.stat().st_size
    return f"{path.absolute().as_uri()}?{'immutable=1' if unused else 'mode=ro'}"
