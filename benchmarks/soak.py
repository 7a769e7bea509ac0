"""Hours in fast motion: random acts, random faults, one printed seed, the promises all the while.

A day of `benchmarks.fast_motion` is lived through by a seeded draw out of its table of acts; a
little time goes by before each, so that hours take minutes. The same seed makes the same acts.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.fast_motion.acts import ACTS, VALUES
from benchmarks.fast_motion.day import Day
from benchmarks.report import keep, machine
from utils.core.lifecycle import State

if TYPE_CHECKING:
    import argparse

_HOUR_S: Final = 3600.0
#: How much time lies between two acts, in seconds: from almost none to a coffee.
_PAUSES: Final = (0.5, 2.0, 2.0, 5.0, 5.0, 15.0, 40.0)


@dataclass
class Lived:
    """What a soak went through."""

    seed: int
    hours: float = 0.0
    acts: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    rivals: int = 0
    effects: int = 0
    states: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def told(self) -> str:
        """Return it as one sentence."""
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return (
            f"seed {self.seed}: {self.hours:.1f} simulated hours, {self.acts.total()} acts of"
            f" {len(self.acts)} kinds, {self.kills} deaths in the middle, {self.rivals} rivals,"
            f" {self.effects} effects;"
            f" every Proposal at rest: {states}; {self.seconds:.0f} s"
        )


def add_to(names: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this benchmark to the command line."""
    parser = names.add_parser("soak", help="hours in fast motion, with faults drawn by a seed")
    parser.add_argument("--hours", type=float, default=2.0, help="simulated hours (2)")
    parser.add_argument("--seed", type=int, default=None, help="what the acts are drawn by")
    parser.set_defaults(measure=measure)


def measure(asked: argparse.Namespace) -> int:
    """Live through the hours; return 0, or 1 having said what did not hold."""
    seed = asked.seed if asked.seed is not None else time.time_ns() % 1_000_000
    print(f"Soak of {asked.hours:g} hours, seed {seed}. {machine()}", flush=True)
    try:
        lived = soak(seed, hours=asked.hours)
    except AssertionError as broken:
        print(f"seed {seed}, {broken}")
        return 1
    print(lived.told())
    keep("soak", {"seed": seed, "hours": lived.hours, "acts": dict(lived.acts)})
    return 0


def soak(seed: int, *, hours: float) -> Lived:
    """Make seeded acts until so much simulated time has gone by, then let it come to rest.

    Raises:
        AssertionError: A promise did not hold.
    """
    draw = random.Random(seed)  # noqa: S311 - a choice of tests, no secret
    lived, began, weights = Lived(seed), time.monotonic(), [act.often for act in ACTS]
    with tempfile.TemporaryDirectory() as folder, closing(Day(Path(folder, "home"))) as day:
        last = ""
        try:
            while lived.hours < hours:
                pause = draw.choice(_PAUSES)
                day.world.wait(pause)
                lived.hours += pause / _HOUR_S
                [act] = draw.choices(ACTS, weights)
                values = [draw.choice(VALUES[kind]) for kind in act.takes]
                last = f"{act.name}({', '.join(map(str, values))})"
                day.make(act, values)
            last = "settle"
            day.settle()
        except AssertionError as broken:
            raise AssertionError(f"act {day.made.total()}, {last}: {broken}") from broken
        lived.acts, lived.kills, lived.rivals = day.made, day.world.kills, day.mishaps.rivals
        lived.effects = day.world.effects()
        states = (str(tracked.state) for tracked in day.world.engine.journal.in_states(State))
        lived.states.update(states)
    lived.seconds = time.monotonic() - began
    return lived
