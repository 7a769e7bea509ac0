"""The typed client for Gmail: reads, and drafts that can be sent; nothing else is ever changed."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError, OutcomeUnknownError
from utils.core.model import Request
from utils.gmail.connection import GmailConnection
from utils.gmail.errors import SERVICE, GoneError
from utils.gmail.google_token import GoogleToken
from utils.gmail.values import Draft, Page, Profile, Raw, Stub, draft_of, raw_of, stub_of
from utils.http_client import HttpClient

if TYPE_CHECKING:
    from utils.core.model import Json
    from utils.gmail.settings import GmailSettings

#: How an id of Gmail's looks; nothing else is put into an address.
ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


class GmailClient:
    """Reads the owner's mailbox, and writes and sends drafts.

    Args:
        settings: Where Gmail is, and where the vault lies.
        connection: Sends the requests.
    """

    def __init__(self, settings: GmailSettings, connection: GmailConnection) -> None:
        self.settings = settings
        self.connection = connection

    def profile(self) -> Profile:
        """Return whose mailbox it is.

        Raises:
            ServiceError: It could not be read.
        """
        found = self.connection.read("profile")
        return Profile(str(found.get("emailAddress", "")), str(found.get("historyId", "")))

    def history(self, since: str) -> Page[Stub]:
        """Return the first 500 changes after a point of the history: the mails that came in.

        Where there are more, ``next`` is where they begin.

        Raises:
            GoneError: Gmail does not remember that far back.
            ServiceError: It could not be read.
        """
        asked = {"startHistoryId": since, "historyTypes": "messageAdded", "labelId": "INBOX"}
        found = self.connection.read("history", asked | {"maxResults": "500"})
        rows = found.get("history") or ()
        stubs = tuple(
            stub_of(one["message"]) for row in rows for one in row.get("messagesAdded") or ()
        )
        reached = str(rows[-1]["id"]) if rows else since
        more = bool(found.get("nextPageToken"))
        return Page(stubs, reached if more else "", str(found.get("historyId") or reached))

    def search(self, query: str, page: str = "", *, limit: int = 500) -> Page[Stub]:
        """Return one page of the mails that Gmail's search finds, newest first.

        Raises:
            ServiceError: It could not be read.
        """
        asked = {"q": query, "maxResults": str(limit)}
        found = self.connection.read("messages", asked | ({"pageToken": page} if page else {}))
        stubs = tuple(map(stub_of, found.get("messages") or ()))
        return Page(stubs, str(found.get("nextPageToken", "")))

    def message(self, message_id: str) -> Raw:
        """Return a whole mail.

        Raises:
            GoneError: It is not there.
            ServiceError: It could not be read.
        """
        return raw_of(self.connection.read(f"messages/{_checked(message_id)}", {"format": "raw"}))

    def thread(self, thread_id: str, *headers: str) -> tuple[Json, ...]:
        """Return a conversation's mails, oldest first, each with these headers only.

        Returns:
            Gmail's own objects: ``id``, ``labelIds``, ``internalDate``, ``payload.headers`` …

        Raises:
            GoneError: It is not there.
            ServiceError: It could not be read.
        """
        asked = {"format": "metadata", "metadataHeaders": list(headers)}
        return tuple(
            self.connection.read(f"threads/{_checked(thread_id)}", asked).get("messages") or ()
        )

    def summary(self, message_id: str, *headers: str) -> Json:
        """Return a mail's labels, first words and these headers, as Gmail's own object.

        Raises:
            GoneError: It is not there.
            ServiceError: It could not be read.
        """
        asked = {"format": "metadata", "metadataHeaders": list(headers)}
        return self.connection.read(f"messages/{_checked(message_id)}", asked)

    def labels(self) -> dict[str, str]:
        """Return the mailbox's labels: id to name.

        Raises:
            ServiceError: They could not be read.
        """
        found = self.connection.read("labels").get("labels") or ()
        return {str(label["id"]): str(label["name"]) for label in found}

    def drafts(self) -> tuple[Draft, ...]:
        """Return the newest drafts.

        Raises:
            ServiceError: They could not be read.
        """
        return tuple(
            map(draft_of, self.connection.read("drafts", {"maxResults": "20"}).get("drafts") or ())
        )

    def draft(self, draft_id: str) -> Draft | None:
        """Return a draft, or None where it was sent or deleted.

        Raises:
            ServiceError: It could not be read.
        """
        try:
            return draft_of(
                self.connection.read(f"drafts/{_checked(draft_id)}", {"format": "minimal"})
            )
        except GoneError:
            return None

    def write_draft(self, request: Request) -> Draft:
        """Carry out a request from ``draft_request``, once.

        Raises:
            GoneError: The draft that was to be written over is not there any more.
            ServiceError: It was not written, or no answer came back.
        """
        return draft_of(self.connection.write(request))

    def send_draft(self, draft_id: str) -> Stub:
        """Send a draft, once, and return the mail that it became.

        Raises:
            OutcomeUnknownError: The draft is gone, so it may have been sent before; or no answer
                came back.
            ServiceError: It was not sent.
        """
        url = f"{self.settings.base}/drafts/send"
        try:
            return stub_of(
                self.connection.write(Request(method="POST", url=url, body={"id": draft_id}))
            )
        except GoneError as error:
            raise OutcomeUnknownError("the draft is gone", service=SERVICE) from error


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


def _checked(id_: str) -> str:
    if not ID.fullmatch(id_):
        raise InvalidValueError(f"“{id_[:40]}” is no id of Gmail's")
    return id_


def connected(settings: GmailSettings) -> GmailClient:
    """Return the client for the owner's mailbox; nothing is opened before its first call."""
    # A mail may have 50 MB, and travels a third larger.
    http = HttpClient(
        SERVICE, timeout_s=settings.general.http_timeout_s, max_answer_bytes=72 * 1024 * 1024
    )
    token = GoogleToken(settings.token_path, http)
    return GmailClient(settings, GmailConnection(settings.base, http, token))
