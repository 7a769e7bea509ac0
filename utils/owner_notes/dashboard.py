"""The one writer of `Status.md`, the live part of the dashboard.

It is written at most once a second, and only when something has changed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from utils.approval.why_waiting import WhyWaiting
from utils.core.errors import NoteError
from utils.core.lifecycle import GRANTED_STATES, OPEN_STATES
from utils.core.processes import is_silent
from utils.status.page import Matter, Status, status_page
from utils.status.rows import StatusRows
from utils.vault import TOP

if TYPE_CHECKING:
    from utils.assembly.ground import Ground
    from utils.core.operation import Service
    from utils.storage.rows import Tracked

_log: Final = logging.getLogger(__name__)
STATUS_NOTE: Final = "Status.md"
_PACE: Final = timedelta(seconds=1)
_DONE_SHOWN: Final = 15


@dataclass(kw_only=True)
class Dashboard:
    """Keeps the page true.

    Args:
        ground: The journal, the vault, the catalogue and the settings.
    """

    ground: Ground
    _seen: object = None
    _written_at: datetime | None = None

    def refresh(self) -> None:
        """Write the page where something has changed since it was written.

        Raises:
            VaultMissingError: The vault is not there.
            JournalError: The journal could not be read.
        """
        now = self.ground.clock()
        if self._written_at and timedelta(0) <= now - self._written_at < _PACE:
            return
        watchers = self._watchers(now)
        fingerprint = StatusRows(database=self.ground.journal.database).fingerprint()
        there = self.ground.vault.holds(TOP, STATUS_NOTE)
        seen = (fingerprint, watchers, self.ground.journal.stopped(), there)
        if seen == self._seen:
            return
        page = status_page(self._status(watchers), self.ground.settings.zone)
        if not there or page != self._on_disk():
            self._write(page)
            self._written_at = now
        self._seen = (*seen[:-1], True)

    def _on_disk(self) -> str:
        try:
            return self.ground.vault.read(TOP, STATUS_NOTE)
        except (FileNotFoundError, NoteError):
            return ""

    def _write(self, page: str) -> None:
        try:
            self.ground.vault.write(TOP, STATUS_NOTE, page)
        except IsADirectoryError:
            _log.warning("%s is a folder, so the dashboard cannot be written", STATUS_NOTE)

    def _status(self, watchers: dict[str, datetime | None]) -> Status:
        ground, rows = self.ground, StatusRows(database=self.ground.journal.database)
        waits = WhyWaiting(ground)
        asked = ground.journal.in_states(OPEN_STATES)
        granted = ground.journal.in_states(GRANTED_STATES)
        return Status(
            stopped=ground.journal.stopped(),
            dry_run=ground.settings.dry_run,
            asked=[
                self._matter(each, at=each.proposal.expires_at)
                for each in sorted(asked, key=lambda each: each.proposal.expires_at)
            ],
            noticed=[
                Matter(
                    what=item.subject or item.sender or item.type, note=note, at=item.received_at
                )
                for item, note in ground.bookmarks.open_items()
            ],
            approved=[
                replace(self._matter(each, at=each.proposal.runs_at), why=waits.of(each))
                for each in granted
            ],
            done=[self._matter(each, at=each.armed_at) for each in rows.done_lately(_DONE_SHOWN)],
            services=self._services(),
            outages=waits.outages(),
            watchers=watchers,
            log_head=str(ground.journal.head()),
            recorded_at=rows.recorded_at(),
        )

    def _matter(self, tracked: Tracked, *, at: datetime | None) -> Matter:
        """Return a Proposal as a line; a part of a composite lies in its whole's note."""
        proposal = tracked.proposal
        whole = self.ground.journal.find(proposal.group) if proposal.group else None
        note = (whole or tracked).proposal.note
        url = tracked.outcome.url if tracked.outcome else ""
        return Matter(what=proposal.headline, note=note, at=at, url=url)

    def _services(self) -> dict[str, str]:
        """Return each service's title, and why it is not set up, "" where it is."""
        found = dict(self.ground.catalogue.absent)
        for service in self.ground.catalogue.services:
            if not service.only_stands_for_others:
                found[service.title] = self._lacks(service)
        return found

    def _lacks(self, service: Service) -> str:
        remedy = f"run `uv run orchestrator.py connect {service.name}`"
        if service.settings.missing(self.ground.settings):
            return remedy
        unfit = service.settings.unfit(self.ground.settings)
        return f"{unfit.detail}: {remedy}" if unfit else ""

    def _watchers(self, now: datetime) -> dict[str, datetime | None]:
        beats = self.ground.bookmarks.beats()
        return {name: last if is_silent(now - last) else None for name, last in beats.items()}
