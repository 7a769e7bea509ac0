"""The policy: who decides about a Proposal. The first rule that speaks decides.

Design, section 7. Every rule is one function from a Situation to a Verdict or None; time and
facts come in as arguments. Policy grants only what is named here; everything else is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

from utils.core.money import as_decimal
from utils.core.operation import Effect, PostKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.core.model import Particulars

#: How far an amount may differ from the earlier ones and still be recurring (design 7.5).
RECURRING_SPREAD: Final = Decimal("0.10")
#: How far an interval may differ from the earlier ones and still be recurring (ours, 0004).
INTERVAL_SPREAD: Final = 0.25
#: How many earlier Grants by the owner make a payment recurring (design 7.5).
RECURRING_GRANTS: Final = 2
#: How far back what policy let through to one payee is added up (design 7.5).
LET_THROUGH_WINDOW: Final = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a rule says: its name and the reason, one sentence."""

    rule: str
    reason: str


class Go(Verdict):
    """Policy grants it."""


class Ask(Verdict):
    """The owner is asked."""


class Refuse(Verdict):
    """It is forbidden."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The owner's settings that policy reads; the model cannot edit them."""

    #: Amounts above this are asked, in the owner's currency; the same sum bounds what policy lets
    #: through to one payee in 30 days.
    threshold: Decimal = Decimal(100)
    currency: str = "USD"
    schedule_lead: timedelta = timedelta(minutes=60)
    auto_scheduled_posts: bool = True
    auto_recurring: bool = True


@dataclass(frozen=True, kw_only=True)
class PastGrant:
    """An earlier Grant by the owner for the same operation and payee that was carried out."""

    at: datetime
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known beside the Proposal itself."""

    stopped: bool = False
    #: A cap that is used up, in words, or "".
    cap_used_up: str = ""
    #: What the detector found, one short phrase each.
    sensitive: tuple[str, ...] = ()
    past_grants: tuple[PastGrant, ...] = ()
    #: What policy let through to this payee in the last 30 days, in the owner's currency.
    let_through: Decimal = Decimal(0)
    #: How many posts are already planned or out on the day in question, and how many may be.
    posts_that_day: int = 0
    posts_allowed: int = 0
    #: Why this may be a double of something else, in words, or "".
    duplicate_of: str = ""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Everything that a rule may look at."""

    effect: Effect
    particulars: Particulars
    outside: bool
    now: datetime
    runs_at: datetime | None = None
    post: PostKind = PostKind.NONE
    #: Whether the post carries a link, a mention, or a picture that lies with somebody else.
    links: bool = False
    #: Whether the employee drafted it by itself, unasked.
    own_draft: bool = False
    recurring_allowed: bool = True
    facts: Facts = field(default_factory=Facts)
    limits: Limits = field(default_factory=Limits)


type Rule = Callable[[Situation], Verdict | None]


def stop(case: Situation) -> Verdict | None:
    """Nothing new is taken while the owner has stopped everything."""
    if case.facts.stopped and case.effect is not Effect.READ:
        return Refuse(rule="stop", reason="You stopped everything; run resume first.")
    return None


def read(case: Situation) -> Verdict | None:
    """Reading changes nothing and is always allowed."""
    if case.effect is Effect.READ:
        return Go(rule="read", reason="Reading changes nothing.")
    return None


def cap(case: Situation) -> Verdict | None:
    """A cap that is used up leaves the decision to the owner, and the rest to the next window."""
    if case.facts.cap_used_up:
        return Ask(rule="cap", reason=f"{case.facts.cap_used_up}.")
    return None


def outside(case: Situation) -> Verdict | None:
    """What grew from outsiders' text is never granted by policy."""
    if case.outside:
        return Ask(
            rule="outside", reason="Somebody outside may have had a hand in it, so you decide."
        )
    return None


def sensitive(case: Situation) -> Verdict | None:
    """What touches a sensitive matter is asked."""
    if case.facts.sensitive:
        found = ", ".join(name.replace("_", " ") for name in case.facts.sensitive)
        return Ask(rule="sensitive", reason=f"It touches a sensitive matter: {found}.")
    return None


def duplicate(case: Situation) -> Verdict | None:
    """What looks like something already asked or done is asked."""
    if case.facts.duplicate_of:
        return Ask(rule="duplicate", reason=case.facts.duplicate_of)
    return None


def warned(case: Situation) -> Verdict | None:
    """A payee that resembles a known one, or whose bank details changed, is asked."""
    if case.effect is Effect.SPEND and case.particulars.warnings:
        return Ask(rule="payee_warning", reason="The payee needs a second look.")
    return None


def amount(case: Situation) -> Verdict | None:
    """Money with no rate to the owner's currency, or not below the limit, is asked."""
    if case.effect is not Effect.SPEND or case.particulars.amount is None:
        return None
    if case.particulars.base_amount is None:
        reason = f"There is no rate from {case.particulars.currency} to {case.limits.currency}."
        return Ask(rule="currency", reason=reason)
    sum_ = as_decimal(case.particulars.base_amount)
    if sum_ <= 0:
        return Refuse(rule="amount", reason="The amount must be above zero.")
    limit = f"{case.limits.currency} {case.limits.threshold}"
    if sum_ > case.limits.threshold:
        return Ask(rule="amount", reason=f"It is above your limit of {limit}.")
    if sum_ == case.limits.threshold:
        return Ask(rule="amount", reason=f"It is exactly your limit of {limit}.")
    return None


def new_payee(case: Situation) -> Verdict | None:
    """A payee without posted history is asked, whatever the amount."""
    if case.effect is Effect.SPEND and not case.particulars.payee_known:
        who = case.particulars.payee or "this payee"
        return Ask(rule="new_payee", reason=f"There is no earlier business with {who}.")
    return None


def recurring(case: Situation) -> Verdict | None:
    """A payment like at least two that the owner granted goes, until the limit is used up."""
    if case.effect is not Effect.SPEND or case.particulars.base_amount is None:
        return None
    sum_ = as_decimal(case.particulars.base_amount)
    if not (case.limits.auto_recurring and case.recurring_allowed and _is_recurring(case, sum_)):
        return None
    if case.facts.let_through + sum_ > case.limits.threshold:
        reason = "With what went through by itself in 30 days it would pass your limit."
        return Ask(rule="splitting", reason=reason)
    return Go(rule="recurring", reason="You granted the same payment before, more than once.")


def _is_recurring(case: Situation, sum_: Decimal) -> bool:
    past = sorted(case.facts.past_grants, key=lambda grant: grant.at)
    if len(past) < RECURRING_GRANTS:
        return False
    near = all(abs(grant.amount - sum_) <= RECURRING_SPREAD * grant.amount for grant in past)
    times = [grant.at for grant in past] + [case.now]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    usual = median(gaps[:-1])
    return near and usual > 0 and abs(gaps[-1] - usual) <= INTERVAL_SPREAD * usual


def scheduled_post(case: Situation) -> Verdict | None:
    """A post that was asked for well ahead, without links or mentions and within the cap, goes."""
    if case.post is not PostKind.POST or case.runs_at is None or case.own_draft:
        return None
    if case.runs_at < case.now + case.limits.schedule_lead or case.links:
        return None
    if (
        not case.limits.auto_scheduled_posts
        or case.facts.posts_that_day >= case.facts.posts_allowed
    ):
        return None
    return Go(rule="scheduled_post", reason="It is planned well ahead; drag it away to stop it.")


def everything_else(case: Situation) -> Verdict:
    """Whatever no rule above speaks about is asked."""
    reasons = {
        Effect.SPEND: "Money is never moved without you.",
        Effect.SEND: "It reaches people.",
        Effect.REMOVE: "It takes something away.",
    }
    return Ask(rule="ask", reason=reasons.get(case.effect, "You have the last word."))


#: In order; the first that speaks decides.
RULES: Final[tuple[Rule, ...]] = (
    stop,
    read,
    outside,
    sensitive,
    duplicate,
    warned,
    amount,
    new_payee,
    cap,
    recurring,
    scheduled_post,
)


def decide(case: Situation) -> Verdict:
    """Return the Verdict of the first rule that speaks."""
    for rule in RULES:
        verdict = rule(case)
        if verdict is not None:
            return verdict
    return everything_else(case)
