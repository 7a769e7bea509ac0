"""The journal: the one truth about Proposals, what became of them, and their Records.

Every step is one transaction that holds the change of state and the Record that tells of it.
Claiming a Proposal is a compare-and-set: whoever claims it performs it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from utils.core.canonical import canonical, iso
from utils.core.chain import link
from utils.core.lifecycle import State, may_step
from utils.core.model import Entry, Outcome, Proposal
from utils.storage.reading import JournalReading
from utils.storage.steps import (
    ONLY_STATE,
    Cap,
    Change,
    Claim,
    arm,
    change_row,
    head,
    insert,
    is_stopped,
    swap,
    used,
)
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from utils.storage.database import Step
    from utils.times.clock import Clock


@dataclass(kw_only=True)
class Journal(JournalReading):
    """The journal of one business.

    Args:
        database: Where it is kept, for the other modules that keep their rows in it too.
        clock: Where the time of Records comes from.
        redact: Takes every known secret out of a text; applied to each Record before it is kept.

    Raises:
        JournalError: A step failed; raised by every method.
    """

    clock: Clock = utc_now
    redact: Callable[[str], str] = str

    def close(self) -> None:
        """Close the journal; it must not be used afterwards."""
        self.database.close()

    def record(self, *entries: Entry) -> None:
        """Keep entries that belong to no change of state."""
        with self.database.step() as db:
            self._add(db, entries)

    def _add(self, db: Step, entries: Collection[Entry]) -> None:
        for entry in map(self._placed, entries):
            clean = Entry.model_validate(self._cleaned(entry.model_dump(mode="json")))
            record = link(clean, after=head(db), at=self.clock())
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

    def register(self, proposal: Proposal, *entries: Entry, change: Change = ONLY_STATE) -> None:
        """Keep a new Proposal, already granted where ``change`` carries a Grant."""
        with self.database.step() as db:
            insert(db, proposal)
            change_row(db, proposal.id, change)
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
            if is_stopped(db) or not arm(db, parent, now):
                return False
            self._add(db, (armed,))
            for member, entry, change in members:
                insert(db, member)
                change_row(db, member.id, change)
                self._add(db, (entry,))
            return True

    def move(
        self,
        proposal: Proposal,
        to: State,
        *entries: Entry,
        change: Change = ONLY_STATE,
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
            if not swap(db, proposal, to):
                return False
            if to is State.WAITING:
                # What never left uses up no cap.
                db.execute("DELETE FROM spent WHERE proposal_id=?", (proposal.id,))
            change_row(db, proposal.id, change)
            self._add(db, entries)
            return True

    def arm(
        self, proposal: Proposal, *entries: Entry, now: datetime, caps: Collection[Cap] = ()
    ) -> Claim:
        """Claim a granted or waiting Proposal for one attempt, on disk before the first byte.

        STOP, expiry, the digest and the caps are checked in the same transaction.
        """
        with self.database.step() as db:
            full = next(
                (cap.kind for cap in caps if used(db, cap, now) + cap.amount > cap.limit), ""
            )
            if full or is_stopped(db):
                return Claim(won=False, cap=full)
            attempt = arm(db, proposal, now)
            if not attempt:
                return Claim(won=False)
            for cap in caps:
                spent = (proposal.id, attempt, cap.kind, cap.amount, iso(now))
                db.execute("INSERT INTO spent VALUES (?,?,?,?,?)", spent)
            self._add(db, entries)
            return Claim(won=True, attempt=attempt)

    def stage(self, proposal_id: str, stage: str, remote_id: str) -> None:
        """Keep the id of a finished stage of an attempt, before the next stage begins."""
        with self.database.step() as db:
            db.execute(
                "UPDATE proposals SET staged=json_set(staged, ?, ?) WHERE id=?",
                (f"$.{stage}", remote_id, proposal_id),
            )

    def mark_note(self, proposal_id: str, *, shown: bool = True) -> None:
        """Keep whether a Proposal's note was written as it stands now; it is not filed yet."""
        with self.database.step() as db:
            sql = "UPDATE proposals SET shown=?, filed=? WHERE id=?"
            db.execute(sql, (shown, False, proposal_id))

    def mark_filed(self, ids: Collection[str]) -> None:
        """Keep that the notes of these Proposals lie where they stay."""
        with self.database.step() as db:
            sql = "UPDATE proposals SET shown=?, filed=? WHERE id=?"
            db.executemany(sql, [(True, True, each) for each in ids])

    def set_stop(self, entry: Entry, *, stopped: bool) -> None:
        """Turn the kill switch on or off, in every process at once."""
        with self.database.step() as db:
            if stopped:
                sql = "INSERT INTO cursors VALUES ('stop', ?) ON CONFLICT DO NOTHING"
                db.execute(sql, (iso(self.clock()),))
            else:
                db.execute("DELETE FROM cursors WHERE name='stop'")
            self._add(db, (entry,))
