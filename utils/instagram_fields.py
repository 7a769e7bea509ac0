"""What a post or comment on Instagram may hold, checked before anything is sent."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from utils.graph_picture import PictureRule
from utils.web_address import checked_picture

#: What a caption may hold: characters (Instagram's reference), hashtags (since 2025-12-18) and
#: mentions (both as third parties report them). A comment may be as long as a caption.
LONGEST_CAPTION: Final = 2_200
MOST_HASHTAGS: Final = 5
MOST_MENTIONS: Final = 3
PICTURES: Final = PictureRule(
    service="Instagram",
    kinds={"image/jpeg": "JPEG"},
    max_bytes=8 * 1024 * 1024,
    refused=frozenset(
        {"png", "gif", "webp", "heic", "avif", "svg", "bmp", "tif", "tiff", "jps", "mpo"}
    ),
)
_HASHTAG: Final = re.compile(r"(?<![\w&])[#＃]\w+")
_MENTION: Final = re.compile(r"(?<![\w@])@[\w.]+")


def fitting(text: str) -> str:
    """Return a caption's or comment's text if Instagram takes it.

    Raises:
        ValueError: It is empty or too long; one clause with the count.
    """
    if not text.strip():
        raise ValueError("it is empty")
    if len(text) > LONGEST_CAPTION:
        raise ValueError(
            f"it has {len(text)} characters and Instagram takes {LONGEST_CAPTION}; shorten it"
        )
    return text


def fitting_caption(text: str) -> str:
    """Return a caption if Instagram takes it.

    Raises:
        ValueError: It is empty, too long or has too many hashtags or mentions; one clause.
    """
    for pattern, most, what in (
        (_HASHTAG, MOST_HASHTAGS, "hashtags"),
        (_MENTION, MOST_MENTIONS, "mentions"),
    ):
        if (count := len(pattern.findall(text))) > most:
            raise ValueError(f"it has {count} {what} and Instagram takes {most}; take some out")
    return fitting(text)


def _picture(text: str) -> str:
    return checked_picture(text, refused=PICTURES.refused)


Caption = Annotated[str, AfterValidator(fitting_caption)]
Message = Annotated[str, AfterValidator(fitting)]
Picture = Annotated[str, AfterValidator(_picture)]
#: The number of a post or comment; nothing else may stand in a path.
Number = Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
