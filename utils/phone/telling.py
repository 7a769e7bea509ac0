"""Tells the owner's phone what waits and what came of it: each once, in his hours.

Nothing depends on it: a server that is down delays no approval, and what certainly did not go out
is told when it is back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from utils.core.errors import EmployeeError, OutcomeUnknownError, ServiceError
from utils.core.lifecycle import FINAL_STATES, OPEN_STATES
from utils.phone.notices import approval_notices, receipts
from utils.phone.ntfy import publish
from utils.phone.settings import NtfySettings

if TYPE_CHECKING:
    from datetime import datetime

    from utils.assembly.ground import Ground
    from utils.owner_notes.alerts import Alerts
    from utils.phone.notices import Notice
    from utils.storage.rows import Tracked

#: The cursor that names what the owner was asked and has not come to an end yet.
_WATCHED: Final = "ntfy watched"
#: The cursor that says why the last notice did not get through; "" where it did.
TROUBLE: Final = "ntfy trouble"
_SENT, _FAILED = "done", "failed"
#: How long a server that did not take a notice is left alone, in seconds.
_REST_S: Final = 60.0


@dataclass(kw_only=True)
class Phone:
    """Sends notices, where the owner has set a topic.

    Args:
        ground: Journal, bookmarks, settings and clock.
        alerts: Says that notices do not get through.
    """

    ground: Ground
    alerts: Alerts
    #: By the steady clock.
    _rested_at: float = field(default=0.0, init=False)

    def tell(self) -> None:
        """Send every notice that is due, in the owner's hours, unless all is stopped."""
        if NtfySettings.missing(self.ground.settings) or self.ground.switch.is_on():
            return
        with self.alerts.apart("Notices by ntfy"):
            self._tell(NtfySettings.read(self.ground.settings))

    def _tell(self, settings: NtfySettings) -> None:
        journal, now = self.ground.journal, self.ground.clock()
        waiting = [one for one in journal.in_states(OPEN_STATES) if not one.proposal.group]
        ids = {one.proposal.id for one in waiting}
        known = self._watched()
        self._watch(known, known | ids)
        if not self._may_ring(now):
            return
        ended = self._ended(known - ids)
        told, details = self._told, settings.details
        notices = (
            *approval_notices(waiting, told=told, details=details, now=now),
            *receipts(ended, told=told, details=details),
        )
        if all(self._send(notice, settings) for notice in notices):
            self._watch(known | ids, (known | ids) - {one.proposal.id for one in ended})

    def _may_ring(self, now: datetime) -> bool:
        """Return whether the owner may be disturbed, and the server is not left alone."""
        if self.ground.steady() < self._rested_at:
            return False
        return self.ground.settings.hours.holds(now.astimezone(self.ground.settings.zone).time())

    def _send(self, notice: Notice, settings: NtfySettings) -> bool:
        """Send one notice; return whether more may follow."""
        if not self._claim(notice):
            return True
        try:
            publish(notice, settings)
        except OutcomeUnknownError as error:
            # It may be on the phone already, and twice is worse than not at all.
            self._settle(notice, _SENT)
            self._trouble(error)
        except ServiceError as error:
            self._settle(notice, _FAILED)
            self._trouble(error)
        else:
            self._settle(notice, _SENT)
            self._note_trouble("")
            return True
        return False

    def _claim(self, notice: Notice) -> bool:
        """Claim what a notice tells before it leaves, so that a crash never has it told twice."""
        bookmarks, now = self.ground.bookmarks, self.ground.clock()
        with self.ground.journal.database.step():
            mine = [key for key in notice.keys if not self._told(key)]
            for key in mine:
                if not bookmarks.claim_period(key, now=now):
                    bookmarks.settle_period(key, "claimed", now=now)
        return bool(mine)

    def _settle(self, notice: Notice, state: str) -> None:
        for key in notice.keys:
            self.ground.bookmarks.settle_period(key, state, now=self.ground.clock())

    def _told(self, key: str) -> bool:
        return self.ground.bookmarks.period(key) not in {"", _FAILED}

    def _ended(self, ids: set[str]) -> list[Tracked]:
        found = (self.ground.journal.find(one) for one in sorted(ids))
        return [one for one in found if one is not None and one.state in FINAL_STATES]

    def _watched(self) -> set[str]:
        return set(json.loads(self.ground.bookmarks.cursor(_WATCHED) or "[]"))

    def _watch(self, before: set[str], ids: set[str]) -> None:
        if ids != before:
            self.ground.bookmarks.set_cursor(_WATCHED, json.dumps(sorted(ids)))

    def _note_trouble(self, words: str) -> None:
        if self.ground.bookmarks.cursor(TROUBLE) != words:
            self.ground.bookmarks.set_cursor(TROUBLE, words)

    def _trouble(self, error: EmployeeError) -> None:
        """Say once a day that notices do not get through."""
        self._note_trouble(str(error))
        now = self.ground.clock()
        self._rested_at = self.ground.steady() + _REST_S
        day = now.astimezone(self.ground.settings.zone).date()
        self.alerts.raise_(
            f"ntfy {day}",
            "Notices do not reach your phone",
            f"{error} Everything else goes on; what waits stands in Pending_Approval. "
            "Look at NTFY_URL, NTFY_TOPIC and NTFY_TOKEN in .env.",
        )
