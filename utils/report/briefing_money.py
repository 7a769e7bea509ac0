"""The briefing's sections on money: the numbers with a chart, who owes, and what is unusual."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from utils.core.outside_text import one_line
from utils.report.charts import Bar, bars
from utils.report.figures import Figure, Proof, ProofKind, change, money, money_shown
from utils.report.money_sections import (
    AGES,
    document_proof,
    late_days,
    linked,
    overdue_figure,
    week_rows,
    without_books,
)
from utils.report.page_parts import Chart, Line, Row, Section
from utils.report.unusual import oddities

if TYPE_CHECKING:
    from utils.report.books import Books, Document, WeekSums
    from utils.report.week_facts import WeekFacts

_LATE: Final = 5
_UNUSUAL: Final = 3
_MEAN_WEEKS: Final = 4
_BARS: Final = 6
#: How many characters fit over a bar.
_ROOM: Final = 9


def numbers_section(facts: WeekFacts, chart: str) -> Section:
    """Return the week's figures against the week before and the mean of four, with a chart.

    Args:
        facts: The week.
        chart: The name of the chart's file.
    """
    key, title = "numbers", "Numbers"
    books = facts.sound_books
    if books is None:
        return without_books(facts, key, title)
    rows = tuple(_with_mean(books, row) for row in week_rows(books))
    return Section(
        key=key,
        title=f"{title}, {books.currency}",
        columns=("vs week before", f"vs mean of {_MEAN_WEEKS}"),
        rows=rows,
        chart=_profits(books, chart),
    )


def owed_section(facts: WeekFacts) -> Section:
    """Return what customers owe by age, and the largest late invoices."""
    key, title = "owed", "Owed to you"
    books = facts.sound_books
    if books is None:
        return without_books(facts, key, title, why="for the same reason")
    rows = [
        Row(
            label=age.capitalize(),
            figure=money(
                f"money.receivables.{name}",
                books.receivables[name],
                books.currency,
                Proof(kind=ProofKind.QUERY, where=f"open receivables, {age}", link=books.home),
            ),
        )
        for name, age in AGES.items()
        if books.receivables[name] or name == "open"
    ]
    rows.append(Row(label="Overdue altogether", figure=overdue_figure(books)))
    lines = tuple(_late(books, document) for document in books.overdue[:_LATE])
    return Section(key=key, title=title, rows=tuple(rows), lines=lines)


def unusual_section(facts: WeekFacts, *, finance: bool) -> Section:
    """Return at most three unusual things, each with its rule."""
    found = [each for each in oddities(facts) if finance or each.rule in {"hash chain", "clock"}]
    lines = [
        Line(text=f"{each.text} *({each.rule})*", proofs=each.proofs) for each in found[:_UNUSUAL]
    ]
    if more := found[_UNUSUAL:]:
        proofs = tuple(proof for each in more for proof in each.proofs)
        lines.append(Line(text=f"and {len(more)} more", proofs=proofs))
    return Section(key="unusual", title="Unusual", lines=tuple(lines), empty="Nothing.")


def _with_mean(books: Books, row: Row) -> Row:
    """Return a row with its change against the week before and against the mean."""
    if not row.beside:
        return row
    name = row.figure.key.removeprefix("money.")
    before = books.weeks[-_MEAN_WEEKS - 1 : -1]
    values = [_value(week, name) for week in before]
    if None in values:
        return Row(label=row.label, figure=row.figure, beside=row.beside[:1])
    mean = sum((value for value in values if value is not None), Decimal(0)) / len(values)
    proof = Proof(
        kind=ProofKind.QUERY,
        where=f"{name} of {before[0].week} to {before[-1].week}",
        link=books.home,
    )
    then = money(f"{row.figure.key}.mean", mean, books.currency, proof)
    good = name != "expenses"
    moved = change(
        f"{row.figure.key}.vs_mean", row.figure, then, unit=books.currency, up_is_good=good
    )
    return Row(label=row.label, figure=row.figure, beside=(row.beside[0], moved))


def _value(week: WeekSums, name: str) -> Decimal | None:
    known = {"revenue": week.revenue, "expenses": week.expenses, "profit": week.profit}
    return known.get(name)


def _profits(books: Books, name: str) -> Chart:
    """Return the profit of the last weeks as bars, and in a table for those who read."""
    weeks = books.weeks[-_BARS:]
    labels = tuple(f"W{each.week.number:02}" for each in weeks)
    shown = [
        Bar(label, each.profit, _short(each.profit))
        for label, each in zip(labels, weeks, strict=True)
    ]
    return Chart(
        name=name,
        svg=bars(f"Profit by week, {books.currency}", shown),
        columns=labels,
        figures=tuple(_profit(books, each) for each in weeks),
    )


def _profit(books: Books, sums: WeekSums) -> Figure:
    where = f"posted journal items, date in {sums.week}"
    proof = Proof(kind=ProofKind.QUERY, where=where, link=books.home)
    shown = money_shown(sums.profit, "").strip()
    key = f"money.profit.{sums.week.monday}"
    return Figure(key=key, shown=shown, value=str(sums.profit), proofs=(proof,))


def _short(amount: Decimal) -> str:
    """Return an amount that fits over a bar: with cents only where there is room."""
    exact = money_shown(amount, "").strip()
    return exact if len(exact) <= _ROOM else exact.partition(".")[0]


def _late(books: Books, document: Document) -> Line:
    open_ = money_shown(document.open, document.currency)
    days = late_days(document, books)
    text = f"{one_line(document.partner, 40)}: {linked(document)}, {open_}, {days} days late"
    return Line(text=text, proofs=(document_proof(document),))
