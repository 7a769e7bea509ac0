"""What was asked for, and what the owner said to it: kept beside the employee, not by it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Self

from utils.core.errors import NoteError
from utils.core.proposal_page import Shown, read_back

if TYPE_CHECKING:
    from pathlib import Path

_TEXT = "text"


def shown_by(note: Path) -> Shown | None:
    """Return what a note shows, None where it is not there or cannot be read."""
    try:
        return read_back(note.read_text(), editable=(_TEXT,))
    except (FileNotFoundError, NoteError):
        return None


@dataclass(frozen=True, kw_only=True)
class Yes:
    """A yes to a note as it showed itself."""

    #: The text that stood in it, "" where it has none.
    text: str
    #: When it was given, in lived seconds.
    at_s: float
    #: Until when it counts, by the wall clock.
    expires_at: datetime
    #: Before which time nothing may go out; None where nothing was planned.
    runs_at: datetime | None

    @classmethod
    def to(cls, shown: Shown, *, at_s: float) -> Self:
        """Return a yes to what a note shows."""
        runs_at = shown.properties.get("runs_at")
        return cls(
            text=shown.texts.get(_TEXT, ""),
            at_s=at_s,
            expires_at=datetime.fromisoformat(str(shown.properties["expires"])),
            runs_at=datetime.fromisoformat(str(runs_at)) if runs_at else None,
        )


@dataclass
class Wish:
    """One Proposal as the owner knows it."""

    proposal_id: str
    note: str
    tool: str
    #: When its words were asked, or changed, last, in lived seconds.
    touched_s: float
    #: The note as the employee showed this version of it; None while it was not shown.
    seen: Shown | None = None
    #: The yes that counts; None where there is none.
    yes: Yes | None = None
    #: Why there is none, in words.
    why_not: str = "nobody said yes"
    #: How often it was said.
    yeses: int = 0
    #: When the employee was last given a yes that it may still go by, in lived seconds.
    granted_s: float = 0.0
    #: When something left for it last, in lived seconds; None where nobody can tell how long ago
    #: that seems to the employee.
    sent_s: float | None = None
    #: Whether a sync program had its hands in it, so that a copy may lie where it left it.
    copied: bool = False

    def no(self, why: str) -> None:
        """Take back whatever was said."""
        self.yes, self.why_not = None, why

    def lose_hold(self) -> None:
        """Let nobody know any more how long ago the yes was, and the last word before it."""
        self.touched_s = self.granted_s = -inf
        if self.yes:
            self.yes = replace(self.yes, at_s=-inf)

    def see(self, shown: Shown) -> bool:
        """See what a note shows; return whether it is asked anew.

        What the owner changed himself is not what he was shown.
        """
        is_new = self.seen is None or shown.version != self.seen.version
        if is_new:
            self.seen = shown
        return is_new

    def is_as_seen(self, shown: Shown) -> bool:
        """Return whether a note is as the employee showed it."""
        return self.seen is not None and _gist(shown) == _gist(self.seen)


def _gist(shown: Shown) -> tuple[object, ...]:
    return shown.id, shown.version, shown.texts, shown.fields
