"""Credentials that end: told in time and once; dead ones park a queue that loses nothing."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from conftest import Business, Square

from utils.core.lifecycle import Folder, State
from utils.core.model import Proposal
from utils.credentials.radar import next_look, notice_due

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def days_told(left: timedelta, *told: str) -> int | None:
    due = notice_due("linkedin", NOW + left, now=NOW, told=lambda key: key in told)
    return due.days if due else None


# --- the decision --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=60), None),
        (timedelta(days=14, seconds=1), None),
        (timedelta(days=14), 14),
        (timedelta(days=7, seconds=1), 14),
        (timedelta(days=7), 7),
        (timedelta(days=2, seconds=1), 7),
        (timedelta(days=2), 2),
        (timedelta(seconds=1), 2),
        (timedelta(0), None),
        (timedelta(days=-1), None),
    ],
)
def test_the_most_urgent_notice_is_due(left: timedelta, days: int | None) -> None:
    assert days_told(left) == days


def test_each_notice_is_given_once_and_none_after_a_more_urgent_one() -> None:
    ends_at = NOW + timedelta(days=20)
    told: list[str] = []
    given = []
    for day in range(25):
        due = notice_due(
            "linkedin", ends_at, now=NOW + timedelta(days=day), told=lambda key: key in told
        )
        if due:
            told.append(due.key)
            given.append((day, due.days))
    assert given == [(6, 14), (13, 7), (18, 2)]


def test_a_renewed_token_has_notices_of_its_own() -> None:
    first = notice_due("linkedin", NOW + timedelta(days=2), now=NOW, told=lambda _: False)
    again = NOW + timedelta(days=60)
    second = notice_due("linkedin", again, now=again - timedelta(days=2), told=lambda _: False)
    assert first
    assert second
    assert first.key != second.key


@pytest.mark.parametrize(
    ("after", "at"),
    [
        ("2026-11-22T06:59+00:00", "2026-11-22T07:00+00:00"),
        ("2026-11-22T07:00+00:00", "2026-11-23T07:00+00:00"),
        # The clock is put forward and back in these nights.
        ("2027-03-27T12:00+00:00", "2027-03-28T06:00+00:00"),
        ("2026-10-24T12:00+00:00", "2026-10-25T07:00+00:00"),
    ],
)
def test_services_are_asked_in_the_owners_morning(after: str, at: str) -> None:
    assert next_look(datetime.fromisoformat(after), BERLIN, time(8)) == datetime.fromisoformat(at)


# --- the notices ---------------------------------------------------------------------------------


def answered() -> None:
    """Wait until every service that was asked has answered."""
    for thread in threading.enumerate():
        if thread.name.startswith("expiry of"):
            thread.join(10)


def a_day(business: Business) -> None:
    business.tick(days=1)
    answered()
    business.tick(seconds=2)


def alerts(business: Business) -> list[str]:
    return [
        business.text(Folder.NEEDS_ACTION, name)
        for name in business.notes(Folder.NEEDS_ACTION)
        if name.startswith("ALERT_")
    ]


def test_an_ending_token_is_told_14_7_and_2_days_ahead(square: Square) -> None:
    square.graph.set_expiry("page", square.clock() + timedelta(days=16))
    square.engine.pass_once()
    counts = []
    for _ in range(15):
        a_day(square)
        counts.append(sum("Facebook has to be connected again" in note for note in alerts(square)))
    assert counts[-1] == 3
    assert sorted(set(counts)) == [0, 1, 2, 3]
    assert all("connect facebook" in note for note in alerts(square))


def test_a_restart_repeats_no_notice_and_no_question(square: Square) -> None:
    square.graph.set_expiry("page", square.clock() + timedelta(days=10))
    square.engine.pass_once()
    a_day(square)
    before = len(alerts(square))
    assert before
    square.graph.forget_requests()
    square.restart()
    square.engine.pass_once()
    answered()
    square.tick(seconds=2)
    assert len(alerts(square)) == before
    assert [sent for sent in square.graph.requests() if "debug_token" in sent.path] == []


def test_services_are_asked_once_a_day_at_most(square: Square) -> None:
    square.engine.pass_once()
    a_day(square)
    square.graph.forget_requests()
    for _ in range(23):
        square.tick(minutes=30)
    answered()
    asked = [sent for sent in square.graph.requests() if "debug_token" in sent.path]
    assert len(asked) <= 2


def test_a_service_that_hangs_delays_no_pass(square: Square) -> None:
    square.graph.fault("slow", path="*debug_token", seconds=1.5, method="GET")
    square.engine.pass_once()
    square.clock.forward(days=1)
    started = datetime.now(UTC)
    square.engine.pass_once()
    assert datetime.now(UTC) - started < timedelta(seconds=1.2)
    answered()


def test_a_token_found_dead_is_told_before_anything_needs_it(square: Square) -> None:
    square.engine.pass_once()
    square.graph.end_token("page")
    a_day(square)
    [told] = [note for note in alerts(square) if "does not let me in" in note]
    assert "connect facebook" in told


# --- a parked queue ------------------------------------------------------------------------------


def planned_posts(square: Square, number: int) -> list[Proposal]:
    made = []
    for n in range(number):
        proposal = square.submit("facebook_create_post", message=f"Loaf number {n} is out.")
        square.drag(proposal.note)
        made.append(proposal)
    return made


def dead(square: Square) -> None:
    square.graph.fault("status", path="*/feed", status=401, method="POST", times=100_000)


def test_a_dead_token_parks_the_queue_and_it_goes_on_by_itself(square: Square) -> None:
    proposals = planned_posts(square, 3)
    dead(square)
    for _ in range(30):
        square.tick(minutes=15)
    assert {square.state(p) for p in proposals} == {State.GRANTED, State.WAITING}
    assert square.posts() == {}
    assert len(square.notes(Folder.APPROVED)) == 3
    square.graph.heal()
    for _ in range(4):
        square.tick(minutes=16)
    assert [square.state(p) for p in proposals] == [State.DONE] * 3
    assert square.posts() == {"facebook_post": 3}
    results = [r["result"] for p in proposals for r in square.engine.journal.records_of(p.id)]
    assert "failed" not in results


def test_a_parked_queue_is_told_once_a_day_and_says_what_to_do(square: Square) -> None:
    square.restart(APPROVAL_EXPIRY_HOURS="480")
    planned_posts(square, 2)
    dead(square)
    days = set()
    for _ in range(3 * 24 * 2):
        square.tick(minutes=30)
        days.add(square.clock().astimezone(BERLIN).date())
    told = [note for note in alerts(square) if "does not let me in" in note]
    assert len(told) == len(days)
    assert all("connect facebook" in note for note in told)
    assert all("Approved and waiting for it: 2" in note for note in told)


def test_a_dead_token_is_tried_ever_more_rarely(square: Square) -> None:
    """A day of trying every 15 seconds would be 5,760 attempts, each with two Records."""
    square.restart(APPROVAL_EXPIRY_HOURS="480")
    planned_posts(square, 1)
    dead(square)
    square.graph.forget_requests()
    for _ in range(24 * 12):
        square.tick(minutes=5)
    tries = [sent for sent in square.graph.requests() if sent.method == "POST"]
    assert 80 <= len(tries) <= 110


def test_attempts_that_never_left_use_up_no_posts_of_the_day(square: Square) -> None:
    square.restart(MAX_POSTS_PER_DAY="2")
    proposals = planned_posts(square, 2)
    dead(square)
    for _ in range(10):
        square.tick(minutes=20)
    square.graph.heal()
    for _ in range(3):
        square.tick(minutes=20)
    assert [square.state(p) for p in proposals] == [State.DONE] * 2


def test_a_dead_token_of_one_network_holds_up_no_other(square: Square) -> None:
    dead(square)
    proposal = square.announce(networks=["facebook", "twitter", "linkedin"], image_url=None)
    square.approve(proposal)
    square.settle()
    assert square.posts() == {"tweet": 1, "linkedin_post": 1}
    square.graph.heal()
    square.tick(minutes=16)
    square.settle()
    assert square.posts() == {"tweet": 1, "linkedin_post": 1, "facebook_post": 1}
    assert square.state(proposal) is State.DONE


def test_credentials_taken_away_and_given_back_lose_nothing(square: Square) -> None:
    [proposal] = planned_posts(square, 1)
    token = square.variables["FACEBOOK_PAGE_TOKEN"]
    square.restart(FACEBOOK_PAGE_TOKEN="", HOLD_SECONDS="0")
    for _ in range(3):
        square.tick(minutes=1)
    assert square.state(proposal) is State.WAITING
    assert any("connect facebook" in note for note in alerts(square))
    square.restart(FACEBOOK_PAGE_TOKEN=token)
    square.tick(minutes=16)
    assert square.state(proposal) is State.DONE
    assert square.posts() == {"facebook_post": 1}
