"""The briefing's sections beside money: decisions, what comes up, goals, work, and how I am."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from utils.audit_generator import audit_name
from utils.core.lifecycle import GOALS_NOTE
from utils.core.outside_text import one_line
from utils.report.audit_sections import without_log
from utils.report.books import AHEAD
from utils.report.figures import DASH, Proof, ProofKind, counted, money_shown, time_shown
from utils.report.money_sections import document_proof, linked
from utils.report.page_parts import Line, Row, Section, note_link

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from utils.report.books import Document
    from utils.report.week_facts import Waiting, WeekFacts

_DECISIONS: Final = 5
_COMING: Final = 6
_LATE: Final = 2
_GOALS: Final = 5
_GOALS_PAGE: Final = GOALS_NOTE.removesuffix(".md")
_WORK: Final = {"owner": "Approved by you", "refused": "Refused", "expired": "Expired"}
#: A goal or bill is due at the end of its day; for sorting, noon is near enough everywhere.
_NOON: Final = time(12)


def decide_section(facts: WeekFacts) -> Section:
    """Return what waits for the owner, what runs out first on top, and the bottleneck."""
    yours = sorted((each for each in facts.waiting if each.for_owner), key=_urgency)
    lines = [_asked(facts, each) for each in yours[:_DECISIONS]]
    if len(yours) > _DECISIONS:
        left = yours[_DECISIONS:]
        ids = tuple(each.id for each in left)
        proof = Proof(kind=ProofKind.JOURNAL, where="open", ids=ids, count=len(left))
        lines.append(Line(text=f"and {len(left)} more", proofs=(proof,)))
    if facts.waiting:
        lines.append(_bottleneck(facts))
    return Section(key="decide", title="Decide today", lines=tuple(lines), empty="Nothing.")


def coming_section(facts: WeekFacts, *, finance: bool) -> Section:
    """Return what comes up within two weeks, the first first."""
    found = sorted(_coming(facts, finance=finance), key=lambda pair: (pair[0], pair[1].text))
    lines = [line for _, line in found[:_COMING]]
    if more := len(found) - len(lines):
        proof = Proof(kind=ProofKind.JOURNAL, where="what comes up", count=more)
        lines.append(Line(text=f"and {more} more", proofs=(proof,)))
    empty = "Nothing within two weeks."
    return Section(key="coming", title="Coming up", lines=tuple(lines), empty=empty)


def goals_section(facts: WeekFacts) -> Section:
    """Return the owner's goals and how they stand."""
    key, title = "goals", "Goals"
    if facts.goals is None:
        return Section(key=key, title=title, empty=f"{DASH} {one_line(facts.goals_why, 200)}")
    today = facts.now.astimezone(facts.zone).date()
    proof = Proof(kind=ProofKind.NOTE, where="goals", link=_GOALS_PAGE)
    lines = tuple(
        Line(
            text=f"{one_line(goal.text, 80)}: **{goal.state(today)}**"
            f"{f', due {_day(goal.due)}' if goal.due else ''}",
            proofs=(proof,),
        )
        for goal in facts.goals[:_GOALS]
    )
    return Section(key=key, title=title, lines=lines, empty="The page names none.")


def work_section(facts: WeekFacts) -> Section:
    """Return what was done, with a link to the audit."""
    key, title = "work", "What I did"
    activity = facts.activity
    if activity is None:
        return without_log(facts, key, title)
    rows = [
        Row(label=f"Done through {one_line(name, 40)}", figure=counted(f"done.{name}", found))
        for name, found in sorted(activity.services.items())
    ]
    rows += [
        Row(label=label, figure=counted(f"decided.{name}", activity.decisions[name]))
        for name, label in _WORK.items()
    ]
    rows += [
        Row(label=f"Errors of {one_line(name, 40)}", figure=counted(f"errors.{name}", found))
        for name, found in sorted(activity.errors.items())
    ]
    name = audit_name(facts)
    proof = Proof(kind=ProofKind.NOTE, where=name, link=name)
    line = Line(text=f"All of it: {note_link(name, 'the audit')}", proofs=(proof,))
    return Section(key=key, title=title, rows=tuple(rows), lines=(line,))


def me_section(facts: WeekFacts) -> Section:
    """Return how the employee itself is: what is missing, gaps, machines, the head of the log."""
    head = Proof(kind=ProofKind.RECORDS, where="the chain's end", ids=(f"r-{facts.head.seq}",))
    lines = [Line(text=f"Log: {facts.head}", proofs=(head,))]
    for uptime in facts.uptimes:
        silent = max(uptime.of - uptime.alive, timedelta(0))
        minutes = time_shown(int(silent.total_seconds() // 60))
        proof = Proof(kind=ProofKind.JOURNAL, where=f"heartbeats of {uptime.who}")
        text = f"{one_line(uptime.who, 40)}: silent for {minutes} of the week"
        lines.append(Line(text=text, proofs=(proof,)))
    for machine, done in sorted(facts.machines.items()):
        where = f"actor executor, result done, machine {machine}"
        proof = Proof(kind=ProofKind.RECORDS, where=where, count=done)
        lines.append(Line(text=f"{one_line(machine, 40)} carried out {done}", proofs=(proof,)))
    missing = ", ".join(one_line(name, 40) for name in sorted(facts.absent))
    if missing:
        lines.append(Line(text=f"Not connected: {missing}"))
    return Section(key="me", title="Me", lines=tuple(lines))


def _urgency(each: Waiting) -> tuple[datetime, str]:
    return each.expires_at or each.created_at + AHEAD, each.id


def _asked(facts: WeekFacts, each: Waiting) -> Line:
    until = ""
    if each.expires_at:
        until = f", until {each.expires_at.astimezone(facts.zone):%a %d %b %H:%M}"
    proof = Proof(kind=ProofKind.NOTE, where=each.id, ids=(each.id,), link=each.note)
    words = note_link(each.note, one_line(each.headline, 80))
    return Line(text=f"{words}{until}", proofs=(proof,))


def _bottleneck(facts: WeekFacts) -> Line:
    oldest = min(facts.waiting, key=lambda each: (each.created_at, each.id))
    minutes = max(int((facts.now - oldest.created_at).total_seconds() // 60), 0)
    proof = Proof(kind=ProofKind.JOURNAL, where=oldest.id, ids=(oldest.id,))
    text = f"*Longest wait: {time_shown(minutes)}, on {one_line(oldest.on, 40)}.*"
    return Line(text=text, proofs=(proof,))


def _coming(facts: WeekFacts, *, finance: bool) -> Iterator[tuple[datetime, Line]]:
    until, today = facts.now + AHEAD, facts.now.astimezone(facts.zone).date()
    books = facts.sound_books if finance else None
    if books:
        yield from _bills(books.due_soon, today)
    for each in facts.waiting:
        if each.runs_at and facts.now <= each.runs_at <= until:
            local = each.runs_at.astimezone(facts.zone)
            at = f"{_day(local)}, {local:%H:%M}"
            words = note_link(each.note, one_line(each.headline, 80))
            proof = Proof(kind=ProofKind.NOTE, where=each.id, ids=(each.id,), link=each.note)
            yield each.runs_at, Line(text=f"{at}: {words}", proofs=(proof,))
    for end in facts.expiring:
        if end.at <= until:
            text = f"{_day(end.at.astimezone(facts.zone))}: {one_line(end.what, 80)} ends"
            proof = Proof(kind=ProofKind.JOURNAL, where=end.where)
            yield end.at, Line(text=text, proofs=(proof,))
    for goal in facts.goals or ():
        # One that is late stands among the goals, and comes up no more.
        if goal.due and not goal.done and today <= goal.due <= until.date():
            proof = Proof(kind=ProofKind.NOTE, where="goals", link=_GOALS_PAGE)
            text = f"{_day(goal.due)}: goal “{one_line(goal.text, 60)}”"
            yield datetime.combine(goal.due, _NOON, UTC), Line(text=text, proofs=(proof,))


def _bills(due: tuple[Document, ...], today: date) -> Iterator[tuple[datetime, Line]]:
    """Yield the bills to pay; of those that are late, beyond a few, only how many there are."""
    late = [bill for bill in due if bill.due and bill.due < today]
    for bill in (*late[:_LATE], *due[len(late) :]):
        if bill.due:
            yield datetime.combine(bill.due, _NOON, UTC), _to_pay(bill, today)
    if more := late[_LATE:]:
        ids = tuple(bill.number for bill in more)
        proof = Proof(kind=ProofKind.QUERY, where="late bills", ids=ids, count=len(more))
        words = "bill is late" if len(more) == 1 else "bills are late"
        at = datetime.combine(late[0].due or today, _NOON, UTC)
        yield at, Line(text=f"{len(more)} more {words}", proofs=(proof,))


def _to_pay(bill: Document, today: date) -> Line:
    late = "late since " if bill.due and bill.due < today else ""
    day = _day(bill.due) if bill.due else DASH
    sum_ = money_shown(bill.open, bill.currency)
    text = f"{late}{day}: pay {one_line(bill.partner, 40)} {sum_}, {linked(bill)}"
    return Line(text=text, proofs=(document_proof(bill),))


def _day(day: date) -> str:
    """Return a day as the owner reads it; its year, too, so that none is taken for another."""
    return f"{day:%a %d %b %Y}"
