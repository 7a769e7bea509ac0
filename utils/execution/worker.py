"""A worker: carries out what is granted and due, on whatever machine, beside others like it.

It needs no vault. The queue only says where something may be due; the claim in the journal says
who acts, and the lane of a service is worked off by one machine at a time, in the order of the
yes.
"""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.core.errors import EmployeeError, JournalError
from utils.core.operation import Effect
from utils.postgres.jobs import make_tables, offering, work
from utils.report.timetable import Timetable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from utils.assembly.engine import Engine
    from utils.core.operation import Service

_log: Final = logging.getLogger(__name__)
#: Every queue there is: mails, posts, what changes the books, and the weekly reports.
QUEUES: Final = ("mail", "post", "ledger", "reports")
#: The name of a worker in heartbeats.
WORKER: Final = "worker"
_REPORTS: Final = "reports"
#: The longest wait between two looks at what is due, where no bell rings, in seconds.
_LOOK_S: Final = 1.0
_BEAT_S: Final = 5.0
_REPORTS_S: Final = 30.0
#: How long to wait before a lost server is tried again, in seconds.
_PAUSE_S: Final = 1.0


def queue_of(service: Service) -> str:
    """Return the queue in which a service's work waits."""
    if any(operation.effect is Effect.SPEND for operation in service.operations):
        return "ledger"
    return "post" if any(operation.post for operation in service.operations) else "mail"


@dataclass(kw_only=True)
class Worker:
    """One worker.

    Args:
        engine: What it works with; its vault may lie on another machine.
        schema: The business's own in the database.
        queues: Which queues it takes work from.
        stopping: Ends it, after what is under way.
    """

    engine: Engine
    schema: str
    queues: Collection[str]
    stopping: threading.Event
    _bell: threading.Event = field(default_factory=threading.Event, init=False)
    _next: dict[str, float] = field(default_factory=dict, init=False)

    def run(self) -> None:
        """Work until stopped; a server that is lost is waited for."""
        with ExitStack() as stack:
            stack.enter_context(self.engine.journal.database.bell(self._bell.set))
            threads = [
                threading.Thread(target=self.again, args=(act,), name=act.__name__, daemon=True)
                for act in (self._offer, self._look)
            ]
            for thread in threads:
                thread.start()
            self.again(self._work)
            for thread in threads:
                thread.join(_PAUSE_S * 2)

    def again(self, act: Callable[[str], None]) -> None:
        """Go on with something until stopped, whatever becomes of the server or the disk."""
        url = self.engine.settings.database_url.get_secret_value()
        while not self.stopping.is_set():
            try:
                act(url)
            except (EmployeeError, OSError) as error:
                # A full disk must not end a thread either: nobody would miss it.
                _log.warning("%s; trying again", error)
            self.stopping.wait(_PAUSE_S)

    # --- what is due ------------------------------------------------------------------------

    def _offer(self, url: str) -> None:
        """Put what may be due into its queue, whenever the bell rings and every second."""
        make_tables(url, self.schema)
        with offering(url, self.schema) as offer:
            while not self.stopping.is_set():
                self._bell.clear()
                if self._is_time("beat", _BEAT_S):
                    self.engine.bookmarks.beat(WORKER, now=self.engine.clock())
                for service in self._due_services():
                    queue = self._queue_named(service)
                    if queue in self.queues:
                        offer(queue, service)
                if _REPORTS in self.queues and self._is_time(_REPORTS, _REPORTS_S):
                    offer(_REPORTS, _REPORTS)
                self._bell.wait(_LOOK_S)

    def _due_services(self) -> list[str]:
        hold = timedelta(seconds=self.engine.settings.hold_s)
        return self.engine.journal.due_services(self.engine.clock(), hold=hold)

    def _stands_for_others(self, service: str) -> bool:
        found = (each for each in self.engine.catalogue.services if each.name == service)
        return any(each.only_stands_for_others for each in found)

    def _queue_named(self, service: str) -> str:
        found = (each for each in self.engine.catalogue.services if each.name == service)
        return next(map(queue_of, found), "")

    def _is_time(self, what: str, every_s: float) -> bool:
        now = monotonic()
        if now < self._next.get(what, 0.0):
            return False
        self._next[what] = now + every_s
        return True

    # --- the work ---------------------------------------------------------------------------

    def _work(self, url: str) -> None:
        make_tables(url, self.schema)
        work(url, self.schema, self.queues, self._look_after, self.stopping)

    def _look_after(self, what: str) -> None:
        """Do one job: the next batches of a service's lane, or the reports that are due.

        What stands for others becomes its parts; each of them is due in its own service.

        Raises:
            JournalError: The journal was lost; what was under way is looked into later.
        """
        try:
            if what == _REPORTS:
                self._make_reports()
                return
            executor = self.engine.executor
            if executor and self._stands_for_others(what):
                self.engine.announcements.expand()
                return
            while executor and not self.stopping.is_set() and executor.run_lane(what):
                pass
        except JournalError as error:
            _log.warning("%s", error)
            raise

    def _make_reports(self) -> None:
        if not self.engine.ground.is_far:
            Timetable(ground=self.engine.ground).run_due()

    def _look(self, _: str) -> None:
        """Look into what is unknown, as the only one of all machines that does just now."""
        while not self.stopping.is_set():
            with self.engine.journal.database.alone("looking") as ours:
                if ours:
                    self.engine.reconciler.look()
            self.stopping.wait(_LOOK_S)
