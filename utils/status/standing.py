"""How everything stands, as JSON values: what waits, what failed, who is at work, what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.approval.caps import allowance, every_cap
from utils.approval.why_waiting import WhyWaiting
from utils.core.lifecycle import State, folder_of
from utils.incoming.sorting import NOISE
from utils.io_optimizer import SIGHT
from utils.phone.settings import NtfySettings
from utils.phone.telling import TROUBLE
from utils.report.schedule import Timing, upcoming
from utils.status.kept import StatusKept
from utils.status.live import resources, watchers
from utils.status.machines import machines_of
from utils.status.rows import StatusRows
from utils.storage.place import is_shared

if TYPE_CHECKING:
    from datetime import datetime

    from utils.assembly.ground import Ground
    from utils.core.model import Json
    from utils.settings import Settings
    from utils.storage.rows import Tracked

_SHOWN: Final = (
    State.PENDING,
    State.HELD,
    State.GRANTED,
    State.ARMED,
    State.WAITING,
    State.UNKNOWN,
)
#: Watchers that need settings of their own.
_MAY_BE_ABSENT: Final = ("gmail", "whatsapp")
_LATELY: Final = timedelta(days=7)
#: How often the kept answer is renewed where nothing happened, and at most where much does.
_RENEWED: Final = timedelta(minutes=5)
_PACE: Final = timedelta(seconds=1)


def standing(ground: Ground) -> Json:
    """Return how things stand: counts, open Proposals, failures, services, watchers, caps.

    Raises:
        JournalError: The journal could not be read.
        VaultMissingError: The vault is not there.
    """
    open_ones = ground.journal.in_states(_SHOWN)
    waits = WhyWaiting(ground)
    now, settings = ground.clock(), ground.settings
    failed = StatusRows(database=ground.journal.database).failed_since(now - _LATELY)
    return {
        "home": str(settings.home),
        "stopped": ground.switch.is_on(),
        "dry_run": settings.dry_run,
        "zone": settings.zone.key,
        "counts": {state: sum(t.state is state for t in open_ones) for state in _SHOWN},
        "proposals": [_told(tracked) | {"waits": waits.of(tracked)} for tracked in open_ones],
        "failed": [_told(each) | {"error": _error(each)} for each in failed],
        "items": len(ground.bookmarks.open_items()),
        "filed_quietly": ground.bookmarks.count_seen(NOISE, now - _LATELY),
        "services": _services(ground),
        "phone": _phone(ground),
        "watchers": _watchers(ground, now),
        "machines": _machines(ground, now),
        "changes_noticed": ground.bookmarks.cursor(SIGHT),
        "resources": resources(settings.state_dir, settings.vault_dir),
        "schedule": _schedule(settings, now),
        "caps": _caps(ground, now),
        "log_head": str(ground.journal.head()),
    }


def _machines(ground: Ground, now: datetime) -> Json:
    """Return what is known of each machine; empty where there is only this one."""
    return {
        each.name: {
            "alive": each.is_alive(now),
            "last": each.last.isoformat() if each.last else None,
            "processes": list(each.processes),
            "done_in_7_days": each.done,
        }
        for each in machines_of(ground.bookmarks, now)
    }


def kept_of(settings: Settings) -> StatusKept:
    """Return what keeps the answer of a home."""
    return StatusKept(
        home=settings.home,
        project_root=settings.project_root,
        variables=settings.variables,
    )


@dataclass(kw_only=True)
class Standing:
    """Keeps the answer ready while somebody is at work.

    Args:
        ground: The home.
    """

    ground: Ground
    _key: str = ""
    _kept_at: datetime | None = None

    def refresh(self) -> None:
        """Keep the answer anew where something happened, or it has become old.

        Raises:
            JournalError: The journal could not be read.
            VaultMissingError: The vault is not there.
        """
        if is_shared(self.ground.settings):
            return
        now, kept = self.ground.clock(), kept_of(self.ground.settings)
        age = now - self._kept_at if self._kept_at else _RENEWED
        if timedelta(0) <= age < _PACE:
            return
        names = _variables_of(self.ground)
        key = kept.key(self.ground.journal.database, names)
        if key != self._key or not timedelta(0) <= age < _RENEWED:
            kept.keep(standing(self.ground), key, names, now=now)
            self._key, self._kept_at = key, now


def _variables_of(ground: Ground) -> frozenset[str]:
    """Return the names of all variables that the owner's settings and the services read."""
    services = [service.settings for service in ground.catalogue.services]
    named = {
        each.name for kind in (type(ground.settings), *services) for each in kind.variables_of()
    }
    return frozenset(named.union(*(kind.also.values() for kind in services)))


def _services(ground: Ground) -> Json:
    """Return each service's state: ``ready``, or why it is absent or does not answer."""
    outages = WhyWaiting(ground).outages()
    found: Json = dict(ground.catalogue.absent)
    for service in ground.catalogue.services:
        if not service.only_stands_for_others:
            unfit = service.settings.unfit(ground.settings)
            found[service.name] = str(unfit or outages.get(service.title, "ready"))
    return found


def _phone(ground: Ground) -> str:
    """Return ``ready``, "" where no topic is set, or why notices do not reach the phone."""
    if NtfySettings.missing(ground.settings):
        return ""
    if unfit := NtfySettings.unfit(ground.settings):
        return unfit.detail
    return ground.bookmarks.cursor(TROUBLE) or "ready"


def _told(tracked: Tracked) -> Json:
    proposal = tracked.proposal
    return {
        "id": proposal.id,
        "state": proposal.state,
        "operation": proposal.operation,
        "headline": proposal.headline,
        "note": f"{folder_of(proposal.state)}/{proposal.note}",
        "expires": proposal.expires_at.isoformat(),
        "runs_at": proposal.runs_at.isoformat() if proposal.runs_at else None,
        "reason": proposal.reason,
    }


def _error(tracked: Tracked) -> str:
    return tracked.outcome.detail if tracked.outcome else ""


def _watchers(ground: Ground, now: datetime) -> Json:
    absent = {name: ground.bookmarks.cursor(f"absent {name}") for name in _MAY_BE_ABSENT}
    return watchers(ground.bookmarks.beats(), absent, now=now)


def _schedule(settings: Settings, now: datetime) -> Json:
    timing = Timing(
        zone=settings.zone, audit_at=settings.audit_at, briefing_at=settings.briefing_at
    )
    return {report: at.isoformat() for report, at in upcoming(timing, now=now).items()}


def _caps(ground: Ground, now: datetime) -> list[Json]:
    rows = StatusRows(database=ground.journal.database)
    used = {cap.kind: rows.used(cap.kind, now - cap.window) for cap in every_cap(ground.settings)}
    return [
        {
            "kind": cap.kind,
            "used": used[cap.kind],
            "limit": cap.limit,
            "unit": "hundredths" if cap.kind == "money" else "times",
            "allowance": allowance(cap, ground.settings),
        }
        for cap in every_cap(ground.settings)
    ]
