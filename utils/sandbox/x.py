"""A pretend X for tests and the demo.

with PretendX() as x:
    os.environ.update(x.environment())          # TWITTER_API_KEY, ..., TWITTER_API_URL
    x.fault("timeout_after_commit", path="/2/tweets", method="POST", seconds=5)
    x.ledger()                                  # tweet, tweet_reply, tweet_deleted
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final, override

from utils.posts.price import DELETE_USD, REPLY_USD, price_of_post
from utils.sandbox.http_wire import Answer, Request, parsed_json
from utils.sandbox.oauth1 import is_signed, oauth_values
from utils.sandbox.pictures import PICTURE
from utils.sandbox.pretend_service import PretendService
from utils.sandbox.x_posts import ANN_ID, OWN_ID, USERS, Post, XState, as_json, mentions, seeded
from utils.sandbox.x_refusals import PROBLEMS, TITLES, no_credits, problem, wrong_post

if TYPE_CHECKING:
    from collections.abc import Callable

#: How long a rate window lasts, in seconds, and how many posts it takes.
_WINDOW_S: Final = 900
_POSTS_PER_WINDOW: Final = 100
_METRICS: Final = {
    "public_metrics": {
        "followers_count": 214,
        "following_count": 31,
        "listed_count": 2,
        "post_count": 3,
        "tweet_count": 3,
    }
}
#: How many posts X gives at once.
_PER_PAGE: Final = range(5, 101)


class PretendX(PretendService[XState]):
    """An X with one account of ours, two others, prices and limits.

    It lends a picture too: ``/pictures/bread.png``.
    """

    name: ClassVar[str] = "x"
    keep_alive: ClassVar[bool] = False

    def __init__(
        self,
        *,
        credits_usd: Decimal = Decimal(5),
        posts_per_window: int = _POSTS_PER_WINDOW,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Prepare a service; ``start`` or ``with`` lets it answer.

        Args:
            credits_usd: What the account can still spend.
            posts_per_window: How many posts are taken in fifteen minutes.
            clock: The service's time, aware.
        """
        self._clock = clock
        self._begin = (credits_usd, posts_per_window)
        self._secrets = {"x-app-key": "x-app-secret-value", "x-user-token": "x-user-secret-value"}
        #: What the address ``/pictures/bread.png`` gives.
        self.picture = PICTURE
        super().__init__()

    @override
    def seed(self) -> XState:
        network = seeded()
        network.credits_usd, network.posts_left = self._begin
        return network

    @override
    def environment(self) -> dict[str, str]:
        return {
            "TWITTER_API_KEY": "x-app-key",
            "TWITTER_API_SECRET": "x-app-secret-value",
            "TWITTER_ACCESS_TOKEN": "x-user-token",
            "TWITTER_ACCESS_SECRET": "x-user-secret-value",
            "TWITTER_API_URL": self.url,
        }

    @property
    def credits_usd(self) -> Decimal:
        """What the account can still spend."""
        with self._lock:
            return self._state.credits_usd

    def posted_before(self, text: str, at: datetime) -> str:
        """Let the account have posted something at an earlier time; return the post's id."""
        with self._lock:
            id_ = self._state.next_id()
            self._state.posts[id_] = Post(id_, OWN_ID, text, at)
            return id_

    def reply_as_stranger(self, tweet_id: str, text: str) -> str:
        """Let somebody answer a post, naming the account as X does; return the answer's id."""
        with self._lock:
            named = f"@{USERS[OWN_ID]['username']} {text}"
            now = self._clock().astimezone(UTC)
            post = Post(self._state.next_id(), ANN_ID, named, now, tweet_id)
            self._state.posts[post.id] = post
            return post.id

    @override
    def time_s(self) -> float:
        return self._clock().timestamp()

    @override
    def error_answer(self, request: Request, status: int) -> Answer:
        words = "We're sorry, something went wrong." if status >= 500 else "It cannot be done now."  # noqa: PLR2004
        return problem(status, words)

    @override
    def respond(self, request: Request, state: XState) -> Answer:
        if request.path == "/pictures/bread.png":
            return Answer(200, self.picture, {"content-type": "image/png"})
        if not self._knows(request, state):
            return problem(401, "Unauthorized")
        answer = self._routed(request, state)
        reset = int(self._clock().timestamp()) + _WINDOW_S
        answer.headers |= {
            "x-rate-limit-limit": str(_POSTS_PER_WINDOW),
            "x-rate-limit-remaining": str(state.posts_left),
            "x-rate-limit-reset": str(reset),
        }
        return answer

    def _knows(self, request: Request, state: XState) -> bool:
        """Return whether the account's own signature, or a bearer for reading, is there."""
        if request.headers.get("authorization") == "Bearer x-bearer-token":
            return request.method == "GET"
        nonce = oauth_values(request).get("oauth_nonce", "")
        fresh = nonce not in state.nonces
        state.nonces.add(nonce)
        return fresh and is_signed(request, self.url, self._secrets)

    def _routed(self, request: Request, state: XState) -> Answer:
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["2", "tweets"]:
                return self._post(request, state)
            case "POST", ["2", "media", "upload"]:
                return _upload(request, state)
            case "DELETE", ["2", "tweets", id_]:
                return self._delete(id_, state)
            case "GET", ["2", "tweets", id_]:
                return _find(id_, state)
            case "GET", ["2", "users", "me"]:
                return Answer.json({"data": {"id": OWN_ID, **USERS[OWN_ID], **_METRICS}})
            case "GET", ["2", "users", user_id, "tweets" | "mentions" as kind]:
                return _timeline(user_id, kind, request, state)
            case _:
                return problem(404, "Not Found")

    def _post(self, request: Request, state: XState) -> Answer:
        if state.posts_left <= 0:
            return problem(429, "Too Many Requests")
        try:
            body = parsed_json(request.body)
        except ValueError:
            return problem(400, "Request body could not be parsed")
        if wrong := wrong_post(body, state):
            return wrong
        reply_to = str(body.get("reply", {}).get("in_reply_to_tweet_id", ""))
        price = REPLY_USD if reply_to else price_of_post(body["text"])
        if price > state.credits_usd:
            return no_credits()
        media_ids = tuple(body.get("media", {}).get("media_ids", ()))
        now = self._clock().astimezone(UTC)
        post = Post(state.next_id(), OWN_ID, body["text"], now, reply_to, media_ids)
        state.posts[post.id] = post
        state.credits_usd -= price
        state.posts_left -= 1
        self.note("tweet_reply" if reply_to else "tweet", post.id, body, "")
        shown = as_json(post)
        return Answer.json({"data": {key: shown[key] for key in ("id", "text")}}, 201)

    def _delete(self, id_: str, state: XState) -> Answer:
        post = state.posts.get(id_)
        if post and post.author_id != OWN_ID:
            return problem(403, "You are not authorized to delete this Tweet.")
        if state.credits_usd < DELETE_USD:
            return no_credits()
        state.credits_usd -= DELETE_USD
        if post and not post.is_deleted:
            post.is_deleted = True
            self.note("tweet_deleted", id_, {"text": post.text}, "")
        return Answer.json({"data": {"deleted": True}})


def _upload(request: Request, state: XState) -> Answer:
    try:
        body = parsed_json(request.body)
        data = base64.b64decode(body["media"], validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error):
        return problem(400, "The media could not be read.")
    if set(body) != {"media", "media_category"} or body["media_category"] != "tweet_image":
        return problem(400, "One or more parameters to your request was invalid.")
    if not data.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        return problem(400, "The media type is not supported.")
    id_ = state.next_id()
    state.media[id_] = body["media_category"]
    shown = {"id": id_, "media_key": f"3_{id_}", "size": len(data), "expires_after_secs": 86400}
    return Answer.json({"data": shown})


def _find(id_: str, state: XState) -> Answer:
    """Return one post; one that is gone is a 200 with errors."""
    post = state.posts.get(id_)
    if post and not post.is_deleted:
        author = {"id": post.author_id, **USERS[post.author_id]}
        return Answer.json({"data": as_json(post), "includes": {"users": [author]}})
    gone = {
        "value": id_,
        "resource_id": id_,
        "resource_type": "tweet",
        "parameter": "id",
        "title": TITLES[404],
        "detail": f"Could not find tweet with id: [{id_}].",
        "type": f"{PROBLEMS}/resource-not-found",
    }
    return Answer.json({"errors": [gone]})


def _timeline(user_id: str, kind: str, request: Request, state: XState) -> Answer:
    asked = int(request.query.get("max_results", "10"))
    if asked not in _PER_PAGE:
        return problem(400, "max_results must be between 5 and 100.")
    start = datetime.fromisoformat(request.query.get("start_time", "1970-01-01T00:00:00Z"))
    found = [
        post
        for post in state.shown()
        if post.created_at >= start
        and (post.author_id == user_id if kind == "tweets" else mentions(post, user_id))
    ][:asked]
    meta = {"result_count": len(found)}
    shown = [as_json(post) for post in found]
    return Answer.json({"data": shown, "meta": meta} if shown else {"meta": meta})
