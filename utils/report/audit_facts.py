"""Gathers what is known of a week: from the log, the journal, the vault and the services.

What cannot be read is missing with a reason. What contradicts itself is not settled here: the
section stops, and the owner is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from utils.core.errors import EmployeeError, NoteError
from utils.core.lifecycle import GOALS_NOTE, GRANTED_STATES, OPEN_STATES, State, folder_of
from utils.core.model import OWN_TYPES
from utils.core.operation import PostKind
from utils.posts.price import price_of
from utils.report.connected_books import books_of
from utils.report.figures import Counted, Figure, money
from utils.report.goals import read_goals
from utils.report.social_summary import SocialSummary
from utils.report.uptimes import uptimes
from utils.report.week_activity import Activity
from utils.report.week_facts import Contradiction, Expiring, Waiting, WeekFacts
from utils.report.week_log import WeekLog
from utils.report.week_rows import WeekRows
from utils.status.rows import StatusRows
from utils.vault import TOP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from utils.assembly.ground import Ground
    from utils.core.chain import Fault
    from utils.report.goals import Goal
    from utils.report.week_facts import Uptime
    from utils.social_media_manager import NetworkWeek
    from utils.storage.rows import Tracked
    from utils.times.weeks import Week

#: What is not finished: asked, planned, stuck.
_UNFINISHED: Final = OPEN_STATES | GRANTED_STATES | {State.UNKNOWN}
_DID_NOT_RUN: Final = "the employee did not run in this week"


@dataclass(frozen=True, kw_only=True)
class FactGatherer:
    """Gathers the facts of a week.

    Args:
        ground: The home.
    """

    ground: Ground

    def facts(self, week: Week, *, late: timedelta = timedelta(0)) -> WeekFacts:
        """Return everything that is known of a week now.

        Args:
            week: Which one.
            late: How much later than planned this is.

        Raises:
            JournalError: The journal cannot be read.
        """
        now, zone = self.ground.clock(), self.ground.settings.zone
        since, end = week.starts_at(zone), week.ends_at(zone)
        until = min(max(now, since), end)
        activity, faults = self.activity(since, until)
        money = books_of(self.ground, week, activity.made)
        goals, goals_why = self._goals()
        broken = _broken_log(faults)
        alive = self._uptimes(since, until)
        ran = bool(activity.records.count or any(each.alive for each in alive))
        expiring, unreachable = self._expiring()
        return WeekFacts(
            week=week,
            zone=zone,
            now=now,
            until=until,
            late=late,
            activity=None if broken or not ran else activity,
            activity_why="" if ran else _DID_NOT_RUN,
            head=self.ground.journal.head(),
            log_faults=faults,
            future=self._log().from_the_future(now),
            books=money.books,
            books_why=money.why,
            contradictions=(*broken, *money.contradictions),
            absent=unreachable | self._absent(),
            waiting=tuple(self._waiting()),
            plans=tuple(self._rows().plans(since, until)),
            uptimes=alive,
            machines=StatusRows(database=self.ground.journal.database).done_by_machine(
                since, until
            ),
            goals=goals,
            goals_why=goals_why,
            networks=() if broken else self._networks(activity, week),
            expiring=expiring,
            x_cost=self._x_cost(activity),
        )

    def _log(self) -> WeekLog:
        return WeekLog(journal=self.ground.journal, folder=self.ground.settings.logs_dir)

    def _rows(self) -> WeekRows:
        return WeekRows(database=self.ground.journal.database)

    def activity(self, since: datetime, until: datetime) -> tuple[Activity, tuple[Fault, ...]]:
        """Return what the log tells of a stretch, and what is wrong with the log.

        Raises:
            JournalError: The journal cannot be read.
        """
        activity = Activity(post_tools=frozenset(self._post_tools()))
        faults = self._log().read(since, until, activity.take) if since < until else ()
        activity.settle()
        return activity, faults

    def _post_tools(self) -> Iterator[str]:
        for service in self.ground.catalogue.services:
            for operation in service.operations:
                if operation.post is PostKind.POST and not operation.composite:
                    yield operation.tool

    def _absent(self) -> dict[str, str]:
        found = dict(self.ground.catalogue.absent)
        for service in self.ground.catalogue.services:
            if unfit := service.settings.unfit(self.ground.settings):
                found[service.name] = unfit.detail
        return found

    def _networks(self, activity: Activity, week: Week) -> tuple[NetworkWeek, ...]:
        summary = SocialSummary(ground=self.ground)
        return summary.of(activity.posts, since=week.monday, until=week.sunday)

    def _expiring(self) -> tuple[tuple[Expiring, ...], dict[str, str]]:
        """Return when the credentials of each service end, and which could not tell, and why."""
        found: list[Expiring] = []
        unreachable: dict[str, str] = {}
        for service in self.ground.catalogue.services:
            try:
                reach = self.ground.reaches.connect(service) if service.expiry else None
                ends_at = service.expiry(reach) if service.expiry else None
            except EmployeeError as error:
                unreachable[service.name] = str(error)
                continue
            if ends_at:
                what = f"what lets me into {service.title}"
                found.append(Expiring(what=what, at=ends_at, where=service.name))
        return tuple(found), unreachable

    def _goals(self) -> tuple[tuple[Goal, ...] | None, str]:
        try:
            return read_goals(self.ground.vault.read(TOP, GOALS_NOTE)), ""
        except FileNotFoundError:
            return None, f"there is no {GOALS_NOTE} in the vault"
        except NoteError as error:
            return None, str(error)

    def _waiting(self) -> Iterator[Waiting]:
        now = self.ground.clock()
        for tracked in self.ground.journal.in_states(_UNFINISHED):
            # What ran out while nobody looked is put away in a moment, and asked no more.
            is_over = tracked.state is State.PENDING and tracked.proposal.expires_at <= now
            if not is_over:
                yield _open(tracked)
        for item, note in self.ground.bookmarks.open_items():
            if item.type in OWN_TYPES:
                yield Waiting(
                    id=item.id,
                    state="question",
                    headline=item.subject or item.question,
                    operation=str(item.type),
                    note=note.removesuffix(".md"),
                    created_at=item.received_at,
                )

    def _uptimes(self, since: datetime, until: datetime) -> tuple[Uptime, ...]:
        rows = self._rows()
        began = rows.first_alive()
        spans, known = rows.spans(since, until), rows.known(since, until)
        return uptimes(spans, max(since, began or since), until, known=known)

    def _x_cost(self, activity: Activity) -> Figure:
        """Return what X charged for what was done there, by its price list."""
        total, found = Decimal(0), Counted("done on X, at X's prices")
        for done in activity.charged:
            tracked = self.ground.journal.find(done.proposal_id)
            text = str(tracked.proposal.fields.get("text", "")) if tracked else ""
            total += price_of(done.operation, text)
            found.add(done.record_id)
        return money("costs.x", total, "USD", found.proof())


def _broken_log(faults: tuple[Fault, ...]) -> tuple[Contradiction, ...]:
    if not faults:
        return ()
    told = "; ".join(f"{fault.where} {fault.what}" for fault in faults)
    sentence = f"The log of this week cannot be trusted: {told}."
    seen = tuple(fault.where for fault in faults)
    return (Contradiction(section="log", sentence=sentence, seen=seen),)


def _open(tracked: Tracked) -> Waiting:
    proposal = tracked.proposal
    return Waiting(
        id=proposal.id,
        state=str(proposal.state),
        headline=proposal.headline,
        operation=proposal.operation,
        note=f"{folder_of(proposal.state)}/{proposal.note.removesuffix('.md')}",
        created_at=proposal.created_at,
        expires_at=proposal.expires_at,
        runs_at=proposal.runs_at,
    )
