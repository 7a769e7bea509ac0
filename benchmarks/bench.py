"""What a benchmark is: how it measures, what it shows beside which floor, what each may cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from benchmarks.report import quantile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MEDIAN: Final = 0.5
P99: Final = 0.99
_SHARES_NAMED: Final = {MEDIAN: "", P99: "p99 "}


@dataclass(frozen=True)
class Samples:
    """What was measured of one figure, and of its floor in the same run, in the line's unit."""

    figure: Sequence[float]
    #: Empty where nothing can stand beside the figure.
    floor: Sequence[float] = ()

    @property
    def ratio(self) -> float | None:
        """How many times the floor's median the figure's median is; None without a floor."""
        if not self.floor:
            return None
        return quantile(self.figure, MEDIAN) / max(quantile(self.floor, MEDIAN), 1e-9)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The most that a figure may come to, in the line's unit."""

    most: float
    #: Which part of all samples has to keep it (0 to 1).
    share: float = MEDIAN
    #: Whether it is time by the clock, which a busy machine makes longer.
    by_clock: bool = False


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """A budget that is known to be missed: the whole run says so, a short one guards what is."""

    #: How many times the floor a short run lets it come to.
    times: float
    #: What it comes from, in a few words; more stands in docs/performance.md.
    why: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the table: a figure, its floor, its budget."""

    #: What tells it apart in the files of results.
    key: str
    what: str
    #: What stands beside it, or "".
    floor: str = ""
    #: ``s``, ``MB``, ``%`` of one core, or what is counted.
    unit: str = "s"
    #: How many times the floor it may come to, by the medians; None is not judged.
    times: float | None = None
    limit: Limit | None = None
    shortfall: Shortfall | None = None

    def budget(self) -> str:
        """Return what it may cost, in words."""
        words = [f"≤ {self.times:g} ×"] if self.times is not None else []
        if self.limit is not None:
            share = _SHARES_NAMED.get(self.limit.share, "most ")
            words.append(f"{share}≤ {amount(self.limit.most, self.unit)}")
        return ", ".join(words) or "–"


@dataclass(frozen=True)
class Row:
    """A line with what was measured."""

    line: Line
    samples: Samples

    def is_kept(self, *, short: bool = False) -> bool:
        """Return whether the budget was kept; a short run does not judge time by the clock."""
        line, ratio = self.line, self.samples.ratio
        times = line.shortfall.times if short and line.shortfall else line.times
        if times is not None and (ratio is None or ratio > times):
            return False
        limit = line.limit
        if limit is None or (short and limit.by_clock):
            return True
        return quantile(self.samples.figure, limit.share) <= limit.most

    def figures(self) -> dict[str, Any]:
        """Return it as JSON: medians and 99th percentiles in the line's unit."""
        found: dict[str, Any] = {"what": self.line.what, "unit": self.line.unit}
        for name, values in (("figure", self.samples.figure), ("floor", self.samples.floor)):
            if values:
                shares = {"median": MEDIAN, "p99": P99}
                told = {word: quantile(values, share) for word, share in shares.items()}
                found[name] = told | {"count": len(values)}
        ratio = self.samples.ratio
        return found | {"ratio": ratio, "budget": self.line.budget(), "kept": self.is_kept()}


class Measure(Protocol):
    """A measurement."""

    def __call__(self, *, short: bool) -> Mapping[str, Samples]:
        """Return a line's key to what was measured; a short one may leave lines out."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One benchmark: everything that is measured together."""

    name: str
    measure: Measure = field(repr=False)
    lines: tuple[Line, ...]

    def rows(self, *, short: bool) -> list[Row]:
        """Measure; return the lines in their order.

        Raises:
            KeyError: Something was measured that no line tells of.
        """
        measured = dict(self.measure(short=short))
        rows = [Row(line, measured.pop(line.key)) for line in self.lines if line.key in measured]
        if measured:
            raise KeyError(*measured)
        return rows


def amount(value: float, unit: str) -> str:
    """Return an amount as a person reads it, such as ``3.2 ms`` or ``5,870 tokens``."""
    if unit == "s":
        for factor, word in ((1, "s"), (1e3, "ms")):
            if value * factor >= 1:
                return f"{value * factor:.3g} {word}"
        return f"{value * 1e6:.0f} µs"
    shown = f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"  # noqa: PLR2004 - a thousand
    return f"{shown} {unit}"
