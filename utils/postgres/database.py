"""The journal's database in PostgreSQL: one connection a process, whole steps, one writer a time.

The chain of Records has one end, so whoever takes a step of a business holds that business's lock
until the step is kept; reading never waits.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, override

import psycopg

from utils.core.errors import EmployeeError, JournalError
from utils.postgres.connection import PostgresStep, commit, connected, roll_back, use_schema
from utils.postgres.dialect import numbered, plain
from utils.postgres.listening import listening
from utils.postgres.schema import VERSION, bring_up_to_date
from utils.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from psycopg import Connection


class PostgresDatabase(Database):
    """One business's schema, over one connection that is shared by the threads of a process.

    A lost connection fails the step that needed it; the next step makes a new one.

    Args:
        url: How to reach the server, ``postgresql://…``; never shown.
        schema: The business's own.
        machine: What this machine is called in bookmarks of its own.
        look_only: Whether to leave it exactly as it is; then nothing can be kept.

    Raises:
        NewerJournalError: A newer version of the program wrote it; nothing was touched.
        JournalError: It cannot be reached, or does not keep what it confirms.
    """

    def __init__(self, url: str, *, schema: str, machine: str, look_only: bool = False) -> None:
        self.machine = machine
        self.schema = schema
        self._url = url
        self._lock = threading.RLock()
        #: The connection of the step under way.
        self._within: Connection[Any] | None = None
        self._db: Connection[Any] | None = None
        #: How many connections were made; what was held over an earlier one is lost.
        self._made = 0
        self._alone: set[str] = set()
        self._held = threading.local()
        self._look_only = look_only
        self._closed = False
        if look_only:
            return
        try:
            with self._told():
                bring_up_to_date(self._connection(), schema)
        except EmployeeError:
            self._drop()
            raise

    @override
    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._drop()

    @override
    def version(self) -> int:
        [row] = self.rows(f"SELECT version FROM {VERSION}")  # noqa: S608 - a constant
        return int(row["version"])

    @override
    def damage(self) -> str:
        # The server checks what it reads, and says so in an error.
        return ""

    @override
    def retire(self) -> str:
        kept_as = f"{self.schema[:45]}_moved_{secrets.token_hex(4)}"
        names = map(psycopg.sql.Identifier, (self.schema, kept_as))
        with self._told(), self._lock:
            self._connection().execute(
                psycopg.sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(*names)
            )
        self.close()
        return kept_as

    @override
    @contextmanager
    def step(self) -> Iterator[PostgresStep]:
        with self._lock:
            if self._within:
                yield PostgresStep(self._connection())
                return
            with self._told():
                self._within = db = self._begun()
                try:
                    yield PostgresStep(db)
                    commit(db)
                except BaseException:
                    roll_back(db)
                    raise
                finally:
                    self._within = None

    @override
    def rows(self, sql: str, *values: object) -> list[Any]:
        def read() -> list[Any]:
            return self._connection().execute(numbered(sql).encode(), plain(values)).fetchall()

        with self._lock, self._told():
            return read() if self._within else self._afresh(read)

    @override
    def bell(self, ring: Callable[[], None]) -> AbstractContextManager[None]:
        return listening(self._url, self.schema, ring)

    @override
    def keeps(self, what: str) -> bool:
        name = f"keeps {what} {self.schema}"
        with self._lock:
            return name in self._alone or self._taken(name)

    @override
    @contextmanager
    def alone(self, what: str) -> Iterator[bool]:
        name = f"{what} {self.schema}"
        with self._lock:
            ours, made = self._taken(name), self._made
        if not ours:
            yield False
            return
        outer = getattr(self._held, "made", None)
        self._held.made = made
        try:
            yield True
        finally:
            self._held.made = outer
            self._let_go(name, made)

    def _taken(self, name: str) -> bool:
        with self._lock:
            if name in self._alone:
                return False
            [row] = self.rows("SELECT pg_try_advisory_lock(?) AS won", _key(name))
            if row["won"]:
                self._alone.add(name)
            return bool(row["won"])

    def _let_go(self, name: str, made: int) -> None:
        with self._lock:
            # With its connection it was lost: who has the name now took it over the new one.
            if made == self._made and self._db is not None:
                self._alone.discard(name)
                self.rows("SELECT pg_advisory_unlock(?)", _key(name))

    # --- the connection --------------------------------------------------------------------

    def _begun(self) -> Connection[Any]:
        """Begin a step as the business's only writer."""

        def begin() -> Connection[Any]:
            db = self._connection()
            # Two statements, one trip: what the step reads is read after the lock was had.
            text = f"BEGIN; SELECT pg_advisory_xact_lock({_key(f'writer {self.schema}')})"
            try:
                db.execute(text.encode(), prepare=False)
            except psycopg.Error:
                roll_back(db)
                raise
            return db

        return self._afresh(begin)

    def _afresh[T](self, act: Callable[[], T]) -> T:
        """Do something that changes nothing, once more where the connection had been lost.

        Raises:
            psycopg.OperationalError: It failed for good.
        """
        try:
            return act()
        except psycopg.OperationalError:
            if not self._is_lost() or getattr(self._held, "made", None) is not None:
                raise
        return act()

    def _is_lost(self) -> bool:
        return self._db is None or bool(self._db.closed or self._db.broken)

    def _connection(self) -> Connection[Any]:
        """Return the connection, a new one where it was lost.

        Raises:
            JournalError: This thread relies on what it did or held over the lost one, or the
                journal was closed: what ends late makes no connection that nobody closes.
        """
        if self._closed:
            raise JournalError("it was closed")
        if self._within is not None:
            if self._is_lost():
                raise JournalError("the connection was lost in the middle of a step")
            return self._within
        if self._is_lost():
            self._drop()
            self._db = connected(self._url)
            self._made += 1
            use_schema(self._db, self.schema, look_only=self._look_only)
        held = getattr(self._held, "made", None)
        if held is not None and held != self._made:
            raise JournalError("the connection was lost, and with it what was held over it")
        assert self._db is not None  # noqa: S101 - made above
        return self._db

    def _drop(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None
        self._alone.clear()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Translate what the library raises.

        Raises:
            EmployeeError: Ours are let through.
            JournalError: The library said that something failed.
        """
        try:
            yield
        except EmployeeError:
            raise
        except psycopg.Error as error:
            if self._within is None and self._is_lost():
                self._drop()
            raise JournalError(str(error).strip().partition("\n")[0]) from error


def _key(name: str) -> int:
    """Return the number that PostgreSQL knows a lock by."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
