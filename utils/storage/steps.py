"""Within one step of the journal: what it claims and sets, and the statements that do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.canonical import iso
from utils.core.chain import Head
from utils.storage.rows import marks

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from utils.core.lifecycle import State
    from utils.core.model import Grant, Outcome, Proposal
    from utils.storage.database import Step


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


#: A step that sets nothing but the state.
ONLY_STATE: Final = Change()


def insert(db: Step, proposal: Proposal) -> None:
    """Keep a new Proposal as a row."""
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
    sql = f"INSERT INTO proposals ({', '.join(columns)}) VALUES ({marks(columns)})"  # noqa: S608 - names are constants of this function
    db.execute(sql, tuple(columns.values()))


def swap(db: Step, proposal: Proposal, to: State) -> bool:
    """Put a Proposal into another state; return whether it was in the state it was read in."""
    sql = "UPDATE proposals SET state=?, filed=0 WHERE id=? AND state=? AND version=?"
    return db.execute(sql, (to, proposal.id, proposal.state, proposal.version)).rowcount == 1


def arm(db: Step, proposal: Proposal, now: datetime) -> int:
    """Claim a granted Proposal; return the attempt's number, or 0 where it was not won."""
    row = db.execute(
        "UPDATE proposals SET state='armed', attempts=attempts+1, armed_at=?1, filed=0"
        " WHERE id=?2 AND state IN ('granted','waiting') AND version=?3 AND digest=?4"
        " AND granted_at IS NOT NULL AND expires_at>?1 RETURNING attempts",
        (iso(now), proposal.id, proposal.version, proposal.digest),
    ).fetchone()
    return int(row["attempts"]) if row else 0


def head(db: Step) -> Head:
    """Return the end of the chain of Records."""
    row = db.execute("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(row["seq"], row["hash"]) if row else Head()


def is_stopped(db: Step) -> bool:
    """Return whether the owner stopped every live call."""
    return db.execute("SELECT 1 FROM cursors WHERE name='stop'").fetchone() is not None


def used(db: Step, cap: Cap, now: datetime) -> int:
    """Return how much of a Cap is used up, in the Cap's unit."""
    sql = "SELECT coalesce(sum(amount), 0) FROM spent WHERE kind=? AND at>?"
    return int(db.execute(sql, (cap.kind, iso(now - cap.window))).fetchone()[0])


def change_row(db: Step, proposal_id: str, change: Change) -> None:
    """Set in a Proposal's row what a step changes beside the state."""
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
