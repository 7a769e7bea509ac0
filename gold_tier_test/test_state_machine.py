"""Anything may happen in any order: the promises are what always holds.

A longer search, which prints its counts:

    uv run pytest -m sweep -s gold_tier_test/test_state_machine.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any, ClassVar, override

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from benchmarks.fast_motion.acts import ACTS, VALUES, Group
from benchmarks.fast_motion.day import Day
from benchmarks.fast_motion.moments import TWISTS, When
from benchmarks.soak import soak

#: A process that dies in the middle leaves its connections open.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

#: The name of an act, and what it takes.
type Done = tuple[str, tuple[Any, ...]]
NAMED = {act.name: act for act in ACTS}


@st.composite
def acts(draw: Callable[[st.SearchStrategy[Any]], Any], group: Group) -> Done:
    """One act of a group, with what it takes; frequent ones are drawn more often."""
    of_group = [act for act in ACTS if act.group is group for _ in range(act.often)]
    act = draw(st.sampled_from(of_group))
    return act.name, tuple(draw(st.sampled_from(VALUES[kind])) for kind in act.takes)


class AnyDay(RuleBasedStateMachine):
    """A day of a business, as it comes; the judges look after every stretch of work."""

    #: What was done in all days of a search.
    runs: ClassVar[int] = 0
    made: ClassVar[Counter[str]] = Counter()
    twists: ClassVar[Counter[str]] = Counter()
    deaths: ClassVar[int] = 0
    effects: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.day = Day(Path(self.folder.name, "home"))

    def make(self, act: Done) -> None:
        name, values = act
        self.day.make(NAMED[name], values)

    @rule(act=acts(Group.OWNER))
    def owner(self, act: Done) -> None:
        self.make(act)

    @rule(act=acts(Group.MISHAPS))
    def mishap(self, act: Done) -> None:
        self.make(act)

    @rule(act=acts(Group.WORLD))
    def time_goes_by(self, act: Done) -> None:
        self.make(act)

    @rule(act=acts(Group.MOMENTS))
    def moment(self, act: Done) -> None:
        self.make(act)
        AnyDay.twists.update(act[1][2:4])

    @rule(act=acts(Group.MOMENTS))
    def another_moment(self, act: Done) -> None:
        """The same once more: here most of what matters happens."""
        self.moment(act)

    @rule(act=acts(Group.DAY))
    def day_goes_by(self, act: Done) -> None:
        self.make(act)

    @override
    def teardown(self) -> None:
        if not hasattr(self, "day"):
            return
        try:
            self.day.settle()
            AnyDay.runs += 1
            AnyDay.made += self.day.made
            AnyDay.deaths += self.day.world.kills
            AnyDay.effects += self.day.world.effects()
        finally:
            self.day.close()
            self.folder.cleanup()


def told(began: float) -> str:
    """What a search went through, in a few lines."""
    of_kinds = ", ".join(f"{count} {name}" for name, count in AnyDay.made.most_common())
    of_twists = ", ".join(f"{count} {name}" for name, count in AnyDay.twists.most_common())
    return (
        f"{AnyDay.runs} days, {AnyDay.made.total()} acts of {len(AnyDay.made)} kinds,"
        f" {AnyDay.deaths} deaths, {AnyDay.effects} effects, {time.monotonic() - began:.0f} s\n"
        f"acts: {of_kinds}\nat moments: {of_twists}\n"
    )


SOME = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    # To shorten the story of what went wrong takes longer than to read it.
    phases=[Phase.generate],
)


def test_whatever_happens_on_some_days_the_promises_hold() -> None:
    """Promises 1, 3, 4, 5, 6 and 7, on the same days every time."""
    some_days = settings(SOME, max_examples=4, stateful_step_count=15, derandomize=True)
    run_state_machine_as_test(AnyDay, settings=some_days)


@pytest.mark.sweep
@pytest.mark.timeout(3600)
def test_whatever_happens_on_many_days_the_promises_hold() -> None:
    """The same promises, on new days every time."""
    began = time.monotonic()
    many_days = settings(SOME, max_examples=30, stateful_step_count=40, database=None)
    try:
        run_state_machine_as_test(AnyDay, settings=many_days)
    finally:
        sys.stdout.write(f"\n{told(began)}")


#: What may happen, at the moments at which it matters most.
TELLING = {
    When.INSTEAD: ("tick", "tick_no", "copy_in_conflict", "forge", "worker"),
    When.BEFORE: ("edit_text", "edit_amount", "copy_in_conflict", "delete", "wait out"),
    When.UNSEEN: ("edit_text", "edit_amount", "drag_back", "reject", "copy_to_both"),
    When.HELD: (
        *("edit_text", "edit_amount", "drag_back", "reject", "delete", "copy_to_both", "restart"),
        *("worker, too late", "die", "die starting", "clock ahead", "clock back"),
        "clock back, restart",
        *("stop by note", "stop, restart", "stop, note gone, restart"),
    ),
    When.OVER: (
        *("die claiming", "die answered", "wait out", "clock back", "drag_back"),
        "rival",
        *("refused", "reset", "answer lost", "out", "too many", "wrong"),
    ),
}


@pytest.mark.parametrize("when", list(When))
def test_whatever_happens_at_a_telling_moment_the_promises_hold(
    tmp_path: Path, when: When
) -> None:
    """The same promises: what matters at a moment, one after the other."""
    live_through(tmp_path, when, TELLING[when])


@pytest.mark.sweep
@pytest.mark.timeout(600)
@pytest.mark.parametrize("when", list(When))
def test_whatever_happens_at_any_moment_the_promises_hold(tmp_path: Path, when: When) -> None:
    """The same promises: everything that may happen, at each moment, to each request."""
    made = live_through(tmp_path, when, TWISTS, ("invoice", "post", "plan"))
    sys.stdout.write(f"\n{made} things {when}\n")


def live_through(
    home: Path, when: When, twists: Iterable[str], requests: tuple[str, ...] = ("invoice", "post")
) -> int:
    """Let one thing after another happen at a moment, to each request; return how many."""
    pairs = list(product(twists, requests))
    with closing(Day(home)) as day:
        for number, (twist, request) in enumerate(pairs):
            day.moments.at(when, request, twist, "nothing", number % 12)
        day.settle()
    return len(pairs)


@pytest.mark.parametrize("seed", [8])
def test_some_dozens_of_acts_with_faults_end_with_every_promise_kept(seed: int) -> None:
    """The soak's own slice; longer ones by its command."""
    lived = soak(seed, hours=0.1)
    assert lived.hours >= 0.1
    assert lived.kills > 0
    assert lived.effects > 0
