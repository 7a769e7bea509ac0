"""Everything that is known of one week, gathered once and frozen: what both reports are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from utils.books import Books
    from utils.core.chain import Fault, Head
    from utils.core.model import Plan
    from utils.figures import Figure
    from utils.goals import Goal
    from utils.week_activity import Activity
    from utils.weeks import Week


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One Proposal that is open, planned or stuck."""

    id: str
    #: ``pending``, ``held``, ``granted``, ``waiting`` or ``unknown``.
    state: str
    headline: str
    operation: str
    #: The note's place in the vault, without the extension.
    note: str
    created_at: datetime
    expires_at: datetime
    runs_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Uptime:
    """How long one process was alive."""

    who: str
    alive: timedelta
    #: How long it could have been: since the employee first ran, or the week began.
    of: timedelta
    #: Silences, the longest first.
    gaps: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """Two things that cannot both be true; the owner has to say which is."""

    #: Which section it stops: ``money`` or ``log``.
    section: str
    sentence: str
    #: Ids of Records and addresses of documents that show it.
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Expiring:
    """A key or token that ends soon."""

    what: str
    at: datetime
    where: str


@dataclass(frozen=True, kw_only=True)
class WeekFacts:
    """One week, as far as it is known at a moment."""

    week: Week
    zone: ZoneInfo
    #: When this was gathered.
    now: datetime
    #: The end of what was looked at: the week's, or now where it is not over.
    until: datetime
    #: How late it is gathered; nothing where it is punctual or was asked for by hand.
    late: timedelta
    #: None where the log cannot be trusted.
    activity: Activity | None
    head: Head
    log_faults: tuple[Fault, ...] = ()
    #: Records that say they are from the future.
    future: tuple[str, ...] = ()
    #: None where Odoo gave no figures.
    books: Books | None = None
    #: Why there are no books, one sentence, or "".
    books_why: str = ""
    contradictions: tuple[Contradiction, ...] = ()
    #: Service to why it could not be used; none for those that could.
    absent: Mapping[str, str] = field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    plans: tuple[Plan, ...] = ()
    uptimes: tuple[Uptime, ...] = ()
    #: None where there is no page of goals, or it cannot be read.
    goals: tuple[Goal, ...] | None = None
    goals_why: str = ""
    expiring: tuple[Expiring, ...] = ()
    #: What the week's posts and deletions on X cost, or why that is not known.
    x_cost: Figure | None = None
    #: Addresses of late customers whom a reminder may be written to; the Proposals made.
    reminders: tuple[Waiting, ...] = ()

    @property
    def cut(self) -> bool:
        """Whether the week was not over yet."""
        return self.until < self.week.ends_at(self.zone)

    @property
    def partial(self) -> bool:
        """Whether a section had to stop and the owner is asked."""
        return bool(self.contradictions)

    def halted(self, section: str) -> str:
        """Return why a section stops, or ""."""
        found = (each.sentence for each in self.contradictions if each.section == section)
        return " ".join(found)
