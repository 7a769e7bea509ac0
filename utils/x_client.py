"""X as typed calls: posts, answers, deletions, pictures, and what the account has and is told."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from utils.core.errors import OutcomeUnknownError, RejectedError, UnreachableError
from utils.posts.network_client import NetworkClient
from utils.x.errors import SERVICE
from utils.x.settings import XSettings
from utils.x.tweets import Tweet, tweet_of

if TYPE_CHECKING:
    from utils.core.model import Json
    from utils.posts.picture import Picture

#: What is asked of every post: who wrote it when, its links in full, and what it answers.
_FIELDS: Final = ("author_id", "created_at", "entities", "referenced_tweets")
#: X gives no fewer posts than this at once.
_FEWEST: Final = 5


@dataclass(frozen=True)
class Account:
    """Whom the keys belong to."""

    id: str
    #: The handle without ``@``.
    username: str
    name: str
    followers: int | None


class XClient(NetworkClient[XSettings]):
    """Speaks to X for one account; reads are tried again, writes never."""

    service = SERVICE

    @cached_property
    def _api(self) -> Any:
        from utils.x.wire import tweepy_client  # noqa: PLC0415 - tweepy is slow to load

        return tweepy_client(self._settings, self._http, self._clock)

    @cached_property
    def account(self) -> Account:
        """Whom the keys belong to.

        Raises:
            OutcomeUnknownError: X's answer names nobody.
            ServiceError: X does not say.
        """
        found = self._read("get_me", user_fields=["public_metrics"], user_auth=True)
        data = found.get("data") or {}
        followers = (data.get("public_metrics") or {}).get("followers_count")
        try:
            return Account(str(data["id"]), str(data["username"]), str(data["name"]), followers)
        except KeyError as error:
            raise OutcomeUnknownError("its answer names no account", service=SERVICE) from error

    def post(self, body: Json) -> str:
        """Post, once, and return the post's id; ``body`` goes out as it is.

        Raises:
            OutcomeUnknownError: It may be out.
            ServiceError: With ``may_have_happened`` telling whether it could be out.
        """
        data = self._write("POST", "/2/tweets", body)
        if not data.get("id"):
            raise OutcomeUnknownError("its answer names no post", service=SERVICE)
        return str(data["id"])

    def delete(self, tweet_id: str) -> None:
        """Delete a post.

        Raises:
            RejectedError: It is still there.
            ServiceError: With ``may_have_happened`` telling whether it could be gone.
        """
        if not self._write("DELETE", f"/2/tweets/{tweet_id}").get("deleted"):
            raise RejectedError("it did not delete the post", service=SERVICE)

    def upload(self, picture: Picture) -> str:
        """Hand a picture over and return its id; nobody sees it until a post carries it.

        Raises:
            UnreachableError: It may be there or not; nothing is out.
            ServiceError: It was not taken; nothing is out.
        """
        media = base64.b64encode(picture.data).decode("ascii")
        body = {"media": media, "media_category": "tweet_image"}
        try:
            return str(self._write("POST", "/2/media/upload", body)["id"])
        except (OutcomeUnknownError, KeyError) as error:
            # A picture without a post is thrown away by X: it is safe to hand it over anew.
            raise UnreachableError("it did not take the picture", service=SERVICE) from error

    def find(self, tweet_id: str) -> Tweet | None:
        """Return a post of anybody's, or None where X says that there is none.

        Raises:
            RejectedError: X does not show it to us.
            ServiceError: X does not say.
        """
        by_user = self._settings.bearer_token is None
        found = self._read(
            "get_tweet",
            tweet_id,
            tweet_fields=_FIELDS,
            expansions=("author_id",),
            user_auth=by_user,
        )
        if data := found.get("data"):
            return tweet_of(data, found.get("includes"))
        kinds = [str(error.get("type")) for error in found.get("errors") or []]
        if any(kind.endswith("/resource-not-found") for kind in kinds):
            return None
        raise RejectedError("it does not show this post to us", service=SERVICE)

    def own_tweets(self, limit: int) -> tuple[Tweet, ...]:
        """Return the account's own posts, newest first.

        Raises:
            ServiceError: X does not say.
        """
        return self._list("get_users_tweets", limit)

    def mentions(self, limit: int) -> tuple[Tweet, ...]:
        """Return what others wrote to the account, newest first.

        Raises:
            ServiceError: X does not say.
        """
        return self._list("get_users_mentions", limit)

    def _list(self, method: str, limit: int) -> tuple[Tweet, ...]:
        asked = max(limit, _FEWEST)
        found = self._read(
            method,
            self.account.id,
            max_results=asked,
            tweet_fields=_FIELDS,
            user_auth=True,
        )
        return tuple(tweet_of(data) for data in found.get("data") or [])[:limit]

    def _read(self, method: str, *args: Any, **named: Any) -> Json:
        fields = {name: list(v) if isinstance(v, tuple) else v for name, v in named.items()}
        found: Json = self._retrying(lambda: getattr(self._api, method)(*args, **fields))
        return found

    def _write(self, method: str, route: str, body: Json | None = None) -> Json:
        """Send a write, once, and return the ``data`` of the answer."""
        answer = self._api.request(method, route, json=body, user_auth=True).json()
        data = answer.get("data")
        return data if isinstance(data, dict) else {}
