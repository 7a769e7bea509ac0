"""The intake: from an Item that was noticed to the Proposals that grow from it.

Each step is kept before the next, so that after a crash every Item is taken in once, its note is
there, and nothing that grew from it is asked twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from utils.conflict_resolver import DOUBLES_WINDOW, Conflict, conflicts_with
from utils.core.errors import (
    ConfigurationError,
    EmployeeError,
    InvalidValueError,
    ServiceError,
    UnknownOperationError,
)
from utils.core.model import OUTSIDE_SOURCES, OWN_TYPES, Entry, Item, Origin
from utils.gmail_to_odoo_parser import Reading, Viewpoint, clarification, read_item
from utils.letters.reading import Unclear
from utils.plan_generator import plan_for
from utils.plan_updater import linked
from utils.times.clock import steady_s, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from utils.approval_gate import Gate
    from utils.core.model import Intent
    from utils.incoming.sorting import Sorting
    from utils.journal import Journal
    from utils.owner_notes.alerts import Alerts
    from utils.owner_notes.items import ItemNotes
    from utils.storage.bookmarks import Bookmarks
    from utils.storage.rows import Tracked
    from utils.times.clock import Clock, Steady

#: How long an Item whose service was down rests before it is thought through again.
_REST: Final = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Takes Items in and thinks them through, without any model.

    Args:
        journal: What was asked before.
        bookmarks: What was taken in before.
        gate: Where Proposals go.
        notes: Writes the notes of Items and Plans.
        sorting: Says how much an Item matters, and puts noise away.
        alerts: Asks what is unclear, and tells of an Item that cannot be handled.
        view: The owner's currency, locale and names, for reading.
        clock: The time.
        steady: Counts seconds.
    """

    journal: Journal
    bookmarks: Bookmarks
    gate: Gate
    notes: ItemNotes
    sorting: Sorting
    alerts: Alerts
    view: Viewpoint
    clock: Clock = field(default=utc_now)
    steady: Steady = field(default=steady_s)
    _resting: dict[str, float] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def take(self, item: Item, *, seen_id: str, also: Iterable[str] = ()) -> bool:
        """Take an Item in, once for each id of its source.

        Args:
            item: What was noticed.
            seen_id: Its id in its source.
            also: Further ids of its source that are in it.

        Returns:
            Whether it was new.
        """
        entry = Entry(
            action="item",
            actor=f"watcher:{item.source}",
            parameters={"id": item.id, "type": item.type, "from": item.sender},
            result="taken in",
            domain_link=item.link,
        )
        with self.journal.database.step():
            if not self.bookmarks.take_in(item, self.notes.name_of(item), seen_id=seen_id):
                return False
            self.bookmarks.see(item.source, also, now=self.clock())
            self.journal.record(entry)
        self.notes.show(item)
        return True

    def think(self) -> None:
        """Think through every Item that was not thought through yet."""
        for item, _ in self.bookmarks.unplanned():
            if self._resting.get(item.id, 0.0) > self.steady():
                continue
            self._resting[item.id] = self.steady() + _REST.total_seconds()
            with self.alerts.apart(f"The Item {item.id}"):
                self._think_of(item)

    def _think_of(self, item: Item) -> None:
        try:
            self._think(item)
        except (ServiceError, ConfigurationError) as error:
            if item.id not in self._told:
                self._tell(item, error)
            self._told.add(item.id)
        else:
            self._resting.pop(item.id, None)

    def _think(self, item: Item) -> None:
        """Read an Item, plan it, and ask for what it wants.

        Raises:
            ServiceError: A service could not be read; what was asked already stays asked.
            ConfigurationError: A service is not set up.
        """
        self.notes.show(item)
        if item.type in OWN_TYPES:
            # We died between keeping and showing what we had to tell.
            self.bookmarks.close_thinking(item.id, now=self.clock())
            return
        reading = read_item(item, self.view)
        sorted_ = self.sorting.sort(item, reading)
        if sorted_ is None:
            return
        reading = sorted_
        plan = plan_for(item, reading, now=self.clock())
        earlier = self.journal.from_item(item.id)
        for step, intent in ((n, step.intent) for n, step in enumerate(plan.steps) if step.intent):
            done = _take_out(earlier, intent)
            try:
                proposal_id = done.proposal.id if done else self._ask_for(item, intent, reading)
            except (InvalidValueError, UnknownOperationError, ValidationError) as error:
                reading = _with_question(reading, intent, error)
            else:
                plan = linked(plan, step, proposal_id) if proposal_id else plan
        if reading.unclear:
            self._clarify(clarification(item, reading, now=self.clock()))
        self.notes.show_plan(plan)
        self.bookmarks.keep_plan(plan, now=self.clock())

    def _ask_for(self, item: Item, intent: Intent, reading: Reading) -> str:
        """Submit one Intent; return the Proposal's id, or "" where a conflict is asked instead."""
        known = self.journal.recent(intent.operation, self.clock() - DOUBLES_WINDOW)
        conflicts = conflicts_with(
            intent,
            (tracked.proposal for tracked in known),
            now=self.clock(),
            item=item,
            items=self._items_of(known),
        )
        if conflicts:
            self._clarify(self._about(item, conflicts[0]))
            return ""
        kind = self.gate.catalogue.operation(intent.operation)
        outside = item.source in OUTSIDE_SOURCES
        proposal = self.gate.submit(
            kind.model_validate(intent.values, strict=False),
            origin=Origin(source=item.source, item_id=item.id, outside=outside, link=item.link),
            why=intent.why,
            evidence=intent.evidence,
            warnings=reading.warnings,
        )
        return proposal.id

    def _items_of(self, known: list[Tracked]) -> dict[str, Item]:
        ids = {tracked.proposal.origin.item_id for tracked in known}
        items = {item_id: self.bookmarks.item(item_id) for item_id in ids if item_id}
        return {item_id: item for item_id, item in items.items() if item}

    def _about(self, item: Item, conflict: Conflict) -> Item:
        question = f"{conflict.sentence} {conflict.question}".strip()
        unclear = (Unclear(what="conflict", question=question),)
        reading = Reading(kind=read_item(item, self.view).kind, unclear=unclear)
        return clarification(item, reading, now=self.clock())

    def _clarify(self, question: Item) -> None:
        self.alerts.put(question, actor="intake")

    def _tell(self, item: Item, error: EmployeeError) -> None:
        self.journal.record(
            Entry(
                action="think",
                actor="intake",
                parameters={"id": item.id},
                result="waiting",
                error=str(error),
                domain_link=item.link,
            )
        )


def _take_out(earlier: list[Tracked], intent: Intent) -> Tracked | None:
    """Return, and take from the list, the Proposal that this Intent became before a crash."""
    for tracked in earlier:
        if tracked.proposal.operation == intent.operation:
            earlier.remove(tracked)
            return tracked
    return None


def _with_question(reading: Reading, intent: Intent, error: Exception) -> Reading:
    """Return the Reading with a question about what did not fit."""
    if isinstance(error, ValidationError):
        said = [(*found["loc"][:1], found["msg"]) for found in error.errors()]
        why = "; ".join(": ".join(map(str, words)) for words in said)
    else:
        why = str(error)
    unclear = Unclear(what=intent.operation, question=f"{why} What is meant?")
    return reading.model_copy(update={"unclear": (*reading.unclear, unclear)})
