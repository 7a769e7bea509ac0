"""Claude Code at work by itself: when it is worth starting, and how far it may go.

Each Item is shown to it once. A run that fails is not repeated by itself, so that no mistake can
spend money again and again; the owner is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from utils.core.lifecycle import Folder
from utils.core.model import OWN_TYPES, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from utils.assembly.ground import Ground
    from utils.core.model import Item

#: Under which name the journal remembers what Claude Code was shown.
_SHOWN: Final = "claude"
#: The most Items of one run: what is left comes with the next.
_AT_ONCE: Final = 20
STOPPED: Final = "Everything is stopped; run `uv run orchestrator.py resume` to go on."
USED_UP: Final = "The day's tokens are used up (CLAUDE_MAX_TOKENS_PER_DAY)."


@dataclass(kw_only=True)
class Autorun:
    """Says when Claude Code is to be started, and keeps its budget.

    Args:
        ground: The journal, the kill switch and the settings.
    """

    ground: Ground
    #: What this run has used so far.
    tokens: int = field(default=0, init=False)
    answers: int = field(default=0, init=False)

    def is_due(self) -> bool:
        """Return whether the owner wants it, something new waits, and the budget lasts."""
        return self.ground.settings.claude_autorun and not self.closed() and bool(self.waiting())

    def waiting(self) -> list[tuple[Item, str]]:
        """Return the Items that it was not shown yet, with their notes' names, oldest first."""
        bookmarks = self.ground.bookmarks
        unplanned = {item.id for item, _ in bookmarks.unplanned()}
        there = {note.name for note in self.ground.vault.list(Folder.NEEDS_ACTION)}
        new = [
            (item, note)
            for item, note in bookmarks.open_items()
            if item.type not in OWN_TYPES
            and item.id not in unplanned
            and note in there
            and not bookmarks.saw(_SHOWN, item.id)
        ]
        return new[:_AT_ONCE]

    def begin(self, taken: Iterable[tuple[Item, str]]) -> None:
        """Keep that these Items were shown to it, before the run begins.

        Whatever becomes of the run, nothing is begun twice.
        """
        ids = [item.id for item, _ in taken]
        self.ground.bookmarks.see(_SHOWN, ids, now=self.ground.clock())

    def closed(self) -> str:
        """Return why the model may not be asked any more, or ""."""
        if self.ground.switch.is_on():
            return STOPPED
        budget = self.ground.settings.claude_max_tokens_per_day
        return USED_UP if self.spent_today() >= budget else ""

    def spent_today(self) -> int:
        """Return how many tokens were used on the owner's day."""
        return int(self.ground.bookmarks.cursor(self._day()) or 0)

    def spend(self, tokens: int) -> None:
        """Add the tokens of one answer."""
        with self.ground.journal.database.step():
            self.ground.bookmarks.set_cursor(self._day(), str(self.spent_today() + tokens))
            self.tokens += tokens
            self.answers += 1

    def end(self, taken: Sequence[tuple[Item, str]], *, began: datetime, failed: str) -> None:
        """Record a run; where it failed, tell the owner.

        Args:
            taken: What was shown to it.
            began: When it was started.
            failed: What went wrong in a few words, or "".
        """
        took = self.ground.clock() - began
        items = [item.id for item, _ in taken]
        entry = Entry(
            action="claude.run",
            actor="orchestrator",
            parameters={"items": items, "answers": self.answers, "tokens": self.tokens},
            result="failed" if failed else "done",
            error=failed,
            duration_ms=int(took.total_seconds() * 1000),
        )
        self.ground.journal.record(entry)
        if failed:
            text = (
                f"It was started for what is new ({len(items)}), and then: {failed} What it was "
                "shown lies in Needs_Action as before; it is not shown to it again by itself. "
                "Run `uv run orchestrator.py claude` to go on with it."
            )
            key = f"claude run {began.isoformat()}"
            self.ground.alerts().raise_(key, "Claude Code did not finish", text)

    def tell_not_started(self, why: str) -> None:
        """Tell the owner, once a day, why a run could not begin."""
        title = "Claude Code could not be started"
        self.ground.alerts().raise_(f"{title} {self._day()}", title, why)

    def _day(self) -> str:
        day = self.ground.clock().astimezone(self.ground.settings.zone).date()
        return f"claude tokens {day.isoformat()}"
