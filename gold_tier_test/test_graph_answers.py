"""What the Graph's answers mean: its numbers, and answers that are none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, override

import pytest
from meta_bench import Shop, post

from utils.core.errors import (
    AuthenticationError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    ServiceError,
)
from utils.core.model import OutcomeKind, Particulars
from utils.graph.errors import NotThereError
from utils.sandbox.graph import PretendGraph
from utils.sandbox.graph_state import PAGE
from utils.sandbox.http_wire import Answer

if TYPE_CHECKING:
    from utils.sandbox.graph_state import GraphState
    from utils.sandbox.http_wire import Request


@pytest.fixture
def shop(graph: PretendGraph, tmp_path: Path) -> Shop:
    return Shop(graph, tmp_path)


# --- what the Graph's numbers mean ----------------------------------------------------------

MEANINGS: list[tuple[int, int | None, type[ServiceError]]] = [
    *((190, subcode, AuthenticationError) for subcode in (458, 459, 460, 463, 464, 467, None)),
    *((code, None, AuthenticationError) for code in (3, 10, 102, 200, 283, 299)),
    (100, 1404078, AuthenticationError),
    *((code, None, RateLimitedError) for code in (4, 17, 32, 613, 80001, 80002, 80006)),
    (9, 2207042, RateLimitedError),
    *((100, code, RejectedError) for code in (1390008, 1404112, 1404006, 4854002, 2207050)),
    (368, None, RejectedError),
    (9004, 2207052, RejectedError),
    (100, 2207020, RejectedError),
    (100, 1609008, RejectedError),
    (100, None, RejectedError),
    (100, 33, NotThereError),
    (506, None, OutcomeUnknownError),
    (100, 1366051, OutcomeUnknownError),
    *((code, None, OutcomeUnknownError) for code in (1, 2)),
    *((100, code, OutcomeUnknownError) for code in (1363047, 1609010, 2207032)),
]


@pytest.mark.parametrize(("code", "subcode", "meaning"), MEANINGS)
def test_a_number_of_the_graph_means_one_of_ours(
    shop: Shop, code: int, subcode: int | None, meaning: type[ServiceError]
) -> None:
    shop.graph.refuse(code, "said the Graph", subcode=subcode)
    with pytest.raises(ServiceError) as caught:
        shop.perform(post())
    assert type(caught.value) is meaning
    assert caught.value.service == "facebook"
    assert not shop.graph.ledger()


def test_a_missing_permission_is_named(shop: Shop) -> None:
    shop.graph.take_scope(PAGE, "pages_manage_posts")
    with pytest.raises(AuthenticationError, match="pages_manage_posts"):
        shop.perform(post())


def test_the_same_post_twice_is_looked_into_and_not_repeated(shop: Shop) -> None:
    shop.perform(post())
    with pytest.raises(OutcomeUnknownError, match="already"):
        shop.perform(post())
    assert len(shop.graph.ledger()) == 1


def test_the_graph_says_in_minutes_how_long_to_wait(shop: Shop) -> None:
    shop.graph.throttle(minutes=7, code=32)
    with pytest.raises(RateLimitedError) as caught:
        shop.perform(post())
    assert caught.value.retry_after_s == 420
    assert shop.reach("facebook_x").graph.heard.used_percent == 100
    assert shop.perform(post()).kind is OutcomeKind.DONE


def test_the_plain_header_says_it_too(shop: Shop) -> None:
    shop.graph.fault("status", path="*/feed", status=429, seconds=12)
    with pytest.raises(RateLimitedError) as caught:
        shop.perform(post())
    assert caught.value.retry_after_s == 12


def test_a_used_up_day_on_instagram_waits(shop: Shop) -> None:
    shop.graph.refuse(9, "limit", subcode=2207042)
    with pytest.raises(RateLimitedError):
        shop.perform(shop.picture())


@pytest.mark.parametrize("host", ["robots.example", "unreachable.example"])
def test_a_picture_that_meta_cannot_load_is_a_persons_matter(shop: Shop, host: str) -> None:
    account = shop.reach("instagram_x")
    operation = shop.picture(image_url=f"https://{host}/rye.jpg")
    request = operation.request(account.where, Particulars(), "p_abc")
    with pytest.raises(RejectedError, match="picture"):
        account.publisher.publish(request, shop.mark(), "Rye. #bakery")
    assert not shop.graph.ledger()


# --- answers that are none ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"{}"),
        (200, b"<html>"),
        (200, b"[]"),
        (404, b"\xff"),
        (500, b'{"id": "1"}'),
        (302, b'{"id": "1"}'),
    ],
)
def test_an_answer_that_is_none_is_unknown_and_never_a_success(
    status: int, body: bytes, tmp_path: Path
) -> None:
    """The library takes a JSON 500 without `error` for a success, and follows redirects."""

    class Odd(PretendGraph):
        @override
        def respond(self, request: Request, state: GraphState) -> Answer:
            return Answer(status, body, {"location": f"{self.url}/elsewhere"})

    with Odd() as graph:
        with pytest.raises(OutcomeUnknownError):
            Shop(graph, tmp_path).perform(post())
        assert len(graph.requests()) == 1


def test_reads_are_tried_again(shop: Shop) -> None:
    shop.graph.fault("status", path="*/published_posts", status=503, times=2)
    assert len(shop.read("facebook_list_posts")["posts"]) == 2


def test_a_dead_token_is_not_tried_twice(shop: Shop) -> None:
    shop.graph.end_token(PAGE, subcode=460)
    with pytest.raises(AuthenticationError, match="password"):
        shop.read("facebook_list_posts")
    assert len(shop.graph.requests()) == 1
