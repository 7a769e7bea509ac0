"""Notes that tell the owner of something, each once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from utils.clock import utc_now
from utils.core.item_page import item_page
from utils.core.lifecycle import Folder
from utils.core.model import Entry, Item, ItemType
from utils.file_utils import safe_name

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from utils.bookmarks import Bookmarks
    from utils.clock import Clock
    from utils.journal import Journal
    from utils.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """Writes alert Items into Needs_Action/.

    Args:
        vault: Where they are written.
        bookmarks: Remembers what was already told.
        journal: Records that it was told.
        zone: The owner's zone.
        clock: The time.
    """

    vault: Vault
    bookmarks: Bookmarks
    journal: Journal
    zone: ZoneInfo
    clock: Clock = field(default=utc_now)

    def raise_(self, key: str, title: str, text: str) -> None:
        """Tell the owner, once for each key.

        Args:
            key: What makes this alert the same as an earlier one.
            title: A few words.
            text: What happened and what can be done.
        """
        alert_id = "i-" + hashlib.sha256(key.encode()).hexdigest()[:10]
        if self.bookmarks.saw("alert", key):
            return
        now = self.clock()
        item = Item(
            id=alert_id,
            type=ItemType.ALERT,
            source="employee",
            received_at=now,
            subject=title,
            question=text,
            priority="high",
        )
        day = now.astimezone(self.zone).date().isoformat()
        name = f"{day}-ALERT-{safe_name(title, 40)}-{alert_id}.md"
        self.vault.write(Folder.NEEDS_ACTION, name, item_page(item, self.zone))
        self.journal.record(
            Entry(action="alert", actor="gate", parameters={"title": title}, result="told")
        )
        self.bookmarks.see("alert", [key], now=now)
