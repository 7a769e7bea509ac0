"""A post as X gives it back, with its words as they were written.

X shortens every link, adds one for a picture, and writes ``&``, ``<`` and ``>`` as HTML does.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from utils.posts.links import spans_of_urls

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LEADING_MENTIONS: Final = re.compile(r"^(?:@\w+\s+)+")


@dataclass(frozen=True, kw_only=True)
class Tweet:
    """One post on X."""

    id: str
    #: The words as they were written, links in full.
    text: str
    author_id: str
    #: The author's handle without ``@``, or "" where X did not say.
    author: str
    #: When it went out (aware UTC); None where X did not say.
    created_at: datetime | None
    #: The post that it answers, or "".
    reply_to: str
    #: Handles that it names, without ``@``, in small letters.
    mentions: frozenset[str]


def tweet_of(data: Mapping[str, Any], includes: Mapping[str, Any] | None = None) -> Tweet:
    """Return a post from X's JSON, in which only the id is certain.

    Args:
        data: The post.
        includes: What X gave along with it: its author among the ``users``.
    """
    entities = _mapping(data.get("entities"))
    answered = (
        ref for ref in _list(data.get("referenced_tweets")) if ref.get("type") == "replied_to"
    )
    created = data.get("created_at")
    users = _list(_mapping(includes).get("users"))
    author = next((user for user in users if user.get("id") == data.get("author_id")), {})
    return Tweet(
        id=str(data["id"]),
        text=_written(str(data.get("text") or ""), _list(entities.get("urls"))),
        author_id=str(data.get("author_id") or ""),
        author=str(author.get("username") or ""),
        created_at=datetime.fromisoformat(created).astimezone(UTC) if created else None,
        reply_to=str(next(answered, {}).get("id") or ""),
        mentions=frozenset(
            str(who.get("username") or "").lower() for who in _list(entities.get("mentions"))
        ),
    )


def says(tweet: Tweet, text: str) -> bool:
    """Return whether a post says what we asked for, however X spells its links.

    X puts the handles that an answer goes to in front of it.
    """
    ours, theirs = _key(text), _key(tweet.text)
    return theirs == ours or (
        bool(tweet.reply_to)
        and _LEADING_MENTIONS.sub("", theirs) == _LEADING_MENTIONS.sub("", ours)
    )


def _written(text: str, urls: list[Mapping[str, Any]]) -> str:
    for url in urls:
        full = "" if url.get("media_key") else str(url.get("expanded_url") or url.get("url"))
        text = text.replace(str(url.get("url")), full)
    return html.unescape(text).strip()


def _key(text: str) -> str:
    """Return a text in the one form that is the same before and after X had it."""
    return " ".join("".join(_plain_links(unicodedata.normalize("NFC", text))).split())


def _plain_links(text: str) -> Iterator[str]:
    at = 0
    for start, end in spans_of_urls(text):
        yield text[at:start]
        yield re.sub(r"^https?://", "", text[start:end], flags=re.IGNORECASE).rstrip("/").lower()
        at = end
    yield text[at:]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
