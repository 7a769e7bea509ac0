"""Hours in fast motion: random moves, random faults, one printed seed, the promises all the while.

The day of `benchmarks.fast_motion` is lived through by a seeded draw of moves; every move lets a
little time go by, so that hours take minutes. The same seed makes the same moves.
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

from benchmarks.fast_motion import FAULTS, FastMotion
from benchmarks.report import keep, machine
from utils.core.lifecycle import State

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_HOUR_S: Final = 3600.0
#: How much time a move takes, in seconds: from almost none to a coffee.
_PAUSES: Final = (0.5, 2.0, 5.0, 15.0, 40.0, 120.0)
#: Move to how often it is made, relative to the others.
_MOVES: Final[Mapping[str, int]] = {
    "make_pass": 40,
    "ask_invoice": 4,
    "ask_post": 6,
    "plan_post": 2,
    "drag": 14,
    "tick": 4,
    "drag_back": 2,
    "reject": 2,
    "delete": 1,
    "edit_text": 5,
    "edit_amount": 2,
    "copy_in_conflict": 1,
    "copy_to_both": 1,
    "forge": 1,
    "spoil": 14,
    "heal": 4,
    "die": 6,
    "restart": 2,
    "stop": 1,
    "resume": 3,
    "jump": 2,
}
_OF_ONE: Final = frozenset(
    {"drag", "tick", "drag_back", "reject", "delete", "edit_text", "edit_amount"}
    | {"copy_in_conflict", "copy_to_both", "forge"}
)
#: How far the wall clock jumps, in seconds.
_JUMPS: Final = (-3600.0, -60.0, 60.0, 3600.0, 90_000.0)


@dataclass
class Lived:
    """What a soak went through."""

    seed: int
    hours: float = 0.0
    moves: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    effects: int = 0
    states: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def told(self) -> str:
        """Return it as one sentence."""
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return (
            f"seed {self.seed}: {self.hours:.1f} simulated hours, {self.moves.total()} moves,"
            f" {self.kills} deaths in the middle of a pass, {self.effects} effects;"
            f" every Proposal at rest: {states}; {self.seconds:.0f} s"
        )


def add_to(names: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this benchmark to the command line."""
    parser = names.add_parser("soak", help="hours in fast motion, with faults drawn by a seed")
    parser.add_argument("--hours", type=float, default=2.0, help="simulated hours (2)")
    parser.add_argument("--seed", type=int, default=None, help="what the moves are drawn by")
    parser.set_defaults(measure=measure)


def measure(asked: argparse.Namespace) -> int:
    """Live through the hours; return 0, or end with what did not hold."""
    seed = asked.seed if asked.seed is not None else time.time_ns() % 1_000_000
    print(f"Soak of {asked.hours:g} hours, seed {seed}. {machine()}", flush=True)
    lived = soak(seed, hours=asked.hours)
    print(lived.told())
    keep("soak", {"seed": seed, "hours": lived.hours, "moves": dict(lived.moves)})
    return 0


def soak(seed: int, *, hours: float) -> Lived:
    """Make seeded moves until so much simulated time has gone by, then let it come to rest.

    Raises:
        AssertionError: A promise did not hold.
    """
    draw = random.Random(seed)  # noqa: S311 - a choice of tests, no secret
    lived, began = Lived(seed), time.monotonic()
    names, weights = list(_MOVES), list(_MOVES.values())
    with tempfile.TemporaryDirectory() as folder, closing(FastMotion(Path(folder, "home"))) as day:
        while lived.hours < hours:
            pause = draw.choice(_PAUSES)
            day.wait(pause)
            lived.hours += pause / _HOUR_S
            [name] = draw.choices(names, weights)
            _make(day, name, draw)
            lived.moves[name] += 1
            day.check()
        day.settle()
        lived.kills = day.kills
        lived.effects = day.effects()
        states = (str(tracked.state) for tracked in day.engine.journal.in_states(State))
        lived.states.update(states)
    lived.seconds = time.monotonic() - began
    return lived


def _make(day: FastMotion, name: str, draw: random.Random) -> None:
    """Make one move; one that needs something asked is left out while nothing is."""
    if name in _OF_ONE:
        # The latest matter most, but any of them may still be touched.
        recent = sorted(day.wishes)[-draw.choice((3, 10, 1000)) :]
        if recent:
            getattr(day, name)(draw.choice(recent))
    elif name == "spoil":
        day.spoil(draw.choice(["odoo", "x"]), draw.choice(FAULTS))
    elif name == "die":
        day.die(draw.randrange(60))
    elif name == "jump":
        day.wait(draw.choice(_JUMPS))
    else:
        getattr(day, name)()
