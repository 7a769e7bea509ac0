"""What a pretend X holds, and how it shows a post."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from utils.posts.links import spans_of_urls

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The account that the keys belong to, and two others.
OWN_ID: Final = "1700000000000000001"
ANN_ID: Final = "1700000000000000002"
BEN_ID: Final = "1700000000000000003"
USERS: Final[Mapping[str, Mapping[str, str]]] = {
    OWN_ID: {"username": "cornerbakery", "name": "Corner Bakery"},
    ANN_ID: {"username": "ann_eats", "name": "Ann"},
    BEN_ID: {"username": "ben_walks", "name": "Ben"},
}
#: A post that mentions the account, one that does not, and an own one, from before.
ANNS_QUESTION: Final = "1900000000000000001"
BENS_WALK: Final = "1900000000000000002"
OWN_POST: Final = "1900000000000000003"
_FIRST_ID: Final = 1_950_000_000_000_000_000


@dataclass
class Post:
    """One post."""

    id: str
    author_id: str
    text: str
    created_at: datetime
    reply_to: str = ""
    media_ids: tuple[str, ...] = ()
    is_deleted: bool = False


@dataclass
class XState:
    """Everything a pretend X knows."""

    posts: dict[str, Post] = field(default_factory=dict)
    #: Media id to what was handed over.
    media: dict[str, str] = field(default_factory=dict)
    credits_usd: Decimal = Decimal(5)
    #: How many posts may still be made before the window's end.
    posts_left: int = 100
    #: Every nonce seen; a second use of one is refused.
    nonces: set[str] = field(default_factory=set)
    made: int = 0

    def next_id(self) -> str:
        """Return an id that is larger than all before."""
        self.made += 1
        return str(_FIRST_ID + self.made)

    def shown(self) -> list[Post]:
        """Return the posts that are there, newest first."""
        there = (post for post in self.posts.values() if not post.is_deleted)
        return sorted(there, key=lambda post: (post.created_at, post.id), reverse=True)


def seeded() -> XState:
    """Return a network with three posts from before."""
    before = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
    posts = (
        Post(ANNS_QUESTION, ANN_ID, "@cornerbakery do you have rye & spelt today?", before),
        Post(BENS_WALK, BEN_ID, "Nothing beats a walk in the morning", before),
        Post(OWN_POST, OWN_ID, "Rye on Tuesdays: bakery.cafe/rye", before),
    )
    return XState({post.id: post for post in posts})


def as_json(post: Post) -> dict[str, Any]:
    """Return a post as X shows it: every link shortened, HTML's three characters spelled out."""
    urls, text = _shortened(post)
    shown = {
        "id": post.id,
        "text": html.escape(text, quote=False),
        "author_id": post.author_id,
        "created_at": post.created_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "edit_history_tweet_ids": [post.id],
        "entities": {"urls": urls, "mentions": _mentions(text)},
    }
    answered = [{"type": "replied_to", "id": post.reply_to}]
    return shown | ({"referenced_tweets": answered} if post.reply_to else {})


def _shortened(post: Post) -> tuple[list[dict[str, Any]], str]:
    """Return the links of a post with their places, and its text with the short ones."""
    urls: list[dict[str, Any]] = []
    text, at = "", 0
    for start, end in spans_of_urls(post.text):
        text += post.text[at:start]
        full = post.text[start:end]
        expanded = full if full.lower().startswith("http") else f"http://{full}"
        short = f"https://t.co/{post.id[-6:]}{len(urls)}"
        urls.append(_url(short, len(text), expanded_url=expanded, display_url=full))
        text, at = text + short, end
    text += post.text[at:]
    for media in post.media_ids:
        page = f"https://x.com/{USERS[post.author_id]['username']}/status/{post.id}/photo/1"
        short = f"https://t.co/p{post.id[-6:]}"
        urls.append(_url(short, len(text) + 1, expanded_url=page, media_key=f"3_{media}"))
        text += f" {short}"
    return urls, text


def _url(short: str, start: int, **more: str) -> dict[str, Any]:
    return {"url": short, "start": start, "end": start + len(short), **more}


def mentions(post: Post, user_id: str) -> bool:
    """Return whether a post names a user."""
    return any(named["id"] == user_id for named in _mentions(post.text))


def _mentions(text: str) -> list[dict[str, Any]]:
    return [
        {"id": user_id, "username": user["username"], "start": found.start(), "end": found.end()}
        for user_id, user in USERS.items()
        for found in re.finditer(rf"@{user['username']}\b", text, re.IGNORECASE)
    ]
