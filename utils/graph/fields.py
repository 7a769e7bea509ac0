"""The fields that Facebook's and Instagram's tools share, checked before anything is sent."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from utils.graph.picture import FACEBOOK_PICTURES, INSTAGRAM_PICTURES
from utils.posts.web_address import checked_link, checked_picture


def _for_facebook(text: str) -> str:
    return checked_picture(text, refused=FACEBOOK_PICTURES.refused)


def _for_instagram(text: str) -> str:
    return checked_picture(text, refused=INSTAGRAM_PICTURES.refused)


Link = Annotated[
    str, AfterValidator(checked_link), Field(description="a public page that the post shows")
]
FacebookPicture = Annotated[
    str,
    AfterValidator(_for_facebook),
    Field(description="public https address of a JPEG or PNG, at most 4 MB"),
]
InstagramPicture = Annotated[
    str,
    AfterValidator(_for_instagram),
    Field(description="public https address of a JPEG, at most 5 MB"),
]
#: The number of a post or comment; nothing else may stand in a path.
Number = Annotated[str, Field(pattern=r"^[0-9]{1,32}(_[0-9]{1,32}){0,2}$")]
Limit = Annotated[int, Field(ge=1, le=100)]
#: Where a list goes on.
After = Annotated[str, Field(max_length=1000, description="`next` of the answer before")]
