"""Boxes of editable text in a note: what stands in the box is, letter for letter, what runs.

A box is a code fence under its own heading. It is longer than any run of backticks in the text,
so the text may hold headings, fences and rules; Obsidian shows it unchanged, and nothing in it is
a link, an image or a query.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from utils.core.errors import NoteError
from utils.core.outside_text import as_written, visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_OPENING: Final = re.compile(r"(`{4,})text")
_RUNS: Final = re.compile(r"`+")
_HEADING: Final = "## "


def box(heading: str, text: str) -> str:
    """Return a text in its box, under its heading."""
    shown = visible(text)
    fence = "`" * max(4, 1 + max(map(len, _RUNS.findall(shown)), default=0))
    return f"{_HEADING}{heading}\n\n{fence}text\n{shown}\n{fence}"


def unbox(body: str, headings: Collection[str]) -> tuple[dict[str, str], str]:
    """Read the boxes of a note's body.

    Args:
        body: A note's body.
        headings: The headings under which a box may stand.

    Returns:
        Heading to text, and the body without the boxes' contents.

    Raises:
        NoteError: A box stands under no known heading, stands twice, or never ends.
    """
    found: dict[str, str] = {}
    around: list[str] = []
    lines, heading = iter(body.split("\n")), ""
    for line in lines:
        around.append(line)
        if line.startswith(_HEADING):
            heading = line.removeprefix(_HEADING).rstrip()
        elif fence := _OPENING.fullmatch(line.rstrip()):
            if heading in found or heading not in headings:
                raise NoteError("A text box does not stand under a heading of its own.")
            found[heading] = _content(lines, fence[1], heading)
    return found, "\n".join(around)


def _content(lines: Iterator[str], fence: str, heading: str) -> str:
    closing = re.compile(rf" {{0,3}}{fence}`*[ \t]*")
    content: list[str] = []
    for line in lines:
        if closing.fullmatch(line):
            return as_written("\n".join(content))
        content.append(line)
    raise NoteError(f"The text box under “{heading}” never ends.")
