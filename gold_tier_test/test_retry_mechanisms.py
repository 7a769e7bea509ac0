"""Only reads are retried, five times at most (design, promise 6); the services count."""

from __future__ import annotations

import contextlib
import random
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from conftest import NEWS, Square
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
    RestingError,
    ServiceError,
    UnreachableError,
)
from utils.core.lifecycle import State
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
    "error",
    [AuthenticationError(), RejectedError(), ConfigurationError(), RestingError()],
    ids=repr,
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


# --- counted by the services ------------------------------------------------------------------


class Asked(NamedTuple):
    """A read and a write of one service, and where the write goes."""

    pretend: str
    read: str
    reads: dict[str, Any]
    write: str
    values: dict[str, Any]
    path: str


SERVICES = (
    Asked(
        "odoo",
        "odoo_get_partner",
        {"partner": "billing@acme.example"},
        "odoo_create_invoice",
        {},
        "/json/2/account.move/load",
    ),
    Asked(
        "graph",
        "facebook_list_posts",
        {},
        "facebook_create_post",
        {"message": NEWS},
        "*/feed",
    ),
    Asked(
        "x",
        "twitter_get_account",
        {},
        "twitter_create_tweet",
        {"text": NEWS},
        "/2/tweets",
    ),
    Asked(
        "linkedin",
        "linkedin_list_posts",
        {},
        "linkedin_create_post",
        {"text": NEWS},
        "/rest/posts",
    ),
    Asked(
        "gmail",
        "gmail_search",
        {"query": "order"},
        "gmail_send_mail",
        {"to": "ann@cafe.example", "subject": "Order", "body": "Ready."},
        "/gmail/v1/users/me/drafts/send",
    ),
)
#: What a service can do to a call, other than answering it.
TROUBLES: dict[str, dict[str, Any]] = {
    "reset": {},
    "timeout_before": {"seconds": 2.0},
    "timeout_after_commit": {"seconds": 2.0},
    "status": {"status": 503},
}


def named(value: object) -> str:
    return value.pretend if isinstance(value, Asked) else str(value)


@pytest.fixture
def hurried(square: Square) -> Square:
    square.restart(HTTP_TIMEOUT_SECONDS="0.3", LINKEDIN_AUTHOR_URN="urn:li:organization:4711")
    return square


@pytest.mark.parametrize("asked", SERVICES, ids=named)
def test_a_service_that_fails_is_asked_a_read_five_times_at_most(
    hurried: Square, asked: Asked
) -> None:
    """And once it is known to be out, not at all."""
    service = hurried.street.services[asked.pretend]
    kind = hurried.engine.catalogue.operation(asked.read)
    reach = hurried.engine.ground.reaches.connect(hurried.engine.catalogue.service_of(asked.read))
    operation = kind.model_validate(asked.reads)
    service.fault("reset", times=500)
    service.forget_requests()
    with pytest.raises(ServiceError):
        operation.read(reach)
    first = len(service.requests())
    assert 2 <= first <= ATTEMPTS
    for _ in range(10):
        with contextlib.suppress(ServiceError):
            operation.read(reach)
    assert len(service.requests()) <= ATTEMPTS


@pytest.mark.parametrize("mode", TROUBLES)
@pytest.mark.parametrize("asked", SERVICES, ids=named)
def test_a_write_is_sent_once_whatever_the_service_does(
    hurried: Square, asked: Asked, mode: str
) -> None:
    service = hurried.street.services[asked.pretend]
    proposal = hurried.submit(asked.write, **asked.values)
    service.fault(mode, path=asked.path, method="POST", times=500, **TROUBLES[mode])
    service.forget_requests()
    hurried.approve(proposal)
    for _ in range(6):
        hurried.tick(seconds=10)
    end = asked.path.removeprefix("*")
    sent = [one for one in service.requests() if one.method == "POST" and one.path.endswith(end)]
    assert len(sent) == 1
    assert hurried.found(proposal.id).attempts == 1


def test_a_wait_that_a_service_asks_for_is_an_hour_at_most(square: Square) -> None:
    """Retry-After is clamped where it is kept, whoever read it."""
    for asked_s in (-1.0, 1e9, float("nan"), float("inf")):
        assert RateLimitedError(retry_after_s=asked_s).retry_after_s == LONGEST_WAIT_S
    proposal = square.submit("twitter_create_tweet", text=NEWS)
    square.x.fault("status", path="/2/tweets", method="POST", status=429, seconds=10**9)
    square.approve(proposal)
    rests = square.found(proposal.id).not_before
    assert rests
    assert rests - square.clock() <= timedelta(hours=1)
    square.tick(minutes=61)
    assert square.state(proposal) is State.DONE
