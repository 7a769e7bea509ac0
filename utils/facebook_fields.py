"""What a post or comment on Facebook may hold, checked before anything is sent."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from utils.graph_picture import PictureRule
from utils.web_address import checked_link, checked_picture

#: The longest post or comment, in characters (Facebook's own counter).
LONGEST_MESSAGE: Final = 63_206
PICTURES: Final = PictureRule(
    service="Facebook",
    kinds={"image/jpeg": "JPEG", "image/png": "PNG"},
    max_bytes=4 * 1024 * 1024,
    refused=frozenset({"gif", "webp", "heic", "avif", "svg", "bmp", "tif", "tiff"}),
)


def fitting(text: str) -> str:
    """Return a post's or comment's text if Facebook takes it.

    Raises:
        ValueError: It is empty or too long; one clause with the count.
    """
    if not text.strip():
        raise ValueError("it is empty")
    if len(text) > LONGEST_MESSAGE:
        raise ValueError(
            f"it has {len(text)} characters and Facebook takes {LONGEST_MESSAGE}; shorten it"
        )
    return text


def _picture(text: str) -> str:
    return checked_picture(text, refused=PICTURES.refused)


Message = Annotated[str, AfterValidator(fitting)]
Link = Annotated[str, AfterValidator(checked_link)]
Picture = Annotated[str, AfterValidator(_picture)]
#: The number of a post or comment; nothing else may stand in a path.
Number = Annotated[str, Field(pattern=r"^[0-9]{1,32}(_[0-9]{1,32}){0,2}$")]
