"""One announcement on four networks: one note, one decision, one outcome for each of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from conftest import CATALOGUE, EVERY_NETWORK, NEWS, Square
from pydantic import ValidationError

from utils.core.errors import InvalidValueError
from utils.core.lifecycle import Folder, State
from utils.core.model import Proposal
from utils.tools.arguments import parse

BERLIN = ZoneInfo("Europe/Berlin")

EACH_ONCE = {"facebook_post": 1, "instagram_media": 1, "tweet": 1, "linkedin_post": 1}


def test_one_drag_posts_once_on_every_network(square: Square) -> None:
    proposal = square.announce()
    note = square.text(Folder.PENDING, proposal.note)
    assert note.count(NEWS) >= 4
    assert "of 280" in note
    assert square.posts() == {}
    square.approve(proposal)
    square.settle()
    assert square.posts() == EACH_ONCE
    assert square.state(proposal) is State.DONE
    [completed] = square.notes(Folder.COMPLETED)
    assert completed == proposal.note
    assert square.notes(Folder.APPROVED) == square.notes(Folder.PENDING) == []


def test_each_network_has_its_own_row_and_records(square: Square) -> None:
    proposal = square.announce()
    square.approve(proposal)
    square.settle()
    parts = square.engine.journal.of_group(proposal.id)
    assert {part.proposal.service for part in parts} == set(EVERY_NETWORK)
    for part in parts:
        results = [r["result"] for r in square.engine.journal.records_of(part.proposal.id)]
        assert results == ["granted", "armed", "done"]
    assert square.engine.audit_log.verify()[0] == []


def test_a_network_that_refuses_is_offered_again_alone(square: Square) -> None:
    proposal = square.announce()
    square.x.fault("status", path="/2/tweets", status=403, times=1)
    square.approve(proposal)
    square.settle()
    assert square.posts() == {k: n for k, n in EACH_ONCE.items() if k != "tweet"}
    done = square.text(Folder.COMPLETED, proposal.note)
    assert "Facebook" in done
    assert "Offered again" in done
    [again] = square.waiting()
    assert again.proposal.operation == "twitter_create_tweet"
    square.approve(again.proposal)
    square.settle()
    assert square.posts() == EACH_ONCE


def test_what_does_not_fit_one_network_is_left_out_with_the_count(square: Square) -> None:
    proposal = square.announce(text="a" * 281)
    note = square.text(Folder.PENDING, proposal.note)
    assert "X takes 280 and this counts 281" in note
    square.approve(proposal)
    square.settle()
    assert square.posts() == {k: n for k, n in EACH_ONCE.items() if k != "tweet"}


def test_instagram_without_a_picture_is_left_out(square: Square) -> None:
    proposal = square.announce(image_url=None)
    assert "Instagram is left out: it needs a picture" in square.text(
        Folder.PENDING, proposal.note
    )
    assert proposal.headline.startswith("Announce on Facebook, X, LinkedIn: ")
    square.approve(proposal)
    square.settle()
    assert square.posts() == {k: n for k, n in EACH_ONCE.items() if k != "instagram_media"}


def test_nothing_is_asked_where_no_network_takes_it(square: Square) -> None:
    with pytest.raises(InvalidValueError, match="left out"):
        square.announce(networks=["instagram"], image_url=None)
    assert square.waiting() == []


def test_the_owner_edits_one_networks_text_and_that_runs(square: Square) -> None:
    proposal = square.announce(networks=["facebook", "twitter"], image_url=None)
    text = square.text(Folder.PENDING, proposal.note)
    at = text.index(NEWS, text.index("## X text"))
    edited = text[:at] + text[at:].replace(NEWS, "Rye is back!", 1)
    square.path(Folder.PENDING, proposal.note).write_text(edited)
    square.tick(seconds=1)
    assert square.found(proposal.id).proposal.version == 2
    square.approve(proposal)
    square.settle()
    [tweet] = square.x.ledger()
    assert tweet["payload"]["text"] == "Rye is back!"
    assert NEWS in str(square.graph.ledger()[0]["payload"])


def test_a_lost_answer_of_one_network_is_looked_into_and_never_repeated(square: Square) -> None:
    proposal = square.announce(networks=["twitter", "facebook"], image_url=None)
    square.x.fault("timeout_after_commit", path="/2/tweets", seconds=3)
    square.approve(proposal)
    square.clock.forward(seconds=200)
    square.settle()
    assert square.posts() == {"facebook_post": 1, "tweet": 1}
    assert square.state(proposal) is State.DONE


def test_the_networks_are_told_side_by_side(square: Square) -> None:
    """Each answer takes a second; one after the other the effects would lie seconds apart."""
    proposal = square.announce(image_url=None, networks=["facebook", "twitter", "linkedin"])
    paths = ((square.graph, "*/feed"), (square.x, "/2/tweets"), (square.linkedin, "/rest/posts"))
    for service, path in paths:
        service.fault("slow", path=path, seconds=1.0, method="POST")
    square.approve(proposal)
    times = [
        datetime.fromisoformat(effect["at"]) for service, _ in paths for effect in service.ledger()
    ]
    assert len(times) == 3
    assert max(times) - min(times) < timedelta(seconds=1)


# --- planned posts -------------------------------------------------------------------------------


def planned(square: Square, **ahead: float) -> Proposal:
    at = (square.clock() + timedelta(**ahead)).astimezone(BERLIN).replace(tzinfo=None)
    return square.announce(
        networks=["facebook", "twitter"], image_url=None, scheduled_for=at.isoformat()
    )


def test_a_post_planned_well_ahead_goes_out_at_its_time_without_asking(square: Square) -> None:
    proposal = planned(square, hours=2)
    assert (proposal.state, proposal.rule) == (State.GRANTED, "scheduled_post")
    assert proposal.note in square.notes(Folder.APPROVED)
    square.tick(minutes=119)
    assert square.posts() == {}
    square.tick(minutes=1)
    square.settle()
    assert square.posts() == {"facebook_post": 1, "tweet": 1}


def test_a_planned_post_that_is_dragged_away_does_not_go_out(square: Square) -> None:
    proposal = planned(square, hours=2)
    square.tick(seconds=1)
    square.drag(proposal.note, Folder.PENDING, out_of=Folder.APPROVED)
    square.tick(hours=2)
    square.settle()
    assert square.posts() == {}


def test_a_planned_post_that_was_edited_is_asked(square: Square) -> None:
    """Hostile input message-01."""
    proposal = planned(square, hours=2)
    square.tick(seconds=1)
    square.edit(proposal.note, NEWS, "Something else", folder=Folder.APPROVED)
    square.tick(hours=2)
    square.settle()
    assert square.posts() == {}
    assert square.notes(Folder.APPROVED) == []


def test_a_post_that_missed_its_time_by_more_than_half_an_hour_is_asked(square: Square) -> None:
    proposal = planned(square, hours=2)
    square.clock.forward(hours=2, minutes=31)
    square.settle()
    assert square.posts() == {}
    assert square.state(proposal) is State.PENDING
    assert "missed its time" in square.text(Folder.PENDING, proposal.note)


def test_a_post_that_is_a_little_late_still_goes_out(square: Square) -> None:
    planned(square, hours=2)
    square.clock.forward(hours=2, minutes=29)
    square.settle()
    assert square.posts() == {"facebook_post": 1, "tweet": 1}


@pytest.mark.parametrize(
    ("day", "local", "utc"),
    [
        ("spring", "2027-03-28T09:00:00", "2027-03-28T07:00:00+00:00"),
        ("autumn", "2026-10-25T09:00:00", "2026-10-25T08:00:00+00:00"),
        ("winter", "2026-12-24T09:00:00", "2026-12-24T08:00:00+00:00"),
    ],
)
def test_a_planned_post_goes_out_at_the_right_minute_across_both_changes(
    square: Square, day: str, local: str, utc: str
) -> None:
    assert day
    at = datetime.fromisoformat(utc)
    square.clock.now = at - timedelta(days=1)
    proposal = square.announce(networks=["facebook"], image_url=None, scheduled_for=local)
    assert proposal.runs_at == at
    square.clock.now = at - timedelta(minutes=1)
    square.engine.pass_once()
    assert square.posts() == {}
    square.clock.now = at
    square.settle()
    assert square.posts() == {"facebook_post": 1}


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        ("2027-03-28T02:30:00", "does not exist"),
        ("2020-01-01T09:00:00", "in the past"),
        ("tomorrow", "valid"),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_a_sentence(
    square: Square, moment: str, why: str
) -> None:
    with pytest.raises((InvalidValueError, ValidationError), match=why):
        square.announce(networks=["facebook"], image_url=None, scheduled_for=moment)
    assert square.waiting() == []
    assert square.posts() == {}


def test_a_restart_between_granting_and_posting_loses_and_doubles_nothing(square: Square) -> None:
    square.restart(HOLD_SECONDS="10")
    proposal = square.announce(networks=["facebook", "twitter"], image_url=None)
    square.approve(proposal)
    square.restart()
    square.clock.forward(seconds=11)
    square.engine.announcements.expand()
    square.restart()
    square.settle()
    assert square.posts() == {"facebook_post": 1, "tweet": 1}
    assert square.state(proposal) is State.DONE


def test_what_never_left_uses_up_no_cap(square: Square) -> None:
    square.restart(MAX_POSTS_PER_DAY="2")
    proposal = square.submit("facebook_create_post", message=NEWS)
    square.drag(proposal.note)
    for _ in range(5):
        square.graph.fault("status", path="*/feed", status=429, times=1, method="POST")
        square.tick(minutes=61)
        assert square.state(proposal) is State.WAITING
    square.graph.heal()
    square.tick(minutes=61)
    assert square.posts() == {"facebook_post": 1}


def test_no_more_posts_go_out_than_the_cap_allows(square: Square) -> None:
    square.restart(MAX_POSTS_PER_DAY="2")
    for n in range(3):
        square.approve(square.submit("facebook_create_post", message=f"News number {n}"))
    square.settle()
    assert square.posts() == {"facebook_post": 2}
    square.tick(hours=25)
    square.settle()
    assert square.posts() == {"facebook_post": 3}


def test_no_picture_is_fetched_for_an_agent_that_may_have_read_letters(square: Square) -> None:
    """An address alone can carry data away, before anybody approved anything."""
    square.engine.bookmarks.note_outside_reading(now=square.clock())
    with pytest.raises(InvalidValueError, match="nothing is fetched from collector"):
        square.submit(
            "facebook_create_post",
            message=NEWS,
            image_url="https://collector.example/the-secret.jpg",
        )
    assert square.waiting() == []


def test_a_tool_call_may_plan_an_announcement(square: Square) -> None:
    """Tool arguments are read strictly, so a time comes as text."""
    kind = CATALOGUE.operation("social_create_announcement")
    at = (square.clock() + timedelta(hours=3)).isoformat()
    arguments = {"networks": ["facebook"], "text": NEWS, "scheduled_for": at, "dry_run": False}
    operation, dry_run = parse(kind, arguments)
    assert not dry_run
    assert operation.runs_at() == datetime.fromisoformat(at)
