"""The alarm clock: rings every half minute, whatever the wall clock does."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from utils.core.errors import EmployeeError
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

_log: Final = logging.getLogger("orchestrator")
#: How often it is asked which reports are due, in seconds.
RING_EVERY_S: Final = 30
#: How long a report under way has to end by itself, in seconds.
_REPORT_END_S: Final = 1.0


class Alarm:
    """Rings every half minute, whatever the wall clock does; what is due stands in the journal.

    Args:
        ring: Called at each ring, never twice at a time.
    """

    def __init__(self, ring: Callable[[], object]) -> None:
        from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415

        self._ring = ring
        self._ringing = threading.Lock()
        # Jobs run in the scheduler's own thread, which does not keep the process from ending.
        self._scheduler = BackgroundScheduler(
            timezone=UTC, executors={"default": {"type": "debug"}}
        )
        self._job = self._scheduler.add_job(
            self._once,
            "interval",
            seconds=RING_EVERY_S,
            next_run_time=utc_now(),
            # After a sleep one ring is enough, and it is never too late for it.
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )
        self._scheduler.start()

    def keep_ringing(self) -> None:
        """Ring at once where the clock was put back: the library would wait until it caught up."""
        if self._job.next_run_time > utc_now() + timedelta(seconds=2 * RING_EVERY_S):
            self._job.modify(next_run_time=utc_now())

    def stop(self) -> None:
        """End after the ring under way; one that takes long is made up for at the next start."""
        if self._ringing.acquire(timeout=_REPORT_END_S):
            self._scheduler.shutdown()

    def _once(self) -> None:
        with self._ringing:
            try:
                self._ring()
            except EmployeeError as error:
                _log.error("%s %s", error, error.hint)
