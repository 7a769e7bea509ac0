"""How a pretend LinkedIn reads a post's "little text", its silent cut included."""

from __future__ import annotations

import re
from typing import Final

#: What the format knows, tried in this order at every place.
_PIECE: Final = re.compile(
    r"\\(?P<escaped>[\\|{}@\[\]()<>#*_~])"
    r"|\{hashtag\|\\#\|(?P<hashtag>[^\\|{}@\[\]()<>#*_~\s]+)\}"
    r"|@\[(?P<name>[^\]]+)\]\(urn:li:[^)]+\)"
    r"|(?P<plain>[^\\|{}@\[\]()<>#*_~])"
)


def as_read(commentary: str) -> str:
    """Return what people read: everything up to the first mark that is not escaped."""
    pieces, at = [], 0
    while found := _PIECE.match(commentary, at):
        hashtag = f"#{found['hashtag']}" if found["hashtag"] else None
        pieces.append(found["escaped"] or hashtag or found["name"] or found["plain"])
        at = found.end()
    return "".join(pieces)
