"""The picture of a post, looked at before Facebook or Instagram is asked to load it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError
from utils.core.model import Particulars
from utils.posts.fields import pinned, same_picture
from utils.posts.picture import fetch_picture
from utils.posts.web_address import refuse_own_machine

if TYPE_CHECKING:
    from utils.graph.settings import FacebookSettings, InstagramSettings
    from utils.posts.picture import Picture

_MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class PictureRule:
    """What a service takes.

    Args:
        service: What people call it.
        kinds: Content type to what people call it, such as ``image/jpeg`` to ``JPEG``.
        max_bytes: The largest file taken.
        refused: Endings of file names that are refused without a look.
    """

    service: str
    kinds: dict[str, str]
    max_bytes: int
    refused: frozenset[str]

    def looked_at(self, address: str, where: FacebookSettings | InstagramSettings) -> Particulars:
        """Load a picture as the service would, and return what is pinned and shown of it.

        Raises:
            InvalidValueError: The service could not load it or would not take it.
            UnreachableError: It cannot be loaded now.
        """
        refuse_own_machine(address, base=where.graph_url)
        picture = _fetched(address, where)
        if picture.kind not in self.kinds:
            wanted = " or ".join(self.kinds.values())
            said = f"{self.service} takes {wanted}, and this is {picture.described}"
            raise InvalidValueError(f"image_url: {said}")
        if len(picture.data) > self.max_bytes:
            limit = self.max_bytes // _MEGABYTE
            said = f"{self.service} takes {limit} MB, and this is {picture.described}"
            raise InvalidValueError(f"image_url: {said}")
        return Particulars(shown={"Picture": picture.described}, resolved=pinned(picture))


def make_sure_it_is_the_same(
    address: str, known: Particulars, where: FacebookSettings | InstagramSettings
) -> None:
    """Look once more, right before the service loads a picture, whether it is the approved one.

    Raises:
        RejectedError: Another one lies there now.
        ServiceError: It cannot be loaded now; nothing was sent.
    """
    service = where.prefix.lower()
    same_picture(lambda url: _fetched(url, where), address, known, service=service)


def _fetched(address: str, where: FacebookSettings | InstagramSettings) -> Picture:
    return fetch_picture(address, timeout_s=where.general.http_timeout_s, own=where.graph_url)


#: What Facebook takes (Graph reference, Page photos).
FACEBOOK_PICTURES: Final = PictureRule(
    service="Facebook",
    kinds={"image/jpeg": "JPEG", "image/png": "PNG"},
    max_bytes=4 * _MEGABYTE,
    refused=frozenset({"gif", "webp", "heic", "avif", "svg", "bmp", "tif", "tiff"}),
)
#: What Instagram takes (Instagram reference, media).
INSTAGRAM_PICTURES: Final = PictureRule(
    service="Instagram",
    kinds={"image/jpeg": "JPEG"},
    max_bytes=8 * _MEGABYTE,
    refused=FACEBOOK_PICTURES.refused | {"png", "jps", "mpo"},
)
