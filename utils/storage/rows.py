"""Rows of the journal as values."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from utils.core.errors import UnreadableRowError
from utils.core.lifecycle import State
from utils.core.model import Grant, Json, Outcome, Proposal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from utils.storage.database import Row


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """A Proposal together with everything the journal knows of its progress."""

    proposal: Proposal
    #: The permission it was last given, if any.
    grant: Grant | None = None
    #: Until when the hold lasts, for granted ones.
    hold_until: datetime | None = None
    #: When the last attempt was armed.
    armed_at: datetime | None = None
    #: How many attempts were armed.
    attempts: int = 0
    #: Not to be tried or looked for before this time.
    not_before: datetime | None = None
    #: Ids of the attempt's finished stages: stage to id.
    staged: Json = field(default_factory=dict)
    outcome: Outcome | None = None
    #: Whether its note was written in its present version.
    shown: bool = False
    #: Whether its note was put into the folder where it stays.
    filed: bool = False

    @property
    def state(self) -> State:
        """Where the Proposal stands."""
        return self.proposal.state


def tracked(row: Row) -> Tracked:
    """Return a row of the table ``proposals`` as a value.

    Raises:
        UnreadableRowError: It does not hold what such a row holds.
    """
    try:
        return _tracked(row)
    except (ValueError, TypeError) as error:
        raise UnreadableRowError(f"{row['id']} ({row['operation']})") from error


def readable(
    rows: Iterable[Row], torn: dict[str, UnreadableRowError] | None = None
) -> list[Tracked]:
    """Return the rows that can be read; one that cannot keeps none of the others from it.

    Args:
        rows: Of the table ``proposals``.
        torn: Takes up what is wrong with the others, by the Proposal's id.
    """
    found = []
    for row in rows:
        try:
            found.append(tracked(row))
        except UnreadableRowError as error:
            if torn is not None:
                torn[row["id"]] = error
    return found


def _tracked(row: Row) -> Tracked:
    proposal = Proposal.model_validate_json(row["payload"])
    return Tracked(
        proposal=proposal.model_copy(
            update={"state": State(row["state"]), "version": row["version"]}
        ),
        grant=_grant(row),
        hold_until=_time(row["hold_until"]),
        armed_at=_time(row["armed_at"]),
        attempts=row["attempts"],
        not_before=_time(row["not_before"]),
        staged=json.loads(row["staged"]),
        outcome=Outcome.model_validate_json(row["outcome"]) if row["outcome"] else None,
        shown=bool(row["shown"]),
        filed=bool(row["filed"]),
    )


def _grant(row: Row) -> Grant | None:
    if row["granted_at"] is None:
        return None
    return Grant(
        proposal_id=row["id"],
        digest=row["digest"],
        by=row["granted_by"],
        how=row["granted_how"],
        given_at=datetime.fromisoformat(row["granted_at"]),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def marks(values: Collection[object]) -> str:
    """Return the place-holders for as many values, for a statement."""
    return ",".join("?" * len(values))
