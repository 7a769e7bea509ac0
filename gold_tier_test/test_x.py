"""X against its sandbox: what goes out, once, and what comes of every failure."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, override

import pytest
from conftest import CATALOGUE, Business, Clock
from social_bench import (
    LINKED,
    NOW,
    TEXT,
    Attempt,
    as_request,
    every_fault,
    no_wait,
    operation,
    previewed,
    writes,
    x_settings,
)

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidValueError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
)
from utils.core.lifecycle import State
from utils.core.model import OutcomeKind, Particulars, Request
from utils.sandbox.http_wire import Answer
from utils.sandbox.http_wire import Request as Arrived
from utils.sandbox.linkedin import PretendLinkedIn
from utils.sandbox.x import PretendX
from utils.sandbox.x_posts import ANNS_QUESTION, BENS_WALK, OWN_POST, XState
from utils.x_client import XClient


@pytest.fixture
def on_x(x: PretendX, tmp_path: Path) -> XClient:
    return XClient(x_settings(x, tmp_path), sleep=no_wait)


# --- what is sent ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "values"),
    [
        ("twitter_create_tweet", {"text": TEXT}),
        ("twitter_create_tweet", {"text": LINKED}),
        ("twitter_create_tweet", {"text": "\tas it is \n\n— Ünïcode ﬁ \u200b\u00a0"}),
        ("twitter_reply", {"tweet_id": ANNS_QUESTION, "text": "Yes, until noon."}),
        ("twitter_delete_tweet", {"tweet_id": OWN_POST}),
    ],
)
def test_on_x_the_dry_run_is_what_is_sent(
    x: PretendX, on_x: XClient, tmp_path: Path, tool: str, values: dict[str, str]
) -> None:
    """Promise 2: the exact request, but for the signature's nonce and time."""
    attempt = Attempt(on_x, tool, **values)
    x.forget_requests()
    assert attempt.perform().kind is OutcomeKind.DONE
    (sent,) = x.requests()
    assert as_request(x, sent) == previewed(attempt.operation, x_settings(x, tmp_path))
    assert json.loads(sent.body or b"{}").get("text") == values.get("text") or not sent.body


def test_on_x_a_picture_goes_first_and_the_post_names_it(
    x: PretendX, on_x: XClient, tmp_path: Path
) -> None:
    picture = f"{x.url}/pictures/bread.png"
    attempt = Attempt(on_x, "twitter_create_tweet", text=TEXT, image_url=picture)
    assert attempt.proposal.particulars.shown["Picture"] == "PNG, 1 KB"
    assert attempt.perform().kind is OutcomeKind.DONE
    (row,) = x.ledger()
    (media_id,) = row["payload"]["media"]["media_ids"]
    (sent,) = writes(x, "/2/tweets")
    shown = previewed(attempt.operation, x_settings(x, tmp_path)).model_dump_json()
    assert Request.model_validate_json(shown.replace("(id of the picture)", media_id)) == (
        as_request(x, sent)
    )


def test_another_picture_than_the_approved_one_does_not_go_out(x: PretendX, on_x: XClient) -> None:
    """Promise 4: what runs is what was shown."""
    picture = f"{x.url}/pictures/bread.png"
    attempt = Attempt(on_x, "twitter_create_tweet", text=TEXT, image_url=picture)
    x.picture += b"changed"
    outcome = attempt.perform()
    assert outcome.kind is OutcomeKind.FAILED
    assert "another picture" in outcome.detail
    assert not x.ledger()


def test_a_picture_that_is_gone_leaves_the_post_waiting_and_never_unknown(
    x: PretendX, on_x: XClient
) -> None:
    picture = f"{x.url}/pictures/bread.png"
    attempt = Attempt(on_x, "twitter_create_tweet", text=TEXT, image_url=picture)
    for path in ("/pictures", "/2/media"):
        x.fault("reset", path=path)
        assert attempt.perform().kind is OutcomeKind.WAITING
    assert not x.ledger()


@pytest.mark.parametrize(
    ("text", "price"), [("Rye", "0.015"), ("Rye: bakery.cafe", "0.200"), ("https://a.io", "0.200")]
)
def test_the_owner_sees_what_x_charges_before_he_approves(
    x: PretendX, on_x: XClient, text: str, price: str
) -> None:
    attempt = Attempt(on_x, "twitter_create_tweet", text=text)
    before = x.credits_usd
    assert attempt.proposal.particulars.shown["X charges"] == f"${price}"
    assert price in attempt.operation.headline(Particulars())
    attempt.perform()
    assert before - x.credits_usd == Decimal(price)


def test_the_owner_sees_the_account_and_the_count(on_x: XClient) -> None:
    shown = operation("twitter_create_tweet", text="Rye: bakery.cafe").look_up(on_x).shown
    assert shown["Account"] == "@cornerbakery"
    assert shown["Counts"] == "28 of 280"
    assert shown["Links"] == "bakery.cafe"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no text"),
        ("x" * 281, "281"),
        ("面包" * 71, "284"),
        ("x" * 257 + " bakery.cafe", "281"),
        ("$RYE $OAT", "2"),
    ],
)
def test_what_x_would_refuse_is_refused_with_the_count(text: str, says: str) -> None:
    for tool, values in (("twitter_create_tweet", {}), ("twitter_reply", {"tweet_id": "1"})):
        with pytest.raises(InvalidValueError, match=says):
            operation(tool, text=text, **values)


def test_a_link_counts_23_and_fits() -> None:
    made = operation("twitter_create_tweet", text="x" * 256 + " https://bakery.com/" + "y" * 300)
    assert made.model_dump()["text"].endswith("y" * 300), "nothing is cut"


# --- what comes of it ------------------------------------------------------------------------


@every_fault
def test_a_post_on_x_goes_out_once_whatever_happens(
    x: PretendX, on_x: XClient, fault: dict[str, Any], kind: OutcomeKind
) -> None:
    """Promises 5 and 6: writes are never tried again; only what never left may wait."""
    attempt = Attempt(on_x, "twitter_create_tweet", text=TEXT)
    x.fault(path="/2/tweets", method="POST", **fault)
    assert attempt.perform().kind is kind
    assert len(writes(x, "/2/tweets")) == (0 if fault["mode"] == "refuse" else 1)


@every_fault
def test_a_deletion_on_x_goes_out_once_whatever_happens(
    x: PretendX, on_x: XClient, fault: dict[str, Any], kind: OutcomeKind
) -> None:
    attempt = Attempt(on_x, "twitter_delete_tweet", tweet_id=OWN_POST)
    x.fault(method="DELETE", **fault)
    assert attempt.perform().kind is kind
    assert len([sent for sent in x.requests() if sent.method == "DELETE"]) <= 1


def test_the_errors_of_x_are_of_our_kinds(x: PretendX, on_x: XClient, tmp_path: Path) -> None:
    post = {"text": TEXT}
    kinds = {400: RejectedError, 401: AuthenticationError, 402: AuthenticationError}
    for status, kind in kinds.items():
        x.fault("status", path="/2/tweets", status=status)
        with pytest.raises(kind) as caught:
            on_x.post(post)
        assert caught.value.service == "twitter"
    x.fault("status", path="/2/tweets", status=302)
    with pytest.raises(ConfigurationError, match="TWITTER_API_URL"):
        on_x.post(post)
    wrong = XClient(x_settings(x, tmp_path, TWITTER_ACCESS_SECRET="not-the-secret"))
    with pytest.raises(AuthenticationError):
        wrong.post(post)
    assert not x.ledger()


def test_an_account_without_credits_parks_the_post_and_says_so(tmp_path: Path) -> None:
    with PretendX(credits_usd=Decimal("0.010")) as x:
        outcome = Attempt(XClient(x_settings(x, tmp_path)), "twitter_create_tweet", text=TEXT)
        parked = outcome.perform()
    assert parked.kind is OutcomeKind.WAITING
    assert "no credits left" in parked.detail


def test_x_names_the_moment_and_the_post_waits_until_then(tmp_path: Path) -> None:
    with PretendX(posts_per_window=0, clock=lambda: NOW) as x:
        client = XClient(x_settings(x, tmp_path), clock=lambda: NOW)
        with pytest.raises(RateLimitedError) as caught:
            client.post({"text": TEXT})
    assert caught.value.retry_after_s == 900


def test_the_same_text_again_is_looked_for_instead_of_believed(x: PretendX, on_x: XClient) -> None:
    on_x.post({"text": TEXT})
    with pytest.raises(OutcomeUnknownError):
        on_x.post({"text": TEXT})
    assert len(x.ledger()) == 1


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"data": []}', b'{"data": {}}', b'{"errors": [1]}']
)
def test_an_answer_that_makes_no_sense_may_have_been_a_post(tmp_path: Path, body: bytes) -> None:
    class Garbled(PretendX):
        @override
        def respond(self, request: Arrived, state: XState) -> Answer:
            return Answer(200, body, {"content-type": "application/json"})

    with Garbled() as x, pytest.raises(OutcomeUnknownError):
        XClient(x_settings(x, tmp_path)).post({"text": TEXT})


def test_reads_on_x_are_tried_again(x: PretendX, on_x: XClient) -> None:
    x.fault("status", path="/2/users/me", status=503, times=2)
    x.fault("reset", path="/2/users/me")
    assert on_x.account.username == "cornerbakery"
    assert len(x.requests()) == 4


# --- what is found again ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "values"),
    [
        ("twitter_create_tweet", {"text": TEXT}),
        ("twitter_create_tweet", {"text": LINKED}),
        ("twitter_create_tweet", {"text": "1 < 2 & “3” > 2; &amp; stays"}),
        ("twitter_create_tweet", {"text": "  two  blanks\n\nand lines "}),
        ("twitter_create_tweet", {"text": TEXT, "image_url": "{url}/pictures/bread.png"}),
        ("twitter_reply", {"tweet_id": ANNS_QUESTION, "text": "@ann_eats Yes: bakery.cafe"}),
        ("twitter_delete_tweet", {"tweet_id": OWN_POST}),
    ],
)
def test_what_went_out_on_x_without_an_answer_is_found(
    x: PretendX, on_x: XClient, tool: str, values: dict[str, str]
) -> None:
    """X gives links shortened and three characters as HTML; the comparison must see through."""
    filled = {name: value.replace("{url}", x.url) for name, value in values.items()}
    attempt = Attempt(on_x, tool, **filled)
    assert (first := attempt.probe())
    assert first.kind is OutcomeKind.FAILED, "before it went out it is not there"
    x.fault("timeout_after_commit", path="/2/tweets", method="POST")
    x.fault("timeout_after_commit", path="/2/tweets", method="DELETE")
    assert attempt.perform().kind is OutcomeKind.UNKNOWN
    found = attempt.probe()
    assert found
    assert found.kind is OutcomeKind.DONE
    assert found.remote_id == x.ledger()[-1]["id"]


def test_a_post_of_the_same_words_from_before_is_not_taken_for_ours(on_x: XClient) -> None:
    attempt = Attempt(on_x, "twitter_create_tweet", text="Rye on Tuesdays: bakery.cafe/rye")
    found = attempt.probe()
    assert found
    assert found.kind is OutcomeKind.FAILED


def test_an_answer_is_not_taken_for_a_post_of_the_same_words(x: PretendX, on_x: XClient) -> None:
    attempt = Attempt(on_x, "twitter_create_tweet", text="Yes!")
    Attempt(on_x, "twitter_reply", tweet_id=ANNS_QUESTION, text="Yes!").perform()
    assert x.ledger()[0]["kind"] == "tweet_reply"
    found = attempt.probe()
    assert found
    assert found.kind is OutcomeKind.FAILED


def test_where_x_cannot_be_read_nothing_is_decided(x: PretendX, on_x: XClient) -> None:
    attempt = Attempt(on_x, "twitter_create_tweet", text=TEXT)
    x.fault("status", path="/2/users", status=503, times=5)
    with pytest.raises(OutcomeUnknownError):
        attempt.probe()


def test_a_crash_after_a_post_went_out_is_settled_by_looking(
    business: Business, clock: Clock
) -> None:
    """Promise 5: at most once, and never silently lost."""
    with PretendX(clock=clock) as x:
        quiet = {"RECONCILE_AFTER_SECONDS_TWITTER": "60", "HTTP_TIMEOUT_SECONDS": "1"}
        business.restart(**x.environment(), **quiet)
        proposal = business.submit("twitter_create_tweet", text=LINKED)
        assert business.state(proposal) is State.PENDING
        x.fault("timeout_after_commit", path="/2/tweets", method="POST")
        business.approve(proposal)
        business.restart()
        business.tick(seconds=61)
        assert business.state(proposal) is State.DONE
        business.tick(hours=1)
        assert [row["kind"] for row in x.ledger()] == ["tweet"]


def test_a_post_that_never_arrived_is_asked_again_and_not_resent(
    business: Business, clock: Clock
) -> None:
    with PretendX(clock=clock) as x:
        quiet = {"RECONCILE_AFTER_SECONDS_TWITTER": "60", "HTTP_TIMEOUT_SECONDS": "1"}
        business.restart(**x.environment(), **quiet)
        proposal = business.submit("twitter_create_tweet", text=TEXT)
        x.fault("timeout_before", path="/2/tweets", method="POST")
        business.approve(proposal)
        business.tick(seconds=61)
        business.tick(hours=1)
        assert business.state(proposal) is State.PENDING
        assert not x.ledger()
        assert business.approve(business.found(proposal.id).proposal).state is State.DONE
        assert len(x.ledger()) == 1


def test_a_time_in_the_past_is_refused_and_nothing_registered(
    business: Business, x: PretendX, linkedin: PretendLinkedIn
) -> None:
    business.restart(**x.environment(), **linkedin.environment())
    for tool in ("twitter_create_tweet", "linkedin_create_post"):
        with pytest.raises(InvalidValueError, match="in the past"):
            business.submit(tool, text="Rye", scheduled_for="2020-01-01T08:00:00")
    assert not business.waiting()


def test_a_post_well_ahead_goes_by_itself_at_its_time(business: Business, clock: Clock) -> None:
    """Design 7, rule 6; one with a link is asked, because it is dearer and leads away."""
    with PretendX(clock=clock) as x:
        business.restart(**x.environment())
        at = (clock.now + timedelta(hours=3)).isoformat()
        asked = business.submit(
            "twitter_create_tweet", text="Rye: bakery.com/rye", scheduled_for=at
        )
        proposal = business.submit("twitter_create_tweet", text=TEXT, scheduled_for=at)
        business.tick(hours=2)
        assert not x.ledger()
        business.tick(hours=1, seconds=1)
        assert [row["payload"]["text"] for row in x.ledger()] == [TEXT]
        assert business.state(proposal) is State.DONE
        assert asked.state is State.PENDING


# --- what is looked up -----------------------------------------------------------------------


def test_an_answer_to_somebody_who_did_not_ask_is_warned_of(on_x: XClient) -> None:
    known = operation("twitter_reply", tweet_id=ANNS_QUESTION, text="Yes").look_up(on_x)
    assert not known.warnings
    assert known.recipients == ("@ann_eats",)
    assert known.shown["Answers"] == "@cornerbakery do you have rye & spelt today?"
    unasked = Attempt(on_x, "twitter_reply", tweet_id=BENS_WALK, text="Nice")
    assert unasked.proposal.particulars.warnings
    assert unasked.perform().kind is OutcomeKind.FAILED


def test_only_an_own_post_that_is_there_can_be_deleted(on_x: XClient) -> None:
    with pytest.raises(InvalidValueError, match="somebody else"):
        operation("twitter_delete_tweet", tweet_id=BENS_WALK).look_up(on_x)
    with pytest.raises(InvalidValueError, match="no post 42"):
        operation("twitter_delete_tweet", tweet_id="42").look_up(on_x)
    shown = operation("twitter_delete_tweet", tweet_id=OWN_POST).look_up(on_x).shown
    assert shown["Text"] == "Rye on Tuesdays: http://bakery.cafe/rye"


def test_the_account_tells_what_it_has_and_is_told(on_x: XClient) -> None:
    assert operation("twitter_get_account").read(on_x)["followers"] == 214
    (own,) = operation("twitter_list_tweets", limit=1).read(on_x)["tweets"]
    assert own["id"] == OWN_POST
    (mention,) = operation("twitter_list_mentions").read(on_x)["mentions"]
    assert mention["text"] == "@cornerbakery do you have rye & spelt today?"
    assert CATALOGUE.service_of("twitter_reply").whoami(on_x) == "@cornerbakery (Corner Bakery)"


def test_a_bearer_token_is_enough_to_look_at_others_posts(x: PretendX, tmp_path: Path) -> None:
    client = XClient(x_settings(x, tmp_path, TWITTER_BEARER_TOKEN="x-bearer-token"))
    assert client.find(BENS_WALK)
    assert x.requests()[-1].headers["authorization"] == "Bearer x-bearer-token"
