"""Notes that tell the owner of something, each once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from utils.clock import utc_now
from utils.core.model import Entry, Item, ItemType, Source, sha256_of

if TYPE_CHECKING:
    from utils.bookmarks import Bookmarks
    from utils.clock import Clock
    from utils.item_notes import ItemNotes
    from utils.journal import Journal


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """Writes alert Items into Needs_Action/.

    Args:
        notes: Writes them.
        bookmarks: Remembers what was already told.
        journal: Records that it was told.
        clock: The time.
    """

    notes: ItemNotes
    bookmarks: Bookmarks
    journal: Journal
    clock: Clock = field(default=utc_now)

    def raise_(self, key: str, title: str, text: str) -> None:
        """Tell the owner, once for each key.

        Args:
            key: What makes this alert the same as an earlier one.
            title: A few words.
            text: What happened and what can be done.
        """
        item = Item(
            id=f"i-{sha256_of(key)[:10]}",
            type=ItemType.ALERT,
            source=Source.EMPLOYEE,
            received_at=self.clock(),
            subject=title,
            question=text,
            priority="high",
        )
        told = Entry(action="alert", actor="gate", parameters={"title": title}, result="told")
        with self.journal.database.step():
            if not self.bookmarks.take_in(item, self.notes.name_of(item), seen_id=item.id):
                return
            self.journal.record(told)
        self.notes.show(item)
        self.bookmarks.close_thinking(item.id, now=self.clock())
