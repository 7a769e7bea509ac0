"""The owner's vault as a machine sees it that does not have it: the journal speaks for it.

Nothing is written there. The machine with the vault follows the journal: it shows what is not
shown, files what is not filed, and takes back in the journal what the owner drags out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, override

from utils.core.errors import VaultMissingError
from utils.core.lifecycle import Folder
from utils.owner_notes.items import ItemNotes
from utils.owner_notes.proposals import ProposalNotes
from utils.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Collection

    from utils.core.model import Item, Plan
    from utils.obsidian.folders import Place
    from utils.owner_notes.alerts import Alerts
    from utils.storage.bookmarks import Bookmarks
    from utils.storage.rows import Tracked


class FarVault(Vault):
    """Holds nothing, except that what is granted in the journal counts as lying in Approved/."""

    @override
    def holds(self, place: Place, name: str) -> bool:
        return place is Folder.APPROVED

    @override
    def remove(self, place: Place, name: str) -> None:
        """Leave it; the machine with the vault has it."""

    @override
    def check(self) -> None:
        raise VaultMissingError("it lies on another machine")


class FarNotes(ProposalNotes):
    """Leaves every note to the machine with the vault, which heals what is missing."""

    @override
    def show(self, tracked: Tracked) -> None:
        """Leave it; the journal says that it is not shown."""

    @override
    def file(self, tracked: Tracked, *, decided: str = "") -> None:
        """Leave it; the journal says that it is not filed."""

    @override
    def file_all(self, finished: Collection[Tracked], alerts: Alerts) -> None:
        """Leave them likewise."""

    @override
    def heal(self, alerts: Alerts) -> None:
        """Leave it."""


@dataclass(frozen=True, kw_only=True)
class FarItemNotes(ItemNotes):
    """Leaves the notes of Items to the machine with the vault.

    Args:
        bookmarks: Remembers which.
    """

    bookmarks: Bookmarks

    @override
    def show(self, item: Item) -> None:
        self.bookmarks.leave_note(item.id)

    @override
    def show_plan(self, plan: Plan) -> None:
        """Leave it; the machine with the vault brings Plans up to date."""
