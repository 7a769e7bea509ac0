"""What Gmail's answers hold, as values."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from utils.core.errors import OutcomeUnknownError
from utils.gmail.errors import SERVICE

if TYPE_CHECKING:
    from utils.core.model import Json


@dataclass(frozen=True)
class Profile:
    """Whose mailbox it is, and how far its history has come."""

    address: str
    history_id: str


@dataclass(frozen=True)
class Stub:
    """A mail as lists name it."""

    id: str
    thread_id: str
    labels: frozenset[str]


@dataclass(frozen=True)
class Page[T]:
    """One page of a list."""

    rows: tuple[T, ...]
    #: What asks for the next page; "" on the last one.
    next: str
    #: Where the mailbox's history stands now; "" in a list that does not say.
    history_id: str = ""


@dataclass(frozen=True)
class Raw:
    """A whole mail as it travelled."""

    stub: Stub
    #: When it arrived.
    arrived_at: datetime
    data: bytes


@dataclass(frozen=True)
class Draft:
    """A mail that is written and not sent."""

    id: str
    message_id: str
    thread_id: str


def header_of(message: Json, name: str) -> str:
    """Return a header of one of Gmail's own objects, or ""."""
    headers = (message.get("payload") or {}).get("headers") or ()
    wanted = name.lower()
    values = (one["value"] for one in headers if str(one.get("name", "")).lower() == wanted)
    return str(next(values, ""))


def stub_of(found: Json) -> Stub:
    """Return one of Gmail's own mails as lists name it."""
    labels = frozenset(map(str, found.get("labelIds") or ()))
    return Stub(str(found.get("id", "")), str(found.get("threadId", "")), labels)


def draft_of(found: Json) -> Draft:
    """Return one of Gmail's own drafts."""
    message: Json = found.get("message") or {}
    return Draft(str(found["id"]), str(message.get("id", "")), str(message.get("threadId", "")))


def raw_of(found: Json) -> Raw:
    """Return one of Gmail's own mails with everything in it.

    Raises:
        OutcomeUnknownError: It arrived garbled.
    """
    arrived = datetime.fromtimestamp(int(found.get("internalDate") or 0) / 1000, UTC)
    return Raw(stub_of(found), arrived, _bytes(found.get("raw")))


def _bytes(text: Any) -> bytes:
    """Return base64 as bytes.

    Raises:
        OutcomeUnknownError: It is none.
    """
    try:
        return base64.urlsafe_b64decode(f"{text or ''}==")
    except (binascii.Error, ValueError) as error:
        raise OutcomeUnknownError("a mail arrived garbled", service=SERVICE) from error
