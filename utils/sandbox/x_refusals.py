"""What a pretend X refuses, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.posts.length import Network, problems_of
from utils.sandbox.http_wire import Answer
from utils.sandbox.x_posts import OWN_ID, XState, mentions

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where X names the kinds of its problems.
PROBLEMS: Final = "https://api.x.com/2/problems"
TITLES: Final[Mapping[int, str]] = {
    400: "Invalid Request",
    401: "Unauthorized",
    402: "CreditsDepleted",
    403: "Forbidden",
    404: "Not Found Error",
    429: "Too Many Requests",
    503: "Service Unavailable",
}
#: Fields of a post's body that X takes (openapi 2.167), as far as ours could ever send them.
_FIELDS: Final = frozenset({"text", "media", "reply", "reply_settings", "made_with_ai"})
#: How many own posts back the same text is refused.
_DUPLICATES: Final = 50


def problem(status: int, detail: str) -> Answer:
    """Return an error in the shape of X's second version."""
    title = TITLES.get(status, "Error")
    kind = "about:blank" if status != 402 else f"{PROBLEMS}/credits"  # noqa: PLR2004
    said = {"title": title, "detail": detail, "type": kind, "status": status}
    return Answer.json(said, status)


def no_credits() -> Answer:
    """Return the refusal of a call that the account cannot pay."""
    return problem(402, "Your account does not have any credits to fulfill this request.")


def wrong_post(body: Any, state: XState) -> Answer | None:
    """Return X's refusal of a post, or None where nothing is wrong with it."""
    unknown = set(body) - _FIELDS if isinstance(body, dict) else {"the body"}
    if unknown:
        return problem(400, f"One or more parameters to your request was invalid: {unknown}")
    if not isinstance(body.get("text"), str) or problems_of(Network.X, body["text"]):
        return problem(400, "Your Tweet text is too long, empty or has too many cashtags.")
    if any(id_ not in state.media for id_ in body.get("media", {}).get("media_ids", ())):
        return problem(400, "Your media IDs are invalid.")
    if refused := _wrong_reply(str(body.get("reply", {}).get("in_reply_to_tweet_id", "")), state):
        return refused
    own = [post.text for post in state.shown() if post.author_id == OWN_ID][:_DUPLICATES]
    if body["text"] in own:
        return problem(403, "You are not allowed to create a Tweet with duplicate content.")
    return None


def _wrong_reply(reply_to: str, state: XState) -> Answer | None:
    if not reply_to:
        return None
    post = state.posts.get(reply_to)
    if post is None or post.is_deleted:
        return problem(400, "The Tweet you are replying to is deleted or not visible to you.")
    if not mentions(post, OWN_ID):
        return problem(403, "You can only reply where the author mentioned or quoted you.")
    return None
