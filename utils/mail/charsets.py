"""Bytes as text, whatever encoding they claim to be in."""

from __future__ import annotations

import codecs
from typing import Final

#: Encodings of Python's that no mail is written in; some take minutes over a long text.
_NOT_FOR_MAIL: Final = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"}
)


def decoded(data: bytes, charset: str) -> str:
    """Return bytes as text in the encoding named, else in the one that fits; never raises."""
    for name in (charset, "utf-8"):
        try:
            found = codecs.lookup(name)
            if found.name.replace("_", "-") not in _NOT_FOR_MAIL:
                return whole(data.decode(name, "replace" if name == charset else "strict"))
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def whole(text: str) -> str:
    """Return a text without halves of characters: UTF-7 and JSON let them through."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
