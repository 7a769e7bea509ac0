"""The follow-up: Plans and Items go where the Proposals that grew from them go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from utils.core.lifecycle import FINAL_STATES, Folder
from utils.core.model import OWN_TYPES
from utils.incoming.sorting import NOISE
from utils.plan_updater import updated
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from utils.core.model import Item
    from utils.journal import Journal
    from utils.owner_notes.alerts import Alerts
    from utils.owner_notes.items import ItemNotes
    from utils.storage.bookmarks import Bookmarks
    from utils.times.clock import Clock
    from utils.vault import Vault


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """Brings Plans up to date and closes Items that need nothing more.

    Args:
        journal: How the Proposals stand.
        bookmarks: Which Items are open.
        notes: Writes the notes.
        vault: Where the owner may have put an Item's note away himself.
        alerts: Tells of an Item that cannot be handled, so that it stops no other.
        clock: The time.
    """

    journal: Journal
    bookmarks: Bookmarks
    notes: ItemNotes
    vault: Vault
    alerts: Alerts
    clock: Clock = field(default=utc_now)

    def follow(self) -> None:
        """Go once over the open Items."""
        items = self.bookmarks.open_items()
        unplanned = {item.id for item, _ in self.bookmarks.unplanned()}
        for item in self.bookmarks.left_notes():
            with self.alerts.apart(f"The note of {item.id}"):
                self.notes.show(item)
                self.bookmarks.took_note(item.id)
        # Listed last: what another process tells meanwhile would look as if it were put away.
        there = {file.name for file in self.vault.list(Folder.NEEDS_ACTION)}
        for item, note in items:
            if item.id not in unplanned:
                with self.alerts.apart(f"The Item {item.id}"):
                    is_put_away = self._is_put_away(item, note, is_there=note in there)
                    self._follow(item, is_put_away=is_put_away)

    def _is_put_away(self, item: Item, note: str, *, is_there: bool) -> bool:
        """Return whether an Item's note was put away, and not just has not been synced yet."""
        if is_there:
            self.bookmarks.note_here(item.id, now=self.clock())
            return False
        return self.bookmarks.was_note_here(item.id) or self.vault.holds(Folder.COMPLETED, note)

    def _follow(self, item: Item, *, is_put_away: bool) -> None:
        self._bring_plan_up_to_date(item)
        if is_put_away or self._is_finished(item):
            self.notes.complete(item)
            self.bookmarks.close_item(item.id, now=self.clock())

    def _is_finished(self, item: Item) -> bool:
        """Return whether everything that an Item led to has come to an end."""
        grown = self.journal.from_item(item.id)
        waits_for_owner = item.type in OWN_TYPES
        finished = bool(grown) and all(tracked.state in FINAL_STATES for tracked in grown)
        finished = finished or self.bookmarks.saw(NOISE, item.id)
        return finished and not waits_for_owner

    def _bring_plan_up_to_date(self, item: Item) -> None:
        plan = self.bookmarks.plan(item.id)
        if plan is None:
            return
        grown = {tracked.proposal.id: tracked for tracked in self.journal.from_item(item.id)}
        new = updated(
            plan,
            (tracked.proposal for tracked in grown.values()),
            {key: tracked.outcome for key, tracked in grown.items() if tracked.outcome},
        )
        if new != plan:
            self.notes.show_plan(new)
            self.bookmarks.keep_plan(new, now=self.clock())
