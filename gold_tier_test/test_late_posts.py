"""A post, a mail or a payment whose answer comes late or never, though it still takes place."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from conftest import NEWS

from utils.core.lifecycle import OPEN_STATES, Folder, State

if TYPE_CHECKING:
    from conftest import Square

    from utils.storage.rows import Tracked

#: The client's patience, and what is more than that, in seconds.
PATIENCE_S = 0.4
TOO_LONG_S = 0.6
#: Longer than every quiet window, in seconds.
WINDOW_S = 61
#: Answered after the time-out; done but the answer was lost; hung up, and done a moment later.
FAULTS = {"slow": TOO_LONG_S, "timeout_after_commit": TOO_LONG_S, "late_commit": 0.1}


class Step(NamedTuple):
    """One request that changes something, and what its Operation has to come to."""

    tool: str
    service: str
    path: str
    #: The effects of the whole Operation, each of them once.
    kinds: tuple[str, ...]
    #: How many rows the ledger has as soon as this request took place.
    rows: int = 1


FACEBOOK = Step("facebook_create_post", "graph", "*/feed", ("facebook_post",))
PHOTO = FACEBOOK._replace(path="*/photos")
CONTAINER = Step("instagram_create_post", "graph", "*/media", ("instagram_media",), rows=0)
PUBLISHED = Step("instagram_create_post", "graph", "*/media_publish", ("instagram_media",))
TWEET = Step("twitter_create_tweet", "x", "/2/tweets", ("tweet",))
LINKEDIN = Step("linkedin_create_post", "linkedin", "/rest/posts", ("linkedin_post",))
DRAFT = Step("gmail_send_mail", "gmail", "/gmail/v1/users/me/drafts", ("mail_sent",))
SENT = Step("gmail_send_mail", "gmail", "/gmail/v1/users/me/drafts/send", ("mail_sent",), rows=2)
PAYMENT = Step(
    "odoo_record_payment",
    "odoo",
    "/json/2/account.payment/load",
    ("payment_created", "payment_posted", "reconciled"),
)
BOOKED = PAYMENT._replace(path="/json/2/account.payment/action_post", rows=2)
APPLIED = PAYMENT._replace(path="/json/2/account.move/js_assign_outstanding_line", rows=3)
#: Requests after which nothing is left to be done: what took place is found by looking.
LAST = (FACEBOOK, PUBLISHED, TWEET, SENT, APPLIED)
#: Requests after which something is left, or nobody can tell: the owner is asked, or it goes on.
BETWEEN = (CONTAINER, DRAFT, PAYMENT, BOOKED)


def named(value: object) -> str:
    return f"{value.tool} {value.path}" if isinstance(value, Step) else str(value)


@pytest.fixture
def hurried(square: Square) -> Square:
    square.restart(
        HTTP_TIMEOUT_SECONDS=str(PATIENCE_S),
        RECONCILE_AFTER_SECONDS_ODOO="60",
        RECONCILE_AFTER_SECONDS_GMAIL="60",
    )
    return square


def values_of(square: Square, tool: str) -> dict[str, Any]:
    """Return what is asked of a tool."""
    return {
        "facebook_create_post": {"message": NEWS},
        "instagram_create_post": {"caption": NEWS, "image_url": square.graph.picture_url()},
        "twitter_create_tweet": {"text": NEWS},
        "linkedin_create_post": {"text": NEWS},
        "gmail_send_mail": {"to": "ann@cafe.example", "subject": "Order", "body": "Ready."},
        "odoo_record_payment": {"invoice": "1", "amount": "1200.00"},
    }[tool]


def made(square: Square) -> Counter[str]:
    """Return how often every kind of effect took place; a draft reaches nobody."""
    kinds = Counter(kind for _, kind in square.street.ledger())
    del kinds["draft_created"]
    return kinds


def go_wrong(square: Square, step: Step, fault: str) -> None:
    """Let the next request of a step go wrong."""
    service = square.street.services[step.service]
    service.fault(fault, path=step.path, method="POST", seconds=FAULTS[fault])


def writes(square: Square, step: Step) -> int:
    """Return how often a step's request was sent."""
    end = step.path.removeprefix("*")
    sent = square.street.services[step.service].requests()
    return sum(one.method == "POST" and one.path.endswith(end) for one in sent)


def let_it_happen(square: Square, rows: int, delays: random.Random) -> None:
    """Look again and again before anything can be known, and once more when it has taken place."""
    for _ in range(delays.randrange(3)):
        square.tick(seconds=delays.uniform(0.0, 8.0))
    for _ in range(1000):
        if len(square.street.ledger()) >= rows:
            break
        time.sleep(0.01)
    else:
        pytest.fail("it never happened")
    square.tick(seconds=WINDOW_S)
    square.tick(seconds=1)


def approved(square: Square, step: Step, fault: str) -> Tracked:
    """Approve what goes wrong, and let time go by."""
    proposal = square.submit(step.tool, **values_of(square, step.tool))
    go_wrong(square, step, fault)
    square.approve(proposal)
    assert square.state(proposal) in {State.UNKNOWN, State.WAITING}
    delays = random.Random(f"{step} {fault}")  # noqa: S311 - a choice of tests, no secret
    let_it_happen(square, step.rows, delays)
    return square.found(proposal.id)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", LAST, ids=named)
def test_what_took_place_without_an_answer_is_found_and_never_repeated(
    hurried: Square, step: Step, fault: str
) -> None:
    """Promise 5: nothing is asked where the service can tell."""
    tracked = approved(hurried, step, fault)
    assert tracked.state is State.DONE, tracked.proposal.reason
    assert made(hurried) == Counter(step.kinds)
    assert (writes(hurried, step), tracked.attempts) == (1, 1)
    assert hurried.notes(Folder.COMPLETED) == [tracked.proposal.note]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", BETWEEN, ids=named)
def test_what_got_stuck_on_its_way_is_brought_to_its_end_once(
    hurried: Square, step: Step, fault: str
) -> None:
    """Promise 5: what reaches nobody goes on by itself, everything else after a new yes."""
    tracked = approved(hurried, step, fault)
    if tracked.state in OPEN_STATES:
        assert tracked.attempts == 1
        hurried.approve(tracked.proposal)
    assert hurried.state(tracked.proposal) is State.DONE
    assert made(hurried) == Counter(step.kinds)
    assert hurried.notes(Folder.COMPLETED) == [tracked.proposal.note]


@pytest.mark.parametrize("fault", FAULTS)
def test_what_linkedin_shows_nobody_is_asked_about_and_never_sent_again(
    hurried: Square, fault: str
) -> None:
    """Promise 5: where nobody can tell, the owner looks."""
    tracked = approved(hurried, LINKEDIN, fault)
    assert tracked.state is State.PENDING
    assert "cannot tell" in hurried.text(Folder.PENDING, tracked.proposal.note)
    hurried.tick(hours=1)
    assert writes(hurried, LINKEDIN) == 1
    hurried.drag(tracked.proposal.note, Folder.REJECTED)
    hurried.tick(seconds=1)
    assert hurried.state(tracked.proposal) is State.REFUSED
    assert made(hurried) == Counter(LINKEDIN.kinds)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_announcement_without_a_single_answer_is_on_every_network_once(
    hurried: Square, fault: str
) -> None:
    """Promise 5, on four networks at once."""
    proposal = hurried.announce()
    for step in (FACEBOOK, PHOTO, PUBLISHED, TWEET, LINKEDIN):
        go_wrong(hurried, step, fault)
    hurried.approve(proposal)
    let_it_happen(hurried, 4, random.Random(20261122))  # noqa: S311 - a choice of tests, no secret
    hurried.settle()
    once = Counter(FACEBOOK.kinds + PUBLISHED.kinds + TWEET.kinds + LINKEDIN.kinds)
    assert made(hurried) == once
    [asked] = hurried.waiting()
    assert asked.proposal.operation == LINKEDIN.tool
    assert hurried.state(proposal) is State.DONE
    hurried.drag(asked.proposal.note, Folder.REJECTED)
    hurried.settle()
    assert made(hurried) == once
    assert hurried.waiting() == []
    assert hurried.engine.audit_log.verify()[0] == []
