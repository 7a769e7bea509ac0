"""The typed client for Gmail: reads, and drafts that can be sent; nothing else is ever changed."""

from __future__ import annotations

import base64
import binascii
import json
import re
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from utils.core.errors import AuthenticationError, InvalidValueError, OutcomeUnknownError
from utils.core.model import Request
from utils.gmail_errors import SERVICE, GoneError, value_of
from utils.retry_handler import read_with_retries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from utils.core.model import Json
    from utils.gmail_settings import GmailSettings
    from utils.google_token import GoogleToken
    from utils.http_client import Answer, HttpClient

#: What a call costs of the 6,000 units a minute (Gmail's quota page, 2026): path to units.
_UNITS: Final[Mapping[tuple[str, str], int]] = {
    ("GET", "profile"): 1,
    ("GET", "history"): 2,
    ("GET", "messages"): 5,
    ("GET", "messages/"): 20,
    ("GET", "threads/"): 40,
    ("GET", "labels"): 1,
    ("GET", "drafts"): 5,
    ("GET", "drafts/"): 20,
    ("POST", "drafts"): 10,
    ("PUT", "drafts/"): 15,
    ("POST", "drafts/send"): 100,
}
#: How an id of Gmail's looks; nothing else is put into an address.
ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


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
    #: Where the mailbox's history stands; "" in a list that does not say.
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


class GmailClient:
    """Reads the owner's mailbox, and writes and sends drafts.

    Args:
        settings: Where Gmail is.
        http: Sends the requests.
        token: Says who we are.
        sleep: Waits between two attempts of a read.
    """

    def __init__(
        self,
        settings: GmailSettings,
        http: HttpClient,
        token: GoogleToken,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self._http = http
        self._token = token
        self._retrying = partial(read_with_retries, sleep=sleep)
        self._lock = threading.Lock()
        self._units = 0

    @property
    def units(self) -> int:
        """How many quota units were spent so far."""
        return self._units

    def profile(self) -> Profile:
        """Return whose mailbox it is.

        Raises:
            ServiceError: It could not be read.
        """
        found = self._read("profile")
        return Profile(str(found.get("emailAddress", "")), str(found.get("historyId", "")))

    def history(self, since: str, page: str = "") -> Page[Stub]:
        """Return one page of the mails that were added after a point of the history.

        Raises:
            GoneError: Gmail does not remember that far back.
            ServiceError: It could not be read.
        """
        asked = {"startHistoryId": since, "historyTypes": "messageAdded", "maxResults": "500"}
        found = self._read("history", asked | ({"pageToken": page} if page else {}))
        added = [
            one for row in found.get("history") or () for one in row.get("messagesAdded") or ()
        ]
        stubs = tuple(_stub(one["message"]) for one in added)
        return Page(stubs, str(found.get("nextPageToken", "")), str(found.get("historyId", "")))

    def search(self, query: str, page: str = "", *, limit: int = 500) -> Page[Stub]:
        """Return one page of the mails that Gmail's search finds, newest first.

        Raises:
            ServiceError: It could not be read.
        """
        asked = {"q": query, "maxResults": str(limit)}
        found = self._read("messages", asked | ({"pageToken": page} if page else {}))
        stubs = tuple(map(_stub, found.get("messages") or ()))
        return Page(stubs, str(found.get("nextPageToken", "")))

    def message(self, message_id: str) -> Raw:
        """Return a whole mail.

        Raises:
            GoneError: It is not there.
            ServiceError: It could not be read.
        """
        found = self._read(f"messages/{_checked(message_id)}", {"format": "raw"})
        arrived = datetime.fromtimestamp(int(found.get("internalDate") or 0) / 1000, UTC)
        return Raw(_stub(found), arrived, _bytes(found.get("raw")))

    def thread(self, thread_id: str, *headers: str) -> tuple[Json, ...]:
        """Return a conversation's mails, oldest first, each with these headers only.

        Returns:
            Gmail's own objects: ``id``, ``labelIds``, ``internalDate``, ``payload.headers`` …

        Raises:
            GoneError: It is not there.
            ServiceError: It could not be read.
        """
        asked = {"format": "metadata", "metadataHeaders": list(headers)}
        return tuple(self._read(f"threads/{_checked(thread_id)}", asked).get("messages") or ())

    def summary(self, message_id: str, *headers: str) -> Json:
        """Return a mail's labels, first words and these headers, as Gmail's own object.

        Raises:
            GoneError: It is not there.
            ServiceError: It could not be read.
        """
        asked = {"format": "metadata", "metadataHeaders": list(headers)}
        return self._read(f"messages/{_checked(message_id)}", asked)

    def labels(self) -> dict[str, str]:
        """Return the mailbox's labels: id to name.

        Raises:
            ServiceError: They could not be read.
        """
        found = self._read("labels").get("labels") or ()
        return {str(label["id"]): str(label["name"]) for label in found}

    def drafts(self) -> tuple[Draft, ...]:
        """Return the newest drafts.

        Raises:
            ServiceError: They could not be read.
        """
        return tuple(map(_draft, self._read("drafts", {"maxResults": "20"}).get("drafts") or ()))

    def draft(self, draft_id: str) -> Draft | None:
        """Return a draft, or None where it was sent or deleted.

        Raises:
            ServiceError: It could not be read.
        """
        try:
            return _draft(self._read(f"drafts/{_checked(draft_id)}", {"format": "minimal"}))
        except GoneError:
            return None

    def write_draft(self, request: Request) -> Draft:
        """Carry out a request from ``draft_request``, once.

        Raises:
            GoneError: The draft that was to be written over is not there any more.
            ServiceError: It was not written, or no answer came back.
        """
        return _draft(self._write(request))

    def send_draft(self, draft_id: str) -> Stub:
        """Send a draft, once, and return the mail that it became.

        Raises:
            OutcomeUnknownError: The draft is gone, so it may have been sent before; or no answer
                came back.
            ServiceError: It was not sent.
        """
        url = f"{self.settings.base}/drafts/send"
        try:
            return _stub(self._write(Request(method="POST", url=url, body={"id": draft_id})))
        except GoneError as error:
            raise OutcomeUnknownError("the draft is gone", service=SERVICE) from error

    def _read(self, path: str, query: Mapping[str, str | list[str]] | None = None) -> Json:
        words = f"?{urlencode(query, doseq=True)}" if query else ""
        url = f"{self.settings.base}/{path}{words}"
        return self._retrying(lambda: value_of(self._send("GET", url)))

    def _write(self, request: Request) -> Json:
        body = json.dumps(request.body).encode()
        found = value_of(self._send(request.method, request.url, body))
        if not found.get("id"):
            raise OutcomeUnknownError("its answer names nothing", service=SERVICE)
        return found

    def _send(self, method: str, url: str, body: bytes = b"") -> Answer:
        """Send a request; where our token is turned down, which is before anything was done,
        renew it and send once more.
        """
        access = self._token.access()
        answer = self._once(method, url, access, body)
        if answer.status != 401:  # noqa: PLR2004 - Unauthorized
            return answer
        self._token.forget(access)
        return self._once(method, url, self._token.access(), body)

    def _once(self, method: str, url: str, access: str, body: bytes) -> Answer:
        self._count(method, url)
        headers = {"Authorization": f"Bearer {access}", "Accept": "application/json"}
        headers |= {"Content-Type": "application/json"} if body else {}
        return self._http.send(method, url, headers=headers, body=body)

    def _count(self, method: str, url: str) -> None:
        path = url.removeprefix(f"{self.settings.base}/").partition("?")[0]
        kind = path if (method, path) in _UNITS else f"{path.partition('/')[0]}/"
        with self._lock:
            self._units += _UNITS[method, kind]


def draft_request(base: str, raw: bytes, *, thread_id: str = "", draft_id: str = "") -> Request:
    """Return the request that writes a draft, or writes over one, with all that will be sent.

    Args:
        base: The mailbox's address, from the settings.
        raw: The whole mail.
        thread_id: The conversation it belongs to; "" begins a new one.
        draft_id: The draft to write over; "" makes a new one.
    """
    message: Json = {"raw": base64.urlsafe_b64encode(raw).decode()}
    message |= {"threadId": thread_id} if thread_id else {}
    method, url = ("PUT", f"{base}/drafts/{draft_id}") if draft_id else ("POST", f"{base}/drafts")
    return Request(method=method, url=url, body={"message": message})


def header_of(message: Json, name: str) -> str:
    """Return a header of one of Gmail's own objects, or ""."""
    headers = (message.get("payload") or {}).get("headers") or ()
    wanted = name.lower()
    found = (one for one in headers if str(one.get("name", "")).lower() == wanted)
    return str(next(found, {}).get("value", ""))


def _checked(id_: str) -> str:
    if not ID.fullmatch(id_):
        raise InvalidValueError(f"“{id_[:40]}” is no id of Gmail's")
    return id_


def _stub(found: Json) -> Stub:
    labels = frozenset(map(str, found.get("labelIds") or ()))
    return Stub(str(found.get("id", "")), str(found.get("threadId", "")), labels)


def _draft(found: Json) -> Draft:
    message: Json = found.get("message") or {}
    return Draft(str(found["id"]), str(message.get("id", "")), str(message.get("threadId", "")))


def _bytes(text: Any) -> bytes:
    """Return base64 as bytes.

    Raises:
        OutcomeUnknownError: It is none.
    """
    try:
        return base64.urlsafe_b64decode(f"{text or ''}==")
    except (binascii.Error, ValueError) as error:
        raise OutcomeUnknownError("a mail arrived garbled", service=SERVICE) from error
