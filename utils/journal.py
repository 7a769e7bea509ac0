"""The journal: the one truth about Proposals, what became of them, and their Records.

Every step is one transaction that holds the change of state and the Record that tells of it.
Claiming a Proposal is a compare-and-set: whoever claims it performs it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from utils.clock import utc_now
from utils.core.chain import Head, link
from utils.core.lifecycle import FINAL_STATES, State, may_step
from utils.core.model import Entry, Grant, Json, Outcome, Proposal, canonical, iso
from utils.journal_rows import Tracked, readable, tracked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import timedelta

    from utils.clock import Clock
    from utils.core.errors import UnreadableRowError
    from utils.database import Database, Step


@dataclass(frozen=True, kw_only=True)
class Cap:
    """A limit on what may be armed within a sliding window."""

    #: What is counted: ``mail``, ``post`` or ``money``.
    kind: str
    #: How much the attempt in question would use up, in pieces or in hundredths of the currency.
    amount: int
    #: How much may be used up within the window, likewise.
    limit: int
    window: timedelta


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The answer to an attempt at arming."""

    #: Whether this process, and no other, may make the call.
    won: bool
    #: The attempt's number, from 1; 0 where it was not won.
    attempt: int = 0
    #: The Cap that is used up, or "".
    cap: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a step sets beside the state; None leaves a thing as it is."""

    proposal: Proposal | None = None
    grant: Grant | None = None
    hold_until: datetime | None = None
    not_before: datetime | None = None
    outcome: Outcome | None = None
    #: Whether the note has to be written anew.
    reshow: bool = False


@dataclass(kw_only=True)
class Journal:
    """The journal of one business.

    Args:
        database: Where it is kept, for the other modules that keep their rows in it too.
        clock: Where the time of Records comes from.
        redact: Takes every known secret out of a text; applied to each Record before it is kept.

    Raises:
        JournalError: A step failed; raised by every method.
    """

    database: Database
    clock: Clock = utc_now
    redact: Callable[[str], str] = str
    #: Proposals that could not be read lately: id to what is wrong.
    torn: dict[str, UnreadableRowError] = field(default_factory=dict, init=False)

    def close(self) -> None:
        """Close the journal; it must not be used afterwards."""
        self.database.close()

    # --- Records -------------------------------------------------------------------------

    def record(self, *entries: Entry) -> None:
        """Keep entries that belong to no change of state."""
        with self.database.step() as db:
            self._add(db, entries)

    def _add(self, db: Step, entries: Collection[Entry]) -> None:
        for entry in map(self._placed, entries):
            clean = Entry.model_validate(self._cleaned(entry.model_dump(mode="json")))
            record = link(clean, after=_head(db), at=self.clock())
            body = canonical(record.model_dump(mode="json"))
            db.execute(
                "INSERT INTO records (seq, day, body, proposal_id, hash) VALUES (?,?,?,?,?)",
                (int(record.id[2:]), record.timestamp[:10], body, entry.proposal_id, record.hash),
            )

    def _placed(self, entry: Entry) -> Entry:
        """Return an entry that says on which machine it was made, where there are several."""
        machine = self.database.machine
        if not machine:
            return entry
        return entry.model_copy(update={"parameters": {**entry.parameters, "machine": machine}})

    def _cleaned(self, value: Any) -> Any:
        """Return a JSON value with every secret taken out of its texts."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, dict):
            return {key: self._cleaned(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._cleaned(inner) for inner in value]
        return value

    def head(self) -> Head:
        """Return the end of the chain of Records."""
        rows = self.database.rows("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1")
        return Head(rows[0]["seq"], rows[0]["hash"]) if rows else Head()

    def days(self, *, after: int = 0) -> tuple[str, ...]:
        """Return the UTC days with Records behind a place in the chain, oldest first."""
        sql = "SELECT DISTINCT day FROM records WHERE seq>? ORDER BY day"
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

    # --- Proposals -----------------------------------------------------------------------

    def register(self, proposal: Proposal, *entries: Entry, change: Change = Change()) -> None:
        """Keep a new Proposal, already granted where ``change`` carries a Grant."""
        with self.database.step() as db:
            _insert(db, proposal)
            _set(db, proposal.id, change)
            self._add(db, entries)

    def take_apart(
        self,
        parent: Proposal,
        armed: Entry,
        members: Collection[tuple[Proposal, Entry, Change]],
        *,
        now: datetime,
    ) -> bool:
        """Arm a composite and register its granted parts, all in one step.

        Returns:
            Whether it was still granted, not stopped and not expired.
        """
        with self.database.step() as db:
            if _stopped(db) or not _arm(db, parent, now):
                return False
            self._add(db, (armed,))
            for member, entry, change in members:
                _insert(db, member)
                _set(db, member.id, change)
                self._add(db, (entry,))
            return True

    def move(
        self,
        proposal: Proposal,
        to: State,
        *entries: Entry,
        change: Change = Change(),
    ) -> bool:
        """Take a Proposal from the state and version it was read in to another state.

        Returns:
            Whether it still stood in that state and version, and so was moved.

        Raises:
            ValueError: The lifecycle does not allow the step.
        """
        if proposal.state is not to and not may_step(proposal.state, to):
            msg = f"{proposal.id} cannot go from {proposal.state} to {to}"
            raise ValueError(msg)
        if change.outcome:
            told = json.dumps(self._cleaned(change.outcome.model_dump(mode="json")))
            change = replace(change, outcome=Outcome.model_validate_json(told))
        with self.database.step() as db:
            won = self._swap(db, proposal, to)
            if won and to is State.WAITING:
                # What never left uses up no cap.
                db.execute("DELETE FROM spent WHERE proposal_id=?", (proposal.id,))
            if won:
                _set(db, proposal.id, change)
                self._add(db, entries)
        return won

    def _swap(self, db: Step, proposal: Proposal, to: State) -> bool:
        sql = "UPDATE proposals SET state=?, filed=0 WHERE id=? AND state=? AND version=?"
        return db.execute(sql, (to, proposal.id, proposal.state, proposal.version)).rowcount == 1

    def arm(
        self, proposal: Proposal, *entries: Entry, now: datetime, caps: Collection[Cap] = ()
    ) -> Claim:
        """Claim a granted or waiting Proposal for one attempt, on disk before the first byte.

        STOP, expiry, the digest and the caps are checked in the same transaction.
        """
        with self.database.step() as db:
            full = next(
                (cap.kind for cap in caps if _used(db, cap, now) + cap.amount > cap.limit), ""
            )
            if full or _stopped(db):
                return Claim(won=False, cap=full)
            attempt = _arm(db, proposal, now)
            if not attempt:
                return Claim(won=False)
            for cap in caps:
                spent = (proposal.id, attempt, cap.kind, cap.amount, iso(now))
                db.execute("INSERT INTO spent VALUES (?,?,?,?,?)", spent)
            self._add(db, entries)
            return Claim(won=True, attempt=attempt)

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

    def stage(self, proposal_id: str, stage: str, remote_id: str) -> None:
        """Keep the id of a finished stage of an attempt, before the next stage begins."""
        with self.database.step() as db:
            db.execute(
                "UPDATE proposals SET staged=json_set(staged, ?, ?) WHERE id=?",
                (f"$.{stage}", remote_id, proposal_id),
            )

    def mark_note(self, proposal_id: str, *, shown: bool = True, filed: bool = False) -> None:
        """Keep that a Proposal's note was written, and whether it lies where it stays."""
        with self.database.step() as db:
            db.execute(
                "UPDATE proposals SET shown=?, filed=? WHERE id=?", (shown, filed, proposal_id)
            )

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
        return self._where(f"state IN ({_marks(states)})", *states)

    def granted_to(self, service: str, limit: int) -> list[Tracked]:
        """Return what is granted or waiting for one service, in the order of the yes."""
        sql = (
            "SELECT * FROM proposals WHERE state IN ('granted','waiting') AND service=?"
            " ORDER BY granted_at, created_at, id LIMIT ?"
        )
        return readable(self.database.rows(sql, service, limit), self.torn)

    def due_services(self, now: datetime) -> list[str]:
        """Return the services for which something may be due."""
        sql = (
            "SELECT DISTINCT service FROM proposals WHERE state IN ('granted','waiting')"
            " AND coalesce(hold_until, '')<=?1 AND coalesce(runs_at, '')<=?1"
            " AND (state='granted' OR coalesce(not_before, '')<=?1)"
        )
        return sorted(row["service"] for row in self.database.rows(sql, iso(now)))

    def is_armed(self, service: str) -> bool:
        """Return whether an attempt in a service has not come to an end that anybody knows."""
        sql = "SELECT 1 FROM proposals WHERE state='armed' AND service=? LIMIT 1"
        return bool(self.database.rows(sql, service))

    def unfiled(self) -> list[Tracked]:
        """Return every finished Proposal whose note does not lie where it stays yet."""
        return self._where(f"filed=0 AND state IN ({_marks(FINAL_STATES)})", *FINAL_STATES)

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

    # --- the kill switch -----------------------------------------------------------------

    def stopped(self) -> bool:
        """Return whether the owner stopped every live call."""
        return bool(self.database.rows("SELECT 1 FROM cursors WHERE name='stop'"))

    def set_stop(self, entry: Entry, *, stopped: bool) -> None:
        """Turn the kill switch on or off, in every process at once."""
        with self.database.step() as db:
            if stopped:
                sql = "INSERT INTO cursors VALUES ('stop', ?) ON CONFLICT DO NOTHING"
                db.execute(sql, (iso(self.clock()),))
            else:
                db.execute("DELETE FROM cursors WHERE name='stop'")
            self._add(db, (entry,))


def _insert(db: Step, proposal: Proposal) -> None:
    columns: dict[str, object] = {
        "id": proposal.id,
        "version": proposal.version,
        "service": proposal.service,
        "operation": proposal.operation,
        "state": proposal.state,
        "digest": proposal.digest,
        "payee_id": proposal.particulars.payee_id,
        "created_at": iso(proposal.created_at),
        "expires_at": iso(proposal.expires_at),
        "runs_at": iso(proposal.runs_at) if proposal.runs_at else None,
        "payload": proposal.model_dump_json(),
        "note": proposal.note,
        "grp": proposal.group,
        "item_id": proposal.origin.item_id or "",
    }
    sql = f"INSERT INTO proposals ({', '.join(columns)}) VALUES ({_marks(columns)})"  # noqa: S608 - names are constants of this function
    db.execute(sql, tuple(columns.values()))


def _arm(db: Step, proposal: Proposal, now: datetime) -> int:
    """Claim a granted Proposal; return the attempt's number, or 0 where it was not won."""
    row = db.execute(
        "UPDATE proposals SET state='armed', attempts=attempts+1, armed_at=?1, filed=0"
        " WHERE id=?2 AND state IN ('granted','waiting') AND version=?3 AND digest=?4"
        " AND granted_at IS NOT NULL AND expires_at>?1 RETURNING attempts",
        (iso(now), proposal.id, proposal.version, proposal.digest),
    ).fetchone()
    return int(row["attempts"]) if row else 0


def _head(db: Step) -> Head:
    row = db.execute("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(row["seq"], row["hash"]) if row else Head()


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))


def _stopped(db: Step) -> bool:
    return db.execute("SELECT 1 FROM cursors WHERE name='stop'").fetchone() is not None


def _used(db: Step, cap: Cap, now: datetime) -> int:
    sql = "SELECT coalesce(sum(amount), 0) FROM spent WHERE kind=? AND at>?"
    return int(db.execute(sql, (cap.kind, iso(now - cap.window))).fetchone()[0])


def _set(db: Step, proposal_id: str, change: Change) -> None:
    columns: dict[str, object] = {}
    if change.proposal:
        columns |= {
            "version": change.proposal.version,
            "digest": change.proposal.digest,
            "payload": change.proposal.model_dump_json(),
            "runs_at": iso(change.proposal.runs_at) if change.proposal.runs_at else None,
            "expires_at": iso(change.proposal.expires_at),
            # A Grant is for one version only.
            **dict.fromkeys(("granted_by", "granted_how", "granted_at", "hold_until")),
        }
    if change.grant:
        columns |= {
            "granted_by": change.grant.by,
            "granted_how": change.grant.how,
            "granted_at": iso(change.grant.given_at),
        }
    if change.hold_until:
        columns["hold_until"] = iso(change.hold_until)
    if change.not_before:
        columns["not_before"] = iso(change.not_before)
    if change.outcome:
        columns["outcome"] = change.outcome.model_dump_json()
    if change.reshow:
        columns["shown"] = 0
    if columns:
        names = ", ".join(f"{name}=?" for name in columns)
        db.execute(f"UPDATE proposals SET {names} WHERE id=?", (*columns.values(), proposal_id))  # noqa: S608 - names are constants of this function
