"""Reading the journal: Records in the order of the chain, Proposals by what is asked of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from utils.core.canonical import iso
from utils.core.chain import Head
from utils.core.lifecycle import FINAL_STATES
from utils.storage.rows import Tracked, marks, readable, tracked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from utils.core.errors import UnreadableRowError
    from utils.core.lifecycle import State
    from utils.core.model import Json
    from utils.storage.database import Database
    from utils.storage.steps import Cap

#: Longer than almost all that waits rests; what rests longer is only looked at too often.
_LONG_REST: Final = timedelta(minutes=15)


@dataclass(kw_only=True)
class JournalReading:
    """The half of the journal that changes nothing.

    Args:
        database: Where it is kept, for the other modules that keep their rows in it too.

    Raises:
        JournalError: It could not be read; raised by every method.
    """

    database: Database
    #: Proposals that could not be read lately: id to what is wrong.
    torn: dict[str, UnreadableRowError] = field(default_factory=dict, init=False)

    def head(self) -> Head:
        """Return the end of the chain of Records."""
        rows = self.database.rows("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1")
        return Head(rows[0]["seq"], rows[0]["hash"]) if rows else Head()

    def days(self, *, after: int = 0) -> tuple[str, ...]:
        """Return the UTC days with Records behind a place in the chain, oldest first."""
        # By the day alone, SQLite would go through the index of all the days there ever were.
        sql = "SELECT DISTINCT day || '' AS day FROM records WHERE seq>? ORDER BY 1"
        return tuple(row["day"] for row in self.database.rows(sql, after))

    def lines_of(self, day: str) -> list[str]:
        """Return a UTC day's Records in order, each as canonical JSON text."""
        rows = self.database.rows("SELECT body FROM records WHERE day=? ORDER BY seq", day)
        return [row["body"] for row in rows]

    def lines(self) -> Iterator[str]:
        """Yield every Record in the order of the chain, each as canonical JSON text."""
        sql, after = "SELECT seq, body FROM records WHERE seq>? ORDER BY seq LIMIT 1000", 0
        while rows := self.database.rows(sql, after):
            yield from (row["body"] for row in rows)
            after = rows[-1]["seq"]

    def records_of(self, proposal_id: str) -> list[Json]:
        """Return what was recorded of one Proposal, oldest first."""
        rows = self.database.rows(
            "SELECT body FROM records WHERE proposal_id=? ORDER BY seq", proposal_id
        )
        return [json.loads(row["body"]) for row in rows]

    def find(self, proposal_id: str) -> Tracked | None:
        """Return one Proposal with its progress, or None where it was never registered."""
        rows = self.database.rows("SELECT * FROM proposals WHERE id=?", proposal_id)
        return tracked(rows[0]) if rows else None

    def named(self, note: str) -> Tracked | None:
        """Return the Proposal whose note has this file name, or None."""
        if any("\ud800" <= char <= "\udfff" for char in note):
            # Bytes on a disk that are no text; every name of ours is.
            return None
        rows = self.database.rows("SELECT * FROM proposals WHERE note=? LIMIT 1", note)
        return tracked(rows[0]) if rows else None

    def in_states(self, states: Collection[State]) -> list[Tracked]:
        """Return every Proposal in one of these states, oldest first."""
        return self._where(f"state IN ({marks(states)})", *states)

    def granted_to(self, service: str, limit: int, *, now: datetime) -> list[Tracked]:
        """Return what is granted or waiting for one service, in the order of the yes.

        What is planned for later is left out: it would fill the places of what is due.
        """
        sql = (
            "SELECT * FROM proposals WHERE state IN ('granted','waiting') AND service=?"
            " AND coalesce(runs_at, '')<=? ORDER BY granted_at, created_at, id LIMIT ?"
        )
        return readable(self.database.rows(sql, service, iso(now), limit), self.torn)

    def due_services(self, now: datetime, *, hold: timedelta) -> list[str]:
        """Return the services for which something may be due; ``hold`` is the longest hold."""
        sql = (
            "SELECT DISTINCT service FROM proposals WHERE state IN ('granted','waiting')"
            " AND (coalesce(hold_until, '')<=?1 OR hold_until>?2) AND coalesce(runs_at, '')<=?1"
            " AND (state='granted' OR coalesce(not_before, '')<=?1 OR not_before>?3)"
        )
        # What rests for longer than it should was kept before the clock was put back.
        far = (iso(now), iso(now + hold), iso(now + _LONG_REST))
        return sorted(row["service"] for row in self.database.rows(sql, *far))

    def is_armed(self, service: str) -> bool:
        """Return whether an attempt in a service has not come to an end that anybody knows."""
        sql = "SELECT 1 FROM proposals WHERE state='armed' AND service=? LIMIT 1"
        return bool(self.database.rows(sql, service))

    def unfiled(self) -> list[Tracked]:
        """Return every finished Proposal whose note does not lie where it stays yet."""
        return self._where(f"filed=0 AND state IN ({marks(FINAL_STATES)})", *FINAL_STATES)

    def similar(self, operation: str, payee_id: str, since: datetime) -> list[Tracked]:
        """Return every Proposal of one operation and payee since a time, oldest first."""
        return self._where(
            "operation=? AND payee_id=? AND created_at>=?", operation, payee_id, iso(since)
        )

    def recent(self, operation: str, since: datetime) -> list[Tracked]:
        """Return every Proposal of one operation since a time, oldest first."""
        return self._where("operation=? AND created_at>=?", operation, iso(since))

    def of_group(self, parent_id: str) -> list[Tracked]:
        """Return the parts that a composite was taken apart into, in their order."""
        return self._where("grp=?", parent_id)

    def from_item(self, item_id: str) -> list[Tracked]:
        """Return every Proposal that grew from one Item, oldest first."""
        return self._where("item_id=?", item_id)

    def let_through(self, payee_id: str, since: datetime) -> list[Tracked]:
        """Return what policy granted by itself to one payee since a time, oldest first."""
        return self._where(
            "payee_id=? AND granted_by='policy' AND granted_at>=?", payee_id, iso(since)
        )

    def _where(self, condition: str, *values: Any) -> list[Tracked]:
        sql = f"SELECT * FROM proposals WHERE {condition} ORDER BY created_at, id"  # noqa: S608 - conditions are constants of this module
        return readable(self.database.rows(sql, *values), self.torn)

    def frees_at(self, cap: Cap, at: datetime) -> datetime | None:
        """Return from when on a cap has room for an attempt; None where it has at that time.

        What is above the limit all by itself never has: then it is a window from that time.
        """
        sql = "SELECT amount, at FROM spent WHERE kind=? AND at>? ORDER BY at"
        rows = self.database.rows(sql, cap.kind, iso(at - cap.window))
        used = sum(row["amount"] for row in rows) + cap.amount
        if used <= cap.limit:
            return None
        for row in rows:
            used -= row["amount"]
            if used <= cap.limit:
                return datetime.fromisoformat(row["at"]) + cap.window
        return at + cap.window

    def stopped(self) -> bool:
        """Return whether the owner stopped every live call."""
        return bool(self.database.rows("SELECT 1 FROM cursors WHERE name='stop'"))
