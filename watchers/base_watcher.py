"""What every watcher has in common: rounds, a heartbeat from the loop itself, and a clean stop."""

from __future__ import annotations

import argparse
import errno
import logging
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, ClassVar, Final

from utils.core.errors import ConfigurationError, DiskError, EmployeeError, JournalError
from utils.core.model import Entry
from utils.engine import Engine, open_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_log: Final = logging.getLogger(__name__)
#: The exit status of a watcher whose settings are missing: no use in starting it again.
NOT_SET_UP: Final = 78


class Watcher(ABC):
    """One sense: looks at its part of the world again and again.

    Args:
        engine: What it feeds.
    """

    #: The watcher's name in heartbeats and Records.
    name: ClassVar[str]
    #: How long to wait between two rounds unless something wakes it, in seconds.
    every_s: float = 60.0

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._told = ""

    @abstractmethod
    def round(self) -> None:
        """Look once, and take in what is new.

        Raises:
            EmployeeError: Something could not be read; the next round tries again.
        """

    def prepared(self) -> AbstractContextManager[object]:
        """Return what has to be held while rounds are made."""
        return nullcontext()

    def wake(self) -> None:
        """Have the next round begin now."""
        self._wake.set()

    def stop(self) -> None:
        """End after the round that is under way."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """Go on with rounds until stopped.

        Raises:
            JournalError: The journal cannot be kept any more: restart and read from disk.
            DiskError: The disk failed: likewise.
        """
        with self.prepared():
            while not self._stopping.is_set():
                self._wake.clear()
                self.once()
                self._wake.wait(self.every_s)

    def once(self) -> None:
        """Make one round and leave a heartbeat; what went wrong in it is recorded.

        Raises:
            JournalError: The journal cannot be kept any more: restart and read from disk.
            DiskError: The disk failed: likewise.
        """
        try:
            self.round()
            self._told = ""
        except JournalError:
            raise
        except Exception as error:
            # One of the two places that catch everything. But after a failed flush a second one
            # may succeed with the data gone, so nothing goes on then.
            if isinstance(error, OSError) and error.errno == errno.EIO:
                raise DiskError(str(error)) from error
            self._tell(error)
        self.engine.bookmarks.beat(self.name, now=self.engine.clock())

    def _tell(self, error: Exception) -> None:
        sentence = str(error) if isinstance(error, EmployeeError) else repr(error)
        _log.warning("%s: %s", self.name, sentence, exc_info=not isinstance(error, EmployeeError))
        if sentence != self._told:
            self._told = sentence
            self.engine.journal.record(
                Entry(
                    action="watcher.round",
                    actor=f"watcher:{self.name}",
                    result="failed",
                    error=sentence,
                )
            )


def main(make: Callable[[Engine], Watcher], arguments: Sequence[str] | None = None) -> int:
    """Run one watcher: alone until interrupted, for one round, or attached to the orchestrator.

    Returns:
        The exit status: 0, 1 where the journal does not let it work, or ``NOT_SET_UP``.
    """
    parser = argparse.ArgumentParser(description=make.__doc__)
    parser.add_argument("--once", action="store_true", help="one round, then exit")
    parser.add_argument("--attached", action="store_true", help="end when standard input ends")
    asked = parser.parse_args(arguments)
    try:
        with open_engine() as engine:
            watcher = make(engine)
            if asked.attached:
                threading.Thread(target=_follow_parent, args=(watcher,), daemon=True).start()
            _run(watcher, once=asked.once)
    except ConfigurationError as error:
        _log.info("%s is absent: %s", make.__name__, error)
        return NOT_SET_UP
    except EmployeeError as error:
        _log.error("%s %s", error, error.hint)
        return 1
    return 0


def _run(watcher: Watcher, *, once: bool) -> None:
    if not once:
        with suppress(KeyboardInterrupt):
            watcher.run()
        return
    with watcher.prepared():
        watcher.once()


def _follow_parent(watcher: Watcher) -> None:
    """Stop when standard input ends: the orchestrator let go of it, or is gone."""
    sys.stdin.buffer.read()
    watcher.stop()
