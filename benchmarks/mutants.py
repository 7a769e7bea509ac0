"""How many small faults the tests notice: one fault at a time, in a copy of the tree.

A mutant that survives is either a test that is missing or a fault that changes nothing; the
second kind is listed by hand, with the reason, in ``equivalent_mutants.json``.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from benchmarks.mutation import mutants_of
from benchmarks.report import keep, machine, table
from utils.settings import PROJECT_ROOT

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.mutation import Mutant

#: Of the mutants that change anything, so many have to be noticed (the issue's own number).
BUDGET: Final = 0.90
#: How long the tests may take over one mutant; longer counts as noticed: it hangs.
_PATIENCE_S: Final = 300.0
#: The tests of one mutant take so long at most, without the start of the interpreter.
_TESTS_S: Final = 60.0
_PYTEST: Final = ("-q", "--no-header", "-p", "no:cacheprovider", "--hypothesis-seed=0")
_FATES: Final = {0: "survived", 1: "killed", -9: "hung"}
_EQUIVALENT: Final = Path(__file__).with_name("equivalent_mutants.json")
_ENGINE: Final = ("test_executor_and_gate", "test_spine", "test_retry_mechanisms")
_JOURNAL: Final = ("test_journal", "test_caps")
#: Module to its file and to the tests that have to notice its faults.
TARGETS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "policy": ("utils/core/policy.py", ("test_policy",)),
    "gate": ("utils/approval_gate.py", _ENGINE),
    "executor": ("utils/action_executor.py", (*_ENGINE, "test_breakers")),
    "queues": ("utils/execution/queues.py", (*_ENGINE, "test_breakers")),
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
    """Try the mutants; print the table and every survivor; return 1 where the budget is missed."""
    scores = [
        _score(name, asked, _earlier(asked.again, name)) for name in asked.modules or TARGETS
    ]
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


def _score(name: str, asked: argparse.Namespace, noticed: set[str]) -> Score:
    path, tests = TARGETS[name]
    lanes: int = asked.lanes
    whole = mutants_of((PROJECT_ROOT / path).read_text())
    draw = random.Random(asked.seed)  # noqa: S311 - a choice of tests, no secret
    chosen = draw.sample(whole, min(asked.count, len(whole)))
    score = Score(name, len(whole))
    equivalent: Mapping[str, str] = json.loads(_EQUIVALENT.read_text()).get(path, {})
    with ExitStack() as stack, ThreadPoolExecutor(lanes) as pool:
        made = [
            _Copy(Path(stack.enter_context(tempfile.TemporaryDirectory())), path)
            for _ in range(lanes)
        ]
        covered = made[0].covered(tests)
        copies: SimpleQueue[_Copy] = SimpleQueue()
        for one in made:
            one.warm_up(covered.libraries)
            if one.run(*covered.quickest()) != "survived":
                raise SystemExit("the tests fail without a fault, so they show nothing")
            stack.callback(one.close)
            copies.put(one)
        fates = pool.map(
            lambda mutant: (
                "equivalent"
                if mutant.key in equivalent
                else "killed"
                if mutant.key in noticed
                else _fate(mutant, covered, copies)
            ),
            chosen,
        )
        for mutant, fate in zip(chosen, fates, strict=True):
            score.tried += 1
            score.fates[fate] += 1
            if fate in {"killed", "hung"}:
                score.noticed.append(mutant.key)
            if fate == "survived":
                score.survivors.append({"line": mutant.line, "key": mutant.key})
            print(f"{name} {score.tried}/{len(chosen)} {fate} {mutant.key}", file=sys.stderr)
    return score


def _fate(mutant: Mutant, covered: _Covered, copies: SimpleQueue[_Copy]) -> str:
    tests = covered.tests_of(mutant)
    if not tests:
        return "survived"
    lane = copies.get()
    try:
        return lane.fate(mutant, tests)
    finally:
        copies.put(lane)


@dataclass(frozen=True)
class _Covered:
    """Which tests run which lines of a module."""

    #: Line to tests, shortest first.
    lines: Mapping[str, Sequence[str]]
    #: Lines that run at the import.
    imported: Sequence[int]
    #: Test to how long it takes.
    seconds: Mapping[str, float]
    #: Modules of others that the tests need.
    libraries: Sequence[str]
    #: The files of the tests, the module's own first.
    files: Sequence[str]

    def tests_of(self, mutant: Mutant) -> Sequence[str]:
        """Return the tests that can notice a mutant, as many as there is time for."""
        if mutant.line in self.imported:
            return self.quickest()
        return self._in_time(self._own_first(self.lines.get(str(mutant.line), ())))

    def quickest(self) -> Sequence[str]:
        """Return as many tests as there is time for."""
        return self._in_time(self._own_first(self.seconds))

    def _own_first(self, tests: Iterable[str]) -> list[str]:
        """Return tests in the order of their files, which is that of their nearness."""
        return sorted(tests, key=lambda test: (self._place(test), self.seconds[test]))

    def _place(self, test: str) -> int:
        return self.files.index(test.partition("::")[0])

    def _in_time(self, tests: Sequence[str]) -> Sequence[str]:
        sums = accumulate(self.seconds[test] for test in tests)
        return [test for test, spent in zip(tests, sums, strict=True) if spent <= _TESTS_S]


class _Copy:
    """A copy of the tree in which one module is exchanged again and again."""

    def __init__(self, folder: Path, path: str) -> None:
        self._root = folder / "tree"
        kept = subprocess.run(
            ["git", "ls-files", "-z", "-co", "--exclude-standard"],  # noqa: S607 - as installed
            cwd=PROJECT_ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("\0")
        for name in filter(None, kept):
            target = self._root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT_ROOT / name, target)
        self._module = self._root / path
        self._path = path
        self._lines = folder / "lines.json"

    def covered(self, tests: Sequence[str]) -> _Covered:
        """Let the tests run without a fault, and return what each of them covers.

        Raises:
            SystemExit: They do not pass.
        """
        files = [f"gold_tier_test/{name}.py" for name in tests]
        asked = ["-p", "benchmarks.covered_lines", *files]
        variables = self._variables() | {
            "COVERED_MODULE": str(self._module),
            "COVERED_LINES": str(self._lines),
        }
        command = [sys.executable, "-m", "pytest", *_PYTEST, *asked]
        if subprocess.run(command, cwd=self._root, env=variables, check=False).returncode:
            raise SystemExit(f"the tests of {self._path} do not pass without a fault")
        found = json.loads(self._lines.read_text())
        return _Covered(**found, files=files)

    def warm_up(self, libraries: Sequence[str]) -> None:
        """Start the process that forks the runs."""
        self._lines.write_text(json.dumps(libraries))
        command = [sys.executable, "-m", "benchmarks.warm_pytest", str(self._lines)]
        self._warm = subprocess.Popen(
            [*command, str(_PATIENCE_S)],
            cwd=self._root,
            env=self._variables(),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def close(self) -> None:
        """End that process."""
        assert self._warm.stdin  # noqa: S101 - it was asked for
        self._warm.stdin.close()
        self._warm.wait(_PATIENCE_S)

    def fate(self, mutant: Mutant, tests: Sequence[str]) -> str:
        """Return what the tests make of a mutant: killed, hung or survived."""
        genuine = self._module.read_bytes()
        self._module.write_text(mutant.source)
        try:
            return self.run("-x", *tests)
        finally:
            self._module.write_bytes(genuine)

    def run(self, *arguments: str) -> str:
        """Let tests run on the sources as they are."""
        assert self._warm.stdin  # noqa: S101 - it was asked for
        assert self._warm.stdout  # noqa: S101 - likewise
        self._warm.stdin.write(json.dumps([*_PYTEST, *arguments]) + "\n")
        self._warm.stdin.flush()
        return _FATES[int(self._warm.stdout.readline())]

    def _variables(self) -> dict[str, str]:
        # No bytecode is kept: two mutants of one second and one size would be taken for the same.
        return os.environ | {
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": f"{self._root}{os.pathsep}{self._root / 'gold_tier_test'}",
        }
