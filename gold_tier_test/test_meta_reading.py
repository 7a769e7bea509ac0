"""What is read of Facebook and Instagram, who we are there, and the pretend Graph itself."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from meta_bench import FACEBOOK, INSTAGRAM, SERVICES, Shop, a_post, post

from utils.core.errors import AuthenticationError, EmployeeError
from utils.graph.errors import NotThereError
from utils.graph_client import GraphAccess, GraphClient
from utils.sandbox.graph import PretendGraph
from utils.sandbox.graph_state import ACCOUNT, ACCOUNT_ID, APP_ID, APP_KEY, PAGE, PAGE_ID, TOKENS
from utils.settings import PROJECT_ROOT


@pytest.fixture
def shop(graph: PretendGraph, tmp_path: Path) -> Shop:
    return Shop(graph, tmp_path)


# --- reading --------------------------------------------------------------------------------


def test_a_figure_that_is_not_given_is_null_with_a_reason_and_never_zero(shop: Shop) -> None:
    """Promise 9."""
    shop.graph.set_followers(99)
    found = shop.read("facebook_get_page_insights")
    assert set(found["metrics"].values()) == {None}
    assert set(found["missing"]) == set(found["metrics"])
    assert all(found["missing"].values())


def test_one_dead_figure_does_not_take_the_others_with_it(shop: Shop) -> None:
    shop.graph.refuse(100, "(#100) The value must be a valid insights metric", method="GET")
    found = shop.read("facebook_get_page_insights")
    dead = [name for name, values in found["metrics"].items() if values is None]
    assert dead == list(found["missing"]) == ["page_media_view"]
    assert len(found["metrics"]) == 8


def test_figures_are_by_day_and_the_last_day_belongs_to_them(shop: Shop) -> None:
    found = shop.read("facebook_get_page_insights", since="2026-11-16", until="2026-11-18")
    assert not found["missing"]
    assert {len(values) for values in found["metrics"].values()} == {3}


def test_figures_of_a_picture_are_numbers(shop: Shop) -> None:
    media_id = shop.read("instagram_list_media")["media"][0]["id"]
    found = shop.read("instagram_get_media_insights", media_id=media_id)
    values = found["metrics"].values()
    assert not found["missing"]
    assert all(isinstance(value, int) for value in values)
    assert len(set(values)) > 1


def test_figures_without_the_permission_are_an_error_and_not_a_gap(shop: Shop) -> None:
    shop.graph.take_scope(PAGE, "read_insights")
    with pytest.raises(AuthenticationError, match="read_insights"):
        shop.read("facebook_get_page_insights")


def test_posts_of_a_period_are_listed(shop: Shop) -> None:
    every = shop.read("facebook_list_posts")["posts"]
    day = every[1]["created_time"][:10]
    assert shop.read("facebook_list_posts", since=day, until=day)["posts"] == [every[1]]


def test_strangers_words_hide_nothing(shop: Shop) -> None:
    """Promise 8."""
    post_id = a_post(shop)
    shop.graph.comment_as_stranger(post_id, "fine\u202etxt.exe")
    (comment,) = shop.read("facebook_list_comments", post_id=post_id)["comments"]
    assert comment["text"] == "fine⟨U+202E⟩txt.exe"
    assert comment["from"] == "Bea"


def test_one_post_is_read_with_its_counts(shop: Shop) -> None:
    post_id = shop.read("facebook_list_posts")["posts"][1]["id"]
    found = shop.read("facebook_get_post", post_id=post_id)
    assert (found["comments"], found["reactions"], found["shares"]) == (1, 3, 0)


def test_the_account_says_how_many_posts_are_left(shop: Shop) -> None:
    shop.perform(shop.picture())
    found = shop.read("instagram_get_account")
    assert (found["username"], found["posts_used"], found["posts_allowed"]) == (
        "adas.bakery",
        1,
        100,
    )


def test_comments_on_a_picture_are_listed(shop: Shop) -> None:
    media_id = shop.read("instagram_list_media")["media"][0]["id"]
    (comment,) = shop.read("instagram_list_comments", media_id=media_id)["comments"]
    assert (comment["from"], comment["text"]) == ("ben.bakes", "When do you open?")


# --- who we are, and for how long -----------------------------------------------------------


def test_the_connection_says_whom_it_reaches_and_which_version_answers(shop: Shop) -> None:
    assert FACEBOOK.whoami(shop.reach("facebook_x")) == (
        f"the Page Ada's Bakery ({PAGE_ID}), Graph v26.0"
    )
    assert INSTAGRAM.whoami(shop.reach("instagram_x")).startswith(f"@adas.bakery ({ACCOUNT_ID})")


def test_a_version_that_is_out_of_service_shows_by_the_one_that_answers(
    graph: PretendGraph, tmp_path: Path
) -> None:
    shop = Shop(graph, tmp_path)
    shop.variables["FACEBOOK_GRAPH_VERSION"] = "v20.0"
    assert "Graph v21.0" in FACEBOOK.whoami(shop.reach("facebook_x"))
    assert shop.reach("facebook_x").graph.get_version() == "21.0"


def test_a_token_says_when_it_ends(shop: Shop) -> None:
    client = shop.reach("facebook_x").graph
    in_90_days = client.token_expiry()
    assert in_90_days is not None
    assert timedelta(days=89) < in_90_days - datetime.now(UTC) < timedelta(days=91)
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=12)
    shop.graph.set_expiry(PAGE, ends)
    assert client.token_expiry() == ends
    shop.graph.end_token(PAGE)
    with pytest.raises(AuthenticationError):
        client.token_expiry()


def test_instagrams_own_host_cannot_say_when_its_token_ends(shop: Shop) -> None:
    assert shop.reach("instagram_x").graph.token_expiry() is None


def test_the_librarys_own_calls_go_out_our_way(graph: PretendGraph) -> None:
    """Whatever of facebook-sdk is called: no token in an address, our errors, lists as JSON."""
    access = GraphAccess(
        service="facebook", base=graph.url, version="v26.0", token=TOKENS[PAGE], timeout_s=2
    )
    client = GraphClient(access)
    assert client.get_object("me", fields="id,name")["id"] == PAGE_ID
    made = client.put_object(PAGE_ID, "feed", message="Hello")
    client.put_comment(made["id"], "First!")
    told = client.debug_access_token(TOKENS[ACCOUNT], APP_ID, APP_KEY)
    assert told["data"]["is_valid"] is False
    client.delete_object(made["id"])
    with pytest.raises(NotThereError):
        client.get_object(made["id"])
    with pytest.raises(EmployeeError):
        client.put_object(PAGE_ID, "feed", message="a", attached_media=[{"media_fbid": "1"}])
    assert b"attached_media=%5B%7B%22media_fbid%22%3A+%221%22%7D%5D" in graph.requests()[-1].body
    assert not any(TOKENS[PAGE] in sent.path or APP_KEY in sent.path for sent in graph.requests())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FACEBOOK_GRAPH_URL", "http://graph.facebook.com"),
        ("FACEBOOK_GRAPH_URL", "https://me:x@graph.facebook.com"),
        ("FACEBOOK_GRAPH_VERSION", "26"),
        ("FACEBOOK_PAGE_ID", "1/feed?x"),
        ("INSTAGRAM_GRAPH_URL", "http://127.0.0.1.example"),
    ],
)
def test_a_token_is_sent_encrypted_or_to_this_machine(shop: Shop, name: str, value: str) -> None:
    shop.variables[name] = value
    with pytest.raises(EmployeeError, match=name):
        shop.where(SERVICES[name.partition("_")[0].lower()])


def test_the_library_can_be_compiled_where_warnings_are_errors(tmp_path: Path) -> None:
    """Its first compile warns of a pattern of its own."""
    command = [sys.executable, "-W", "error", "-X", f"pycache_prefix={tmp_path}", "-c"]
    done = subprocess.run(
        [*command, "import utils.graph_client"], cwd=PROJECT_ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


# --- the pretend Graph itself ----------------------------------------------------------------


def test_a_user_finds_the_token_of_his_page_and_makes_his_own_last(graph: PretendGraph) -> None:
    access = GraphAccess(
        service="facebook", base=graph.url, version="v26.0", token=TOKENS["user"], timeout_s=2
    )
    client = GraphClient(access)
    (page,) = client.read("me/accounts", {})["data"]
    assert (page["id"], page["access_token"]) == (PAGE_ID, TOKENS[PAGE])
    longer = client.extend_access_token(APP_ID, APP_KEY)
    assert longer["expires_in"] == 60 * 86_400


def test_a_reset_returns_to_the_seed(shop: Shop) -> None:
    shop.perform(post())
    shop.graph.reset()
    assert not shop.kinds()
    assert len(shop.read("facebook_list_posts")["posts"]) == 2
