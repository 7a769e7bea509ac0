"""Fetches a picture that a post is to carry, from the public web only."""

from __future__ import annotations

import hashlib
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from utils.core.errors import (
    ConfigurationError,
    InvalidValueError,
    OutcomeUnknownError,
    UnreachableError,
)
from utils.http_client import HttpClient
from utils.posts.web_address import is_loopback, is_public

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Largest picture taken, in bytes (X, media best practices: 5 MB; LinkedIn takes more).
PICTURE_LIMIT_BYTES: Final = 5 * 1024 * 1024
#: How a picture's first bytes tell its kind; only what X and LinkedIn both show.
_KINDS: Final[Mapping[bytes, str]] = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
_HTTPS_PORT: Final = 443
_OK: Final = 200


@dataclass(frozen=True)
class Picture:
    """A picture as it was fetched."""

    #: ``image/jpeg`` or ``image/png``, by its first bytes.
    kind: str
    data: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """The SHA-256 of its bytes, as 64 hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def described(self) -> str:
        """What the owner is shown, such as ``PNG, 84 KB``."""
        name = self.kind.removeprefix("image/").upper()
        return f"{name}, {max(1, round(len(self.data) / 1024))} KB"


def fetch_picture(url: str, *, timeout_s: float, own: str) -> Picture:
    """Fetch a picture.

    Args:
        url: Its address: https on the public web, or on this machine where the service is too.
        timeout_s: How long it may take altogether.
        own: The address of the service that it is meant for, which a sandbox makes a local one.

    Raises:
        InvalidValueError: The address is not a public one, or what it gives is no picture we take.
        UnreachableError: Nothing can be fetched there now; nothing was sent.
    """
    is_own = url.startswith("http://") and is_loopback(own) and is_loopback(url)
    address = "" if is_own else _public_address(_plain(url))
    http = HttpClient("picture", timeout_s=timeout_s, max_answer_bytes=PICTURE_LIMIT_BYTES)
    try:
        answer = http.send("GET", url, address=address)
    except OutcomeUnknownError as error:
        words = f"no picture of at most {PICTURE_LIMIT_BYTES >> 20} MB came from there"
        raise UnreachableError(words, service="picture") from error
    except ConfigurationError as error:
        raise InvalidValueError("the picture's address is not one") from error
    finally:
        http.close()
    if answer.status != _OK:
        raise InvalidValueError(f"the picture's address answers {answer.status}, not a picture")
    kind = next((kind for begin, kind in _KINDS.items() if answer.body.startswith(begin)), "")
    if not kind:
        raise InvalidValueError("what lies at the picture's address is neither JPEG nor PNG")
    return Picture(kind, answer.body)


def _plain(url: str) -> SplitResult:
    """Return an address in its parts.

    Raises:
        InvalidValueError: It is not a plain https address.
    """
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "https" and parts.port in {None, _HTTPS_PORT} and parts.hostname
    except ValueError:
        plain = None
    if not plain or "@" in parts.netloc:
        raise InvalidValueError("a picture's address begins with https:// and a public name")
    return parts


def _public_address(parts: SplitResult) -> str:
    """Return the IP address to fetch from; the name is looked up once, here.

    Raises:
        InvalidValueError: The name leads into a private network, of which nothing may be shown.
        UnreachableError: The name is not known.
    """
    try:
        found = socket.getaddrinfo(parts.hostname, _HTTPS_PORT, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreachableError("nobody knows the picture's address", service="picture") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not all(map(is_public, addresses)):
        raise InvalidValueError("the picture's address leads into a private network")
    return addresses[0]
