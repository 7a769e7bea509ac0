"""Requests that say the same thing twice or contradict each other.

It finds and explains; where two requests contradict each other the owner decides.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from utils.core.lifecycle import State
from utils.core.model import Proposal, Value
from utils.request_gist import Gist, gist_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from utils.core.model import Intent, Item

#: How far back the same payee, amount and reference count as the same (ours: a month's bills).
DOUBLES_WINDOW: Final = timedelta(days=30)
#: Requests that came to nothing may be made again.
_CAME_TO_NOTHING: Final = frozenset((State.REFUSED, State.EXPIRED, State.FAILED))


class ConflictKind(StrEnum):
    """How two things are at odds."""

    SAME_TWICE = "same request twice"
    CONTRADICTING = "contradicting"


class Conflict(Value):
    """Two things at odds: what, why, and what to ask."""

    kind: ConflictKind
    #: Ids of the Proposals that are at odds with each other.
    between: tuple[str, ...]
    #: What is the matter, one sentence.
    sentence: str
    #: What to ask the owner, "" where nothing is open.
    question: str = ""


def conflicts_with(
    new: Intent | Proposal,
    known: Iterable[Proposal],
    *,
    now: datetime,
    item: Item | None = None,
    items: Mapping[str, Item] | None = None,
) -> tuple[Conflict, ...]:
    """Return how a request is at odds with the open and recent ones, in their order.

    Args:
        new: What is asked for now.
        known: Proposals in any state; old ones and those that came to nothing are passed over.
        now: The present time; a Proposal counts for thirty days.
        item: The Item that the new request grew from, if any.
        items: Item id to Item, for the Items that the known Proposals grew from.
    """
    asked = gist_of(new, item)
    found = (
        _between(
            new,
            asked,
            proposal,
            gist_of(proposal, (items or {}).get(proposal.origin.item_id or "")),
        )
        for proposal in known
        if _counts(proposal, now) and not (isinstance(new, Proposal) and proposal.id == new.id)
    )
    return tuple(conflict for conflict in found if conflict)


def _between(
    new: Intent | Proposal, asked: Gist, proposal: Proposal, known: Gist
) -> Conflict | None:
    """Judge one pair: the same, contradicting, or nothing to do with each other."""
    if asked.operation != known.operation:
        return None
    tied = _tied(asked, known)
    differences = _differences(asked, known)
    if not differences and (tied or asked.values == known.values or _same_sum(asked, known)):
        sentence = f"{_who(known)} was asked for already: {proposal.headline} ({proposal.state})."
        return _conflict(
            ConflictKind.SAME_TWICE,
            new,
            proposal,
            sentence,
            "Is this a second one, or the same again?",
        )
    if tied and differences:
        sentence = (
            f"{_who(known)} was asked for with another {' and '.join(differences)}: "
            f"{proposal.headline}."
        )
        return _conflict(
            ConflictKind.CONTRADICTING, new, proposal, sentence, "Which of the two is right?"
        )
    return None


def _conflict(
    kind: ConflictKind, new: Intent | Proposal, proposal: Proposal, sentence: str, question: str
) -> Conflict:
    between = (new.id, proposal.id) if isinstance(new, Proposal) else (proposal.id,)
    return Conflict(kind=kind, between=between, sentence=sentence, question=question)


def _who(known: Gist) -> str:
    return " ".join(
        filter(None, (known.operation, "for", known.payee or "the same", known.reference))
    )


def _tied(one: Gist, other: Gist) -> bool:
    """Return whether two requests speak of one matter."""
    same_payee = one.payee == other.payee or not one.payee or not other.payee
    message = bool(one.message) and one.message == other.message
    thread = bool(one.thread) and one.thread == other.thread
    return message or (
        same_payee and (thread or (bool(one.reference) and one.reference == other.reference))
    )


def _same_sum(one: Gist, other: Gist) -> bool:
    """Return whether payee, sum and reference are the same, payee and sum being known."""
    return (
        bool(one.payee)
        and one.payee == other.payee
        and one.amount is not None
        and one.reference == other.reference
    )


def _differences(one: Gist, other: Gist) -> list[str]:
    pairs = {
        "amount": (one.amount, other.amount),
        "currency": (one.currency, other.currency),
        "due date": (one.due, other.due),
    }
    return [name for name, (left, right) in pairs.items() if left and right and left != right]


def _counts(proposal: Proposal, now: datetime) -> bool:
    return proposal.state not in _CAME_TO_NOTHING and now - proposal.created_at <= DOUBLES_WINDOW
