"""The drop folder: whatever the owner puts into Inbox/ becomes an Item, and is kept beside it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from utils.core.canonical import item_id, sha256_of
from utils.core.errors import NoteError
from utils.core.lifecycle import Folder
from utils.core.model import Item, ItemType, Source
from utils.core.outside_text import visible
from utils.file_utils import safe_name
from utils.io_optimizer import Settling
from utils.obsidian.listing import Kind
from utils.times.clock import utc_now
from utils.whatsapp.archive import is_named_like_a_chat
from utils.whatsapp.chat_exports import EXPORT_LIMIT

if TYPE_CHECKING:
    from utils.incoming.intake import Intake
    from utils.obsidian.listing import NoteFile
    from utils.owner_notes.alerts import Alerts
    from utils.times.clock import Clock
    from utils.vault import Vault
    from utils.whatsapp.chat_exports import ChatExports

_log: Final = logging.getLogger(__name__)
#: The largest file that is taken in, in bytes (ours: what mail services let through).
FILE_LIMIT: Final = 25 * 1024 * 1024
#: How much of a text file is read into its Item, in characters.
_TEXT_LIMIT: Final = 100_000
_TEXTS: Final = frozenset({".txt", ".md", ".csv"})
_PLAIN: Final = frozenset({Kind.NOTE, Kind.FILE})


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """Takes dropped files in.

    Args:
        vault: Where they are dropped.
        intake: Where their Items go.
        chats: Where exported chats go.
        alerts: Tells of what cannot be taken in.
        clock: The time.
    """

    vault: Vault
    intake: Intake
    chats: ChatExports
    alerts: Alerts
    clock: Clock = field(default=utc_now)
    _settling: Settling = field(default_factory=Settling)

    def take_in(self) -> None:
        """Take in every dropped file that is not being written any more."""
        for file in self.vault.list(Folder.INBOX):
            with self.alerts.apart(f"{Folder.INBOX}/{file.name}"):
                self._look(file)

    def _look(self, file: NoteFile) -> None:
        if file.kind not in _PLAIN:
            self._refuse(file, f"it is a {file.kind}, and only plain files are taken in")
        elif self._settling.settled(file.name, file.size, file.mtime_ns, now=self.clock()):
            self._take(file)

    def _take(self, file: NoteFile) -> None:
        try:
            is_chat = is_named_like_a_chat(file.name)
            limit = EXPORT_LIMIT if is_chat else FILE_LIMIT
            data = self.vault.read_bytes(Folder.INBOX, file.name, limit_bytes=limit)
        except FileNotFoundError:
            return
        except NoteError as error:
            self._refuse(file, str(error))
            return
        if is_chat and self.chats.take(file.name, data):
            self.vault.move(Folder.INBOX, file.name, Folder.COMPLETED, safe_name(file.name))
            return
        digest = sha256_of(data.hex())
        item = self._item(file.name, data)
        if not self.intake.take(item, seen_id=digest):
            _log.info("%s was taken in before", file.name)
        # The original lies beside the note of its Item, under a name that nothing can misread.
        self.vault.move(Folder.INBOX, file.name, Folder.NEEDS_ACTION, item.attachments[-1].name)

    def _item(self, name: str, data: bytes) -> Item:
        # Mail libraries are slow to load.
        from utils.mail.reading import MailFile, attachment_of, read_mail  # noqa: PLC0415

        now = self.clock()
        id_ = item_id(data.hex())
        ending = PurePath(name).suffix.lower()
        kept = attachment_of(MailFile(name, "", data), id_)
        if ending == ".eml":
            item = read_mail(data).to_item(id_, Source.FILE, now)
            return item.model_copy(update={"attachments": (*item.attachments, kept)})
        text = data.decode("utf-8", "replace")[:_TEXT_LIMIT] if ending in _TEXTS else ""
        return Item(
            id=id_,
            type=ItemType.FILE,
            source=Source.FILE,
            received_at=now,
            subject=visible(name)[:120],
            body=text,
            attachments=(kept,),
        )

    def _refuse(self, file: NoteFile, why: str) -> None:
        name = visible(file.name)
        self.alerts.raise_(
            f"inbox {name} {file.inode}",
            f"{name[:60]} could not be taken in",
            f"{name[:120]} stays in {Folder.INBOX}: {why}",
        )
