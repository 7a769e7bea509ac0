"""What is unusual about a week: each finding with its evidence and the rule that found it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from utils.core.outside_text import one_line
from utils.report.figures import Proof, ProofKind, money_shown
from utils.report.money_sections import document_proof, linked
from utils.report.recurring_bills import doubles, subscriptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from utils.report.books import Books
    from utils.report.week_facts import WeekFacts

#: How many earlier weeks with business a comparison needs (facts, the one-page brief).
ENOUGH: Final = 6
#: How many times the usual deviation is too much (facts, the one-page brief).
_TIMES: Final = 3


@dataclass(frozen=True, kw_only=True)
class Oddity:
    """One unusual thing."""

    #: One sentence of Markdown.
    text: str
    #: The rule that found it, a few words.
    rule: str
    proofs: tuple[Proof, ...]


def oddities(facts: WeekFacts) -> tuple[Oddity, ...]:
    """Return what is unusual, what matters most first."""
    books = facts.sound_books
    money = (*_bills(facts, books), *_levels(books)) if books else ()
    return (*_log(facts), *money)


def outside(value: Decimal, earlier: Sequence[Decimal]) -> bool:
    """Return whether a value lies more than three median deviations off the median."""
    if len(earlier) < ENOUGH:
        return False
    middle = median(earlier)
    deviation = median(abs(each - middle) for each in earlier)
    return deviation > 0 and abs(value - middle) > _TIMES * deviation


def _levels(books: Books) -> Iterator[Oddity]:
    *before, this = books.weeks
    for name in ("revenue", "expenses"):
        value, *known = (getattr(week, name) for week in (this, *before))
        earlier = [each for each in known if each]
        if outside(value, earlier):
            usual = money_shown(median(earlier), books.currency)
            text = f"The {name} of {money_shown(value, books.currency)} is far from {usual}."
            proof = Proof(
                kind=ProofKind.QUERY,
                where=f"{name} of {before[0].week} to {this.week}",
                link=books.home,
            )
            rule = f"beyond median ± {_TIMES} deviations of {len(earlier)} weeks"
            yield Oddity(text=text, rule=rule, proofs=(proof,))


def _bills(facts: WeekFacts, books: Books) -> Iterator[Oddity]:
    first, last = facts.week.monday, facts.week.sunday
    for pair in doubles(books.bills, since=first, until=last):
        text = f"{linked(pair.first)} and {linked(pair.second)} may be one bill twice."
        proofs = (document_proof(pair.first), document_proof(pair.second))
        yield Oddity(text=text, rule=pair.why, proofs=proofs)
    for each in subscriptions(books.bills, since=first, until=last):
        if each.news == "dearer":
            now, before = (
                money_shown(bill.total, bill.currency) for bill in (each.latest, each.before)
            )
            vendor = one_line(each.vendor, 60)
            text = f"{vendor} charges {now} in {linked(each.latest)}, before it was {before}."
            proofs = (document_proof(each.latest), document_proof(each.before))
            yield Oddity(text=text, rule="dearer by 20 % or more", proofs=proofs)


def _log(facts: WeekFacts) -> Iterator[Oddity]:
    if facts.log_faults:
        fault = facts.log_faults[0]
        proof = Proof(kind=ProofKind.RECORDS, where=fault.where, ids=(fault.where,), count=1)
        text = f"The log is damaged: {one_line(f'{fault.where} {fault.what}', 200)}."
        yield Oddity(text=text, rule="hash chain", proofs=(proof,))
    if facts.future:
        first, count = facts.future[0], len(facts.future)
        proof = Proof(
            kind=ProofKind.RECORDS, where="time after now", ids=facts.future, count=count
        )
        text = f"Records carry a time that has not come yet, the first is `{first}`."
        yield Oddity(text=text, rule="clock", proofs=(proof,))
