"""Only reads are retried, five times at most (design, promise 6)."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.core.errors import (
    LONGEST_WAIT_S,
    AuthenticationError,
    ConfigurationError,
    EmployeeError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    UnreachableError,
)
from utils.retry_handler import ATTEMPTS, read_with_retries, retry_after_s

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - spreads waits, keeps no secret


class Flaky:
    """Fails with the given errors, in order, and then answers 42."""

    def __init__(self, *errors: EmployeeError) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return 42


def test_a_read_is_tried_again_until_it_succeeds() -> None:
    waits: list[float] = []
    flaky = Flaky(UnreachableError(), OutcomeUnknownError(), RateLimitedError())
    assert read_with_retries(flaky, sleep=waits.append) == 42
    assert flaky.calls == 4
    assert len(waits) == 3


def test_a_read_is_tried_five_times_at_most() -> None:
    flaky = Flaky(*(UnreachableError(str(n)) for n in range(50)))
    with pytest.raises(UnreachableError) as caught:
        read_with_retries(flaky, sleep=lambda _: None)
    assert flaky.calls == ATTEMPTS == 5
    assert caught.value.detail == "4", "the last failure is the one that is told"


@pytest.mark.parametrize(
    "error", [AuthenticationError(), RejectedError(), ConfigurationError()], ids=repr
)
def test_what_a_second_try_cannot_mend_is_not_tried_again(error: EmployeeError) -> None:
    flaky = Flaky(error)
    with pytest.raises(type(error)):
        read_with_retries(flaky, sleep=lambda _: None)
    assert flaky.calls == 1


def test_a_mistake_of_ours_passes_through_untouched() -> None:
    def broken() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read_with_retries(broken, sleep=lambda _: None)


@given(st.integers(0, 2**32))
def test_waits_are_spread_over_a_bound_that_doubles(seed: int) -> None:
    waits: list[float] = []
    flaky = Flaky(*(UnreachableError() for _ in range(9)))
    with pytest.raises(UnreachableError):
        read_with_retries(flaky, sleep=waits.append, rng=chance(seed))
    bounds = [0.5, 1.0, 2.0, 4.0]
    assert all(0 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))


def test_chance_reaches_the_lower_half_of_the_bound() -> None:
    firsts: list[float] = []
    rng = chance(1)
    for _ in range(50):
        read_with_retries(Flaky(UnreachableError()), sleep=firsts.append, rng=rng)
    assert min(firsts) < 0.1
    assert max(firsts) > 0.4


def test_a_service_that_asks_us_to_wait_is_not_called_earlier() -> None:
    waits: list[float] = []
    read_with_retries(Flaky(RateLimitedError(retry_after_s=20)), sleep=waits.append)
    assert waits == [20]


def test_a_wait_beyond_our_patience_is_left_to_the_caller() -> None:
    flaky = Flaky(RateLimitedError(retry_after_s=3600))
    with pytest.raises(RateLimitedError) as caught:
        read_with_retries(flaky, sleep=lambda _: None)
    assert flaky.calls == 1
    assert caught.value.retry_after_s == 3600


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("3600", 3600),
        (" 7 ", 7),
        ("1e9", LONGEST_WAIT_S),
        ("inf", LONGEST_WAIT_S),
        ("-1", LONGEST_WAIT_S),
        ("-inf", LONGEST_WAIT_S),
        ("NaN", LONGEST_WAIT_S),
        ("soon", LONGEST_WAIT_S),
        ("", LONGEST_WAIT_S),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30),
        ("Sun, 22 Nov 2026 13:00:30 +0100", 30),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("Sun, 22 Nov 2099 11:00:00 GMT", LONGEST_WAIT_S),
        ("Sun, 99 Nov 2026 12:00:30 GMT", LONGEST_WAIT_S),
    ],
)
def test_odd_retry_after_values_never_make_us_faster(
    header: str | None, seconds: float | None
) -> None:
    """Row remote-04 of the hostile inputs."""
    assert retry_after_s(header, now=NOW) == seconds


@given(st.text())
def test_any_retry_after_lies_between_nothing_and_an_hour(header: str) -> None:
    found = retry_after_s(header, now=NOW)
    assert found is not None
    assert timedelta(0) <= timedelta(seconds=found) <= timedelta(hours=1)
