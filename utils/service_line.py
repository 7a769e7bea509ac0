"""The line to a service: asked before every call, and told what came of it.

Whoever makes a service's client lays the line; the HTTP client takes it up when it is made, so a
service needs to know nothing of it.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    #: Tells what came of a call: "" where the service answered, else what went wrong.
    type Ended = Callable[[str], None]


class Line(Protocol):
    """What stands between a client and its service."""

    def begin(self, lasts_s: float) -> Ended:
        """Return what is to be told how the call ended, once.

        Args:
            lasts_s: How long the call may take at most, in seconds.

        Raises:
            RestingError: No call may go now.
        """


class FreeLine:
    """A line on which every call may go."""

    def begin(self, lasts_s: float) -> Ended:
        """Let the call go; what comes of it is nobody's concern."""
        del lasts_s
        return lambda _: None


_LINE: Final[ContextVar[Line]] = ContextVar("line", default=FreeLine())  # noqa: B039 - it has no state


@contextmanager
def laid(line: Line) -> Iterator[None]:
    """Lay a line for the clients that are made inside a ``with`` block."""
    token = _LINE.set(line)
    try:
        yield
    finally:
        _LINE.reset(token)


def line_here() -> Line:
    """Return the line that was laid for whoever is being made now."""
    return _LINE.get()
