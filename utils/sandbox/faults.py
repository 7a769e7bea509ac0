"""Faults that a pretend service can be told to have, and the book that says which is next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mode(StrEnum):
    """What goes wrong."""

    #: The port is closed for `seconds`: every client is refused. `path` and `times` do not count,
    #: because a refused connection never gets as far as a path.
    REFUSE = "refuse"
    #: The request is read, then the connection is reset. Nothing is committed.
    RESET = "reset"
    #: The request is read, nothing is committed, no answer for `seconds`, then the end.
    TIMEOUT_BEFORE = "timeout_before"
    #: The effect is committed, then no answer for `seconds`, then the end.
    TIMEOUT_AFTER_COMMIT = "timeout_after_commit"
    #: The answer is `status`; nothing is committed. 429 carries `Retry-After: <seconds>`.
    STATUS = "status"
    #: `seconds` pass, then commit and answer.
    SLOW = "slow"
    #: Commit and answer at once, but for `seconds` all reads show the state from before.
    LAG = "lag"
    #: The connection ends at once without an answer; the effect is committed `seconds` later.
    LATE_COMMIT = "late_commit"


#: What `seconds` is when a fault does not say it. A time-out outlasts every client in a test.
_DEFAULT_SECONDS: Final[Mapping[Mode, float]] = {
    Mode.TIMEOUT_BEFORE: 30.0,
    Mode.TIMEOUT_AFTER_COMMIT: 30.0,
}


@dataclass(slots=True)
class Fault:
    """One fault that waits for its request."""

    #: What goes wrong.
    mode: Mode
    #: Prefix or glob of the path; empty means every path.
    path: str = ""
    #: HTTP method in capitals; empty means every method.
    method: str = ""
    #: How many requests it still hits.
    times: int = 1
    #: The status to answer with; only `status` uses it.
    status: int = 503
    #: How long it takes; see `Mode`.
    seconds: float = 1.0

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> Fault:
        """Read a fault as `POST /_faults` gets it.

        Args:
            values: `mode` and, optional, `path`, `method`, `times`, `status`, `seconds`.

        Raises:
            ValueError: The mode is unknown, a number is none, or a name is unknown.
        """
        unknown = set(values) - set(cls.__slots__)
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        mode = Mode(str(values.get("mode", "")))
        return cls(
            mode,
            path=str(values.get("path", "")),
            method=str(values.get("method", "")).upper(),
            times=int(str(values.get("times", 1))),
            status=int(str(values.get("status", 503))),
            seconds=float(str(values.get("seconds", _DEFAULT_SECONDS.get(mode, 1.0)))),
        )

    def hits(self, method: str, path: str) -> bool:
        """Return whether a request with this method and path is meant."""
        if self.method and self.method != method:
            return False
        return path.startswith(self.path) or fnmatchcase(path, self.path)


class FaultBook:
    """The faults still to come, oldest first. Not thread-safe: the service holds its lock."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put a fault behind those already waiting."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Forget every fault."""
        self._faults.clear()

    def __len__(self) -> int:
        return len(self._faults)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault that hits, and use it up once; `None` when nothing goes wrong."""
        for fault in self._faults:
            if fault.hits(method, path):
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None
