"""Exported chats taken in: what is new in each becomes Items, with the files that came along."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError
from utils.core.lifecycle import Folder
from utils.core.model import Entry, Source
from utils.times.clock import utc_now
from utils.whatsapp.archive import opened
from utils.whatsapp.export import read_chat
from utils.whatsapp.items import item_of_run, runs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from utils.core.model import Attachment, Item
    from utils.incoming.intake import Intake
    from utils.journal import Journal
    from utils.owner_notes.alerts import Alerts
    from utils.storage.bookmarks import Bookmarks
    from utils.times.clock import Clock
    from utils.vault import Vault
    from utils.whatsapp.archive import Opened
    from utils.whatsapp.export import Chat, ChatMessage

#: The largest file of an exported chat that is opened, in bytes.
EXPORT_LIMIT: Final = 256 * 1024 * 1024
#: How far before its newest message a chat that was never seen is taken in; older talk is over.
_FIRST_LOOK: Final = timedelta(days=30)
_SOURCE: Final = Source.WHATSAPP


@dataclass(frozen=True, kw_only=True)
class ChatExports:
    """Takes exported chats in; the same chat exported again brings only what is new.

    Args:
        intake: Where the Items go.
        journal: Where it is recorded.
        bookmarks: What was taken in before.
        vault: Where files that came along are kept.
        alerts: Asks the owner for his name where a chat does not show it.
        own_names: The owner's names.
        zone: The owner's zone.
        clock: The time.
    """

    intake: Intake
    journal: Journal
    bookmarks: Bookmarks
    vault: Vault
    alerts: Alerts
    own_names: tuple[str, ...]
    zone: ZoneInfo
    clock: Clock = field(default=utc_now)

    def take(self, name: str, data: bytes) -> bool:
        """Take in what is new in the file of an exported chat.

        Returns:
            Whether it is one.
        """
        seen_id = f"file {hashlib.sha256(data).hexdigest()}"
        if self.bookmarks.saw(_SOURCE, seen_id):
            return True
        try:
            file = opened(name, data)
        except InvalidValueError:
            return False
        chat = read_chat(
            file.text,
            file_name=name,
            own_names=self.own_names,
            zone=self.zone,
            now=self.clock(),
        )
        if not chat.messages:
            return False
        self._take(name, chat, file)
        self.bookmarks.see(_SOURCE, (seen_id,), now=self.clock())
        return True

    def _take(self, name: str, chat: Chat, file: Opened) -> None:
        seen = {each.key for each in chat.messages if self.bookmarks.saw(_SOURCE, each.key)}
        since = _since(chat, seen)
        lately = [message for message in chat.messages if message.at >= since]
        new = [self._take_run(run, chat, file) for run in runs(lately, seen)]
        self.journal.record(
            Entry(
                action="chat.export",
                actor=f"watcher:{_SOURCE}",
                parameters={
                    "file": name[:120],
                    "messages": len(chat.messages),
                    "over": len(chat.messages) - len(lately),
                    "items": sum(new),
                },
                result="taken in",
            )
        )
        if not chat.owner_known:
            self._ask_for_name(name)

    def _take_run(self, run: Sequence[ChatMessage], chat: Chat, file: Opened) -> bool:
        item = item_of_run(run, chat)
        names = [name for message in run for name in message.files]
        kept = tuple(self._kept(item, name, file) for name in names if name in file.names)
        item = item.model_copy(update={"attachments": kept})
        first, *others = (message.key for message in run)
        return self.intake.take(item, seen_id=first, also=others)

    def _kept(self, item: Item, name: str, file: Opened) -> Attachment:
        """Keep a file beside the note of its Item; one that is broken or too large is named."""
        from utils.mail.reading import MailFile, attachment_of  # noqa: PLC0415 - slow to load

        data = file.file(name)
        found = attachment_of(MailFile(name, "", data), item.id)
        if not data:
            return found
        kept_as = self.vault.keep_file(Folder.NEEDS_ACTION, found.name, data)
        return found.model_copy(update={"name": kept_as})

    def _ask_for_name(self, name: str) -> None:
        self.alerts.raise_(
            f"whose chat {name}",
            "I cannot tell which messages in a chat are yours",
            f"{name[:120]} does not show which of the names in it is yours, so all of it was taken"
            " for other people's words. Set OWNER_NAME to your name in WhatsApp.",
        )


def _since(chat: Chat, seen: set[str]) -> datetime:
    """Return from when on messages are taken in."""
    times = [message.at for message in chat.messages]
    known = [message.at for message in chat.messages if message.key in seen]
    return min(max(times) - _FIRST_LOOK, max(known, default=max(times)))
