"""What Facebook and Instagram are asked for is checked before anything is sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from meta_bench import (
    FACEBOOK,
    LINK,
    Shop,
    a_post,
    every_change,
    grant_of,
    operation_of,
    post,
    proposal_of,
)

from utils.core.errors import InvalidValueError, RejectedError
from utils.core.model import Particulars
from utils.sandbox.graph import PretendGraph
from utils.sandbox.graph_state import PAGE_ID
from utils.settings import load


@pytest.fixture
def shop(graph: PretendGraph, tmp_path: Path) -> Shop:
    return Shop(graph, tmp_path)


# --- values are checked before anything is sent ----------------------------------------------


@pytest.mark.parametrize(
    ("tool", "values", "said"),
    [
        ("facebook_create_post", {"message": "x" * 63_207}, "63,206 and this counts 63,207"),
        ("facebook_create_post", {"message": " \n"}, "no text"),
        ("facebook_create_post", {"message": "a", "link": "file:///etc/passwd"}, "https://"),
        ("facebook_create_post", {"message": "a", "link": "javascript:alert(1)"}, "https://"),
        (
            "facebook_create_post",
            {"message": "a", "link": LINK, "image_url": "https://a.example/a.jpg"},
            "a link or a picture",
        ),
        ("facebook_create_post", {"message": "a", "image_url": "https://a.example/a.gif"}, "gif"),
        ("facebook_delete_post", {"post_id": "1/../me"}, "pattern"),
        ("facebook_reply_comment", {"comment_id": "me", "message": "a"}, "pattern"),
        ("facebook_list_posts", {"limit": 101}, "100"),
        ("facebook_get_page_insights", {"since": "2026-01-01", "until": "2026-06-01"}, "151 days"),
        ("facebook_get_page_insights", {"since": "2026-02-01", "until": "2026-01-01"}, "before"),
        ("instagram_create_post", {"caption": "x" * 2_201}, "2,200 and this counts 2,201"),
        ("instagram_create_post", {"caption": "#a #b #c #d #e #f"}, "5 #hashtags at most"),
        ("instagram_create_post", {"caption": "@a @b @c @d"}, "3 @mentions at most"),
        ("instagram_create_post", {"image_url": "https://a.example/a.PNG?x=1"}, "png"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_count(
    tool: str, values: dict[str, object], said: str
) -> None:
    good = {"caption": "Rye", "image_url": "https://a.example/a.jpg"}
    wanted = good | values if tool == "instagram_create_post" else values
    with pytest.raises(InvalidValueError, match=re.escape(said)):
        operation_of(tool, **wanted)


PRIVATE = (
    "https://10.0.0.7/a.jpg",
    "https://192.168.1.1/a.jpg",
    "https://169.254.169.254/latest/meta-data",
    "https://[fd00::1]/a.jpg",
    "https://[::ffff:10.0.0.7]/a.jpg",
    "https://[64:ff9b::a00:7]/a.jpg",
    "https://2130706433/a.jpg",
    "https://0x7f.1/a.jpg",
    "https://printer.local/a.jpg",
    "https://intranet/a.jpg",
    "https://owner:pass@bakery.example/a.jpg",
    "http://bakery.example/a.jpg",
    "ftp://bakery.example/a.jpg",
    "file:///home/a.jpg",
    "https://bakery.example\\@10.0.0.7/a.jpg",
    "https://bakery.example/a b.jpg",
    "https://" + "a" * 2_100,
    "https://[::1",
    "",
)


@pytest.mark.parametrize("address", PRIVATE)
@pytest.mark.parametrize("tool", ["facebook_create_post", "instagram_create_post"])
def test_a_picture_that_is_not_public_is_refused(tool: str, address: str) -> None:
    text = "caption" if tool.startswith("instagram") else "message"
    with pytest.raises(InvalidValueError, match="image_url"):
        operation_of(tool, **{text: "Rye", "image_url": address})


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.jpg", "https://localhost/a.jpg"])
def test_this_machine_is_public_for_a_pretend_service_only(tmp_path: Path, address: str) -> None:
    real = {"FACEBOOK_PAGE_ID": "1", "FACEBOOK_PAGE_TOKEN": "EAA" + "x" * 30}
    settings = load(tmp_path, environment=real, project_root=tmp_path)
    where = FACEBOOK.settings.read(settings)
    with pytest.raises(InvalidValueError, match="not public"):
        post(image_url=address).request(where, Particulars(), "p_preview")


def test_a_picture_of_the_wrong_kind_is_refused_before_anybody_is_asked(shop: Shop) -> None:
    disguised = f"{shop.graph.url}/pictures/none.jpg"
    with pytest.raises(InvalidValueError):
        shop.perform(shop.picture(image_url=disguised))
    shown = shop.picture().look_up(shop.reach("instagram_x")).shown
    assert shown == {"Picture": "JPEG, 1 KB"}
    assert not shop.graph.ledger()


def test_a_picture_that_changed_since_it_was_approved_is_not_posted(shop: Shop) -> None:
    """Promise 4: what runs is what was shown."""
    operation = post(image_url=shop.graph.picture_url("loaf.jpg"))
    reach = shop.reach(operation.tool)
    approved = Particulars(resolved={"picture": "0" * 64})
    proposal = proposal_of(operation, approved)
    with pytest.raises(RejectedError, match="another picture"):
        operation.perform(reach, grant_of(proposal), proposal, shop.mark())
    assert not shop.graph.ledger()


def test_only_a_post_of_this_page_can_be_deleted(shop: Shop) -> None:
    of_another = shop.graph.post_as_stranger("Buns!")
    stranger = operation_of("facebook_delete_post", post_id=of_another)
    gone = operation_of("facebook_delete_post", post_id=f"{PAGE_ID}_1")
    for operation in (stranger, gone):
        with pytest.raises(InvalidValueError, match="post_id"):
            shop.perform(operation)


def test_a_note_about_a_deletion_shows_what_would_go(shop: Shop) -> None:
    operation = operation_of("facebook_delete_post", post_id=a_post(shop))
    particulars = operation.look_up(shop.reach(operation.tool))
    assert particulars.shown["Post"] == "We are closed on Monday."
    assert "We are closed on Monday." in operation.headline(particulars)


def test_a_note_about_an_answer_shows_whom_it_answers(shop: Shop) -> None:
    operation = every_change(shop)["facebook_comment"]
    particulars = operation.look_up(shop.reach(operation.tool))
    assert particulars.recipients == ("Bea",)
    assert particulars.shown["Comment"] == "Do you have gluten-free bread?"


@pytest.mark.parametrize("tool", ["facebook_reply_comment", "instagram_reply_comment"])
def test_a_comment_that_is_gone_cannot_be_answered(shop: Shop, tool: str) -> None:
    operation = operation_of(tool, comment_id="4711", message="Hello")
    with pytest.raises(InvalidValueError, match="no comment 4711"):
        shop.perform(operation)
