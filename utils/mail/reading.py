"""A mail as values: who, when, what was said and what came with it, from any bytes at all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Final

from utils.core.model import Attachment, Item, ItemType, Source
from utils.file_utils import slug
from utils.mail.headers import headers_of
from utils.mail.parts import MailFile, opened
from utils.mail.pdf_text import text_of_pdf

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Mail", "MailFile", "read_mail"]

#: The longest text that is read out of a mail, in characters; a note holds 256 KiB.
TEXT_LIMIT: Final = 60_000
#: How much of an attachment's text is read, in characters.
_ATTACHED_LIMIT: Final = 20_000
#: Endings that no program of ours, and Obsidian neither, reads as a note or a page.
_HARMLESS: Final = frozenset(
    {
        *(".pdf", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".txt", ".csv", ".xml", ".docx"),
        *(".xlsx", ".pptx", ".odt", ".ods", ".zip", ".ics", ".eml"),
    }
)
_BULK: Final = frozenset({"bulk", "list", "junk"})


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail, taken apart; every text in it was written by outsiders."""

    #: The sender's address in small letters, or "".
    sender: str
    #: The name the sender gives himself; shown, never trusted.
    sender_name: str
    #: Where an answer would go when that differs from the sender, else "".
    reply_to: str
    #: Addresses it went to, copies included, in small letters.
    to: tuple[str, ...]
    subject: str
    #: Line ends are plain; at most ``TEXT_LIMIT`` characters.
    text: str
    #: How many passages of its HTML no reader could see; they are not in the text.
    hidden: int
    #: How many characters of the text were left off at the end.
    cut: int
    #: When the sender says he sent it; None where he does not say.
    sent_at: datetime | None
    #: ``<…>`` as the sender wrote it, or "".
    message_id: str
    #: The message ids of the conversation so far, oldest first.
    references: tuple[str, ...]
    in_reply_to: str
    #: Whether one can unsubscribe from it.
    list_unsubscribe: bool
    #: ``no``, ``auto-replied``, ``auto-generated`` … in small letters, or "".
    auto_submitted: str
    #: ``bulk``, ``list``, ``junk`` … in small letters, or "".
    precedence: str
    attachments: tuple[MailFile, ...]

    @property
    def is_automatic(self) -> bool:
        """Whether a machine sent it: a newsletter, a notice, an out-of-office reply."""
        answered = self.auto_submitted not in {"", "no"}
        return self.list_unsubscribe or answered or self.precedence in _BULK

    def to_item(
        self,
        item_id: str,
        source: Source | str,
        received_at: datetime,
        *,
        message_id: str = "",
        thread: str = "",
    ) -> Item:
        """Return the Item that this mail is; its attachments are named but not yet kept.

        Args:
            item_id: The Item's id.
            source: Where it came from.
            received_at: When it arrived (aware).
            message_id: Its id in the mailbox; "" takes the sender's own.
            thread: The conversation's id in the mailbox; "" takes its first message id.
        """
        return Item(
            id=item_id,
            type=ItemType.EMAIL,
            source=Source(source),
            received_at=received_at,
            sender=self.sender,
            sender_name=self.sender_name,
            reply_to=self.reply_to,
            subject=self.subject,
            body=self._body(),
            priority="low" if self.is_automatic else "normal",
            thread=thread or next(iter(self.references), self.message_id),
            message_id=message_id or self.message_id,
            attachments=tuple(attachment_of(file, item_id) for file in self.attachments),
        )

    def _body(self) -> str:
        notices = []
        if self.cut:
            notices.append(f"[{self.cut} more characters are in the mailbox.]")
        if self.hidden:
            notices.append(f"[{self.hidden} hidden passages were left out.]")
        return "\n\n".join(filter(None, (self.text, *notices)))


def read_mail(raw: bytes) -> Mail:
    """Take a mail apart.

    Args:
        raw: The mail as it was sent; nothing in it makes this raise.
    """
    message, headers = opened(raw), headers_of(raw)
    sender_name, sender = headers.sender()
    reply_to = next((address for _, address in headers.addresses("reply-to")), "")
    text = message.text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return Mail(
        sender=sender,
        sender_name=sender_name,
        reply_to="" if reply_to == sender else reply_to,
        to=tuple(address for _, address in headers.addresses("to", "cc")),
        subject=headers.text("subject"),
        text=text[:TEXT_LIMIT],
        hidden=message.hidden,
        cut=max(len(text) - TEXT_LIMIT, 0),
        sent_at=headers.date(),
        message_id=next(iter(headers.ids("message-id")), ""),
        references=headers.ids("references"),
        in_reply_to=next(iter(headers.ids("in-reply-to")), ""),
        list_unsubscribe=headers.text("list-unsubscribe") != "",
        auto_submitted=headers.word("auto-submitted"),
        precedence=headers.word("precedence"),
        attachments=message.files,
    )


def attachment_of(file: MailFile, item_id: str) -> Attachment:
    """Return a file as an Item names it: under a safe name, with the text found in it."""
    path = PureWindowsPath(file.name)
    ending = path.suffix.lower()
    stem = path.stem if ending in _HARMLESS else path.name
    return Attachment(
        name=f"{item_id}-{slug(stem)}{ending if ending in _HARMLESS else '.bin'}",
        size_bytes=len(file.data),
        sha256=hashlib.sha256(file.data).hexdigest(),
        text=_text_of(file)[:_ATTACHED_LIMIT],
    )


def _text_of(file: MailFile) -> str:
    if file.media_type == "application/pdf" or file.data.startswith(b"%PDF-"):
        return text_of_pdf(file.data)
    return file.text
