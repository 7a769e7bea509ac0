"""The power goes at any call; switched on again, nothing that was acknowledged is missing.

uv run pytest -m sweep gold_tier_test/crash/test_power_cuts.py -s
"""

from __future__ import annotations

import sys

import pytest

from crash.power import cut, why_not
from crash.scenes import CUT, EXECUTION, Scene
from crash.striking import How

pytestmark = pytest.mark.skipif(bool(why_not()), reason=f"no power can be cut here: {why_not()}")

SEED = 20261122
EVERY = 100_000


def assert_nothing_is_lost(scene: Scene, how: How, counts: dict[str, int]) -> None:
    sys.stdout.write(f"{scene.name}, {how.name}: {counts}\n")
    assert counts["points"] == counts["cuts"] > 0, "the harness does not cut"
    for fault in ("lost_records", "torn", "doubled", "lost", "broken"):
        assert counts.get(fault, 0) == 0, fault


@pytest.mark.parametrize("how", [How.CUT_FLUSHED, How.CUT_HARD])
def test_some_power_cuts_lose_no_acknowledged_record(how: How) -> None:
    """Promise 7: what was acknowledged is in the journal, and every day's file is whole."""
    counts = cut(EXECUTION, how, most=4, seed=SEED)
    assert_nothing_is_lost(EXECUTION, how, counts)


@pytest.mark.sweep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("how", [How.CUT_FLUSHED, How.CUT_HARD])
@pytest.mark.parametrize("scene", CUT, ids=lambda scene: scene.name)
def test_no_power_cut_loses_an_acknowledged_record(scene: Scene, how: How) -> None:
    """Promise 7, at every call."""
    assert_nothing_is_lost(scene, how, cut(scene, how, most=EVERY, seed=SEED))
