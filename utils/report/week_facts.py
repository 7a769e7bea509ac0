"""Everything that is known of one week, gathered once and frozen: both reports are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from utils.core.chain import Fault, Head
    from utils.core.model import Plan
    from utils.report.books import Books
    from utils.report.figures import Figure
    from utils.report.goals import Goal
    from utils.report.week_activity import Activity
    from utils.social_media_manager import NetworkWeek
    from utils.times.weeks import Week


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One Proposal that is open, planned or stuck, or one question to the owner."""

    id: str
    #: ``pending``, ``held``, ``granted``, ``waiting`` or ``unknown``; ``question`` for an Item.
    state: str
    headline: str
    operation: str
    #: The note's place in the vault, without the extension.
    note: str
    created_at: datetime
    #: None where it waits as long as it takes.
    expires_at: datetime | None = None
    runs_at: datetime | None = None

    @property
    def for_owner(self) -> bool:
        """Whether it waits for the owner, and not for a service."""
        return self.state in {"pending", "held", "question"}

    @property
    def on(self) -> str:
        """Whom it waits for: ``you``, or a service's name."""
        return "you" if self.for_owner else self.operation.partition("_")[0]


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
    #: None where the log cannot be trusted, or nothing ran that could have written it.
    activity: Activity | None
    head: Head
    #: Why there is no activity, where nothing contradicts itself.
    activity_why: str = ""
    log_faults: tuple[Fault, ...] = ()
    #: The first Records that say they are from the future.
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
    #: How much each machine carried out, by its name; empty where there is only one.
    machines: Mapping[str, int] = field(default_factory=dict)
    #: None where there is no page of goals, or it cannot be read.
    goals: tuple[Goal, ...] | None = None
    goals_why: str = ""
    expiring: tuple[Expiring, ...] = ()
    #: What was posted on each network, and what came of it.
    networks: tuple[NetworkWeek, ...] = ()
    #: What the week's posts and deletions on X cost.
    x_cost: Figure | None = None

    @property
    def cut(self) -> bool:
        """Whether the week was not over yet."""
        return self.until < self.week.ends_at(self.zone)

    @property
    def partial(self) -> bool:
        """Whether a section had to stop and the owner is asked."""
        return bool(self.contradictions)

    @property
    def sound_books(self) -> Books | None:
        """The books; None where there are none, or what they say is to be asked first."""
        return None if self.halted("money") else self.books

    def halted(self, section: str) -> str:
        """Return why a section stops, or ""."""
        found = (each.sentence for each in self.contradictions if each.section == section)
        return " ".join(found)
