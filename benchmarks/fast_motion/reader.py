"""The owner's eyes: what the notes show him, and whether what he said was heard.

Where a note asks again, no earlier yes counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.fast_motion.promises import QUIET_S
from benchmarks.fast_motion.wish import shown_by
from utils.core.lifecycle import GRANTED_STATES, OPEN_STATES, Folder

if TYPE_CHECKING:
    from benchmarks.fast_motion.promises import Promises
    from benchmarks.fast_motion.wish import Wish
    from utils.assembly.engine import Engine
    from utils.core.proposal_page import Shown

#: What a note says that is asked again because nobody answered.
_BROKEN: Final = "The connection broke"


@dataclass(frozen=True)
class Reader:
    """Reads the notes after every stretch of work.

    Args:
        promises: Knows the wishes, and where the notes lie.
    """

    promises: Promises

    def read(self, engine: Engine, lived_s: float) -> None:
        """See what every note shows now.

        Args:
            engine: Whose journal is asked where something stands.
            lived_s: How much time has gone by.

        Raises:
            AssertionError: Something is called missing too early.
        """
        for wish in self.promises.wishes.values():
            self._see(engine, wish, lived_s)

    def _see(self, engine: Engine, wish: Wish, lived_s: float) -> None:
        """See what the note of a wish shows; where it asks again, no earlier yes counts."""
        pending = shown_by(self.promises.path(Folder.PENDING) / wish.note)
        approved = self.promises.path(Folder.APPROVED) / wish.note
        shown = pending or (shown_by(approved) if wish.seen is None else None)
        if shown and wish.see(shown):
            self._check_quiet(wish, shown, lived_s)
        if wish.yes is None or pending is None or pending.approve or approved.exists():
            return
        tracked = engine.journal.find(wish.proposal_id)
        if tracked and tracked.state in OPEN_STATES:
            wish.no("it was asked again since")

    def _check_quiet(self, wish: Wish, shown: Shown, lived_s: float) -> None:
        """Look that nothing is called missing as long as it may still be on its way."""
        if wish.sent_s is not None and _BROKEN in str(shown.properties["reason"]):
            ago = lived_s - wish.sent_s
            assert ago >= QUIET_S, f"{wish.proposal_id} is asked again after {ago:.1f} s"

    def check_heard(self, engine: Engine) -> None:
        """Look that a whole pass has heard every no.

        Raises:
            AssertionError: One was not heard.
        """
        for wish in self.promises.wishes.values():
            pending = shown_by(self.promises.path(Folder.PENDING) / wish.note)
            rejected = (self.promises.path(Folder.REJECTED) / wish.note).exists()
            tracked = engine.journal.find(wish.proposal_id) if pending or rejected else None
            if tracked is None or tracked.state not in OPEN_STATES | GRANTED_STATES:
                continue
            name = f"{wish.note} ({tracked.state})"
            says_no = rejected or (pending is not None and pending.reject)
            assert not says_no, f"the no to {name} was not heard"
            is_back = not (self.promises.path(Folder.APPROVED) / wish.note).exists()
            is_granted = tracked.state in GRANTED_STATES
            assert not (is_granted and is_back), f"{name} was taken back and counts as approved"
