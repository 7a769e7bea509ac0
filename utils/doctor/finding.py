"""What a check finds: a mark, one sentence, and what the owner can do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How bad it is, as the owner sees it before the line."""

    FINE = "✓"
    #: There was nothing to look at: not set up, not begun, nothing to compare with.
    ASIDE = "–"
    #: It works, but something deserves a look.
    LOOK = "!"
    #: Something does not work, or is not safe.
    WRONG = "✗"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's answer."""

    mark: Mark
    #: What is the case; a sentence without a full stop.
    what: str
    #: What to do about it, in one line; "" where nothing is to be done.
    remedy: str = ""


def fine(what: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(Mark.FINE, what)


def aside(what: str) -> Finding:
    """Return a finding that there was nothing to look at."""
    return Finding(Mark.ASIDE, what)


def look(what: str, remedy: str) -> Finding:
    """Return a finding that deserves a look."""
    return Finding(Mark.LOOK, what, remedy)


def wrong(what: str, remedy: str) -> Finding:
    """Return a finding of something that does not work, or is not safe."""
    return Finding(Mark.WRONG, what, remedy)
