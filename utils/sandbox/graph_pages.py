"""The part of the pretend Graph that is about Pages: posts, comments, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.sandbox.graph_call import newest_first
from utils.sandbox.graph_errors import GraphError, say_missing, say_not_there
from utils.sandbox.graph_insights import PAGE_METRICS, by_day, insights
from utils.sandbox.graph_state import PAGE_ID, PAGE_NAME, add_comment, add_post

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.sandbox.graph_call import Call
    from utils.sandbox.graph_state import GraphState, Row

_LONGEST: Final = 63_206
_POST: Final = "created_time,message"
_COMMENT: Final = "created_time,from,message"


def page(call: Call) -> Row:
    """Answer about the Page itself."""
    row = {
        "id": PAGE_ID,
        "name": PAGE_NAME,
        "link": f"https://www.facebook.com/{PAGE_ID}",
        "fan_count": call.state.followers,
        "followers_count": call.state.followers,
    }
    return call.chosen(row, "name")


def publish(call: Call) -> Row:
    """Publish a post."""
    call.need("pages_manage_posts")
    call.only("message", "link")
    message, link = call.params.get("message", ""), call.params.get("link")
    if not message and not link:
        say_missing("message")
    _refuse(call.state, message, link)
    id_ = add_post(call.state, message, call.now, link=link)
    row = call.state.posts[id_]
    call.note("facebook_post", id_, {"message": message, "link": link, "image_url": None})
    return call.chosen(row, "id")


def publish_photo(call: Call) -> Row:
    """Publish a picture, which makes a post."""
    call.need("pages_manage_posts")
    call.only("message", "caption", "url")
    picture = call.needed("url")
    message = call.params.get("message") or call.params.get("caption", "")
    _refuse(call.state, message, None)
    id_ = add_post(call.state, message, call.now, picture=picture)
    call.note("facebook_post", id_, {"message": message, "link": None, "image_url": picture})
    return {"id": call.state.new_id(), "post_id": id_}


def published(call: Call) -> Row:
    """List the posts, newest first."""
    rows = newest_first(call.state.posts.values(), "created_time")
    shown = [_with_counts(call.state, row) for row in rows]
    return call.page_of(by_day(shown, call.params, "created_time"), _POST)


def post_or_comment(call: Call) -> Row:
    """Answer about a post or a comment."""
    if call.node in call.state.posts:
        return call.chosen(_with_counts(call.state, call.state.posts[call.node]), _POST)
    if call.node not in call.state.comments:
        say_not_there(call.node)
    return call.chosen(call.state.comments[call.node], _COMMENT)


def delete(call: Call) -> Row:
    """Delete a post with its comments."""
    if call.node not in call.state.posts:
        say_not_there(call.node)
    call.need("pages_manage_posts")
    gone = call.state.posts.pop(call.node)
    call.note("facebook_deleted", call.node, {"message": gone["message"]})
    return {"success": True}


def comments(call: Call) -> Row:
    """List the comments on a post or comment, oldest first."""
    if call.node not in {*call.state.posts, *call.state.comments}:
        say_not_there(call.node)
    call.need("pages_read_engagement")
    inside = _below(call.state, call.node, deep=call.params.get("filter") == "stream")
    return call.page_of(inside, _COMMENT)


def reply(call: Call) -> Row:
    """Write a comment in the Page's name."""
    if call.node not in {*call.state.posts, *call.state.comments}:
        say_not_there(call.node)
    call.need("pages_manage_engagement")
    call.only("message")
    message = call.needed("message")
    id_ = add_comment(call.state, call.node, message, (PAGE_ID, PAGE_NAME), call.now)
    call.note("facebook_comment", id_, {"message": message, "parent": call.node})
    return call.chosen(call.state.comments[id_], "id")


def page_insights(call: Call) -> Row:
    """Give figures of the Page by day; none to a Page with fewer than 100 likes."""
    call.need("read_insights")
    found = insights(call, PAGE_METRICS)
    return found if call.state.followers >= 100 else {"data": []}  # noqa: PLR2004 - Meta's number


def _refuse(state: GraphState, message: str, link: str | None) -> None:
    """Refuse a text that is too long or was just posted.

    Raises:
        GraphError: It is one of them.
    """
    if len(message) > _LONGEST:
        raise GraphError(100, "(#100) The message is too long")
    newest = newest_first(state.posts.values(), "created_time")[:1]
    for row in newest:
        shown = (row["attachments"] or {}).get("data", [])
        same_link = [part["unshimmed_url"] for part in shown] == ([link] if link else [])
        if row["message"] == message and same_link:
            raise GraphError(506, "(#506) Duplicate status message")


def _with_counts(state: GraphState, row: Row) -> Row:
    count = len(_below(state, row["id"], deep=True))
    total: Mapping[str, int] = {"comments": count, "reactions": 3}
    return row | {
        name: {"data": [], "summary": {"total_count": number}} for name, number in total.items()
    }


def _below(state: GraphState, parent: str, *, deep: bool) -> list[Row]:
    """Return the comments on a post or comment, and with `deep` those below them too."""
    found: list[Row] = []
    for row in state.comments.values():
        if row["parent"] == parent:
            found.append(row)
            found += _below(state, row["id"], deep=True) if deep else []
    return found
