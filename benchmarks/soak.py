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

from benchmarks.fast_motion import FAULTS, STEPS, FastMotion
from benchmarks.report import keep, machine
from utils.core.lifecycle import State

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_HOUR_S: Final = 3600.0
#: How much time lies between two moves, in seconds: from almost none to a coffee.
_PAUSES: Final = (0.5, 2.0, 2.0, 5.0, 5.0, 15.0, 40.0)
#: Move to how often it is made, relative to the others.
_MOVES: Final[Mapping[str, int]] = {
    "make_pass": 20,
    "ask_invoice": 7,
    "ask_post": 7,
    "plan_post": 2,
    "drop_letter": 3,
    "approve_and_wait": 12,
    "drag": 6,
    "tick": 4,
    "drag_back": 2,
    "take_back": 3,
    "reject": 2,
    "delete": 1,
    "edit_text": 4,
    "edit_amount": 2,
    "copy_in_conflict": 1,
    "copy_to_both": 1,
    "forge": 1,
    "spoil": 12,
    "outage": 2,
    "outage_and_back": 3,
    "heal": 6,
    "rush": 2,
    "calm": 4,
    "die": 8,
    "die_acting": 10,
    "die_reading": 4,
    "die_starting": 3,
    "restart": 1,
    "restart_in_hold": 3,
    "rival": 3,
    "stop": 1,
    "resume": 3,
    "next_day": 12,
    "jump": 3,
}
_OF_ONE: Final = frozenset(
    {"approve_and_wait", "drag", "tick", "drag_back", "reject", "delete"}
    | {"edit_text", "edit_amount", "copy_in_conflict", "copy_to_both", "forge"}
)
_OF_A_SERVICE: Final = frozenset(
    {"outage", "outage_and_back", "rival", "restart_in_hold", "take_back"}
)
_SERVICES: Final = ("odoo", "x")
#: A pass has some hundred points to die at; the early ones are in every pass.
_POINTS: Final = 800
#: From a step of the journal to all that follows from it there are fewer.
_NEAR: Final = 40
#: How far the wall clock jumps, in seconds.
_JUMPS: Final = (-3600.0, -60.0, 60.0, 3600.0)


@dataclass
class Lived:
    """What a soak went through."""

    seed: int
    hours: float = 0.0
    moves: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    rivals: int = 0
    effects: int = 0
    states: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def told(self) -> str:
        """Return it as one sentence."""
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return (
            f"seed {self.seed}: {self.hours:.1f} simulated hours, {self.moves.total()} moves,"
            f" {self.kills} deaths in the middle of a pass, {self.rivals} rivals,"
            f" {self.effects} effects;"
            f" every Proposal at rest: {states}; {self.seconds:.0f} s"
        )


def add_to(names: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this benchmark to the command line."""
    parser = names.add_parser("soak", help="hours in fast motion, with faults drawn by a seed")
    parser.add_argument("--hours", type=float, default=2.0, help="simulated hours (2)")
    parser.add_argument("--seed", type=int, default=None, help="what the moves are drawn by")
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
        try:
            while lived.hours < hours:
                pause = draw.choice(_PAUSES)
                day.wait(pause)
                lived.hours += pause / _HOUR_S
                [name] = draw.choices(names, weights)
                lived.moves[name] += 1
                _make(day, name, draw)
                day.check()
            name = "settle"
            day.settle()
        except AssertionError as broken:
            raise AssertionError(f"move {lived.moves.total()}, {name}: {broken}") from broken
        lived.kills, lived.rivals = day.kills, day.rivals
        lived.effects = day.effects()
        states = (str(tracked.state) for tracked in day.engine.journal.in_states(State))
        lived.states.update(states)
    lived.seconds = time.monotonic() - began
    return lived


def _make(day: FastMotion, name: str, draw: random.Random) -> None:
    """Make one move; one that needs something asked is left out while nothing is."""
    if name in _OF_ONE:
        # The latest matter most, but any of them may still be touched.
        if recent := sorted(day.wishes)[-draw.choice((3, 10, 1000)) :]:
            getattr(day, name)(draw.choice(recent))
    elif name in _OF_A_SERVICE:
        getattr(day, name)(draw.choice(_SERVICES))
    elif name == "spoil":
        day.spoil(draw.choice(_SERVICES), draw.choice(FAULTS))
    elif name == "die_acting":
        day.die_acting(draw.choice(_SERVICES), draw.choice(STEPS), draw.randrange(_NEAR))
    elif name == "die_reading":
        day.die_reading(draw.randrange(_NEAR))
    elif name in {"die", "die_starting"}:
        getattr(day, name)(int(_POINTS ** draw.random()))
    elif name == "jump":
        day.wait(draw.choice(_JUMPS))
    else:
        getattr(day, name)()
