"""The breakers of all services, kept in the journal, so that every process leaves one alone.

A breaker spares waiting; it permits nothing. So a journal that cannot be read or written leaves
every line free: what guards against doing anything twice is the claim.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.core import breaker
from utils.core.breaker import Breaker, Permit
from utils.core.errors import JournalError, RestingError
from utils.core.model import Entry
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from utils.journal import Journal
    from utils.service_line import Ended
    from utils.times.clock import Clock

_log: Final = logging.getLogger(__name__)
#: The journal, or the folder that it lies in, does not let itself be used.
_UNKEPT: Final = (JournalError, OSError)
#: What a call may take beyond its time-out, in seconds, before it counts as lost.
_MARGIN_S: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class Breakers:
    """Keeps a breaker for each service.

    Args:
        journal: Gives the journal; asked at the first call, so that nothing is opened before.
        clock: The time.
    """

    journal: Callable[[], Journal]
    clock: Clock = field(default=utc_now)

    def line(self, service: str) -> BreakerLine:
        """Return the line to a service."""
        return BreakerLine(self, service)

    def rests_until(self, service: str) -> datetime | None:
        """Return until when a service is left alone, None where it may be called.

        Raises:
            JournalError: The journal could not be read.
        """
        return self._of(service).rests_until(self.clock())

    def out(self) -> dict[str, Breaker]:
        """Return the breaker of every service that counts as out, by its name.

        Raises:
            JournalError: The journal could not be read.
        """
        rows = self.journal().database.rows("SELECT service, body FROM breakers")
        known = {row["service"]: Breaker.model_validate_json(row["body"]) for row in rows}
        return {name: each for name, each in known.items() if each.is_open}

    def ask(self, service: str, *, lasts_s: float) -> Permit:
        """Return whether a call may go now, having claimed the trial where it is one.

        Raises:
            RestingError: It may not.
            JournalError: The journal could not be read or written.
        """
        now, found = self.clock(), self._of(service)
        permit, after = breaker.asked(found, now=now, lasts_s=lasts_s + _MARGIN_S)
        if permit is Permit.TRIAL:
            # Looked at again inside the step: of several processes only one may try.
            with self.journal().database.step():
                found = self._of(service)
                permit, after = breaker.asked(found, now=now, lasts_s=lasts_s + _MARGIN_S)
                if permit is Permit.TRIAL:
                    self._keep(service, after)
        if permit is Permit.REST:
            raise RestingError(_told(found, now), service=service)
        return permit

    def hear(self, service: str, why: str, *, took_s: float) -> None:
        """Keep how a call ended: ``why`` it came to nothing, or "" where it was answered.

        Raises:
            JournalError: The journal could not be read or written.
        """
        if not why and not self._of(service).is_open:
            return
        with self.journal().database.step():
            before = self._of(service)
            if why:
                now = self.clock()
                after = breaker.failed(before, now=now, took_s=took_s, why=why)
            else:
                after = breaker.answered(before)
            self._keep(service, after)
            if before.is_open is not after.is_open:
                self.journal().record(_change(service, after))

    def _of(self, service: str) -> Breaker:
        sql = "SELECT body FROM breakers WHERE service=?"
        rows = self.journal().database.rows(sql, service)
        return Breaker.model_validate_json(rows[0]["body"]) if rows else Breaker()

    def _keep(self, service: str, after: Breaker) -> None:
        with self.journal().database.step() as db:
            row = (service, after.model_dump_json())
            sql = (
                "INSERT INTO breakers VALUES (?,?)"
                " ON CONFLICT (service) DO UPDATE SET body=excluded.body"
            )
            db.execute(sql, row)


@dataclass(frozen=True)
class BreakerLine:
    """The line to one service; see ``utils.service_line.Line``."""

    breakers: Breakers
    service: str

    def begin(self, lasts_s: float) -> Ended:
        """Let a call go unless the service is left alone.

        Raises:
            RestingError: It is.
        """
        try:
            self.breakers.ask(self.service, lasts_s=lasts_s)
        except _UNKEPT as error:
            _log.warning("whether %s is out is not known: %s", self.service, error)
        started = monotonic()

        def ended(why: str) -> None:
            try:
                self.breakers.hear(self.service, why, took_s=monotonic() - started)
            except _UNKEPT as error:
                _log.warning("how %s answered could not be kept: %s", self.service, error)

        return ended


def _change(service: str, after: Breaker) -> Entry:
    """Return the entry that tells that a service went out or came back."""
    return Entry(
        action="service.out" if after.is_open else "service.back",
        actor=f"breaker:{service}",
        parameters={"service": service},
        result="out" if after.is_open else "answers",
        error=after.why,
    )


def _told(found: Breaker, now: datetime) -> str:
    until = found.rests_until(now)
    again = f"; it is tried again in {(until - now).total_seconds():.0f} s" if until else ""
    return f"{found.why or 'it does not answer'}{again}"
