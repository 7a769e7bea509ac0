"""The one table: everything measured, beside its floor, against its budget, and an earlier run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.bench import MEDIAN, P99, Row, amount
from benchmarks.report import keep, machine, quantile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.bench import Bench

#: How often what missed its budget is measured again: a busy machine slows anything by chance.
_AGAIN: Final = 2
_WIDE: Final = 150


def run(benches: Sequence[Bench], *, short: bool = False, compare: Path | None = None) -> int:
    """Measure, print the table, keep the figures.

    Returns:
        0 where every budget was kept, 1 where one was not.

    Raises:
        ValueError: The file to compare with is not one of a run.
    """
    earlier = read_run(compare) if compare else {}
    console = Console(width=None if Console().is_terminal else _WIDE, highlight=False)
    rows: list[Row] = []
    for bench in benches:
        console.print(f"measuring: {bench.name}", style="dim")
        rows += measured(bench, short=short)
    console.print(shown(rows, short=short, earlier=earlier))
    path = keep("all" if len(benches) > 1 else benches[0].name, figures_of(rows, short=short))
    console.print(f"Kept: benchmarks/results/{path.name}")
    missed = [row.line for row in rows if not row.is_kept(short=short)]
    for line in missed:
        why = f" ({line.shortfall.why})" if line.shortfall else ""
        beside = f", beside {line.floor}" if line.floor else ""
        console.print(f"MISSED: {line.what}, budget {line.budget()}{beside}{why}")
    return 1 if missed else 0


def measured(bench: Bench, *, short: bool) -> list[Row]:
    """Return a benchmark's rows; in a short run what missed is measured again, the best counts."""
    rows = bench.rows(short=short)
    for _ in range(_AGAIN if short else 0):
        if all(row.is_kept(short=short) for row in rows):
            break
        again = {row.line.key: row for row in bench.rows(short=short)}
        rows = [row if row.is_kept(short=short) else again[row.line.key] for row in rows]
    return rows


def shown(
    rows: Sequence[Row], *, short: bool = False, earlier: Mapping[str, Any] | None = None
) -> Table:
    """Return the rows as a table, beside an earlier run's where there is one."""
    sizes = "; small sizes" if short else ""
    table = Table(title=f"{machine()}{sizes}", title_justify="left")
    for head in ("what", "floor beside it"):
        table.add_column(head, overflow="fold")
    heads = ("median", "p99", "floor", "ratio", *(("before",) if earlier else ()), "budget")
    for head in heads:
        table.add_column(head, justify="right")
    table.add_column("ok?")
    for row in rows:
        table.add_row(*_cells(row, earlier), _word(row, short=short))
    return table


def _cells(row: Row, earlier: Mapping[str, Any] | None) -> list[str]:
    line, samples = row.line, row.samples
    floor = amount(quantile(samples.floor, MEDIAN), line.unit) if samples.floor else "–"
    many = len(samples.figure) > 1
    return [
        line.what,
        line.floor or "–",
        amount(quantile(samples.figure, MEDIAN), line.unit),
        amount(quantile(samples.figure, P99), line.unit) if many else "–",
        floor,
        "–" if samples.ratio is None else f"{samples.ratio:.2f} ×",
        *([_before(row, earlier)] if earlier else []),
        line.budget(),
    ]


def _before(row: Row, earlier: Mapping[str, Any]) -> str:
    """Return an earlier run's ratio, or its median where there is no floor."""
    found = earlier.get(row.line.key)
    if not found:
        return "–"
    if found["ratio"] is not None:
        return f"{found['ratio']:.2f} ×"
    return amount(found["figure"]["median"], row.line.unit)


def _word(row: Row, *, short: bool) -> str:
    line = row.line
    if line.times is None and line.limit is None:
        return "–"
    if not row.is_kept(short=short):
        return "[bold]NO[/bold]"
    return "yes" if row.is_kept() else "not judged" if line.shortfall is None else "known"


def figures_of(rows: Sequence[Row], *, short: bool) -> dict[str, Any]:
    """Return a run as JSON: a line's key to its figures."""
    return {
        "short": short,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "lines": {row.line.key: row.figures() for row in rows},
    }


def read_run(path: Path) -> dict[str, Any]:
    """Return the lines of a run that was kept.

    Raises:
        ValueError: It is not the file of a run.
    """
    try:
        lines: dict[str, Any] = json.loads(path.read_text())["lines"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is not a file of benchmarks/results") from error
    return lines
