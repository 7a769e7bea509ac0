"""An answer that comes late, or never, while the effect still takes place."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest
from conftest import Business

from utils.core.lifecycle import Folder, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Clock

    from utils.sandbox.odoo import PretendOdoo

LOAD = "/json/2/account.move/load"
ROUNDS = 12


@pytest.fixture
def hurried(tmp_path: Path, odoo: PretendOdoo, clock: Clock) -> Iterator[Business]:
    made = Business(tmp_path / "home", odoo, clock, {"HTTP_TIMEOUT_SECONDS": "1"})
    yield made
    made.engine.close()


def await_effects(business: Business, count: int) -> None:
    """Wait until the pretend Odoo has done so much."""
    for _ in range(1000):
        if len(business.effects()) >= count:
            return
        time.sleep(0.01)
    pytest.fail("it never happened")


@pytest.mark.parametrize("fault", ["late_commit", "timeout_after_commit"])
def test_what_happens_within_the_quiet_window_is_found_and_never_repeated(
    hurried: Business, fault: str
) -> None:
    """Promise 5, with delays drawn by a printed seed."""
    delays = random.Random(20261122)  # noqa: S311 - a choice of tests, no secret
    for number in range(1, ROUNDS + 1):
        proposal = hurried.submit(reference=f"PO-{number}")
        # The time-out lasts longer than the client waits; the late commit comes within the window.
        seconds = delays.uniform(0.0, 0.3) if fault == "late_commit" else 1.5
        hurried.odoo.fault(fault, path=LOAD, seconds=seconds)
        hurried.approve(proposal)
        assert hurried.state(proposal) is State.UNKNOWN
        # He looks again and again before anything can be known.
        for _ in range(delays.randrange(3)):
            hurried.tick(seconds=delays.uniform(0.0, 10.0))
        await_effects(hurried, number)
        hurried.tick(seconds=61)
        assert hurried.state(proposal) is State.DONE
        assert len(hurried.effects()) == number


@pytest.mark.parametrize("answer", [Folder.APPROVED, Folder.REJECTED])
def test_a_window_that_is_too_short_asks_the_owner_and_sends_nothing_by_itself(
    business: Business, answer: Folder
) -> None:
    """Promise 5: looking too early must not double anything either."""
    business.restart(RECONCILE_AFTER_SECONDS_ODOO="0.1")
    proposal = business.submit()
    business.odoo.fault("late_commit", path=LOAD, seconds=1.0)
    business.approve(proposal)
    business.tick(seconds=1)
    business.tick(seconds=1)
    assert business.state(proposal) is State.PENDING
    assert business.effects() == []
    assert sum(sent.path == LOAD for sent in business.odoo.requests()) == 1

    business.drag(proposal.note, answer)
    business.engine.pass_once()
    await_effects(business, 1)
    business.tick(minutes=1)
    wanted = State.DONE if answer is Folder.APPROVED else State.REFUSED
    assert business.state(proposal) is wanted
    assert len(business.effects()) == 1
