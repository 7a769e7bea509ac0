"""What else the journal remembers: Items, cursors, what was seen, heartbeats and periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from utils.core.canonical import iso
from utils.core.model import OUTSIDE_SOURCES, Item, Plan
from utils.core.processes import on_machine, process_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from utils.storage.database import Database

#: How long an agent's session may remember what it read (ours, decision 0009).
_MEMORY: Final = timedelta(hours=12)
#: A longer silence between two heartbeats is a gap in a process's uptime (ours).
_SILENT: Final = timedelta(minutes=3)
_HERE: Final = "note here"
_LEFT: Final = "left note "
_PUT_CURSOR: Final = (
    "INSERT INTO cursors VALUES (?,?) ON CONFLICT (name) DO UPDATE SET value=excluded.value"
)


@dataclass(frozen=True, kw_only=True)
class Bookmarks:
    """Small durable facts, each kept in one transaction.

    Args:
        database: The journal's database.

    Raises:
        JournalError: A fact could not be kept or read; raised by every method.
    """

    database: Database

    def cursor(self, name: str) -> str:
        """Return where a watcher stood, or "" where it never started."""
        rows = self.database.rows("SELECT value FROM cursors WHERE name=?", name)
        return str(rows[0]["value"]) if rows else ""

    def set_cursor(self, name: str, value: str) -> None:
        """Keep where a watcher stands."""
        with self.database.step() as db:
            db.execute(_PUT_CURSOR, (name, value))

    def own(self, name: str) -> str:
        """Return what a thing that every machine has of its own is called on this one."""
        return on_machine(name, self.database.machine)

    def see(self, source: str, ids: Iterable[str], *, now: datetime) -> None:
        """Keep that these ids of a source were taken in."""
        with self.database.step() as db:
            rows = [(source, seen_id, iso(now)) for seen_id in ids]
            db.executemany("INSERT INTO seen VALUES (?,?,?) ON CONFLICT DO NOTHING", rows)

    def count_seen(self, source: str, since: datetime) -> int:
        """Return how many ids of a source were kept since a time."""
        sql = "SELECT count(*) AS n FROM seen WHERE source=? AND at>=?"
        return int(self.database.rows(sql, source, iso(since))[0]["n"])

    def saw(self, source: str, seen_id: str) -> bool:
        """Return whether an id of a source was taken in before."""
        sql = "SELECT 1 FROM seen WHERE source=? AND id=?"
        return bool(self.database.rows(sql, source, seen_id))

    def take_in(self, item: Item, note: str, *, seen_id: str = "") -> bool:
        """Keep a new Item, and that its source's id was seen, in one step.

        Returns:
            Whether it was new; an id seen before is not taken in twice.
        """
        with self.database.step() as db:
            now = iso(item.received_at)
            if seen_id:
                row = (str(item.source), seen_id, now)
                sql = "INSERT INTO seen VALUES (?,?,?) ON CONFLICT DO NOTHING"
                if db.execute(sql, row).rowcount == 0:
                    return False
            outside = item.source in OUTSIDE_SOURCES
            sql = (
                "INSERT INTO items (id, source, outside, note, at, payload)"
                " VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING"
            )
            kept = (item.id, item.source, outside, note, now, item.model_dump_json())
            return db.execute(sql, kept).rowcount == 1

    def unplanned(self) -> list[tuple[Item, str]]:
        """Return every Item that was not thought through yet, with its note's name."""
        return self._items("planned_at IS NULL")

    def keep_plan(self, plan: Plan, *, now: datetime) -> None:
        """Keep an Item's Plan: it was thought through, and what grew from it is registered."""
        with self.database.step() as db:
            db.execute(
                "UPDATE items SET planned_at=coalesce(planned_at, ?), plan=? WHERE id=?",
                (iso(now), plan.model_dump_json(), plan.item_id),
            )

    def close_thinking(self, item_id: str, *, now: datetime) -> None:
        """Keep that there is nothing to think through in an Item of our own."""
        with self.database.step() as db:
            db.execute("UPDATE items SET planned_at=? WHERE id=?", (iso(now), item_id))

    def plan(self, item_id: str) -> Plan | None:
        """Return an Item's Plan, or None where it was not thought through yet."""
        rows = self.database.rows("SELECT plan FROM items WHERE id=? AND plan<>''", item_id)
        return Plan.model_validate_json(rows[0]["plan"]) if rows else None

    def close_item(self, item_id: str, *, now: datetime) -> None:
        """Keep that an Item needs nothing more."""
        with self.database.step() as db:
            sql = "UPDATE items SET closed_at=? WHERE id=? AND closed_at IS NULL RETURNING outside"
            closed = db.execute(sql, (iso(now), item_id)).fetchone()
            if closed and closed["outside"]:
                # Whoever read it while it was open still has it in mind.
                self.note_outside_reading(now=now)

    def keep_item(self, item: Item) -> bool:
        """Keep an Item as it is seen now; return whether that is something new."""
        with self.database.step() as db:
            sql = "UPDATE items SET payload=?1 WHERE id=?2 AND payload<>?1"
            return db.execute(sql, (item.model_dump_json(), item.id)).rowcount == 1

    def first_item_of(self, who: str, item_id: str) -> str:
        """Return the id of the first Item of a sender: this one, where there was none before."""
        name = f"first item of {who}"
        with self.database.step() as db:
            sql = "INSERT INTO cursors VALUES (?,?) ON CONFLICT DO NOTHING"
            db.execute(sql, (name, item_id))
            sql = "SELECT value FROM cursors WHERE name=?"
            return str(db.execute(sql, (name,)).fetchone()["value"])

    def linked(self, link: str) -> Item | None:
        """Return the Item with this id, or at this place in the world (``Item.link``), or None."""
        source, _, message_id = link.partition(":")
        sql = (
            "SELECT payload FROM items WHERE id IN (?1, ?3)"
            " OR (source=?2 AND json_extract(payload, '$.message_id')=?3) LIMIT 1"
        )
        rows = self.database.rows(sql, link, source, message_id)
        return Item.model_validate_json(rows[0]["payload"]) if rows else None

    def item(self, item_id: str) -> Item | None:
        """Return an Item that was taken in, or None."""
        rows = self.database.rows("SELECT payload FROM items WHERE id=?", item_id)
        return Item.model_validate_json(rows[0]["payload"]) if rows else None

    def note_here(self, id_: str, *, now: datetime) -> None:
        """Keep that a Proposal's or Item's note has been in this machine's copy of the vault."""
        if self.database.machine and not self.saw(self.own(_HERE), id_):
            self.see(self.own(_HERE), [id_], now=now)

    def was_note_here(self, id_: str) -> bool:
        """Return whether a note was in this copy of the vault: sync may be still to bring it."""
        return not self.database.machine or self.saw(self.own(_HERE), id_)

    def leave_note(self, item_id: str) -> None:
        """Keep that the note of an Item is to be written by the machine with the vault."""
        self.set_cursor(f"{_LEFT}{item_id}", "")

    def left_notes(self) -> list[Item]:
        """Return the Items whose notes other machines left to the one with the vault."""
        sql = "SELECT items.payload FROM cursors JOIN items ON cursors.name = ? || items.id"
        rows = self.database.rows(sql, _LEFT)
        return [Item.model_validate_json(row["payload"]) for row in rows]

    def took_note(self, item_id: str) -> None:
        """Keep that a note which was left to this machine is written."""
        with self.database.step() as db:
            db.execute("DELETE FROM cursors WHERE name=?", (f"{_LEFT}{item_id}",))

    def open_items(self) -> list[tuple[Item, str]]:
        """Return every Item that still needs something, with its note's name, oldest first."""
        return self._items("closed_at IS NULL")

    def _items(self, condition: str) -> list[tuple[Item, str]]:
        sql = f"SELECT payload, note FROM items WHERE {condition} ORDER BY at, id"  # noqa: S608 - constants of this class
        rows = self.database.rows(sql)
        return [(Item.model_validate_json(row["payload"]), row["note"]) for row in rows]

    def outside_items_open(self) -> int:
        """Return how many open Items carry text of outsiders."""
        sql = "SELECT count(*) AS n FROM items WHERE outside=1 AND closed_at IS NULL"
        return int(self.database.rows(sql)[0]["n"])

    def note_outside_reading(self, *, now: datetime) -> None:
        """Keep that an agent was shown outsiders' text through a tool."""
        self.set_cursor("outside reading", iso(now))

    def outside_text_near(self, *, now: datetime) -> bool:
        """Return whether an agent could have outsiders' text in mind: an Item, or a reading."""
        if self.outside_items_open():
            return True
        last = self.cursor("outside reading")
        return bool(last) and now - datetime.fromisoformat(last) < _MEMORY

    def beat(self, who: str, *, now: datetime) -> None:
        """Keep that a process of this machine is alive, and since when without a gap."""
        who = self.own(who)
        with self.database.step() as db:
            sql = (
                "INSERT INTO heartbeats VALUES (?,?)"
                " ON CONFLICT (who) DO UPDATE SET at=excluded.at"
            )
            db.execute(sql, (who, iso(now)))
            known = (iso(now), who, iso(now - _SILENT), iso(now))
            sql = "UPDATE uptime SET until=? WHERE who=? AND until BETWEEN ? AND ?"
            if db.execute(sql, known).rowcount == 0:
                sql = (
                    "INSERT INTO uptime VALUES (?,?,?)"
                    " ON CONFLICT (who, since) DO UPDATE SET until=excluded.until"
                )
                db.execute(sql, (who, known[0], known[0]))

    def last_beat(self, who: str) -> datetime | None:
        """Return when a process was last alive on any machine, or None where it never was."""
        times = (at for name, at in self.beats().items() if process_of(name) == who)
        return max(times, default=None)

    def beats(self) -> dict[str, datetime]:
        """Return when each process was last alive, by its name and, of several, its machine."""
        rows = self.database.rows("SELECT who, at FROM heartbeats")
        return {row["who"]: datetime.fromisoformat(row["at"]) for row in rows}

    def claim_period(self, key: str, *, now: datetime) -> bool:
        """Claim a period such as ``briefing 2026-W48``; return whether nobody had it before."""
        with self.database.step() as db:
            row = (key, "claimed", iso(now))
            sql = "INSERT INTO periods VALUES (?,?,?) ON CONFLICT DO NOTHING"
            return db.execute(sql, row).rowcount == 1

    def settle_period(self, key: str, state: str, *, now: datetime) -> None:
        """Keep how a claimed period ended: ``done`` or ``failed``."""
        with self.database.step() as db:
            db.execute("UPDATE periods SET state=?, at=? WHERE key=?", (state, iso(now), key))

    def period(self, key: str) -> str:
        """Return a period's state, or "" where it was never claimed."""
        rows = self.database.rows("SELECT state FROM periods WHERE key=?", key)
        return str(rows[0]["state"]) if rows else ""
