"""The table of figures: its shape, what a budget means, what a run leaves behind. No timings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import report, table
from benchmarks.__main__ import main
from benchmarks.bench import P99, Bench, Limit, Line, Row, Samples, Shortfall, amount
from benchmarks.benches import BENCHES

LINES = [line for bench in BENCHES for line in bench.lines]
RATIO = Line(key="step", what="one step", floor="a bare step", times=3)
CLOCK = Line(key="whole", what="the whole", limit=Limit(most=0.25, share=P99, by_clock=True))
COUNT = Line(key="tokens", what="all tools", unit="tokens", limit=Limit(most=6000))


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


def bench(*runs: Mapping[str, Samples]) -> Bench:
    """A benchmark that measures one thing after another, the last one for ever."""
    left: Iterator[Mapping[str, Samples]] = iter(runs)
    now = runs[0]

    def measure(*, short: bool) -> Mapping[str, Samples]:  # noqa: ARG001 - it is made up
        nonlocal now
        now = next(left, now)
        return now

    return Bench(name="made_up", measure=measure, lines=(RATIO, CLOCK, COUNT))


def kept(line: Line, figure: list[float], floor: list[float], *, short: bool = False) -> bool:
    return Row(line, Samples(figure, floor)).is_kept(short=short)


def test_every_line_has_a_key_of_its_own() -> None:
    keys = [line.key for line in LINES]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("key", "budget"),
    [
        ("drag_10", "≤ 5 ×, p99 ≤ 250 ms"),
        ("drag_100000_few", "≤ 1.2 ×"),
        ("step", "≤ 5 ×"),
        ("approvals", "≤ 3 ×"),
        ("approvals_bare", "≤ 3 ×"),
        ("spawn", "≤ 1.25 ×"),
        ("spawn_all", "≤ 1.25 ×"),
        ("dry_run", "≤ 3 ×"),
        ("read", "≤ 3 ×"),
        ("tokens", "≤ 6,000 tokens"),
        ("audit_log", "≤ 3 ×"),
        ("audit_memory", "≤ 250 MB"),
        ("verify", "≤ 3 ×, ≤ 2 s"),
        ("mails", "≤ 1.15 calls"),
        ("family_cpu", "≤ 1 % of a core"),
        ("family_memory", "≤ 250 MB"),
        ("family_calls", "≤ 0 calls"),
        ("family_kill", "most ≤ 5 s"),
        ("family_suspend", "most ≤ 30 s"),
        ("growth_approval", "≤ 1.2 ×"),
        ("hook_path", "≤ 60 ms"),
    ],
)
def test_what_was_promised_is_judged_by_these_budgets(key: str, budget: str) -> None:
    [line] = [line for line in LINES if line.key == key]
    assert line.budget() == budget


def test_what_is_judged_by_a_ratio_names_its_floor() -> None:
    assert [line.key for line in LINES if line.times is not None and not line.floor] == []


def test_the_ratio_is_that_of_the_medians() -> None:
    assert Samples([1, 3, 100], [1, 1, 50]).ratio == 3
    assert Samples([1]).ratio is None


def test_a_ratio_is_kept_up_to_its_budget_and_missed_above() -> None:
    assert kept(RATIO, [3.0], [1.0])
    assert not kept(RATIO, [3.1], [1.0])


def test_a_ratio_without_anything_beside_it_is_missed() -> None:
    assert not kept(RATIO, [1.0], [])


def test_a_percentile_is_judged_by_the_slowest_and_not_by_the_median() -> None:
    assert kept(CLOCK, [0.1] * 99 + [0.3], [])
    assert not kept(CLOCK, [0.1] * 98 + [0.3] * 2, [])


def test_a_short_run_judges_ratios_and_counts_but_no_time_by_the_clock() -> None:
    assert kept(CLOCK, [9.0], [], short=True)
    assert not kept(COUNT, [6001], [], short=True)
    assert not kept(RATIO, [4.0], [1.0], short=True)


def test_a_shortfall_fails_the_whole_run_and_a_short_one_only_when_it_grows() -> None:
    why = Shortfall(times=9, why="each one is flushed")
    known = Line(key="known", what="known", floor="bare", times=3, shortfall=why)
    assert kept(known, [8.0], [1.0], short=True)
    assert not kept(known, [8.0], [1.0])
    assert not kept(known, [10.0], [1.0], short=True)


@pytest.mark.parametrize("short", [False, True])
def test_a_slow_line_fails_the_run_and_is_named(
    capsys: pytest.CaptureFixture[str], *, short: bool
) -> None:
    slow = bench({"step": Samples([4.0], [1.0]), "tokens": Samples([5000])})
    assert table.run([slow], short=short) == 1
    told = capsys.readouterr().out
    assert "MISSED: one step, budget ≤ 3 ×" in told
    assert "MISSED: all tools" not in told


def test_a_run_that_keeps_every_budget_ends_well() -> None:
    quick = bench({"step": Samples([2.0], [1.0]), "whole": Samples([0.1])})
    assert table.run([quick]) == 0


def test_a_short_run_measures_again_what_missed_by_chance() -> None:
    slow, quick = {"step": Samples([9.0], [1.0])}, {"step": Samples([2.0], [1.0])}
    assert table.run([bench(slow, quick)], short=True) == 0
    assert table.run([bench(slow, quick)], short=False) == 1
    assert table.run([bench(slow, slow, slow, quick)], short=True) == 1


def test_what_no_line_tells_of_is_an_error() -> None:
    with pytest.raises(KeyError, match="unheard"):
        bench({"unheard": Samples([1.0])}).rows(short=False)


def test_the_table_has_a_row_for_each_line_with_figure_floor_ratio_budget() -> None:
    rows = bench({"step": Samples([0.0021], [0.001]), "tokens": Samples([6001])}).rows(short=False)
    console = Console(width=150, record=True)
    console.print(table.shown(rows))
    told = console.export_text()
    [step] = [line for line in told.splitlines() if "one step" in line]
    [tokens] = [line for line in told.splitlines() if "all tools" in line]
    assert [cell.strip() for cell in step.split("│")[1:-1]] == [
        *("one step", "a bare step", "2.1 ms", "–", "1 ms", "2.10 ×", "≤ 3 ×", "yes")
    ]
    assert [cell.strip() for cell in tokens.split("│")[1:-1]] == [
        *("all tools", "–", "6,001 tokens", "–", "–", "–", "≤ 6,000 tokens", "NO")
    ]


def test_a_run_is_kept_and_stands_beside_the_next_one(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table.run([bench({"step": Samples([2.5], [1.0]), "tokens": Samples([5555])})])
    [first] = results.glob("*.json")
    capsys.readouterr()
    table.run([bench({"step": Samples([1.5], [1.0]), "tokens": Samples([10])})], compare=first)
    told = capsys.readouterr().out
    [step] = [line for line in told.splitlines() if "one step" in line]
    assert "1.50 ×" in step
    assert "2.50 ×" in step
    assert "5,555 tokens" in told


def test_the_kept_file_names_the_machine_and_neither_host_nor_place(results: Path) -> None:
    table.run([bench({"step": Samples([2.0, 4.0], [1.0])})])
    [path] = results.glob("*.json")
    told = json.loads(path.read_text())
    assert told["machine"] == report.machine()
    assert "Python" in told["machine"]
    assert told["lines"]["step"]["figure"] == {"median": 2.0, "p99": 4.0, "count": 2}
    assert told["lines"]["step"]["ratio"] == 2
    assert str(Path.cwd()) not in path.read_text()


def test_a_file_that_is_no_run_is_refused_with_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.json"
    other.write_text("[]")
    assert main(["tokens", "--compare", str(other)]) == 2
    assert "other.json is not a file of benchmarks/results" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (12.34, "s", "12.3 s"),
        (0.0123, "s", "12.3 ms"),
        (0.0000456, "s", "46 µs"),
        (5870, "tokens", "5,870 tokens"),
        (1.0566, "calls", "1.057 calls"),
    ],
)
def test_amounts_are_told_as_a_person_reads_them(value: float, unit: str, told: str) -> None:
    assert amount(value, unit) == told
