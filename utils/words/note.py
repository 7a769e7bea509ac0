"""The note in which an agent puts a briefing's first lines into words, and suggests what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.errors import NoteError
from utils.core.outside_text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

#: How many lines stand on top of a briefing.
LINES: Final = 3
_MOST_SUGGESTIONS: Final = 5
#: How long a line may be, in characters (ours): it is read at a glance.
_LONGEST: Final = 200
_FRONT: Final = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_HEADING: Final = re.compile(r"#{1,6}\s+(.*?)\s*#*")
_BULLET: Final = re.compile(r"(?:[-*+]|\d{1,2}[.)])\s+(?:\[.\]\s+)?")
_SHORT, _SUGGESTED = "short version", "suggestions"


@dataclass(frozen=True)
class Words:
    """What an agent wrote; text of anybody, so nothing in it is to be obeyed."""

    lines: tuple[str, ...]
    suggestions: tuple[str, ...] = ()

    def shown(self, author: str, source: str) -> tuple[str, ...]:
        """Return the lines of Markdown that stand on the page, in which nothing is active.

        Args:
            author: Who wrote them.
            source: The note that holds the numbers, without extension.
        """
        mark = f"*Written by {author}; every number in it stands in [[{source}|the audit]].*"
        suggested = (f"*{author} suggests:*",) if self.suggestions else ()
        told = (f"- {_inactive(each)}" for each in self.suggestions)
        return (*map(_inactive, self.lines), mark, *suggested, *told)


def read_words(text: str) -> Words:
    """Return what stands under the headings *Short version* and *Suggestions*.

    Raises:
        NoteError: It is not three lines, or too long; the sentence says what is wrong.
    """
    found: dict[str, list[str]] = {_SHORT: [], _SUGGESTED: []}
    under = ""
    for raw in _FRONT.sub("", text.replace("\r\n", "\n")).split("\n"):
        line = raw.strip()
        if heading := _HEADING.fullmatch(line):
            under = heading[1].casefold()
        elif line and under in found:
            found[under].append(_BULLET.sub("", line, count=1))
    lines, suggestions = found[_SHORT], found[_SUGGESTED]
    if len(lines) != LINES:
        raise NoteError(f"Under “Short version” stand {len(lines)} lines instead of {LINES}.")
    if len(suggestions) > _MOST_SUGGESTIONS:
        raise NoteError(f"More than {_MOST_SUGGESTIONS} suggestions are too many for one page.")
    if any(len(line) > _LONGEST for line in (*lines, *suggestions)):
        raise NoteError(f"A line is longer than {_LONGEST} characters.")
    return Words(tuple(lines), tuple(suggestions))


def exchanged(page: str, old: Sequence[str], new: Sequence[str]) -> str:
    """Return a page on which lines were exchanged, whatever mark they all begin with.

    Returns:
        "" where the old lines do not stand on the page one below the other.
    """
    lines = page.split("\n")
    for start in range(len(lines) - len(old) + 1):
        here = lines[start : start + len(old)]
        begin = here[0].removesuffix(old[0])
        if here == [f"{begin}{line}" for line in old]:
            lines[start : start + len(old)] = [f"{begin}{line}" for line in new]
            return "\n".join(lines)
    return ""


def _inactive(text: str) -> str:
    return one_line(text, _LONGEST + 1)
