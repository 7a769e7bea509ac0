"""X and LinkedIn against their sandboxes: what goes out, once, and what comes of every failure."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, override

import pytest
from conftest import CATALOGUE, Business, Clock
from hypothesis import given
from hypothesis import strategies as st
from social_bench import (
    FAULT_NAMES,
    FAULTS,
    LINKED,
    NOW,
    TEXT,
    Attempt,
    as_request,
    every_fault,
    linkedin_settings,
    no_wait,
    operation,
    previewed,
    requests_of,
    writes,
    x_settings,
)

from utils.core.errors import (
    LONGEST_WAIT_S,
    AuthenticationError,
    ConfigurationError,
    EmployeeError,
    InvalidValueError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    UnreachableError,
)
from utils.core.lifecycle import State
from utils.core.model import (
    OutcomeKind,
    Particulars,
    Request,
)
from utils.http_client import HttpClient
from utils.linkedin.little_text import as_little_text, as_plain_text
from utils.linkedin_client import LinkedInClient
from utils.posts.picture import fetch_picture
from utils.posts.web_address import is_public
from utils.sandbox.http_wire import Answer
from utils.sandbox.http_wire import Request as Arrived
from utils.sandbox.linkedin import Feed, PretendLinkedIn
from utils.sandbox.linkedin_text import as_read
from utils.sandbox.pretend_service import PretendService
from utils.sandbox.x import PretendX
from utils.sandbox.x_posts import ANNS_QUESTION, BENS_WALK, OWN_POST, Network
from utils.settings import PROJECT_ROOT, secrets
from utils.x_client import XClient

OPENAPI = os.environ.get("X_OPENAPI", "")


@pytest.fixture
def x() -> Iterator[PretendX]:
    with PretendX() as service:
        yield service


@pytest.fixture
def linkedin() -> Iterator[PretendLinkedIn]:
    with PretendLinkedIn() as service:
        yield service


@pytest.fixture
def on_x(x: PretendX, tmp_path: Path) -> XClient:
    return XClient(x_settings(x, tmp_path), sleep=no_wait)


@pytest.fixture
def on_linkedin(linkedin: PretendLinkedIn, tmp_path: Path) -> LinkedInClient:
    return LinkedInClient(linkedin_settings(linkedin, tmp_path), sleep=no_wait)


# --- X: what is sent ------------------------------------------------------------------------


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


# --- X: what comes of it --------------------------------------------------------------------


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
        def respond(self, request: Arrived, state: Network) -> Answer:
            return Answer(200, body, {"content-type": "application/json"})

    with Garbled() as x, pytest.raises(OutcomeUnknownError):
        XClient(x_settings(x, tmp_path)).post({"text": TEXT})


def test_reads_on_x_are_tried_again(x: PretendX, on_x: XClient) -> None:
    x.fault("status", path="/2/users/me", status=503, times=2)
    x.fault("reset", path="/2/users/me")
    assert on_x.account.username == "cornerbakery"
    assert len(x.requests()) == 4


# --- X: what is found again -----------------------------------------------------------------


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


# --- X: what is looked up -------------------------------------------------------------------


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


# --- LinkedIn: what is sent -----------------------------------------------------------------

HARD = r"a_b*c ~d~ (e) [f] {g} <h> @i |j| \k #l-m # n #1 100% c#"


@given(st.text(max_size=200))
def test_people_read_on_linkedin_what_was_written(text: str) -> None:
    assert as_read(as_little_text(text)) == text
    assert as_plain_text(as_little_text(text)) == text


def test_a_hashtag_stays_one_and_a_link_stays_a_link() -> None:
    assert as_little_text("New: #Roggenbrot!") == r"New: {hashtag|\#|Roggenbrot}!"
    assert as_little_text("https://a.com/#top") == r"https://a.com/\#top"
    assert as_little_text("#snake_case #1 a#b") == r"\#snake\_case \#1 a\#b"


def test_unescaped_text_is_cut_without_an_error_and_ours_never(
    linkedin: PretendLinkedIn, on_linkedin: LinkedInClient
) -> None:
    """The trap itself: 201, and half of the post is missing."""
    attempt = Attempt(on_linkedin, "linkedin_create_post", text=HARD)
    body = dict(previewed(attempt.operation, linkedin_settings(linkedin, Path())).body)
    on_linkedin.post(body | {"commentary": "Fresh (warm) bread"})
    assert attempt.perform().kind is OutcomeKind.DONE
    assert [row["payload"]["read_as"] for row in linkedin.ledger()] == ["Fresh ", HARD]


@pytest.mark.parametrize(
    ("tool", "values"),
    [
        ("linkedin_create_post", {"text": f"{HARD}\n\n{TEXT}"}),
        ("linkedin_create_post", {"text": TEXT, "link": "https://bakery.com/rye"}),
        ("linkedin_delete_post", {"post_urn": "urn:li:share:7200000000000000000"}),
    ],
)
def test_on_linkedin_the_dry_run_is_what_is_sent(
    linkedin: PretendLinkedIn,
    on_linkedin: LinkedInClient,
    tmp_path: Path,
    tool: str,
    values: dict[str, str],
) -> None:
    attempt = Attempt(on_linkedin, tool, **values)
    linkedin.forget_requests()
    assert attempt.perform().kind is OutcomeKind.DONE
    (sent,) = linkedin.requests()
    where = linkedin_settings(linkedin, tmp_path)
    assert as_request(linkedin, sent) == previewed(attempt.operation, where)
    assert sent.headers["linkedin-version"] == "202607"
    assert sent.headers["x-restli-protocol-version"] == "2.0.0"


def test_on_linkedin_a_picture_goes_first(
    linkedin: PretendLinkedIn, on_linkedin: LinkedInClient
) -> None:
    picture = f"{linkedin.url}/pictures/bread.png"
    attempt = Attempt(on_linkedin, "linkedin_create_post", text=TEXT, image_url=picture)
    assert attempt.perform().kind is OutcomeKind.DONE
    (row,) = linkedin.ledger()
    assert row["payload"]["content"] == {"media": {"id": "urn:li:image:C1"}}


def test_the_token_goes_to_linkedin_only(x: PretendX, tmp_path: Path) -> None:
    class Elsewhere(PretendLinkedIn):
        @override
        def _announce(self, request: Arrived, state: Feed) -> Answer:
            value = {"uploadUrl": f"{x.url}/dms-uploads/C1", "image": "urn:li:image:C1"}
            return Answer.json({"value": value})

    with Elsewhere() as linkedin:
        reach = LinkedInClient(linkedin_settings(linkedin, tmp_path))
        picture = f"{linkedin.url}/pictures/bread.png"
        attempt = Attempt(reach, "linkedin_create_post", text=TEXT, image_url=picture)
        assert attempt.perform().kind is OutcomeKind.WAITING
        assert not linkedin.ledger()
    assert not x.requests()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"text": ""}, "there is no text"),
        ({"text": "x" * 3001}, "3,001"),
        ({"text": "x", "link": "javascript:x"}, "link"),
        ({"text": "x", "link": "https://a.io", "image_url": "https://a.io/b.png"}, "not both"),
    ],
)
def test_what_linkedin_would_refuse_is_refused(values: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidValueError, match=says):
        operation("linkedin_create_post", **values)


# --- LinkedIn: what comes of it -------------------------------------------------------------


@every_fault
@pytest.mark.parametrize("tool", ["linkedin_create_post", "linkedin_delete_post"])
def test_a_change_on_linkedin_goes_out_once_whatever_happens(
    linkedin: PretendLinkedIn,
    on_linkedin: LinkedInClient,
    tool: str,
    fault: dict[str, Any],
    kind: OutcomeKind,
) -> None:
    attempt = Attempt(on_linkedin, tool, **CATALOGUE.operation(tool).example)
    linkedin.fault(path="/rest/posts", **fault)
    assert attempt.perform().kind is kind
    sent = [sent for sent in linkedin.requests() if sent.path.startswith("/rest/posts")]
    assert len(sent) == (0 if fault["mode"] == "refuse" else 1)


def test_what_linkedin_has_already_is_adopted_with_its_urn(
    linkedin: PretendLinkedIn, on_linkedin: LinkedInClient
) -> None:
    attempt = Attempt(on_linkedin, "linkedin_create_post", text=TEXT)
    linkedin.fault("timeout_after_commit", path="/rest/posts")
    assert attempt.perform().kind is OutcomeKind.UNKNOWN
    again = attempt.perform()
    assert again.kind is OutcomeKind.DONE
    assert again.remote_id == linkedin.ledger()[0]["id"]
    assert again.detail
    assert len(linkedin.ledger()) == 1


def test_a_urn_that_came_back_is_the_proof_and_without_one_a_person_looks(
    linkedin: PretendLinkedIn, on_linkedin: LinkedInClient
) -> None:
    attempt = Attempt(on_linkedin, "linkedin_create_post", text=TEXT)
    assert attempt.probe() is None
    done = attempt.perform()
    found = attempt.probe()
    assert found
    assert found.remote_id == done.remote_id == linkedin.ledger()[0]["id"]


def test_a_post_on_linkedin_without_an_answer_is_a_persons_matter(
    business: Business, clock: Clock
) -> None:
    with PretendLinkedIn(clock=clock) as linkedin:
        quiet = {"RECONCILE_AFTER_SECONDS_LINKEDIN": "60", "HTTP_TIMEOUT_SECONDS": "1"}
        business.restart(**linkedin.environment(), **quiet)
        proposal = business.submit("linkedin_create_post", text=TEXT)
        linkedin.fault("timeout_after_commit", path="/rest/posts")
        business.approve(proposal)
        business.tick(seconds=61)
        business.tick(hours=1)
        assert business.state(proposal) is State.PENDING
        assert len(linkedin.ledger()) == 1
        again = business.approve(business.found(proposal.id).proposal)
        assert again.state is State.DONE, "a second yes finds the first post and makes no other"
        assert len(linkedin.ledger()) == 1


def test_a_version_that_has_ended_is_a_setting_to_mend(
    linkedin: PretendLinkedIn, tmp_path: Path
) -> None:
    where = linkedin_settings(linkedin, tmp_path, LINKEDIN_VERSION="202511")
    attempt = Attempt(LinkedInClient(where), "linkedin_create_post", text=TEXT)
    outcome = attempt.perform()
    assert outcome.kind is OutcomeKind.WAITING
    assert "LINKEDIN_VERSION" in outcome.detail


@pytest.mark.parametrize(
    ("now", "wait_s"),
    [(NOW.replace(hour=23, minute=30), 1800), (NOW, LONGEST_WAIT_S)],
)
def test_linkedins_limits_end_at_midnight_and_are_asked_about_every_hour(
    tmp_path: Path, now: datetime, wait_s: float
) -> None:
    class Limited(PretendLinkedIn):
        @override
        def respond(self, request: Arrived, state: Feed) -> Answer:
            return Answer.json({"status": 429, "message": "limit"}, 429)

    with Limited() as limited:
        client = LinkedInClient(linkedin_settings(limited, tmp_path), clock=lambda: now)
        with pytest.raises(RateLimitedError) as caught:
            client.delete("urn:li:share:1")
    assert caught.value.retry_after_s == wait_s


def test_a_pages_posts_can_be_listed_and_a_members_not(
    on_linkedin: LinkedInClient, tmp_path: Path
) -> None:
    with pytest.raises(RejectedError, match="only for company pages"):
        operation("linkedin_list_posts").read(on_linkedin)
    with PretendLinkedIn(author="urn:li:organization:42") as page:
        reach = LinkedInClient(linkedin_settings(page, tmp_path))
        Attempt(reach, "linkedin_create_post", text=HARD).perform()
        (post,) = operation("linkedin_list_posts").read(reach)["posts"]
    assert post["text"] == HARD


def test_the_token_must_be_the_authors(linkedin: PretendLinkedIn, tmp_path: Path) -> None:
    where = linkedin_settings(linkedin, tmp_path, LINKEDIN_AUTHOR_URN="urn:li:person:other")
    with pytest.raises(ConfigurationError, match="LINKEDIN_AUTHOR_URN"):
        _ = LinkedInClient(where).owner


def test_the_end_of_the_token_is_known_where_the_app_is(tmp_path: Path) -> None:
    with PretendLinkedIn(token_days=9, clock=lambda: NOW) as linkedin:
        known = LinkedInClient(linkedin_settings(linkedin, tmp_path))
        assert known.token_expiry() == NOW + timedelta(days=9)
        without = linkedin_settings(linkedin, tmp_path, LINKEDIN_CLIENT_ID="")
        wrong = linkedin_settings(linkedin, tmp_path, LINKEDIN_CLIENT_SECRET="not-the-secret")
    unknown = without.model_copy(update={"client_id": ""})
    assert LinkedInClient(unknown).token_expiry() is None
    with PretendLinkedIn() as linkedin:
        wrong = linkedin_settings(linkedin, tmp_path, LINKEDIN_CLIENT_SECRET="not-the-secret")
        assert LinkedInClient(wrong).token_expiry() is None


def test_a_token_that_was_taken_back_has_no_day_left(tmp_path: Path) -> None:
    with PretendLinkedIn(token_days=9, clock=lambda: NOW) as linkedin:
        linkedin.revoke()
        client = LinkedInClient(linkedin_settings(linkedin, tmp_path))
        with pytest.raises(AuthenticationError, match="not valid any more"):
            client.token_expiry()


def test_a_token_that_has_ended_parks_the_post(tmp_path: Path) -> None:
    with PretendLinkedIn(token_days=0) as linkedin:
        client = LinkedInClient(linkedin_settings(linkedin, tmp_path))
        with pytest.raises(AuthenticationError):
            client.post({"author": "x"})


# --- both: pictures, secrets, weight --------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.1.2.3"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "ff0e::1"),
    ],
)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111"])
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("http://bakery.com/a.png", "ftp://bakery.com/a.png", "file:///etc/passwd", "https://"),
        *("https://127.0.0.1/a.png", "https://localhost/a.png", "https://[::1]/a.png"),
        *("https://user:pw@bakery.com/a.png", "https://bakery.com:22/a.png", "https://a:b/c"),
        *("https://2130706433/a.png", "https://0x7f.1/a.png", "{own}.evil.example/a.png"),
        "{own}@{inside}/pictures/bread.png",
    ],
)
def test_a_picture_is_not_fetched_from_inside(x: PretendX, url: str) -> None:
    """A model must not make us read what only this machine can reach."""
    with PretendX() as inside:
        address = url.replace("{inside}", inside.url).replace("{own}", x.url)
        with pytest.raises(InvalidValueError):
            fetch_picture(address, timeout_s=1, own=x.url)
    assert not x.requests() + inside.requests()


def test_the_address_that_was_checked_is_the_one_that_is_fetched_from(x: PretendX) -> None:
    """Between the check and the call, a name must not be able to move inside."""
    port = x.url.rpartition(":")[2]
    http = HttpClient("picture", timeout_s=1)
    url = f"http://nobody.invalid:{port}/pictures/bread.png"
    assert http.send("GET", url, address="127.0.0.1").status == 200
    assert x.requests()[0].headers["host"] == f"nobody.invalid:{port}"


def test_only_a_picture_is_taken_for_one(x: PretendX) -> None:
    address = f"{x.url}/pictures/bread.png"
    assert fetch_picture(address, timeout_s=1, own=x.url).kind == "image/png"
    x.picture = b"<svg onload=alert(1)>"
    with pytest.raises(InvalidValueError, match="neither JPEG nor PNG"):
        fetch_picture(address, timeout_s=1, own=x.url)
    x.picture = b"\xff\xd8\xff" + bytes(6 * 1024 * 1024)
    with pytest.raises(UnreachableError, match="5 MB"):
        fetch_picture(address, timeout_s=5, own=x.url)
    x.fault("status", path="/pictures", status=302)
    with pytest.raises(InvalidValueError, match="302"):
        fetch_picture(address, timeout_s=1, own=x.url)


@pytest.mark.parametrize("fault", [fault for fault, _ in FAULTS], ids=FAULT_NAMES)
def test_no_key_or_token_gets_into_an_error_a_log_or_an_address(
    x: PretendX,
    linkedin: PretendLinkedIn,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    more = {"TWITTER_BEARER_TOKEN": "x-bearer-token", "HTTP_TIMEOUT_SECONDS": "0.2"}
    where = x_settings(x, tmp_path, **linkedin.environment() | more)
    page = linkedin_settings(linkedin, tmp_path, **more)
    on_x, on_linkedin = XClient(where, sleep=no_wait), LinkedInClient(page, sleep=no_wait)
    said = [repr(where), repr(page)]
    calls: list[tuple[PretendService[Any], Callable[[], object]]] = [
        (x, lambda: on_x.post({"text": TEXT})),
        (x, lambda: on_x.find("1")),
        (x, lambda: on_x.account),
        (linkedin, lambda: on_linkedin.post({"author": "x"})),
        (linkedin, lambda: on_linkedin.owner),
        (linkedin, on_linkedin.token_expiry),
    ]
    for service, call in calls:
        service.fault(**{"times": 5} | fault)
        try:
            call()
        except EmployeeError as error:
            said += [f"{cause!s} {cause!r} {cause.args}" for cause in causes(error)]
        service.heal()
    said += [record.getMessage() + str(record.exc_text) for record in caplog.records]
    said += [sent.path for service in (x, linkedin) for sent in requests_of(service)]
    hidden = secrets(where.general)
    assert len(hidden) == 7
    for secret in hidden:
        assert not [line for line in said if secret in line]


def causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("name", ["twitter", "linkedin"])
def test_the_tools_are_listed_before_a_library_is_loaded(name: str) -> None:
    script = PROJECT_ROOT / f".claude/mcp-servers/{name}-mcp/mcp_server_{name}.py"
    code = (
        "import sys, runpy; sys.path.insert(0, sys.argv[2]); runpy.run_path(sys.argv[1]);"
        "print([n for n in ('tweepy', 'requests', 'httpx2', 'oauthlib') if n in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(script), str(PROJECT_ROOT)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert ran.stdout.strip() == "[]"


# --- X's own description --------------------------------------------------------------------


@pytest.mark.skipif(not OPENAPI, reason="X_OPENAPI names no copy of X's own API description")
def test_what_we_send_and_what_the_sandbox_answers_is_as_x_describes_it(tmp_path: Path) -> None:
    """The file is X's openapi.json (seen: version 2.167); it is no part of this project."""
    jsonschema = pytest.importorskip("jsonschema")
    described = json.loads(Path(OPENAPI).read_text())
    exchanged: list[tuple[Arrived, Answer]] = []

    class Recording(PretendX):
        @override
        def respond(self, request: Arrived, state: Network) -> Answer:
            exchanged.append((request, super().respond(request, state)))
            return exchanged[-1][1]

    with Recording() as x:
        use_everything(XClient(x_settings(x, tmp_path)), f"{x.url}/pictures/bread.png")
    checked: set[tuple[str, str]] = set()
    wrong: list[Any] = []
    for request, answer in exchanged:
        route = re.sub(r"/[0-9]{5,}", "/{id}", request.path)
        if found := described["paths"].get(route, {}).get(request.method.lower()):
            checked.add((request.method, route))
            wanted = found["responses"][str(answer.status)]
            for body, kind in ((answer.body, wanted), (request.body, found.get("requestBody"))):
                schema = (kind or {}).get("content", {}).get("application/json", {}).get("schema")
                validator = jsonschema.Draft202012Validator({**described, **(schema or {})})
                wrong += validator.iter_errors(json.loads(body)) if schema else []
    assert len(checked) == 7
    assert not [f"{error.json_path}: {error.message[:200]}" for error in wrong]


def use_everything(reach: XClient, picture: str) -> None:
    """Make every call that the tools make."""
    Attempt(reach, "twitter_create_tweet", text=LINKED, image_url=picture).perform()
    Attempt(reach, "twitter_reply", tweet_id=ANNS_QUESTION, text=TEXT).perform()
    Attempt(reach, "twitter_delete_tweet", tweet_id=OWN_POST).perform()
    for tool in ("twitter_list_tweets", "twitter_list_mentions", "twitter_get_account"):
        operation(tool).read(reach)
    reach.find(OWN_POST)


def test_no_picture_is_fetched_from_this_machine_for_a_real_service() -> None:
    with PretendX() as inside:
        address = f"{inside.url}/pictures/bread.png"
        with pytest.raises(InvalidValueError):
            fetch_picture(address, timeout_s=1, own="https://api.x.com")
    assert not inside.requests()
