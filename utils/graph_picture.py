"""The picture of a post, looked at before Facebook or Instagram is asked to load it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from utils.core.errors import InvalidValueError
from utils.picture import fetch_picture
from utils.web_address import refuse_own_machine

if TYPE_CHECKING:
    from utils.graph_settings import FacebookSettings, InstagramSettings


@dataclass(frozen=True, kw_only=True)
class PictureRule:
    """What a service takes.

    Args:
        service: What people call it.
        kinds: Content type to what people call it, such as ``image/jpeg`` to ``JPEG``.
        max_bytes: The largest file taken; our own limit for pictures may be lower.
        refused: Endings of file names that are refused without a look.
    """

    service: str
    kinds: dict[str, str]
    max_bytes: int
    refused: frozenset[str]


def look_at(address: str, rule: PictureRule, where: FacebookSettings | InstagramSettings) -> str:
    """Load a picture as the service would, and return how the owner is told of it.

    Raises:
        InvalidValueError: The service could not load it or would not take it.
        UnreachableError: It cannot be loaded now.
    """
    refuse_own_machine(address, base=where.graph_url)
    timeout_s = where.general.http_timeout_s
    picture = fetch_picture(address, timeout_s=timeout_s, own=where.graph_url)
    if picture.kind not in rule.kinds:
        wanted = " or ".join(rule.kinds.values())
        raise InvalidValueError(
            f"image_url: {rule.service} takes {wanted}, and this is {picture.described}"
        )
    if len(picture.data) > rule.max_bytes:
        raise InvalidValueError(
            f"image_url: the picture has {len(picture.data)} bytes and {rule.service} takes "
            f"{rule.max_bytes}"
        )
    return f"{picture.described}, {address}"
