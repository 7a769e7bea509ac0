"""The sections of the audit about money: the books of the week, and what recurs among bills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.outside_text import one_line
from utils.report.figures import DASH, Figure, Proof, ProofKind, change, money, money_shown, whole
from utils.report.page_parts import Line, Row, Section
from utils.report.recurring_bills import doubles, subscriptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from utils.report.books import Books, Document
    from utils.report.recurring_bills import Subscription
    from utils.report.week_facts import WeekFacts

#: The parts of what is open, by how long it has been due, with their labels.
AGES: Final = {
    "open": "altogether",
    "not_due": "not due yet",
    "days_1_30": "1–30 days late",
    "days_31_60": "31–60 days late",
    "days_61_90": "61–90 days late",
    "over_90": "more than 90 days late",
    "undated": "without a due date",
}
_LISTED: Final = 20
_PROFIT: Final = Proof(
    kind=ProofKind.FIGURES,
    where="revenue less expenses",
    ids=("money.revenue", "money.expenses"),
)


def money_section(facts: WeekFacts) -> Section:
    """Return the books of the week and what is open today."""
    title, key = "Money", "money"
    books = facts.sound_books
    if books is None:
        return without_books(facts, key, title)
    return Section(
        key=key,
        title=f"{title} of {one_line(books.company, 60)}, {books.currency}",
        columns=("change", "week before"),
        rows=(*week_rows(books), *_open_rows(books)),
        lines=tuple(map(_late_line, books.overdue[:_LISTED])),
    )


def without_books(facts: WeekFacts, key: str, title: str, *, why: str = "") -> Section:
    """Return a section that has nothing to say without the books; ``why`` is told in short."""
    if halted := facts.halted("money"):
        return Section(key=key, title=title, halted=halted)
    why = why or one_line(facts.books_why, 300)
    return Section(key=key, title=title, empty=f"{DASH} {why}")


def week_rows(books: Books) -> tuple[Row, ...]:
    """Return revenue, expenses, profit and cash of the week, each against the week before."""
    this, before = books.weeks[-1], books.weeks[-2]
    lines = _query(books, "posted journal items", f"date in {this.week}")
    revenue = (lines, *_documents(books.sales))
    expenses = (lines, *_documents(books.purchases))
    cash = money("money.cash", books.cash, books.currency, _query(books, "bank and cash", "today"))
    return (
        _against(books, "revenue", (this.revenue, before.revenue), revenue),
        _against(books, "expenses", (this.expenses, before.expenses), expenses),
        _against(books, "profit", (this.profit, before.profit), (_PROFIT,)),
        _against(books, "change of cash", (books.cash_moved, books.cash_moved_before), (lines,)),
        Row(label=f"Cash on {books.as_of}", figure=cash),
    )


def overdue_figure(books: Books) -> Figure:
    """Return what is overdue altogether."""
    found = _documents(books.overdue)
    proof = _query(books, "customers' invoices past their due date", "today")
    return money("money.overdue", books.overdue_total, books.currency, proof, *found)


def subscriptions_section(facts: WeekFacts) -> Section:
    """Return recurring bills of the week: which are new, dearer, or possibly there twice."""
    title, key = "Subscriptions", "subscriptions"
    books = facts.sound_books
    if books is None:
        return without_books(facts, key, title)
    first, last = facts.week.monday, facts.week.sunday
    found = subscriptions(books.bills, since=first, until=last)
    rows = tuple(
        Row(label=_called(each), figure=_total(f"subscriptions.{each.latest.id}", each.latest))
        for each in found
    )
    lines = tuple(
        Line(
            text=f"Possibly twice: {linked(pair.first)} and {linked(pair.second)}"
            f" of {one_line(pair.second.partner, 60)}, {pair.why}.",
            proofs=(*_documents((pair.first, pair.second)),),
        )
        for pair in doubles(books.bills, since=first, until=last)
    )
    empty = "No recurring bill came in this week."
    return Section(key=key, title=title, rows=rows, lines=lines, empty=empty)


def linked(document: Document) -> str:
    """Return a document as a link."""
    return f"[{one_line(document.number, 40)}]({document.url})"


def document_proof(document: Document) -> Proof:
    """Return where a document can be looked up."""
    return Proof(
        kind=ProofKind.DOCUMENT,
        where=f"account.move {document.id}",
        ids=(str(document.id),),
        link=document.url,
        title=document.number,
    )


def late_days(document: Document, books: Books) -> int:
    """Return how many days a document is past its due date; 0 where it is not."""
    return max((books.as_of - document.due).days, 0) if document.due else 0


def _against(
    books: Books, name: str, values: tuple[Decimal, Decimal], proofs: tuple[Proof, ...]
) -> Row:
    """Return a figure of the week with its change, and the figure of the week before."""
    key, last = f"money.{name.replace(' ', '_')}", books.weeks[-2].week
    figure = money(key, values[0], books.currency, *proofs)
    then = money(f"{key}.before", values[1], books.currency, _query(books, name, str(last)))
    good = name != "expenses"
    moved = change(f"{key}.change", figure, then, unit=books.currency, up_is_good=good)
    return Row(label=name.capitalize(), figure=figure, beside=(moved, then))


def _open_rows(books: Books) -> tuple[Row, ...]:
    sides = (("receivables", "Owed to you"), ("payables", "You owe"))
    rows = [
        Row(
            label=f"{label}, {age}",
            figure=money(
                f"money.{side}.{name}",
                getattr(books, side)[name],
                books.currency,
                _query(books, f"open {side}, {age}", f"on {books.as_of}"),
            ),
        )
        for side, label in sides
        for name, age in AGES.items()
    ]
    credit = _query(books, "customers' credits that no invoice is settled with", "today")
    unapplied = money("money.unapplied", books.unapplied, books.currency, credit)
    count = whole("money.overdue_count", books.overdue_count, *_documents(books.overdue))
    return (
        *rows,
        Row(label="Customers' credits not used yet", figure=unapplied),
        Row(label="Overdue altogether", figure=overdue_figure(books)),
        Row(label="Overdue invoices", figure=count),
    )


def _late_line(document: Document) -> Line:
    open_ = money_shown(document.open, document.currency)
    text = f"{one_line(document.partner, 60)}: {linked(document)}, {open_}, due {document.due}"
    return Line(text=text, proofs=(document_proof(document),))


def _called(each: Subscription) -> str:
    vendor = one_line(each.vendor, 60)
    if each.news == "dearer":
        before = money_shown(each.before.total, each.before.currency)
        return f"{vendor}, every {each.every}, **dearer** than {before}"
    return f"{vendor}, every {each.every}{', **new**' if each.news else ''}"


def _total(key: str, document: Document) -> Figure:
    return money(key, document.total, document.currency, document_proof(document))


def _documents(found: Sequence[Document]) -> tuple[Proof, ...]:
    return tuple(map(document_proof, found))


def _query(books: Books, what: str, when: str) -> Proof:
    where = f"company {books.company_id}: {what}, {when}"
    return Proof(kind=ProofKind.QUERY, where=where, link=books.home)
