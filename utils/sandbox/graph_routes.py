"""Which endpoint of the pretend Graph answers a call, and the pictures that lie beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from utils.sandbox import graph_instagram as instagram
from utils.sandbox import graph_pages as pages
from utils.sandbox import graph_tokens as tokens
from utils.sandbox.graph_errors import GraphError, say_not_there
from utils.sandbox.graph_state import ACCOUNT_ID, APP_ID, PAGE_ID
from utils.sandbox.http_wire import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.sandbox.graph_call import Call
    from utils.sandbox.graph_state import Row

#: Hosts from which the pretend Graph cannot load a picture, and why: subcode to sentence.
_UNLOADABLE: Final = {
    "unreachable.example": (2207003, "It takes too long to download the media."),
    "robots.example": (2207052, "The media could not be fetched from this URI."),
}
#: What begins like a JPEG and a PNG; nobody looks further.
_PICTURES: Final = {
    "loaf.jpg": ("image/jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 600),
    "loaf.png": ("image/png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 600),
}

_PAGE: Final[dict[tuple[str, str], Callable[[Call], Row]]] = {
    ("GET", ""): pages.page,
    ("GET", "published_posts"): pages.published,
    ("GET", "insights"): pages.page_insights,
    ("POST", "feed"): pages.publish,
    ("POST", "photos"): pages.publish_photo,
}
_POST: Final[dict[tuple[str, str], Callable[[Call], Row]]] = {
    ("GET", ""): pages.post_or_comment,
    ("GET", "comments"): pages.comments,
    ("POST", "comments"): pages.reply,
    ("DELETE", ""): pages.delete,
}
_ACCOUNT: Final[dict[tuple[str, str], Callable[[Call], Row]]] = {
    ("GET", ""): instagram.account,
    ("GET", "media"): instagram.media,
    ("GET", "content_publishing_limit"): instagram.limit,
    ("POST", "media_publish"): instagram.publish,
}
_MEDIA: Final[dict[tuple[str, str], Callable[[Call], Row]]] = {
    ("GET", ""): instagram.one,
    ("GET", "insights"): instagram.insights,
    ("GET", "comments"): instagram.comments,
    ("GET", "replies"): instagram.comments,
    ("POST", "replies"): instagram.reply,
}


def route(call: Call, *, looks: int) -> Row:
    """Return what the endpoint gives that a call names; GraphError where there is none.

    Args:
        call: The call.
        looks: How often a new container is seen in progress.
    """
    if call.node == "debug_token":
        return tokens.debug(call)
    if call.node == APP_ID:
        return tokens.app(call)
    if (call.node, call.edge) == ("me", "accounts"):
        return tokens.accounts(call)
    if (call.method, call.node, call.edge) == ("POST", ACCOUNT_ID, "media"):
        _load(call.params.get("image_url", ""))
        return instagram.create(call, looks=looks)
    if (call.method, call.edge) == ("POST", "photos"):
        _load(call.params.get("url", ""))
    endpoint = _endpoints(call).get((call.method, call.edge))
    if endpoint is None:
        say_not_there(call.node)
    return endpoint(call)


def _endpoints(call: Call) -> dict[tuple[str, str], Callable[[Call], Row]]:
    """Return the endpoints of the node that a call names; none where there is no such node."""
    state = call.state
    if call.node == PAGE_ID:
        return _PAGE
    if call.node == ACCOUNT_ID:
        return _ACCOUNT
    if call.node in state.containers:
        return {("GET", ""): instagram.container}
    if call.node in state.media or call.node in state.replies:
        return _MEDIA
    return _POST


def _load(address: str) -> None:
    """Refuse a picture that cannot be loaded.

    Raises:
        GraphError: It lies on a host that is not reached, or whose robots.txt forbids it.
    """
    if found := _UNLOADABLE.get(urlsplit(address).hostname or ""):
        raise GraphError(9004, found[1], subcode=found[0])


def picture(name: str) -> Answer:
    """Return a picture by its name."""
    if name not in _PICTURES:
        return Answer.html("<h1>Not Found</h1>", 404)
    kind, data = _PICTURES[name]
    return Answer(200, data, {"content-type": kind})
