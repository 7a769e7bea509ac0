"""A wall clock that is wrong, or is set while something is under way: nothing twice, no long rest.

The services keep their own time here; what is set is the clock of the owner's machine alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from conftest import BOTH, NEWS, Business, Square
from test_late_posts import FACEBOOK, PATIENCE_S, PUBLISHED, TWEET, Step, made, values_of, writes

from utils.core.breaker import FAILURES
from utils.core.errors import RestingError
from utils.core.lifecycle import Folder, State
from utils.core.model import Proposal
from utils.sandbox.ntfy import PretendNtfy

WINDOW_S = 60
NETWORKS = (FACEBOOK, PUBLISHED, TWEET)
#: By how many hours the clock is wrong from the beginning, and set while the answer is awaited.
CLOCKS = {
    "right": (0, 0),
    "five hours ahead": (5, 0),
    "five hours behind": (-5, 0),
    "put forward meanwhile": (0, 5),
    "put back meanwhile": (0, -5),
    "put right meanwhile": (5, -5),
}


@pytest.fixture
def hurried(square: Square) -> Square:
    names = ("FACEBOOK", "INSTAGRAM", "TWITTER")
    windows = {f"RECONCILE_AFTER_SECONDS_{name}": str(WINDOW_S) for name in names}
    square.restart(HTTP_TIMEOUT_SECONDS=str(PATIENCE_S), **windows)
    return square


def await_effects(square: Square, count: int) -> None:
    """Wait until the pretend services have done so much."""
    for _ in range(1000):
        if made(square).total() >= count:
            return
        time.sleep(0.01)
    pytest.fail("it never happened")


def published(square: Square) -> str:
    """Publish a picture and return its number."""
    outcome = square.approve(asked_for(square, PUBLISHED)).outcome
    assert outcome
    return outcome.remote_id


def asked_for(square: Square, step: Step) -> Proposal:
    return square.submit(step.tool, **values_of(square, step.tool))


def hung_up_on(square: Square, step: Step, seconds: float) -> Proposal:
    """Approve what the service hangs up on, and does so many seconds later."""
    proposal = asked_for(square, step)
    service = square.street.services[step.service]
    service.fault("late_commit", path=step.path, method="POST", seconds=seconds)
    square.approve(proposal)
    assert square.state(proposal) is State.UNKNOWN
    return proposal


# --- what became of a lost answer -------------------------------------------------------------


@pytest.mark.parametrize("clock_is", CLOCKS)
@pytest.mark.parametrize("step", NETWORKS, ids=lambda step: step.tool)
def test_a_late_effect_is_found_whatever_the_clock_says(
    hurried: Square, step: Step, clock_is: str
) -> None:
    """Promise 5: looked for by the service's own time."""
    wrong, set_by = CLOCKS[clock_is]
    hurried.clock.put(hours=wrong)
    proposal = hung_up_on(hurried, step, 0.3)
    hurried.clock.put(hours=set_by)
    # Looked at long before anything can be known: nobody is asked yet.
    hurried.tick(seconds=1)
    hurried.tick(seconds=20)
    assert hurried.state(proposal) is State.UNKNOWN
    await_effects(hurried, 1)
    hurried.tick(seconds=WINDOW_S)
    hurried.tick(seconds=1)
    assert hurried.state(proposal) is State.DONE, hurried.found(proposal.id).proposal.reason
    assert sum(made(hurried).values()) == writes(hurried, step) == 1


@pytest.mark.parametrize("by_hours", [5, -5])
@pytest.mark.parametrize("network", ["facebook", "instagram"])
def test_a_late_answer_to_a_comment_is_found_too(
    hurried: Square, network: str, by_hours: int
) -> None:
    hurried.clock.put(hours=by_hours)
    posts: dict[str, Callable[[], str]] = {
        "facebook": lambda: hurried.graph.posted_before("Rye is back.", an_hour_ago()),
        "instagram": lambda: published(hurried),
    }
    comment = hurried.graph.comment_as_stranger(posts[network](), "Do you have rye?")
    before = made(hurried).total()
    proposal = hurried.submit(f"{network}_reply_comment", comment_id=comment, message="Yes.")
    hurried.graph.fault("late_commit", path=f"*{comment}/*", method="POST", seconds=0.1)
    hurried.approve(proposal)
    await_effects(hurried, before + 1)
    hurried.tick(seconds=WINDOW_S + 1)
    hurried.tick(seconds=1)
    assert hurried.state(proposal) is State.DONE
    assert made(hurried).total() == before + 1


@pytest.mark.parametrize("by_hours", [5, -5])
@pytest.mark.parametrize("step", [FACEBOOK, TWEET], ids=lambda step: step.tool)
def test_an_earlier_post_of_the_same_words_is_not_taken_for_the_lost_one(
    hurried: Square, step: Step, by_hours: int
) -> None:
    """Nothing is lost silently either: the same words an hour before are another post."""
    hurried.clock.put(hours=by_hours)
    (hurried.x if step is TWEET else hurried.graph).posted_before(NEWS, an_hour_ago())
    proposal = lost(hurried, step)
    hurried.tick(seconds=WINDOW_S + 1)
    hurried.tick(seconds=1)
    assert "does not have it" in asked_again(hurried, proposal)


@pytest.mark.parametrize("step", [FACEBOOK, TWEET], ids=lambda step: step.tool)
def test_where_the_clock_was_set_while_the_program_was_off_a_person_looks(
    hurried: Square, step: Step
) -> None:
    """What nobody can tell is never called missing: a second yes would double it."""
    proposal = hung_up_on(hurried, step, 0.0)
    await_effects(hurried, 1)
    # It went out five hours ago, as far as the program can see when it starts again.
    shown = hurried.x if step is TWEET else hurried.graph
    shown.clock_ahead_s = 5 * 3600.0
    hurried.clock.put(hours=-1)
    hurried.restart()
    hurried.tick(seconds=WINDOW_S + 1)
    hurried.tick(seconds=1)
    assert "cannot tell" in asked_again(hurried, proposal)


@pytest.mark.parametrize("step", [FACEBOOK, TWEET], ids=lambda step: step.tool)
def test_a_program_that_was_off_for_days_finds_what_went_out(hurried: Square, step: Step) -> None:
    proposal = hung_up_on(hurried, step, 0.0)
    await_effects(hurried, 1)
    shown = hurried.x if step is TWEET else hurried.graph
    shown.clock_ahead_s = 3 * 86400.0
    hurried.clock.put(days=3)
    hurried.restart()
    hurried.tick(seconds=1)
    assert hurried.state(proposal) is State.DONE
    assert made(hurried).total() == 1


def test_a_second_yes_to_a_picture_that_came_out_late_names_that_one_and_no_older_one(
    hurried: Square,
) -> None:
    hurried.graph.pictured_before(NEWS, datetime.now(UTC) - timedelta(hours=32))
    hurried.restart(RECONCILE_AFTER_SECONDS_INSTAGRAM="0.1")
    proposal = hung_up_on(hurried, PUBLISHED, 2.0)
    hurried.tick(seconds=1)
    hurried.tick(seconds=1)
    assert "does not have it" in asked_again(hurried, proposal)
    await_effects(hurried, 1)
    # He says yes again three hours later.
    hurried.graph.clock_ahead_s = 3 * 3600.0
    done = hurried.approve(hurried.found(proposal.id).proposal)
    [picture] = hurried.graph.ledger()
    assert done.state is State.DONE
    assert done.outcome
    assert done.outcome.remote_id == picture["id"]


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def lost(square: Square, step: Step) -> Proposal:
    """Approve what never arrives, although it may have left."""
    proposal = asked_for(square, step)
    square.street.services[step.service].fault("reset", path=step.path, method="POST")
    square.approve(proposal)
    assert square.state(proposal) is State.UNKNOWN
    return proposal


def asked_again(square: Square, proposal: Proposal) -> str:
    """Return the words of the note that asks again."""
    assert square.state(proposal) is State.PENDING
    return square.text(Folder.PENDING, square.found(proposal.id).proposal.note)


# --- how long anything rests --------------------------------------------------------------------


def test_what_never_left_goes_out_soon_although_the_clock_was_put_back(business: Business) -> None:
    proposal = business.submit()
    business.odoo.fault("refuse", seconds=30)
    business.approve(proposal)
    assert business.state(proposal) is State.WAITING
    business.odoo.heal()
    business.clock.put(hours=-1)
    business.tick(seconds=1)
    assert business.state(proposal) is State.WAITING
    business.tick(seconds=16)
    assert business.state(proposal) is State.DONE
    assert len(business.effects()) == 1


@BOTH
def test_a_worker_is_told_of_what_rests_although_the_clock_was_put_back(
    business: Business,
) -> None:
    proposal = business.submit()
    business.odoo.fault("refuse", seconds=30)
    assert business.approve(proposal).state is State.WAITING
    business.odoo.heal()
    journal, now = business.engine.journal, business.clock()
    assert journal.due_services(now, hold=timedelta(seconds=10)) == []
    early = now - timedelta(hours=1)
    assert journal.due_services(early, hold=timedelta(seconds=10)) == ["odoo"]


@pytest.mark.parametrize("by_hours", [-1, 1])
def test_a_hold_lasts_neither_longer_nor_less_when_the_clock_is_set(
    business: Business, by_hours: float
) -> None:
    """The owner keeps his time to take a yes back."""
    business.restart(HOLD_SECONDS="10")
    proposal = business.submit()
    business.approve(proposal)
    business.tick(seconds=3)
    business.clock.put(hours=by_hours)
    business.tick(seconds=1)
    business.tick(seconds=5)
    assert business.effects() == []
    business.tick(seconds=2)
    assert business.state(proposal) is State.DONE


def test_a_hold_that_is_over_stays_over_while_the_clock_is_behind(business: Business) -> None:
    """What could not go out at once, because it was stopped, does not rest again."""
    business.restart(HOLD_SECONDS="10")
    proposal = business.submit()
    business.approve(proposal)
    business.clock.put(hours=-1)
    business.engine.switch.stop(how="test")
    business.tick(seconds=11)
    business.tick(seconds=1)
    business.engine.switch.resume()
    business.tick(seconds=1)
    assert business.state(proposal) is State.DONE


def test_a_tick_counts_soon_although_the_clock_was_put_back(business: Business) -> None:
    business.restart(STAND_SECONDS="3")
    proposal = business.submit()
    business.clock.put(hours=-1)
    business.edit(proposal.note, "approve: false", "approve: true")
    business.tick(seconds=1)
    assert business.state(proposal) is State.PENDING
    business.tick(seconds=4)
    assert business.state(proposal) is State.DONE


def test_a_deleted_note_is_a_no_soon_although_the_clock_was_put_back(business: Business) -> None:
    proposal = business.submit()
    business.engine.pass_once()
    business.path(Folder.PENDING, proposal.note).unlink()
    business.engine.pass_once()
    business.clock.put(hours=-1)
    business.tick(seconds=11)
    assert business.state(proposal) is State.REFUSED


def test_whoever_tries_a_service_and_dies_makes_room_although_the_clock_was_put_back(
    business: Business,
) -> None:
    breakers = business.engine.ground.breakers
    for _ in range(FAILURES):
        breakers.hear("odoo", "no connection", took_s=0)
    business.clock.forward(minutes=10)
    breakers.ask("odoo", lasts_s=35)
    with pytest.raises(RestingError):
        breakers.ask("odoo", lasts_s=35)
    business.clock.put(minutes=-5)
    assert breakers.rests_until("odoo") is None


def test_a_phone_is_told_soon_although_the_clock_was_put_back(business: Business) -> None:
    with PretendNtfy() as ntfy:
        business.restart(OWNER_HOURS="00:00-23:59", **ntfy.environment())
        ntfy.fault("status", status=503)
        business.submit()
        business.engine.pass_once()
        assert ntfy.ledger() == []
        business.clock.put(hours=-1)
        business.tick(seconds=61)
        assert len(ntfy.ledger()) == 1


def test_accesses_are_looked_at_within_a_day_although_the_clock_was_a_month_ahead(
    square: Square,
) -> None:
    square.clock.put(days=30)
    square.restart()
    square.engine.pass_once()
    square.clock.put(days=-30)
    square.engine.pass_once()
    square.graph.forget_requests()
    square.tick(days=1)
    square.engine.lanes.finish()
    for _ in range(500):
        if any("debug_token" in sent.path for sent in square.graph.requests()):
            return
        time.sleep(0.01)
    pytest.fail("nobody looked")
