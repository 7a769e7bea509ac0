"""What is worth a notice on the owner's phone: pure; who sends it asks here first.

A notice says no name and no amount unless the owner wants that: whoever can read its topic, the
server's people included, reads it too. It carries a link that opens a page and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.lifecycle import State
from utils.core.operation import HELD_EFFECTS, Effect
from utils.core.outside_text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from utils.storage.rows import Tracked

#: More new ones than these at a time are told in one notice.
_AT_ONCE: Final = 3
_TITLE: Final = 80
_WORDS: Final = {
    Effect.SPEND: "Something about money",
    Effect.SEND: "Something that reaches people",
    Effect.REMOVE: "Something that would be taken away",
}
#: What came of a decision, as a receipt says it.
_CAME: Final = {
    State.DONE: "Done.",
    State.FAILED: "It did not work; the note says why.",
    State.REFUSED: "Refused: nothing went out.",
    State.EXPIRED: "Nobody decided in time: nothing went out.",
}


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One notice."""

    #: What it tells of; none of these is told again.
    keys: tuple[str, ...]
    title: str
    text: str
    urgent: bool = False
    #: The note that it is about, or "" where the link is to open the dashboard.
    note: str = ""


def approval_notices(
    waiting: Sequence[Tracked], *, told: Callable[[str], bool], details: bool, now: datetime
) -> Iterator[Notice]:
    """Yield a notice for each note that waits and was not told of; many are told in one.

    Args:
        waiting: Proposals that the owner is asked about.
        told: Whether a key was told.
        details: Whether names and amounts may stand in it.
        now: The time.
    """
    new = [
        one
        for one in waiting
        if one.proposal.effect in HELD_EFFECTS
        and one.proposal.expires_at > now
        and not told(_asked(one))
    ]
    if len(new) <= _AT_ONCE:
        yield from (_approval(one, details=details) for one in new)
        return
    yield Notice(
        keys=tuple(_asked(one) for one in new),
        title=f"{len(new)} notes wait for you",
        text="Open the dashboard to decide.",
        urgent=any(one.proposal.warnings for one in new),
    )


def receipts(
    ended: Sequence[Tracked], *, told: Callable[[str], bool], details: bool
) -> Iterator[Notice]:
    """Yield a receipt for each note that came to an end after the owner was asked.

    Args:
        ended: Proposals in a final state.
        told: Whether a key was told.
        details: Whether names and amounts may stand in it.
    """
    for one in ended:
        key = f"ntfy ended {one.proposal.id}"
        if not told(key):
            yield Notice(
                keys=(key,),
                title=_title(one) if details else "What came of your decision",
                text=_CAME[one.state],
                urgent=one.state is State.FAILED,
                note=one.proposal.note if details else "",
            )


def _approval(one: Tracked, *, details: bool) -> Notice:
    careful = "Look twice: the note carries a warning." if one.proposal.warnings else ""
    what = _WORDS[Effect(one.proposal.effect)]
    return Notice(
        keys=(_asked(one),),
        title=_title(one) if details else "A note waits for you",
        text=f"{what} waits for your yes. {careful}".strip(),
        urgent=bool(careful),
        note=one.proposal.note if details else "",
    )


def _asked(one: Tracked) -> str:
    return f"ntfy asked {one.proposal.id}"


def _title(one: Tracked) -> str:
    return one_line(one.proposal.headline, _TITLE)
