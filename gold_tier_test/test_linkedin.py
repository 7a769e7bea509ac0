"""LinkedIn against its sandbox: what goes out, once, and what comes of every failure."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, override

import pytest
from conftest import CATALOGUE, Business, Clock
from hypothesis import given
from hypothesis import strategies as st
from social_bench import (
    NOW,
    TEXT,
    Attempt,
    as_request,
    every_fault,
    linkedin_settings,
    no_wait,
    operation,
    previewed,
)

from utils.core.errors import (
    LONGEST_WAIT_S,
    AuthenticationError,
    ConfigurationError,
    InvalidValueError,
    RateLimitedError,
    RejectedError,
)
from utils.core.lifecycle import State
from utils.core.model import OutcomeKind
from utils.linkedin.little_text import as_little_text, as_plain_text
from utils.linkedin_client import LinkedInClient
from utils.sandbox.http_wire import Answer
from utils.sandbox.http_wire import Request as Arrived
from utils.sandbox.linkedin import Feed, PretendLinkedIn
from utils.sandbox.linkedin_text import as_read
from utils.sandbox.x import PretendX


@pytest.fixture
def on_linkedin(linkedin: PretendLinkedIn, tmp_path: Path) -> LinkedInClient:
    return LinkedInClient(linkedin_settings(linkedin, tmp_path), sleep=no_wait)


# --- what is sent ----------------------------------------------------------------------------

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


# --- what comes of it ------------------------------------------------------------------------


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
