"""Anything may happen in any order: the promises are what always holds.

A longer search: ``uv run pytest -m sweep gold_tier_test/test_state_machine.py``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, override

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from benchmarks.fast_motion import FAULTS, STEPS, FastMotion
from benchmarks.soak import soak

#: A process that dies in the middle leaves its connections open.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
some = st.integers(0, 1000)
services = st.sampled_from(["odoo", "x"])


class AnyDay(RuleBasedStateMachine):
    """A day of a business, as it comes."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.day = FastMotion(Path(self.folder.name, "home"))

    def chosen(self, number: int) -> int:
        """Return one of the wishes; the later ones more often than not still matter."""
        numbers = sorted(self.day.wishes, reverse=True)
        return numbers[number % len(numbers)]

    def something_is_asked(self) -> bool:
        return bool(self.day.wishes)

    @rule()
    def ask_invoice(self) -> None:
        self.day.ask_invoice()

    @rule()
    def ask_post(self) -> None:
        self.day.ask_post()

    @rule()
    def plan_post(self) -> None:
        self.day.plan_post()

    @precondition(something_is_asked)
    @rule(number=some, seconds=st.sampled_from([0, 1, 4]))
    def drag(self, number: int, seconds: float) -> None:
        self.day.wait(seconds)
        self.day.drag(self.chosen(number))

    @precondition(something_is_asked)
    @rule(number=some)
    def approve_and_wait(self, number: int) -> None:
        self.day.approve_and_wait(self.chosen(number))

    @rule(
        service=services,
        move=st.sampled_from(["approve_new", "outage", "rival", "restart_in_hold", "take_back"]),
    )
    def approve_what_is_new(self, service: str, move: str) -> None:
        getattr(self.day, move)(service)

    @precondition(something_is_asked)
    @rule(
        number=some,
        move=st.sampled_from(
            ["tick", "drag_back", "reject", "delete", "edit_text", "edit_amount"]
        ),
    )
    def use_hands(self, number: int, move: str) -> None:
        getattr(self.day, move)(self.chosen(number))

    @precondition(something_is_asked)
    @rule(number=some, move=st.sampled_from(["copy_in_conflict", "copy_to_both", "forge"]))
    def sync_or_forge(self, number: int, move: str) -> None:
        getattr(self.day, move)(self.chosen(number))

    @rule(seconds=st.sampled_from([0.5, 4, 11, 35, 120, 3600, 7200, 90_000, -60, -3600]))
    def wait(self, seconds: float) -> None:
        self.day.wait(seconds)

    @rule(service=services, fault=st.sampled_from(FAULTS))
    def spoil(self, service: str, fault: dict[str, Any]) -> None:
        self.day.spoil(service, fault)

    @rule(move=st.sampled_from(["stop", "resume", "restart", "heal", "drop_letter", "next_day"]))
    def switch(self, move: str) -> None:
        getattr(self.day, move)()

    @rule()
    def make_pass(self) -> None:
        self.day.make_pass()

    @rule()
    def calm(self) -> None:
        self.day.calm()

    @rule()
    def rush(self) -> None:
        self.day.rush()

    @rule(fuse=st.integers(0, 800), move=st.sampled_from(["die", "die_starting", "die_reading"]))
    def die(self, fuse: int, move: str) -> None:
        getattr(self.day, move)(fuse)

    @rule(service=services, step=st.sampled_from(STEPS), fuse=st.integers(0, 40))
    def die_acting(self, service: str, step: str, fuse: int) -> None:
        self.day.die_acting(service, step, fuse)

    @invariant()
    def promises_hold(self) -> None:
        if hasattr(self, "day"):
            self.day.check()

    @override
    def teardown(self) -> None:
        if not hasattr(self, "day"):
            return
        try:
            self.day.settle()
        finally:
            self.day.close()
            self.folder.cleanup()


CALM = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


def test_whatever_happens_on_some_days_the_promises_hold() -> None:
    """Promises 1, 3, 4, 5, 6 and 7, on the same days every time."""
    some_days = settings(CALM, max_examples=5, stateful_step_count=15, derandomize=True)
    run_state_machine_as_test(AnyDay, settings=some_days)


@pytest.mark.sweep
@pytest.mark.timeout(7200)
def test_whatever_happens_on_many_days_the_promises_hold() -> None:
    """The same promises, on new days every time."""
    run_state_machine_as_test(
        AnyDay, settings=settings(CALM, max_examples=500, stateful_step_count=60)
    )


@pytest.mark.parametrize("seed", [1, 8])
def test_some_dozens_of_moves_with_faults_end_with_every_promise_kept(seed: int) -> None:
    """The soak's own slice; longer ones by its command."""
    lived = soak(seed, hours=0.1)
    assert lived.hours >= 0.1
    assert lived.kills > 0
    assert lived.effects > 0
