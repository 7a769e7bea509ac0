"""Sorting what came in: how much it matters, whom it is from, and what is put away quietly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from utils.core.model import Entry
from utils.incoming.triage import is_noise, triage
from utils.letters.intents import intents_of
from utils.plan_generator import plan_for
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from utils.approval.acquaintances import Acquaintances
    from utils.core.model import Item
    from utils.journal import Journal
    from utils.letters.reading import Reading
    from utils.owner_notes.items import ItemNotes
    from utils.storage.bookmarks import Bookmarks
    from utils.times.clock import Clock

#: Under which name Items that were put away quietly are counted.
NOISE: Final = "noise"


@dataclass(frozen=True, kw_only=True)
class Sorting:
    """Sorts Items, and records it.

    Args:
        journal: Where it is recorded.
        bookmarks: Keeps Items as they are seen now.
        notes: The notes of Items.
        acquaintances: Whom we know.
        clock: The time.
    """

    journal: Journal
    bookmarks: Bookmarks
    notes: ItemNotes
    acquaintances: Acquaintances
    clock: Clock = field(default=utc_now)

    def sort(self, item: Item, reading: Reading) -> Reading | None:
        """Say on an Item how much it matters, or put it away.

        Returns:
            The Reading, with a warning where a stranger wants something done; None where there is
            nothing to do.
        """
        if is_noise(item, reading):
            self._put_away(item, reading)
            return None
        known = self.acquaintances.knows(item)
        self._keep(item, reading, known=known)
        if known is not False or not intents_of(reading):
            return reading
        warning = f"This is the first message from {item.sender or item.sender_name or 'them'}."
        return reading.model_copy(update={"warnings": (*reading.warnings, warning)})

    def _put_away(self, item: Item, reading: Reading) -> None:
        """Count a mail that only tells, and leave its note to be filed; it gets no Plan's note."""
        now = self.clock()
        self._keep(item, reading, known=None)
        with self.journal.database.step():
            self.bookmarks.see(NOISE, (item.id,), now=now)
            self.bookmarks.keep_plan(plan_for(item, reading, now=now), now=now)

    def _keep(self, item: Item, reading: Reading, *, known: bool | None) -> None:
        found = triage(item, reading, known=known)
        sorted_ = item.model_copy(update={"priority": found.priority, "marks": found.marks})
        entry = Entry(
            action="triage",
            actor="intake",
            parameters={
                "id": item.id,
                "kind": reading.kind,
                "priority": found.priority,
                "known": known,
                "sensitive": list(found.sensitive),
            },
            result="filed" if found.is_noise else "kept",
            domain_link=item.link,
        )
        with self.journal.database.step():
            if self.bookmarks.keep_item(sorted_):
                self.journal.record(entry)
        self.notes.show_again(item, sorted_)
