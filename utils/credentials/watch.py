"""Tells the owner before credentials end, and when a service's queue waits for him to sign in."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from utils.core.canonical import iso
from utils.core.errors import AuthenticationError, EmployeeError
from utils.core.lifecycle import GRANTED_STATES, State
from utils.core.markdown import moment
from utils.credentials.radar import has_ended, next_look, notice_due

if TYPE_CHECKING:
    from utils.assembly.ground import Ground
    from utils.core.operation import Service
    from utils.owner_notes.alerts import Alerts
    from utils.storage.rows import Tracked

_log: Final = logging.getLogger(__name__)
#: The cursor that says when the services were last asked.
_LOOKED: Final = "tokens looked at"


@dataclass(frozen=True)
class _Answer:
    """What a service said of its credentials: when they end, or that they have ended."""

    service: Service
    ends_at: datetime | None = None
    refused: str = ""


@dataclass(kw_only=True)
class TokenWatch:
    """Asks every service once a day, in the background: a slow one delays nobody's approval.

    Args:
        ground: Catalogue, journal and settings.
        alerts: Tells the owner.
    """

    ground: Ground
    alerts: Alerts
    _answers: SimpleQueue[_Answer] = field(default_factory=SimpleQueue)
    _next_at: datetime | None = None
    _parked: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Begin to ask where the day's time has come, and tell what was answered meanwhile."""
        now = self.ground.clock()
        if self._next_at is None:
            self._next_at = self._after_the_last(now)
        # No look is further ahead than the next: the clock may have been put back.
        self._next_at = min(self._next_at, self._next_look(now))
        if now >= self._next_at:
            self.ground.bookmarks.set_cursor(_LOOKED, iso(now))
            self._next_at = self._next_look(now)
            for service in self.ground.catalogue.services:
                if service.expiry and not service.settings.missing(self.ground.settings):
                    self._begin(service)
        while not self._answers.empty():
            self._tell(self._answers.get())

    def tell_parked(self) -> None:
        """Tell the owner of every service whose queue waits for him to sign in, once a day."""
        waiting = self.ground.journal.in_states(GRANTED_STATES)
        parked = {each.proposal.service for each in waiting if _needs_sign_in(each)}
        for service in self.ground.catalogue.services:
            if service.name in parked:
                queue = sum(each.proposal.service == service.name for each in waiting)
                self._ask_to_connect(service, f"Approved and waiting for it: {queue}.")

    def _after_the_last(self, now: datetime) -> datetime:
        last = self.ground.bookmarks.cursor(_LOOKED)
        if not last:
            # A new home has just been connected: it begins with tomorrow's look.
            self.ground.bookmarks.set_cursor(_LOOKED, iso(now))
        return self._next_look(datetime.fromisoformat(last) if last else now)

    def _next_look(self, after: datetime) -> datetime:
        settings = self.ground.settings
        return next_look(after, settings.zone, settings.hours.start)

    def _begin(self, service: Service) -> None:
        name = f"expiry of {service.name}"
        threading.Thread(target=self._ask, args=(service,), name=name, daemon=True).start()

    def _ask(self, service: Service) -> None:
        """Ask one service; the answer is told by whoever looks next."""
        try:
            # A connection of its own: the shared one may be carrying something out just now.
            reach = self.ground.reaches.fresh(service)
            ends_at = service.expiry(reach) if service.expiry else None
            self._answers.put(_Answer(service, ends_at))
        except AuthenticationError as error:
            self._answers.put(_Answer(service, refused=error.detail or "It does not say why."))
        except EmployeeError as error:
            _log.info("%s does not say when its credentials end: %s", service.name, error)

    def _tell(self, answer: _Answer) -> None:
        service, now = answer.service, self.ground.clock()
        ended = answer.ends_at is not None and has_ended(answer.ends_at, now=now)
        if answer.refused or ended:
            self._ask_to_connect(service, answer.refused)
        elif answer.ends_at:
            due = notice_due(service.name, answer.ends_at, now=now, told=self.alerts.told)
            if due:
                when = moment(due.ends_at, self.ground.settings.zone)
                self.alerts.raise_(
                    due.key,
                    f"{service.title} has to be connected again",
                    f"What lets me into {service.title} ends on {when}. "
                    f"Before that, run: uv run orchestrator.py connect {service.name}",
                )

    def _ask_to_connect(self, service: Service, detail: str) -> None:
        today = self.ground.clock().astimezone(self.ground.settings.zone).date()
        key = f"connect {service.name} {today}"
        if key in self._parked:
            return
        self._parked = {known for known in self._parked if known.endswith(str(today))} | {key}
        self.alerts.raise_(
            key,
            f"{service.title} does not let me in",
            f"{service.title} does not accept our credentials, or they are not set. {detail} "
            "Nothing is lost: it goes on by itself when they work again. "
            f"Run: uv run orchestrator.py connect {service.name}",
        )


def _needs_sign_in(tracked: Tracked) -> bool:
    outcome = tracked.outcome if tracked.state is State.WAITING else None
    return outcome is not None and bool(outcome.data.get("connect"))
