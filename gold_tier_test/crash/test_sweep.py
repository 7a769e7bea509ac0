"""The process dies at every write, flush, rename, connect, send, receive and poll.

Started again, it has made nothing twice and lost nothing; where nobody can tell, it asks.
"""

from __future__ import annotations

import sys

import pytest

from crash.scenes import (
    ANNOUNCEMENT,
    CHANGE,
    EXECUTION,
    FACEBOOK,
    FORGERY,
    INSTAGRAM,
    INTAKE,
    LINKEDIN,
    MAILED,
    NAIVE,
    OFFERED_AGAIN,
    PAYMENT,
    POST,
    REFUSAL,
    START,
    TICK,
    Scene,
)
from crash.sweep import Tally, sweep
from crash.tracing import why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

#: Which calls come first in the short sweep; another seed tries others.
SEED = 20261122
NETWORKS = (FACEBOOK, INSTAGRAM, LINKEDIN, ANNOUNCEMENT, OFFERED_AGAIN)
OTHERS = (POST, *NETWORKS, MAILED, PAYMENT, START, TICK, REFUSAL, CHANGE, FORGERY, INTAKE)


def named(value: object) -> str:
    return value.name if isinstance(value, Scene) else f"{value} s"


def assert_promises_kept(tally: Tally) -> None:
    sys.stdout.write(f"{tally}\n")
    assert tally.kills == tally.points > 0, "the harness does not kill"
    assert tally.fates["doubled"] == tally.fates["lost"] == 0, tally
    assert tally.faults == {}


@pytest.mark.parametrize(
    ("scene", "seconds"), [(EXECUTION, 12), *((scene, 2) for scene in OTHERS)], ids=named
)
def test_a_death_at_some_calls_doubles_nothing_and_loses_nothing(
    scene: Scene, seconds: float
) -> None:
    """Promise 5, on the first calls of a fixed order."""
    assert_promises_kept(sweep(scene, seconds=seconds, seed=SEED))


@pytest.mark.sweep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("scene", [EXECUTION, *OTHERS], ids=named)
def test_a_death_at_every_call_doubles_nothing_and_loses_nothing(scene: Scene) -> None:
    """Promise 5, on every call."""
    assert_promises_kept(sweep(scene))


@pytest.mark.parametrize("scene", NAIVE, ids=named)
def test_the_sweep_sees_what_naive_executors_do(scene: Scene) -> None:
    """A harness that finds nothing wrong with these would find nothing wrong with anything."""
    tally = sweep(scene)
    sys.stdout.write(f"{tally}\n")
    assert tally.kills == tally.points
    assert tally.fates["doubled"] + tally.fates["lost"] >= 4
    assert any("torn" in fault for faults in tally.faults.values() for fault in faults)
