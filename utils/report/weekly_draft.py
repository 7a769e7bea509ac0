"""One draft for LinkedIn a week, for the next of the owner's posting hours; it is always asked.

A draft is made only where the Handbook names hours for LinkedIn, a day before the slot.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from utils.core.errors import EmployeeError
from utils.core.lifecycle import FINAL_STATES, GOALS_NOTE, HANDBOOK, State
from utils.core.model import Origin, Source
from utils.linkedin_post_generator import (
    Draft,
    Finished,
    Published,
    Question,
    draft_for,
)
from utils.linkedin_post_scheduler import free_slots, posting_hours
from utils.social_media_manager import CHANNELS
from utils.status.rows import StatusRows
from utils.times.weeks import Week
from utils.vault import TOP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.approval_gate import Gate
    from utils.assembly.ground import Ground
    from utils.owner_notes.alerts import Alerts
    from utils.storage.rows import Tracked

_log: Final = logging.getLogger(__name__)
_NETWORK: Final = "linkedin"
#: How often the Handbook is looked at (ours).
_EVERY: Final = timedelta(minutes=15)
#: How long before its slot a draft is asked (ours): a day to read it.
_AHEAD: Final = timedelta(days=1)
#: What counts as this week's work and news, and how long LinkedIn's posts are not repeated (ours).
_LATELY: Final = timedelta(days=7)
_REMEMBERED: Final = timedelta(days=90)
#: The cursor that names the week of the last draft.
_DRAFTED: Final = "linkedin draft"
_WHY: Final = "This is my draft for your posting hours; each claim names where it comes from."


@dataclass(kw_only=True)
class WeeklyDraft:
    """Makes the week's draft when its time has come.

    Args:
        ground: The journal, the vault and the catalogue.
        gate: Where the draft is asked.
        alerts: Asks for goals where there is nothing to say.
    """

    ground: Ground
    gate: Gate
    alerts: Alerts
    _next_at: datetime | None = None

    def make(self) -> None:
        """Ask the week's draft where one is due; look only now and then."""
        now = self.ground.clock()
        if self._next_at and now < self._next_at:
            return
        self._next_at = now + _EVERY
        if self._is_connected():
            try:
                self._make(now)
            except EmployeeError as error:
                _log.warning("no draft was made: %s", error)

    def _is_connected(self) -> bool:
        services = self.ground.catalogue.services
        return any(
            service.name == _NETWORK and not service.settings.missing(self.ground.settings)
            for service in services
        )

    def _make(self, now: datetime) -> None:
        """Ask a draft for the next free slot, once for each week.

        Raises:
            EmployeeError: A page or LinkedIn could not be read.
        """
        slot = self._slot(now)
        if slot is None or slot > now + _AHEAD:
            return
        week = Week.of(slot.astimezone(self.ground.settings.zone).date())
        if self.ground.bookmarks.cursor(_DRAFTED) == str(week):
            return
        today = now.astimezone(self.ground.settings.zone).date()
        rows = StatusRows(database=self.ground.journal.database)
        done = rows.done_since(now - _REMEMBERED)
        lately = [each for each in done if each.armed_at and each.armed_at >= now - _LATELY]
        made = draft_for(
            self._page(GOALS_NOTE),
            [self._finished(each) for each in lately],
            [post for each in done if (post := _published(each, fresh=each in lately))],
            today=today,
        )
        match made:
            case Question():
                self.alerts.ask(f"goals {today:%Y-%m}", made.title, made.text)
            case Draft():
                self._ask(made, slot)
                self.ground.bookmarks.set_cursor(_DRAFTED, str(week))

    def _slot(self, now: datetime) -> datetime | None:
        """Return the next free slot, having asked about hours that cannot be read."""
        hours, unclear = posting_hours(self._page(HANDBOOK))
        for sentence in unclear:
            self.alerts.ask(f"hours {sentence}", "Posting hours in the Handbook", sentence)
        settings = self.ground.settings
        slots = free_slots(
            hours,
            _NETWORK,
            zone=settings.zone,
            now=now,
            lead=timedelta(minutes=settings.schedule_lead_minutes),
            planned=list(self._planned()),
        )
        return slots[0] if slots else None

    def _planned(self) -> Iterator[datetime]:
        """Yield when posts on LinkedIn are planned, alone or in an announcement."""
        for tracked in self.ground.journal.in_states([s for s in State if s not in FINAL_STATES]):
            proposal = tracked.proposal
            networks = proposal.fields.get("networks") or (proposal.service,)
            if proposal.runs_at and _NETWORK in networks:
                yield proposal.runs_at

    def _ask(self, draft: Draft, slot: datetime) -> None:
        kind = self.ground.catalogue.operation(CHANNELS[_NETWORK].operation)
        values = {"text": draft.text, "scheduled_for": slot.isoformat()}
        self.gate.submit(
            kind.model_validate(values, strict=False),
            origin=Origin(source=Source.SCHEDULE),
            why=_WHY,
            evidence=draft.claims,
        )

    def _finished(self, tracked: Tracked) -> Finished:
        records = self.ground.journal.records_of(tracked.proposal.id)
        return Finished(tracked.proposal.operation, records[-1]["id"] if records else "")

    def _page(self, name: str) -> str:
        """Return a page of the owner's, or "" where he has none.

        Raises:
            NoteError: It cannot be read.
        """
        try:
            return self.ground.vault.read(TOP, name)
        except FileNotFoundError:
            return ""


def _published(tracked: Tracked, *, fresh: bool) -> Published | None:
    """Return what was posted, or None; what other networks had long ago is no news."""
    proposal = tracked.proposal
    channel = CHANNELS.get(proposal.service)
    if channel is None or channel.operation != proposal.operation or tracked.outcome is None:
        return None
    if not fresh and proposal.service != _NETWORK:
        return None
    text = str(proposal.fields.get(channel.text, ""))
    return Published(proposal.service, tracked.outcome.remote_id, text)
