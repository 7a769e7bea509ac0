"""Looks at a picture on the web before a service is asked to load it from there."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from utils.core.errors import ConfigurationError, InvalidValueError, ServiceError
from utils.http_client import HttpClient
from utils.web_address import is_loopback, is_public

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.http_client import Answer

_OK: Final = 200
#: Answers of servers that do not like to be asked for the head alone.
_NO_HEAD: Final = frozenset({403, 405, 501})


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
    kinds: Mapping[str, str]
    max_bytes: int
    refused: frozenset[str]


def look_at(address: str, rule: PictureRule, *, timeout_s: float, own_machine: bool) -> None:
    """Make sure that everybody can load a picture and that the service will take it.

    Args:
        address: Already checked as text by ``web_address.checked_picture``.
        rule: What the service takes.
        timeout_s: How long to wait for the picture's server.
        own_machine: Whether pictures on this machine count, as they do for pretend services.

    Raises:
        InvalidValueError: It cannot be loaded or will not be taken; the text says why.
    """
    _refuse_private(address, own_machine=own_machine)
    http = HttpClient("picture", timeout_s=timeout_s, max_answer_bytes=rule.max_bytes)
    try:
        answer = http.send("HEAD", address)
        if answer.status in _NO_HEAD:
            answer = http.send("GET", address)
    except (ServiceError, ConfigurationError) as error:
        raise InvalidValueError(f"image_url: the picture cannot be loaded: {error}") from error
    finally:
        http.close()
    if wrong := _wrong_with(answer, rule):
        raise InvalidValueError(f"image_url: {wrong}")


def _wrong_with(answer: Answer, rule: PictureRule) -> str:
    """Return what is wrong with a picture, as one clause, or ""."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    length = answer.headers.get("content-length", "")
    size = int(length) if length.isdecimal() else len(answer.body)
    if answer.status // 100 == 3:  # noqa: PLR2004 - a redirect
        return "its address leads on to another; give the last one"
    if answer.status != _OK:
        return f"its address answers with the status {answer.status}"
    if kind not in rule.kinds:
        wanted = " or ".join(rule.kinds.values())
        return f"{rule.service} takes {wanted}, and its address gives {kind or 'no type'}"
    if size > rule.max_bytes:
        return f"the picture has {size} bytes and {rule.service} takes {rule.max_bytes}"
    return ""


def _refuse_private(address: str, *, own_machine: bool) -> None:
    """Refuse an address whose name leads into a private network.

    Raises:
        InvalidValueError: It does, or the name is unknown.
    """
    if is_loopback(address):
        if own_machine:
            return
        raise InvalidValueError("image_url: the address is not public")
    parts = urlsplit(address)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InvalidValueError("image_url: there is no such address") from error
    if not all(is_public(str(entry[4][0]).partition("%")[0]) for entry in found):
        raise InvalidValueError("image_url: the address is not public")
