"""A post as LinkedIn takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from utils.linkedin.little_text import as_little_text

if TYPE_CHECKING:
    from utils.core.model import Json


def post_body(
    author: str, text: str, *, link: str | None = None, image_urn: str | None = None
) -> Json:
    """Return a public post as it is sent.

    Args:
        author: The member's or the page's URN.
        text: As people are to read it.
        link: A page that is shown as a card below it.
        image_urn: A picture that was handed over.
    """
    content: Json = {}
    if link:
        content = {"content": {"article": {"source": link, "title": urlsplit(link).hostname}}}
    if image_urn:
        content = {"content": {"media": {"id": image_urn}}}
    return {
        "author": author,
        "commentary": as_little_text(text),
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
        **content,
    }


def post_address(base: str, urn: str) -> str:
    """Return where the API has a post; a URN's colons are no part of a path."""
    return f"{base}/rest/posts/{quote(urn, safe='')}"


def post_url(urn: str) -> str:
    """Return where people see a post."""
    return f"https://www.linkedin.com/feed/update/{urn}"
