"""How many faults the tests notice: which faults there are, and which tests judge them."""

from __future__ import annotations

import ast
import logging
from inspect import cleandoc

import pytest

from benchmarks.mutant_lane import Covered
from benchmarks.mutants import TARGETS, Score
from benchmarks.mutation import Mutant, mutants_of
from utils.settings import PROJECT_ROOT

SOURCE = cleandoc(
    '''
    """A module."""

    LIMIT = 5


    def may_go(count, wanted):
        """Return whether there is room."""
        if (
            not wanted
            or count >= LIMIT
        ):
            return False
        _log.info("there is room for %d", LIMIT - count)
        return True
    '''
)


def made(source: str) -> dict[str, Mutant]:
    return {mutant.key: mutant for mutant in mutants_of(source)}


def run(source: str, count: int, *, wanted: bool = True) -> object:
    """What the mutant's function answers."""
    space: dict[str, object] = {"_log": logging.getLogger(__name__)}
    exec(compile(source, "mutant", "exec"), space)  # noqa: S102 - our own source
    may_go = space["may_go"]
    assert callable(may_go)
    return may_go(count, wanted)


def test_every_fault_is_made_once_and_changes_what_the_function_answers() -> None:
    faults, full = made(SOURCE), "not wanted or count >= LIMIT"
    assert len(faults) == len(mutants_of(SOURCE))
    assert set(faults) == {
        " | constant | 5 -> 6 | 1",
        " | constant | 5 -> 4 | 1",
        f"may_go | negation | if {full}: return False -> if not ({full}): return False | 1",
        "may_go | and, or | not wanted or count >= LIMIT -> not wanted and count >= LIMIT | 1",
        "may_go | drop condition | not wanted or count >= LIMIT -> count >= LIMIT | 1",
        "may_go | drop condition | not wanted or count >= LIMIT -> not wanted | 1",
        "may_go | negation | not wanted -> wanted | 1",
        "may_go | comparison | count >= LIMIT -> count > LIMIT | 1",
        "may_go | return None | return False -> return None | 1",
        "may_go | constant | False -> True | 1",
        "may_go | return None | return True -> return None | 1",
        "may_go | constant | True -> False | 1",
    }
    questions = [(count, wanted) for count in (0, 4, 5, 6) for wanted in (True, False)]
    right = [run(SOURCE, count, wanted=wanted) for count, wanted in questions]
    for fault in faults.values():
        assert [run(fault.source, count, wanted=wanted) for count, wanted in questions] != right


@pytest.mark.parametrize("path", sorted({path for path, _tests in TARGETS.values()}))
def test_each_of_a_modules_faults_has_a_name_of_its_own_and_changes_it(path: str) -> None:
    source = (PROJECT_ROOT / path).read_text()
    faults = made(source)
    assert len(faults) == len(mutants_of(source))
    written = ast.unparse(ast.parse(source))
    assert written not in {fault.source for fault in faults.values()}


def test_a_fault_in_a_condition_over_several_lines_is_judged_by_the_tests_of_all_of_them() -> None:
    """The line of an "if (" alone is never run, as far as Python tells."""
    own, other = "gold_tier_test/test_a.py::test_own", "gold_tier_test/test_b.py::test_other"
    covered = Covered(
        lines={"9": [other], "10": [own, other], "12": [own], "14": [other]},
        imported=frozenset({3, 6}),
        seconds={own: 2.0, other: 1.0},
        libraries=(),
        files=("gold_tier_test/test_a.py", "gold_tier_test/test_b.py"),
    )
    faults = made(SOURCE).values()
    [turned] = [fault for fault in faults if fault.before.startswith("if ")]
    assert turned.line == 8
    assert covered.tests_of(turned) == [own, other]
    [refused] = [fault for fault in faults if fault.before == "return False"]
    assert covered.tests_of(refused) == [own]
    [limit, _] = [fault for fault in faults if fault.before == "5"]
    assert covered.tests_of(limit) == [own, other]


def test_the_share_counts_what_changes_anything_and_was_tried() -> None:
    score = Score("gate", whole=100, tried=20)
    score.fates.update(killed=11, hung=1, survived=4, equivalent=4)
    assert score.share == 0.75
    assert score.row() == ("gate", "100", "20", "11", "1", "4", "4", "75.0%")
    assert Score("gate", whole=100).share == 0.0
