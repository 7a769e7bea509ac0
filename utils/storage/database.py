"""The database under the journal: what one must offer, whichever it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager


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

    def shut_others_out(self) -> None:  # noqa: B027 - a server's others find no tables afterwards
        """Let nobody else write to it from now on until it is closed, where that can be had.

        Raises:
            ConfigurationError: Somebody else has it open.
        """

    @abstractmethod
    def retire(self) -> str:
        """Put a journal that was moved elsewhere out of the way, and let go of it.

        Returns:
            What it is kept as.

        Raises:
            ConfigurationError: Somebody else has it open.
            OSError: The disk refused.
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

    def tuples(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a query finds as plain tuples, which is quicker where there are many.

        Raises:
            JournalError: It could not be read.
        """
        return [tuple(row) for row in self.rows(sql, *values)]

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
