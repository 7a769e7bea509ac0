"""One breaker for each service, shared by all processes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import KNOWN, Business, Clock
from hypothesis import given
from hypothesis import strategies as st

from utils.catalogue import Reaches
from utils.core.breaker import FAILURES, REST, Breaker, Permit, answered, asked, failed
from utils.core.errors import RestingError, ServiceError, UnreachableError
from utils.http_client import HttpClient
from utils.journal import Journal
from utils.sandbox.odoo import PretendOdoo
from utils.service_line import laid
from utils.storage.breakers import Breakers
from utils.storage.sqlite import SqliteDatabase

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def after_failures(*seconds: float, took_s: float = 0.0) -> Breaker:
    breaker = Breaker()
    for second in seconds:
        breaker = failed(breaker, now=later(second), took_s=took_s, why="no connection")
    return breaker


def permit(breaker: Breaker, seconds: float) -> Permit:
    return asked(breaker, now=later(seconds), lasts_s=35)[0]


# --- the rule ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "is_open"),
    [
        ((0, 1, 2, 3), False),
        ((0, 1, 2, 3, 4), True),
        ((0, 15, 30, 45, 60), True),
        ((0, 15, 30, 45, 61), False),
        ((0, 15, 30, 45, 61, 62), True),
    ],
)
def test_five_failures_within_a_minute_open_it(times: tuple[float, ...], *, is_open: bool) -> None:
    assert after_failures(*times).is_open is is_open


def test_a_service_that_hangs_is_out_although_five_time_outs_take_longer_than_a_minute() -> None:
    assert after_failures(30, 60, 90, 120, 150, took_s=30).is_open
    assert not after_failures(30, 90, 150, 210, 270, took_s=30).is_open


def test_it_rests_for_half_a_minute_and_then_lets_one_call_through() -> None:
    breaker = after_failures(0, 0, 0, 0, 0)
    assert permit(breaker, 29.9) is Permit.REST
    first, trying = asked(breaker, now=later(30), lasts_s=35)
    assert first is Permit.TRIAL
    assert permit(trying, 30) is Permit.REST
    assert permit(trying, 64) is Permit.REST
    # Whoever tried it died meanwhile.
    assert permit(trying, 65) is Permit.TRIAL


def test_the_call_that_tries_closes_it_or_opens_it_again() -> None:
    _, trying = asked(after_failures(0, 0, 0, 0, 0), now=later(30), lasts_s=35)
    assert answered(trying) == Breaker()
    again = failed(trying, now=later(40), took_s=10, why="no answer in time")
    assert permit(again, 69.9) is Permit.REST
    assert permit(again, 70) is Permit.TRIAL
    assert again.out_since == NOW


def test_a_call_that_was_under_way_when_it_opened_makes_it_rest_no_longer() -> None:
    breaker = after_failures(0, 0, 0, 0, 0, 20)
    assert permit(breaker, 30) is Permit.TRIAL


@pytest.mark.parametrize("back", [1.0, 3600.0, 86_400.0])
def test_a_clock_that_is_put_back_never_makes_it_rest_longer(back: float) -> None:
    _, trying = asked(after_failures(0, 0, 0, 0, 0), now=later(30), lasts_s=35)
    for breaker in (after_failures(0, 0, 0, 0, 0), trying):
        until = breaker.rests_until(later(-back))
        assert until is None or until - later(-back) <= REST + timedelta(seconds=35)


@given(st.lists(st.tuples(st.floats(0, 90), st.booleans()), max_size=60))
def test_whatever_happens_no_two_calls_try_at_once_and_it_never_rests_for_ever(
    steps: list[tuple[float, bool]],
) -> None:
    breaker, at = Breaker(), 0.0
    for pause, well in steps:
        at += pause
        found, breaker = asked(breaker, now=later(at), lasts_s=35)
        if found is Permit.TRIAL:
            assert permit(breaker, at) is Permit.REST
        if found is not Permit.REST:
            breaker = (
                answered(breaker)
                if well
                else failed(breaker, now=later(at), took_s=0, why="no connection")
            )
    assert permit(breaker, at + 66) is not Permit.REST


# --- between processes ------------------------------------------------------------------------


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def breakers(place: Path, clock: Clock) -> Iterator[Breakers]:
    journal = Journal(database=SqliteDatabase(place), clock=clock)
    yield Breakers(journal=lambda: journal, clock=clock)
    journal.close()


@pytest.fixture
def elsewhere(place: Path, clock: Clock) -> Iterator[Breakers]:
    """What another process has: a connection of its own to the same journal."""
    journal = Journal(database=SqliteDatabase(place), clock=clock)
    yield Breakers(journal=lambda: journal, clock=clock)
    journal.close()


def client(breakers: Breakers, service: str = "shop") -> HttpClient:
    with laid(breakers.line(service)):
        return HttpClient(service, timeout_s=2)


def refused(http: HttpClient, times: int) -> None:
    for _ in range(times):
        with pytest.raises(UnreachableError):
            http.send("GET", "http://127.0.0.1:1/")


def test_what_one_process_finds_out_every_process_knows(
    breakers: Breakers, elsewhere: Breakers, odoo: PretendOdoo, clock: Clock
) -> None:
    refused(client(breakers), FAILURES)
    with pytest.raises(RestingError, match="no connection; it is tried again in 30 s"):
        client(elsewhere).send("GET", odoo.url)
    assert odoo.requests() == []
    assert list(elsewhere.out()) == ["shop"]
    # Another service is none of its concern.
    assert client(elsewhere, "books").send("GET", f"{odoo.url}/json/version").status == 200
    clock.forward(seconds=30)
    assert client(elsewhere).send("GET", f"{odoo.url}/json/version").status == 200
    assert breakers.out() == {}
    assert client(breakers).send("GET", f"{odoo.url}/json/version").status == 200


def test_only_one_of_two_processes_tries_it(
    breakers: Breakers, elsewhere: Breakers, clock: Clock
) -> None:
    refused(client(breakers), FAILURES)
    clock.forward(seconds=31)
    assert breakers.ask("shop", lasts_s=30) is Permit.TRIAL
    with pytest.raises(RestingError):
        elsewhere.ask("shop", lasts_s=30)


def test_that_a_service_went_out_and_came_back_is_recorded_once_each(
    breakers: Breakers, odoo: PretendOdoo, clock: Clock
) -> None:
    """Promise 7."""
    http = client(breakers)
    refused(http, FAILURES)
    for _ in range(3):
        clock.forward(seconds=31)
        refused(http, 1)
    clock.forward(seconds=31)
    for _ in range(3):
        http.send("GET", f"{odoo.url}/json/version")
    lines = "".join(breakers.journal().lines())
    assert lines.count('"action":"service.out"') == 1
    assert lines.count('"action":"service.back"') == 1


@pytest.mark.parametrize(("status", "is_open"), [(503, True), (429, False), (404, False)])
def test_an_answer_counts_where_it_says_that_the_service_is_out(
    breakers: Breakers, odoo: PretendOdoo, status: int, *, is_open: bool
) -> None:
    http = client(breakers)
    odoo.fault("status", status=status, times=FAILURES)
    for _ in range(FAILURES):
        assert http.send("GET", f"{odoo.url}/json/version").status == status
    assert bool(breakers.out()) is is_open


def test_a_journal_that_fails_leaves_every_line_free(
    breakers: Breakers, odoo: PretendOdoo
) -> None:
    http = client(breakers)
    breakers.journal().close()
    assert http.send("GET", f"{odoo.url}/json/version").status == 200
    refused(http, FAILURES + 1)


# --- in a business ----------------------------------------------------------------------------


def test_a_read_of_a_service_that_is_out_says_so_in_one_sentence_and_does_not_wait(
    business: Business,
) -> None:
    """Decision 0011: reads degrade to "not available"."""
    business.odoo.fault("refuse", seconds=600)
    reaches: Reaches = business.engine.ground.reaches
    service = business.engine.catalogue.service_of("odoo_get_partner")
    operation = business.engine.catalogue.operation("odoo_get_partner")
    asked_for = operation.model_validate({"partner": KNOWN})
    with pytest.raises(ServiceError):
        asked_for.read(reaches.connect(service))
    with pytest.raises(RestingError) as caught:
        asked_for.read(reaches.connect(service))
    said = str(caught.value)
    assert "not available" in said
    assert "odoo: no connection; it is tried again in" in said
