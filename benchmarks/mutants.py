"""How many small faults the tests notice: one fault at a time, in a copy of the tree.

A mutant that survives is either a test that is missing or a fault that changes nothing; the
second kind is listed by hand, with the reason, in ``equivalent_mutants.json``.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from benchmarks.mutant_lane import Lane
from benchmarks.mutation import mutants_of
from benchmarks.report import keep, machine, table
from utils.settings import PROJECT_ROOT

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.mutant_lane import Covered
    from benchmarks.mutation import Mutant

#: Of the mutants that change anything, so many have to be noticed (the issue's own number).
BUDGET: Final = 0.90
#: How long they may take when it is tried once more with nothing beside it; longer is noticed.
_PATIENCE_ALONE_S: Final = 1800.0
_EQUIVALENT: Final = Path(__file__).with_name("equivalent_mutants.json")
_ENGINE: Final = ("test_executor_and_gate", "test_spine", "test_retry_mechanisms")
_EXECUTOR: Final = (
    "test_executor_queues",
    *_ENGINE,
    "test_breakers",
    "test_zones",
    "test_clock_steps",
)
_JOURNAL: Final = ("test_journal", "test_caps")
#: Module to its file and to the tests that have to notice its faults.
TARGETS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "policy": ("utils/core/policy.py", ("test_policy",)),
    "gate": ("utils/approval_gate.py", _ENGINE),
    "executor": ("utils/action_executor.py", _EXECUTOR),
    "queues": ("utils/execution/queues.py", _EXECUTOR),
    "answers": ("utils/execution/answers.py", _EXECUTOR),
    "journal": ("utils/journal.py", _JOURNAL),
    "journal_steps": ("utils/storage/steps.py", _JOURNAL),
    "journal_reading": ("utils/storage/reading.py", _JOURNAL),
    "notes": ("utils/core/notes.py", ("test_notes", "test_proposal_page")),
}


@dataclass
class Score:
    """What became of one module's mutants."""

    name: str
    #: How many there are altogether, and how many of them were tried.
    whole: int
    tried: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    survivors: list[dict[str, Any]] = field(default_factory=list)
    #: The keys of those that were noticed.
    noticed: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """How many of the mutants that change anything were noticed (0 to 1)."""
        meant = self.tried - self.fates["equivalent"]
        return (self.fates["killed"] + self.fates["hung"]) / meant if meant else 0.0

    def row(self) -> tuple[str, ...]:
        """Return it as a row of the table."""
        counts = (self.fates[fate] for fate in ("killed", "hung", "survived", "equivalent"))
        return (
            self.name,
            str(self.whole),
            str(self.tried),
            *map(str, counts),
            f"{self.share:.1%}",
        )


def add_to(names: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this benchmark to the command line."""
    parser = names.add_parser("mutants", help="how many small faults the tests notice")
    parser.add_argument("--count", type=int, default=80, help="mutants of each module (80)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    parser.add_argument("--lanes", type=int, default=2, help="how many at once (2)")
    parser.add_argument(
        "--again", type=Path, metavar="JSON", help="not what was noticed in an earlier run"
    )
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(TARGETS))
    parser.set_defaults(measure=measure)


def measure(asked: argparse.Namespace) -> int:
    """Try the mutants; print the table and every survivor; return 1 where the budget is missed.

    A run that is broken off tells and keeps what it has found so far.
    """
    scores: list[Score] = []
    with suppress(KeyboardInterrupt):
        for name in asked.modules or TARGETS:
            path, _tests = TARGETS[name]
            whole = mutants_of((PROJECT_ROOT / path).read_text())
            scores.append(Score(name, len(whole)))
            _try(scores[-1], whole, asked)
    print(f"Mutants, seed {asked.seed}. {machine()}\n")
    head = ("module", "mutants", "tried", "killed", "hung", "survived", "equivalent", "score")
    print(table(head, [score.row() for score in scores]))
    for score in scores:
        for survivor in score.survivors:
            print(f"{score.name}:{survivor['line']}: {survivor['key']}")
    kept = all(score.share >= BUDGET for score in scores)
    print(f"\nBudget: at least {BUDGET:.0%} in each: {'kept' if kept else 'missed'}")
    figures = {
        score.name: {**score.fates, "survivors": score.survivors, "noticed": score.noticed}
        for score in scores
    }
    keep("mutants", {"seed": asked.seed, "budget": BUDGET, "kept": kept, "modules": figures})
    return 0 if kept else 1


def _earlier(path: Path | None, name: str) -> set[str]:
    """Return the keys of what was noticed in an earlier run."""
    if path is None:
        return set()
    module = json.loads(path.read_text())["modules"].get(name, {})
    return set(module.get("noticed", ()))


def _try(score: Score, whole: Sequence[Mutant], asked: argparse.Namespace) -> None:
    """Try as many of a module's mutants as are asked for, and add up what became of them."""
    path, _tests = TARGETS[score.name]
    draw = random.Random(asked.seed)  # noqa: S311 - a choice of tests, no secret
    chosen = draw.sample(whole, min(asked.count, len(whole)))
    equivalent = set(json.loads(_EQUIVALENT.read_text()).get(path, {}))
    noticed = _earlier(asked.again, score.name)
    known = dict.fromkeys(noticed, "killed") | dict.fromkeys(equivalent, "equivalent")
    for mutant, fate in _fates(score.name, chosen, known, asked.lanes):
        score.tried += 1
        score.fates[fate] += 1
        if fate in {"killed", "hung"}:
            score.noticed.append(mutant.key)
        if fate == "survived":
            score.survivors.append({"line": mutant.line, "key": mutant.key})


def _fates(
    name: str, chosen: Sequence[Mutant], known: Mapping[str, str], lanes: int
) -> Iterator[tuple[Mutant, str]]:
    """Yield what becomes of each mutant; what hangs is tried again with nothing beside it.

    Raises:
        SystemExit: The tests fail without a fault.
    """
    path, tests = TARGETS[name]
    put_aside: list[Mutant] = []
    with ExitStack() as stack, ThreadPoolExecutor(lanes) as pool:
        made = [_lane(path, stack) for _ in range(lanes)]
        covered = made[0].covered(tests)
        free: SimpleQueue[Lane] = SimpleQueue()
        for lane in made:
            lane.warm_up(covered.libraries)
            stack.callback(lane.close)
            free.put(lane)
        # In a warm process things may differ from the run that was watched; every lane is alike.
        if not made[0].passes(covered.quickest()):
            raise SystemExit("the tests fail without a fault, so they show nothing")
        fates = pool.map(
            lambda mutant: known.get(mutant.key) or _fate(mutant, covered, free), chosen
        )
        for number, (mutant, fate) in enumerate(zip(chosen, fates, strict=True), 1):
            print(f"{name} {number}/{len(chosen)} {fate} {mutant.key}", file=sys.stderr)
            if fate == "hung":
                put_aside.append(mutant)
            else:
                yield mutant, fate
        for mutant in put_aside:
            fate = made[0].fate(mutant, covered.tests_of(mutant), _PATIENCE_ALONE_S)
            print(f"{name} alone {fate} {mutant.key}", file=sys.stderr)
            yield mutant, fate


def _lane(path: str, stack: ExitStack) -> Lane:
    return Lane(Path(stack.enter_context(tempfile.TemporaryDirectory())), path)


def _fate(mutant: Mutant, covered: Covered, free: SimpleQueue[Lane]) -> str:
    tests = covered.tests_of(mutant)
    if not tests:
        return "survived"
    lane = free.get()
    try:
        return lane.fate(mutant, tests)
    finally:
        free.put(lane)
