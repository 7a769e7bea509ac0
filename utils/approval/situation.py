"""What policy has to know about a Proposal, gathered from the journal and the detector."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from utils.approval.caps import caps_for, used_up
from utils.conflict_resolver import DOUBLES_WINDOW, conflicts_with
from utils.core.lifecycle import State
from utils.core.model import Source
from utils.core.money import as_decimal
from utils.core.operation import Effect, PostKind
from utils.core.policy import LET_THROUGH_WINDOW, Facts, Limits, PastGrant, Situation
from utils.posts.links import urls_in
from utils.sensitive_content_detector import findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from utils.core.model import Proposal
    from utils.core.operation import Operation
    from utils.journal import Journal
    from utils.settings import Settings
    from utils.storage.rows import Tracked

#: How far back earlier Grants are looked at for what is recurring (ours, decision 0004).
HISTORY_WINDOW: Final = timedelta(days=400)
_MENTION: Final = re.compile(r"(?<!\w)@\w")
#: What X takes for no link, others may: a number instead of a name, an ending that is new.
_ADDRESS: Final = re.compile(r"://|\bwww\.", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class FactFinder:
    """Gathers a Proposal's Situation.

    Args:
        journal: Where earlier Grants and planned posts stand.
        settings: The owner's limits.
    """

    journal: Journal
    settings: Settings

    def situation(
        self, proposal: Proposal, operation: type[Operation], *, now: datetime
    ) -> Situation:
        """Return everything that policy may look at for this Proposal at this time."""
        # A picture's address is no text to read; where it leads is looked at by itself.
        fields = {name: value for name, value in proposal.fields.items() if name != "image_url"}
        text = "\n".join(texts_in(fields))
        return Situation(
            effect=Effect(proposal.effect),
            particulars=proposal.particulars,
            outside=proposal.origin.outside,
            now=now,
            runs_at=proposal.runs_at,
            post=operation.post,
            own_draft=proposal.origin.source is Source.SCHEDULE,
            links=self._has_links(proposal, text),
            facts=self._facts(proposal, operation, text, now),
            limits=self.limits(),
        )

    def _has_links(self, proposal: Proposal, text: str) -> bool:
        """Return whether a post carries a link, a mention or a picture from somebody else."""
        picture = str(proposal.fields.get("image_url") or "")
        is_own = (urlsplit(picture).hostname or "") in self.settings.own_picture_hosts
        linked = urls_in(text) or _ADDRESS.search(text) or proposal.fields.get("link")
        return bool(linked or _MENTION.search(text) or (picture and not is_own))

    def limits(self) -> Limits:
        """Return the owner's limits."""
        return Limits(
            threshold=self.settings.approval_threshold,
            currency=self.settings.currency,
            schedule_lead=timedelta(minutes=self.settings.schedule_lead_minutes),
            auto_scheduled_posts=self.settings.auto_approve_scheduled_posts,
            auto_recurring=self.settings.auto_approve_recurring,
        )

    def _facts(
        self, proposal: Proposal, operation: type[Operation], text: str, now: datetime
    ) -> Facts:
        payee = proposal.particulars.payee_id
        # Without a payee there is no history to look for, only what may be asked twice.
        since = now - (HISTORY_WINDOW if payee else DOUBLES_WINDOW)
        alike = [
            tracked
            for tracked in self.journal.similar(proposal.operation, payee, since)
            if tracked.proposal.id != proposal.id
        ]
        recent = [past for past in alike if past.proposal.created_at >= now - DOUBLES_WINDOW]
        others = [past.proposal for past in recent]
        return Facts(
            stopped=self.journal.stopped(),
            cap_used_up=self._cap_used_up(proposal, operation, now),
            sensitive=tuple(dict.fromkeys(found.category for found in findings(text))),
            past_grants=tuple(_past_grants(alike)) if payee else (),
            let_through=self._let_through(proposal, now),
            posts_that_day=self._posts_on_the_day_of(proposal, operation, others),
            posts_allowed=self.settings.max_posts_per_day,
            duplicate_of=" ".join(
                found.sentence for found in conflicts_with(proposal, others, now=now)
            ),
        )

    def _cap_used_up(self, proposal: Proposal, operation: type[Operation], now: datetime) -> str:
        """Return which cap has no room when this would go out, and until when, or ""."""
        for cap in caps_for(operation, proposal, self.settings):
            frees_at = self.journal.frees_at(cap, proposal.runs_at or now)
            if frees_at:
                return used_up(cap, frees_at, self.settings)
        return ""

    def _let_through(self, proposal: Proposal, now: datetime) -> Decimal:
        payee = proposal.particulars.payee_id
        if not payee:
            return Decimal(0)
        past = self.journal.let_through(payee, now - LET_THROUGH_WINDOW)
        gone = (State.REFUSED, State.EXPIRED, State.FAILED)
        amounts = (
            tracked.proposal.particulars.base_amount
            for tracked in past
            if tracked.state not in gone
        )
        return sum((as_decimal(amount) for amount in amounts if amount), Decimal(0))

    def _posts_on_the_day_of(
        self, proposal: Proposal, operation: type[Operation], others: list[Proposal]
    ) -> int:
        if operation.post is not PostKind.POST or proposal.runs_at is None:
            return 0
        zone = self.settings.zone
        day = proposal.runs_at.astimezone(zone).date()
        gone = (State.REFUSED, State.EXPIRED, State.FAILED)
        return sum(
            1
            for other in others
            if other.operation == proposal.operation
            and other.state not in gone
            and (other.runs_at or other.created_at).astimezone(zone).date() == day
        )


def _past_grants(alike: Iterable[Tracked]) -> Iterator[PastGrant]:
    for past in alike:
        amount = past.proposal.particulars.base_amount
        if past.grant and past.grant.by == "owner" and past.state is State.DONE and amount:
            yield PastGrant(at=past.grant.given_at, amount=as_decimal(amount))


def texts_in(value: object) -> Iterator[str]:
    """Yield every text inside a JSON value, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts_in(inner)
