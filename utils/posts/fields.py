"""Fields that posts on every network share, and the picture that was approved with one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, Field

from utils.core.errors import RejectedError
from utils.posts.length import Network, problems_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.core.model import Json, Particulars
    from utils.posts.picture import Picture

#: When a post is to go out; None at once after it was approved.
ScheduledFor = Annotated[
    datetime | None,
    Field(description="ISO-8601, the owner's zone unless named; left out: once approved"),
]
#: Where a picture lies, None where the post has none.
PictureUrl = Annotated[
    str | None,
    Field(description="public https address of a JPEG or PNG of at most 5 MB", max_length=2000),
]
#: How much of a text stands in a headline, in characters.
EXCERPT: Final = 80


def fitting(network: Network) -> AfterValidator:
    """Return what refuses a text that the network would not take, with the count."""

    def fit(text: str) -> str:
        if problems := problems_of(network, text):
            raise ValueError("; ".join(problems))
        return text

    return AfterValidator(fit)


def excerpt(text: str) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1]}…"


def pinned(picture: Picture) -> Json:
    """Return what of a picture is kept with the Proposal, so that no other one goes out."""
    return {"picture": picture.sha256}


def same_picture(
    fetch: Callable[[str], Picture], url: str, particulars: Particulars, *, service: str
) -> Picture:
    """Fetch a picture again and return it, if it is still the one that was approved.

    Raises:
        RejectedError: Another one lies there now.
        ServiceError: It cannot be fetched now.
    """
    picture = fetch(url)
    if picture.sha256 != particulars.resolved.get("picture"):
        words = "another picture lies at that address than the one you approved"
        raise RejectedError(words, service=service)
    return picture
