"""The Monday briefing: one page that begins with what the owner has to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.audit_generator import audit_name, front_of, lead_of
from utils.report.briefing_money import numbers_section, owed_section, unusual_section
from utils.report.briefing_sections import (
    coming_section,
    decide_section,
    goals_section,
    me_section,
    work_section,
)
from utils.report.figures import DASH, Proof, ProofKind, money_shown
from utils.report.page_parts import Line, Page, note_link

if TYPE_CHECKING:
    from utils.report.page_parts import Section
    from utils.report.week_facts import WeekFacts
    from utils.times.weeks import Week


def briefing_of(week: Week) -> str:
    """Return the name of the briefing about a week, without extension."""
    return f"{week.later(1).monday}-briefing"


def briefing_name(facts: WeekFacts) -> str:
    """Return the briefing's name without extension: the Monday after the week."""
    return briefing_of(facts.week)


def briefing_page(facts: WeekFacts, *, finance: bool) -> Page:
    """Return the briefing about a week.

    Args:
        facts: The week.
        finance: Whether the owner wants figures of money in it.
    """
    money: tuple[Section, ...] = ()
    if finance:
        money = (numbers_section(facts, f"{briefing_name(facts)}-money.svg"), owed_section(facts))
    monday, short = facts.week.later(1).monday, _three_lines(facts, finance=finance)
    return Page(
        name=briefing_name(facts),
        title=f"{monday:%A %d %B %Y}, about {facts.week}",
        front=front_of(facts, "briefing"),
        lead=(*lead_of(facts), *short),
        retold=len(short),
        sections=(
            decide_section(facts),
            *money,
            unusual_section(facts, finance=finance),
            coming_section(facts, finance=finance),
            goals_section(facts),
            work_section(facts),
            me_section(facts),
        ),
    )


def _three_lines(facts: WeekFacts, *, finance: bool) -> tuple[Line, ...]:
    return (
        *((_cash(facts), _late(facts)) if finance else ()),
        _decisions(facts),
        *(() if finance else (_audit(facts),)),
    )


def _cash(facts: WeekFacts) -> Line:
    books = facts.sound_books
    if books is None:
        why = "the books need an answer of yours" if facts.partial else facts.books_why
        return Line(text=f"You hold {DASH}: {why}")
    now = money_shown(books.cash, books.currency)
    moved = money_shown(abs(books.cash_moved), books.currency)
    words = "more" if books.cash_moved > 0 else "less"
    change = f", {moved} {words} through the week" if books.cash_moved else ""
    ids = ("money.cash", "money.change_of_cash")
    proof = Proof(kind=ProofKind.FIGURES, where="cash", ids=ids)
    return Line(text=f"You hold **{now}**{change}.", proofs=(proof,))


def _late(facts: WeekFacts) -> Line:
    books = facts.sound_books
    if books is None:
        return Line(text=f"Late customers: {DASH}, for the same reason.")
    proof = Proof(kind=ProofKind.FIGURES, where="overdue", ids=("money.overdue",))
    if not books.overdue_count:
        return Line(text="No customer is late.", proofs=(proof,))
    total = money_shown(books.overdue_total, books.currency)
    invoices = "invoice" if books.overdue_count == 1 else "invoices"
    return Line(text=f"**{total}** is late, in {books.overdue_count} {invoices}.", proofs=(proof,))


def _decisions(facts: WeekFacts) -> Line:
    yours = [each for each in facts.waiting if each.for_owner]
    proof = Proof(
        kind=ProofKind.JOURNAL,
        where="Proposals and questions that wait for you",
        ids=tuple(each.id for each in yours),
        count=len(yours),
    )
    words = {0: "Nothing waits for you.", 1: "One thing waits for you."}
    return Line(text=words.get(len(yours), f"{len(yours)} things wait for you."), proofs=(proof,))


def _audit(facts: WeekFacts) -> Line:
    name = audit_name(facts)
    proof = Proof(kind=ProofKind.NOTE, where=name, link=name)
    return Line(text=f"Everything in full: {note_link(name, 'the audit')}.", proofs=(proof,))
