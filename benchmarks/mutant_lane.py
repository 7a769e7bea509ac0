"""A lane on which mutants are tried: a copy of the tree, and a warm process that runs its tests.

A failure counts only when the same test fails a second time with the fault, so that a test which
failed because the machine was busy is not taken for one that noticed something.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from utils.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from benchmarks.mutation import Mutant

#: How long the tests may take over one mutant before it is put aside.
PATIENCE_S: Final = 900.0
#: The tests of one mutant take so long at most, by what they took while they were watched.
_TESTS_S: Final = 240.0
#: How often a mutant is tried whose failing test passes when it is asked again.
_TRIES: Final = 3
#: How often the process that forks the runs is started again for one run.
_STARTS: Final = 3
_SURVIVED: Final = 0
_HUNG: Final = -9
#: Only our own patience ends a test: one that is slow beside others has noticed nothing.
_PYTEST: Final = (
    "-q",
    "--no-header",
    "-p",
    "no:cacheprovider",
    "--hypothesis-seed=0",
    "--timeout=0",
)


@dataclass(frozen=True)
class Covered:
    """Which tests run which lines of a module."""

    #: Line to tests, shortest first.
    lines: Mapping[str, Sequence[str]]
    #: Lines that run at the import.
    imported: frozenset[int]
    #: Test to how long it takes.
    seconds: Mapping[str, float]
    #: Modules of others that the tests need.
    libraries: Sequence[str]
    #: The files of the tests, the module's own first.
    files: Sequence[str]

    def tests_of(self, mutant: Mutant) -> Sequence[str]:
        """Return the tests that can notice a mutant, as many as there is time for."""
        if not self.imported.isdisjoint(mutant.lines):
            return self.quickest()
        # The condition of an "if (" over several lines counts as run in the lines below it.
        found = {test for line in mutant.lines for test in self.lines.get(str(line), ())}
        return self._in_time(self._own_first(found))

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


class Lane:
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

    def covered(self, tests: Sequence[str]) -> Covered:
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
        found["imported"] = frozenset(found["imported"])
        return Covered(**found, files=files)

    def warm_up(self, libraries: Sequence[str]) -> None:
        """Start the process that forks the runs."""
        self._lines.write_text(json.dumps(libraries))
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "-m", "benchmarks.warm_pytest", str(self._lines)]
        self._warm = subprocess.Popen(
            command,
            cwd=self._root,
            env=self._variables(),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Of a session of its own: what ends a terminal's processes does not end it.
            start_new_session=True,
        )

    def close(self) -> None:
        """End that process."""
        self._warm.communicate()

    def fate(self, mutant: Mutant, tests: Sequence[str], patience_s: float = PATIENCE_S) -> str:
        """Return what the tests make of a mutant: killed, hung or survived."""
        genuine = self._module.read_bytes()
        self._module.write_text(mutant.source)
        try:
            return self._judged(tests, patience_s)
        finally:
            self._module.write_bytes(genuine)

    def passes(self, tests: Sequence[str]) -> bool:
        """Return whether tests pass on the sources as they are."""
        return self._run(tests, PATIENCE_S)[0] == _SURVIVED

    def _judged(self, tests: Sequence[str], patience_s: float) -> str:
        for _ in range(_TRIES):
            status, failed = self._run(tests, patience_s)
            if status == _SURVIVED:
                return "survived"
            if status != _HUNG:
                status, _failed = self._run([failed] if failed else tests, patience_s)
            if status == _HUNG:
                return "hung"
            if status != _SURVIVED:
                return "killed"
        return "survived"

    def _run(self, tests: Sequence[str], patience_s: float) -> tuple[int, str]:
        """Return how the tests ended, and which failed first ("" where none got so far).

        Raises:
            SystemExit: The process that runs them dies every time.
        """
        line = json.dumps({"arguments": [*_PYTEST, "-x", *tests], "patience_s": patience_s})
        for _ in range(_STARTS):
            if answer := self._answer(line):
                status, failed = json.loads(answer)
                return status, failed
            code = self._warm.wait()
            print(f"the warm process ended ({code}) and is started again", file=sys.stderr)
            self._start()
        raise SystemExit(f"the process that runs the tests of {self._path} dies every time")

    def _answer(self, line: str) -> str:
        """Return what the warm process says, or "" where it has died."""
        assert self._warm.stdin  # noqa: S101 - it was asked for
        assert self._warm.stdout  # noqa: S101 - likewise
        try:
            self._warm.stdin.write(f"{line}\n")
            self._warm.stdin.flush()
        except BrokenPipeError:
            return ""
        return self._warm.stdout.readline()

    def _variables(self) -> dict[str, str]:
        # No bytecode is kept: two mutants of one second and one size would be taken for the same.
        return os.environ | {
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": f"{self._root}{os.pathsep}{self._root / 'gold_tier_test'}",
        }
