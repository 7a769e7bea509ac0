"""The owner's goals, read from `Business_Goals.md`: one goal a list item, a box says whether done.

``- [ ] Ten new customers by 2026-12-31``. Whatever else the page holds is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

#: More goals than this, and longer ones, are not a page that was meant for us (ours).
MOST: Final = 50
_LONGEST: Final = 200
_ITEM: Final = re.compile(r"^\s{0,3}[-*+] (?!\[[ xX]\]\s*$)(?:\[([ xX])\] )?(\S.*)$", re.MULTILINE)
_FENCE: Final = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)|%%.*?(?:%%|\Z)", re.DOTALL)
_DAY: Final = re.compile(r"\b(?:by|due|until|📅)?\s*([0-9]{4}-[0-9]{2}-[0-9]{2})\b")


@dataclass(frozen=True)
class Goal:
    """One goal."""

    #: The owner's words, without the date.
    text: str
    done: bool = False
    due: date | None = None

    def state(self, today: date) -> str:
        """Return how it stands: ``done``, ``late``, ``open``."""
        if self.done:
            return "done"
        return "late" if self.due and self.due < today else "open"


def read_goals(text: str) -> tuple[Goal, ...]:
    """Return the goals on a page, in its order; none where it holds none."""
    found = (_goal(box, words) for box, words in _ITEM.findall(as_read(text)))
    return tuple(goal for goal in found if goal.text)[:MOST]


def as_read(text: str) -> str:
    """Return a page as its reader sees it: without comments and code."""
    return _COMMENT.sub("", _FENCE.sub("", text))


def _goal(box: str, words: str) -> Goal:
    dated = _DAY.search(words)
    due = _day(dated[1]) if dated else None
    rest = words[: dated.start()] + words[dated.end() :] if dated and due else words
    return Goal(" ".join(rest.split())[:_LONGEST], box in {"x", "X"}, due)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
