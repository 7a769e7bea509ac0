"""The notes of Items and Plans: where each lies, and that it is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from utils.core.item_page import item_page, plan_page
from utils.core.lifecycle import Folder
from utils.core.model import ItemType
from utils.file_utils import slug

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from utils.core.model import Item, Plan
    from utils.vault import Vault

_LOUD = {ItemType.CLARIFICATION: "CLARIFY_", ItemType.ALERT: "ALERT_"}


@dataclass(frozen=True, kw_only=True)
class ItemNotes:
    """Writes the notes of Items and Plans.

    Args:
        vault: Where they lie.
        zone: The owner's zone.
    """

    vault: Vault
    zone: ZoneInfo

    def name_of(self, item: Item) -> str:
        """Return the file name of an Item's note."""
        day = item.received_at.astimezone(self.zone).date().isoformat()
        title = slug(item.subject or item.sender or "message")
        return f"{_LOUD.get(item.type, '')}{day}-{item.type}-{title}-{item.id}.md"

    def show(self, item: Item) -> None:
        """Write an Item's note unless it is there."""
        name = self.name_of(item)
        if not self.vault.holds(Folder.NEEDS_ACTION, name):
            self.vault.write(Folder.NEEDS_ACTION, name, item_page(item, self.zone))

    def show_again(self, was: Item, item: Item, *, status: str = "open") -> None:
        """Bring an Item's note up to date, unless the owner has written into it."""
        name = self.name_of(item)
        if self.vault.holds(Folder.NEEDS_ACTION, name):
            untouched = item_page(was, self.zone)
            if self.vault.read(Folder.NEEDS_ACTION, name) == untouched:
                page = item_page(item, self.zone, status=status)
                self.vault.write(Folder.NEEDS_ACTION, name, page)

    def show_plan(self, plan: Plan) -> None:
        """Write a Plan's note as it stands now."""
        day = plan.created_at.astimezone(self.zone).date().isoformat()
        name = f"{day}-plan-{slug(plan.title)}-{plan.id}.md"
        self.vault.write(Folder.PLANS, name, plan_page(plan, self.zone))

    def complete(self, item: Item) -> None:
        """Move an Item's note, and the files that came with it, to Completed/."""
        files = (attachment.name for attachment in item.attachments)
        for name in (self.name_of(item), *files):
            if self.vault.holds(Folder.NEEDS_ACTION, name):
                self.vault.move(Folder.NEEDS_ACTION, name, Folder.COMPLETED)
