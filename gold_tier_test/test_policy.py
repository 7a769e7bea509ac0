"""The policy as one table: situation → verdict and the rule's name (design, section 7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from utils.core.model import Particulars
from utils.core.operation import Effect, PostKind
from utils.core.policy import (
    LET_THROUGH_WINDOW,
    Ask,
    Facts,
    Go,
    Limits,
    PastGrant,
    Refuse,
    Situation,
    Verdict,
    decide,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MONTH = timedelta(days=30)


def money(amount: str | None, *, known: bool = True, **more: Any) -> Particulars:
    values = {"base_amount": amount, "amount": amount or "10.00", "currency": "USD"} | more
    return Particulars(payee_id="47", payee="Acme", payee_known=known, **values)


def paid(*amounts: str, every: timedelta = MONTH) -> tuple[PastGrant, ...]:
    """Earlier Grants, the last of them one interval ago."""
    newest_first = enumerate(reversed(amounts), start=1)
    return tuple(PastGrant(at=NOW - every * n, amount=Decimal(a)) for n, a in newest_first)


def case(effect: Effect = Effect.SPEND, **more: Any) -> Situation:
    values: dict[str, Any] = {"particulars": money("50.00"), "outside": False, "now": NOW} | more
    return Situation(effect=effect, **values)


def post(ahead: timedelta | None, **more: Any) -> Situation:
    runs_at = NOW + ahead if ahead else None
    facts = {"facts": Facts(posts_allowed=5), "particulars": Particulars()} | more
    return case(Effect.SEND, post=PostKind.POST, runs_at=runs_at, **facts)


HOUR = timedelta(hours=1)
TABLE: list[tuple[str, Situation, type[Verdict], str]] = [
    ("stopped", case(facts=Facts(stopped=True)), Refuse, "stop"),
    ("a read while stopped", case(Effect.READ, facts=Facts(stopped=True)), Go, "read"),
    ("a read", case(Effect.READ), Go, "read"),
    ("from a mail", case(outside=True, facts=Facts(past_grants=paid("50", "50"))), Ask, "outside"),
    ("a scheduled post from a mail", post(2 * HOUR, outside=True), Ask, "outside"),
    ("sensitive", case(facts=Facts(sensitive=("legal",))), Ask, "sensitive"),
    ("a double", case(facts=Facts(duplicate_of="It was asked before.")), Ask, "duplicate"),
    ("a warning", case(particulars=money("5.00", warnings=("Looks like Acme.",))), Ask, "payee_warning"),
    ("no rate", case(particulars=money(None, currency="XAU")), Ask, "currency"),
    ("0.00", case(particulars=money("0.00")), Refuse, "amount"),
    ("negative", case(particulars=money("-5.00")), Refuse, "amount"),
    ("99.99, recurring", case(particulars=money("99.99"), facts=Facts(past_grants=paid("99.99", "99.99"))), Go, "recurring"),
    ("exactly 100", case(particulars=money("100.00"), facts=Facts(past_grants=paid("100", "100"))), Ask, "amount"),
    ("100.01", case(particulars=money("100.01"), facts=Facts(past_grants=paid("100", "100"))), Ask, "amount"),
    ("a new payee for 1", case(particulars=money("1.00", known=False)), Ask, "new_payee"),
    ("a new payee, recurring", case(particulars=money("1.00", known=False), facts=Facts(past_grants=paid("1", "1"))), Ask, "new_payee"),
    ("a first payment", case(), Ask, "ask"),
    ("one earlier Grant", case(facts=Facts(past_grants=paid("50"))), Ask, "ask"),
    ("two earlier Grants", case(facts=Facts(past_grants=paid("50", "50"))), Go, "recurring"),
    ("within ten per cent", case(facts=Facts(past_grants=paid("46", "54"))), Go, "recurring"),
    ("beyond ten per cent", case(facts=Facts(past_grants=paid("45", "50"))), Ask, "ask"),
    ("far too early", case(now=NOW - timedelta(days=20), facts=Facts(past_grants=paid("50", "50"))), Ask, "ask"),
    ("switched off", case(facts=Facts(past_grants=paid("50", "50")), limits=Limits(auto_recurring=False)), Ask, "ask"),
    ("splitting", case(facts=Facts(past_grants=paid("50", "50"), let_through=Decimal("50.01"))), Ask, "splitting"),
    ("just within the sum", case(facts=Facts(past_grants=paid("50", "50"), let_through=Decimal("50.00"))), Go, "recurring"),
    ("recurring, where the Operation allows none", case(recurring_allowed=False, facts=Facts(past_grants=paid("50", "50"))), Ask, "ask"),
    ("an amount in a mail, like two before", case(Effect.SEND, facts=Facts(past_grants=paid("50", "50"))), Ask, "ask"),
    ("an amount above the limit in a mail", case(Effect.SEND, particulars=money("150.00")), Ask, "ask"),
    ("above the limit by itself, in the owner's currency alone", case(particulars=Particulars(payee_known=True, base_amount="100.50"), facts=Facts(past_grants=paid("100.50", "100.50"))), Ask, "splitting"),
    ("cap used up", case(facts=Facts(past_grants=paid("50", "50"), cap_used_up="Today's cap is used up")), Ask, "cap"),
    ("money without an amount", case(particulars=Particulars(payee_known=True)), Ask, "ask"),
    ("a post in two hours", post(2 * HOUR), Go, "scheduled_post"),
    ("a post in exactly the lead", post(HOUR), Go, "scheduled_post"),
    ("a post in 59 minutes", post(timedelta(minutes=59)), Ask, "ask"),
    ("a post now", post(None), Ask, "ask"),
    ("a post with a link", post(2 * HOUR, links=True), Ask, "ask"),
    ("the first post of a day with room for one", post(2 * HOUR, facts=Facts(posts_allowed=1)), Go, "scheduled_post"),
    ("a post above the day's cap", post(2 * HOUR, facts=Facts(posts_that_day=5, posts_allowed=5)), Ask, "ask"),
    ("scheduled posts switched off", post(2 * HOUR, limits=Limits(auto_scheduled_posts=False)), Ask, "ask"),
    ("a reply with a time", case(Effect.SEND, particulars=Particulars(), runs_at=NOW + 2 * HOUR), Ask, "ask"),
    ("a mail", case(Effect.SEND, particulars=Particulars()), Ask, "ask"),
    ("a draft", case(Effect.DRAFT, particulars=Particulars()), Ask, "ask"),
    ("a post of which no day's cap is known", post(2 * HOUR, facts=Facts()), Ask, "ask"),
    ("a post with a note on its length", post(2 * HOUR, particulars=Particulars(warnings=("It is long.",))), Go, "scheduled_post"),
    ("three at the same moment", case(now=NOW - MONTH, facts=Facts(past_grants=(*paid("50"), *paid("50")))), Ask, "ask"),
    ("exactly ten per cent", case(facts=Facts(past_grants=paid("50", "50")), particulars=money("55.00")), Go, "recurring"),
    ("a quarter too early", case(now=NOW - MONTH / 4, facts=Facts(past_grants=paid("50", "50"))), Go, "recurring"),
    ("more than a quarter too early", case(now=NOW - MONTH / 4 - timedelta(seconds=1), facts=Facts(past_grants=paid("50", "50"))), Ask, "ask"),
    ("a planned post that the employee drafted unasked", post(2 * HOUR, own_draft=True), Ask, "ask"),
    ("a mail planned ahead", case(Effect.SEND, particulars=Particulars(), runs_at=NOW + 2 * HOUR, facts=Facts(posts_allowed=5)), Ask, "ask"),
    ("a removal", case(Effect.REMOVE, particulars=Particulars()), Ask, "ask"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("situation", "kind", "rule"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_first_rule_that_speaks_decides(
    situation: Situation, kind: type[Verdict], rule: str
) -> None:
    verdict = decide(situation)
    assert (type(verdict), verdict.rule) == (kind, rule)
    assert verdict.reason


@pytest.mark.parametrize(
    ("situation", "reason"),
    [
        (case(), "Money is never moved without you."),
        (case(Effect.SEND, particulars=Particulars()), "It reaches people."),
        (case(Effect.REMOVE, particulars=Particulars()), "It takes something away."),
        (case(Effect.DRAFT, particulars=Particulars()), "You have the last word."),
        (case(particulars=money("100.00")), "It is exactly your limit of USD 100."),
        (case(particulars=money("100.01")), "It is above your limit of USD 100."),
    ],
)
def test_a_question_says_what_is_at_stake(situation: Situation, reason: str) -> None:
    assert decide(situation).reason == reason


def test_a_new_payee_is_called_by_name_where_it_has_one() -> None:
    reasons = [
        decide(case(particulars=Particulars(payee=name, amount="1.00", base_amount="1.00"))).reason
        for name in ("Acme", "")
    ]
    assert reasons == [
        "There is no earlier business with Acme.",
        "There is no earlier business with this payee.",
    ]


def test_what_policy_lets_through_to_one_payee_is_added_up_over_thirty_days() -> None:
    """Design, section 7.5."""
    assert timedelta(days=30) == LET_THROUGH_WINDOW


def test_five_times_95_to_one_payee_goes_through_at_most_once() -> None:
    """Hostile input money-05: structuring."""
    through = Decimal(0)
    history = paid("95", "95")
    for _ in range(5):
        facts = Facts(past_grants=history, let_through=through)
        if isinstance(decide(case(particulars=money("95.00"), facts=facts)), Go):
            through += 95
    assert through <= 100
