"""A pretend mailbox: mails, conversations, drafts and the history of what was added."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

#: Label id to name, as far as every mailbox has them.
LABELS: Final = {
    "INBOX": "INBOX",
    "SENT": "SENT",
    "DRAFT": "DRAFT",
    "UNREAD": "UNREAD",
    "SPAM": "SPAM",
    "TRASH": "TRASH",
    "CATEGORY_PROMOTIONS": "CATEGORY_PROMOTIONS",
    "CATEGORY_SOCIAL": "CATEGORY_SOCIAL",
}
_PREFIXES: Final = re.compile(r"^((re|aw|fwd?|wg|sv)\s*:\s*)+", re.IGNORECASE)
#: How many characters of a text lists show.
_SNIPPET: Final = 120


@dataclass
class Kept:
    """A mail in the mailbox."""

    id: str
    thread_id: str
    labels: set[str]
    #: When it arrived or was sent.
    at: datetime
    raw: bytes
    history_id: int

    @property
    def mail(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.raw, policy=default)

    @property
    def text(self) -> str:
        """Its plain text, or "" where it has none."""
        part = self.mail.get_body(("plain",))
        return str(part.get_content()).replace("\r\n", "\n") if part else ""

    def as_json(self, form: str, wanted: list[str]) -> dict[str, Any]:
        """Return it as Gmail shows it.

        Args:
            form: ``minimal``, ``metadata``, ``full`` or ``raw``.
            wanted: For ``metadata``: the headers to show; none means all.
        """
        shown: dict[str, Any] = {
            "id": self.id,
            "threadId": self.thread_id,
            "labelIds": sorted(self.labels),
            "snippet": " ".join(self.text.split())[:_SNIPPET],
            "historyId": str(self.history_id),
            "internalDate": str(int(self.at.timestamp() * 1000)),
            "sizeEstimate": len(self.raw),
        }
        if form == "raw":
            return shown | {"raw": base64.urlsafe_b64encode(self.raw).decode()}
        if form == "minimal":
            return shown
        names = {name.lower() for name in wanted} if form == "metadata" else set()
        headers = [
            {"name": name, "value": str(value)}
            for name, value in self.mail.items()
            if not names or name.lower() in names
        ]
        return shown | {"payload": {"mimeType": self.mail.get_content_type(), "headers": headers}}

    def as_stub(self) -> dict[str, Any]:
        """Return it as lists name it."""
        return {"id": self.id, "threadId": self.thread_id}


@dataclass
class Box:
    """Everything in one mailbox."""

    address: str
    mails: dict[str, Kept] = field(default_factory=dict)
    #: Draft id to the id of its mail.
    drafts: dict[str, str] = field(default_factory=dict)
    #: What was added, oldest first: point of the history to mail id.
    added: list[tuple[int, str]] = field(default_factory=list)
    history_id: int = 1000
    #: The history before this point is forgotten.
    history_from: int = 0
    access_tokens: set[str] = field(default_factory=set)
    #: How many seconds a sign-in lasts while the consent screen says Testing; 0 for ever.
    lasts_s: int = 0
    refresh_token: str = "1//sandbox-refresh"  # noqa: S105 - good for nothing but this sandbox
    scopes: tuple[str, ...] = ("https://www.googleapis.com/auth/gmail.modify",)
    #: Codes that a sign-in gave out and nobody has redeemed: code to what was asked for.
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    #: What the owner ticks when he is asked; None ticks everything, nothing at all says no.
    ticks: tuple[str, ...] | None = None
    _last: int = 0x18C2F0A1B2C30000

    def new_id(self) -> str:
        """Return an id that was never given before."""
        self._last += 1
        return f"{self._last:x}"

    def add(self, raw: bytes, labels: set[str], at: datetime, thread_id: str = "") -> Kept:
        """Put a mail into the mailbox, into the conversation it belongs to."""
        self.history_id += 1
        mail_id = self.new_id()
        thread = thread_id or self._thread_of(raw) or mail_id
        kept = Kept(mail_id, thread, labels, at, raw, self.history_id)
        self.mails[kept.id] = kept
        self.added.append((self.history_id, kept.id))
        return kept

    def remove(self, mail_id: str) -> Kept:
        """Take a mail out of the mailbox."""
        self.history_id += 1
        return self.mails.pop(mail_id)

    def thread(self, thread_id: str) -> list[Kept]:
        """Return a conversation's mails, oldest first."""
        return [mail for mail in self.mails.values() if mail.thread_id == thread_id]

    def newest(self) -> Iterator[Kept]:
        """Yield every mail, the newest first."""
        return iter(sorted(self.mails.values(), key=lambda kept: kept.at, reverse=True))

    def send(self, draft_id: str, at: datetime) -> Kept:
        """Send a draft: it is gone, and a mail with another id stands in its conversation."""
        draft = self.remove(self.drafts.pop(draft_id))
        stamp = f"From: {self.address}\r\nDate: {format_datetime(at)}\r\n"
        name = f"Message-ID: <CA{draft.id}@mail.gmail.com>\r\n"
        return self.add((stamp + name).encode() + draft.raw, {"SENT"}, at, draft.thread_id)

    def joins(self, raw: bytes, thread_id: str) -> bool:
        """Return whether a mail has what Gmail asks of one that joins a conversation."""
        mail = message_from_bytes(raw, policy=default)
        refers = f"{mail['references']} {mail['in-reply-to']}"
        return any(
            str(other.mail["message-id"]) in refers
            and _topic(str(other.mail["subject"])) == _topic(str(mail["subject"]))
            for other in self.thread(thread_id)
        )

    def _thread_of(self, raw: bytes) -> str:
        mail = message_from_bytes(raw, policy=default)
        refers = f"{mail['references']} {mail['in-reply-to']}"
        if "<" not in refers:
            return ""
        found = (
            kept.thread_id
            for kept in self.mails.values()
            if str(kept.mail["message-id"]) in refers
        )
        return next(found, "")


def _topic(subject: str) -> str:
    return _PREFIXES.sub("", " ".join(subject.split())).lower()


def now() -> datetime:
    """Return the time, as mails carry it."""
    return datetime.now(UTC).replace(microsecond=0)
