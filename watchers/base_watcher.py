"""What every watcher has in common: rounds, a heartbeat from the loop itself, and a clean stop."""

from __future__ import annotations

import argparse
import errno
import logging
import threading
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext, suppress
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from utils.assembly.opening import open_engine
from utils.core.errors import (
    ConfigurationError,
    DiskError,
    EmployeeError,
    JournalError,
    UnreadableRowError,
)
from utils.core.model import Entry
from utils.health_monitor import NOT_SET_UP
from utils.system.lifeline import BEAT_EVERY_S, attach, beat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.assembly.engine import Engine

_log: Final = logging.getLogger(__name__)
#: How often it is kept in the journal that a watcher is alive, in seconds; who watches over it
#: hears of it more often.
_KEPT_EVERY_S: Final = 30.0


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
        self._kept_at = -_KEPT_EVERY_S

    @abstractmethod
    def round(self) -> None:
        """Look once, and take in what is new.

        Raises:
            EmployeeError: Something could not be read; the next round tries again.
        """

    def prepared(self) -> AbstractContextManager[object]:
        """Return what has to be held while rounds are made."""
        return nullcontext()

    @property
    def may_look(self) -> bool:
        """Whether there is room for what may be found."""
        return self.engine.settings.has_room

    def wake(self) -> None:
        """Have the next round begin now."""
        self._wake.set()

    def stop(self) -> None:
        """End after what is under way."""
        self._stopping.set()
        self.engine.leaving.set()
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
                self._rest()

    def _rest(self) -> None:
        """Wait for the next round, and be heard of meanwhile."""
        until = monotonic() + self.every_s
        while (left := until - monotonic()) > 0 and not self._wake.wait(min(left, BEAT_EVERY_S)):
            beat()

    def once(self) -> None:
        """Make one round and leave a heartbeat; what went wrong in it is recorded.

        Raises:
            JournalError: The journal cannot be kept any more: restart and read from disk.
            DiskError: The disk failed: likewise.
        """
        try:
            if self.may_look:
                self.round()
            self._told = ""
        except UnreadableRowError as error:
            self._tell(error)
        except JournalError:
            raise
        except Exception as error:
            # One of the two places that catch everything. But after a failed flush a second one
            # may succeed with the data gone, so nothing goes on then.
            if isinstance(error, OSError) and error.errno == errno.EIO:
                raise DiskError(str(error)) from error
            self._tell(error)
        self.live()

    def live(self) -> None:
        """Leave a heartbeat, between two rounds or two pieces of a long one."""
        beat()
        if monotonic() - self._kept_at >= _KEPT_EVERY_S:
            self.engine.bookmarks.beat(self.name, now=self.engine.clock())
            self._kept_at = monotonic()

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


def main(make: type[Watcher], arguments: Sequence[str] | None = None) -> int:
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
            watcher = _made(make, engine)
            if asked.attached:
                attach(watcher.stop)
            _run(watcher, once=asked.once)
    except ConfigurationError as error:
        _log.info("%s is absent: %s", make.__name__, error)
        return NOT_SET_UP
    except EmployeeError as error:
        _log.error("%s %s", error, error.hint)
        return 1
    return 0


def _made(make: type[Watcher], engine: Engine) -> Watcher:
    """Make a watcher; where its settings are missing, keep the reason for `status`.

    Raises:
        ConfigurationError: They are.
    """
    absent = f"absent {make.name}"
    try:
        watcher = make(engine)
    except ConfigurationError as error:
        engine.bookmarks.set_cursor(absent, error.detail)
        raise
    engine.bookmarks.set_cursor(absent, "")
    return watcher


def _run(watcher: Watcher, *, once: bool) -> None:
    if not once:
        with suppress(KeyboardInterrupt):
            watcher.run()
        return
    with watcher.prepared():
        watcher.once()
