"""Finds the links in a post the way X does, bare domains such as ``bakery.cafe`` included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from utils.posts.top_level_domains import ASCII_NAMES, NATIVE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Letters with accents of Latin scripts, which X takes in domains and paths like plain ones.
_ACCENTED: Final = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253-\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_BLANK: Final = r"\s\u180e\u2028-\u202f\u205f\u2060\ufeff\ufffe\uffff"
#: A character of a domain's name where ``https://`` stands in front of it.
_ANY: Final = rf"[^{_BLANK}!-/:-@\[-`{{-~]"
#: The same where nothing does: a bare domain has Latin letters.
_LATIN: Final = rf"[a-z0-9{_ACCENTED}]"
#: The longest label of a domain and the longest link taken, in characters (RFC 1035; X).
_LABEL_LIMIT: Final = 63
_LINK_LIMIT: Final = 4096

_BEGINNING: Final = re.compile(
    rf"(?<![a-z0-9@＠$#＃\u202a-\u202e])https?://(?P<host>(?:{_ANY}(?:[_-]*{_ANY})*\.)+)"
    rf"|(?<![a-z0-9@＠$#＃\u202a-\u202e_./{_ACCENTED}-])(?P<bare>(?:{_LATIN}(?:-*{_LATIN})*\.)+)",
    re.IGNORECASE,
)
_ASCII_ENDING: Final = re.compile(r"(xn--[a-z0-9-]+|[a-z]{2,})(?![0-9a-z@+-])", re.IGNORECASE)
_NATIVE_ENDING: Final = re.compile(
    rf"(?:{'|'.join(sorted(NATIVE_NAMES, key=len, reverse=True))})(?![0-9a-z@+-])", re.IGNORECASE
)

_IN_PATH: Final = rf"a-z\u0400-\u04ff0-9!*';:=+,.$/%#\[\]\u2013_~@|&{_ACCENTED}-"
_ENDS_PATH: Final = rf"a-z\u0400-\u04ff0-9=_#/+{_ACCENTED}-"
_IN_BRACKETS: Final = rf"\([{_IN_PATH}]*(?:\([{_IN_PATH}]+\)[{_IN_PATH}]*)*\)"
_REST: Final = re.compile(
    r"(?::[0-9]+)?"
    rf"(?:/(?:(?:[{_IN_PATH}]|{_IN_BRACKETS})*(?:[{_ENDS_PATH}]|{_IN_BRACKETS}))?)?"
    r"(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]_.,~|-]*[a-z0-9_&=#/-])?",
    re.IGNORECASE,
)
#: X's own short links have nothing but letters and digits behind the slash.
_SHORT: Final = re.compile(r"https?://t\.co/[a-z0-9]+", re.IGNORECASE)


def urls_in(text: str) -> tuple[str, ...]:
    """Return the links in a text as they stand there, in order."""
    return tuple(text[start:end] for start, end in spans_of_urls(text))


def spans_of_urls(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each link of a text begins and ends."""
    at = 0
    while found := _next(text, at):
        start, host_end = found
        rest = _SHORT.match(text, start) or _REST.match(text, host_end)
        at = rest.end() if rest else host_end
        if at - start <= _LINK_LIMIT:
            yield start, at


def _next(text: str, at: int) -> tuple[int, int] | None:
    """Return where the next link begins and where its domain ends."""
    while match := _BEGINNING.search(text, at):
        if end := _end_of_domain(text, match):
            return match.start(), end
        at = match.end()
    return None


def _end_of_domain(text: str, match: re.Match[str]) -> int:
    """Return where a domain ends that begins as matched; 0 where it ends in no known name."""
    start = match.start(match.lastgroup or 0)
    for dot in range(match.end() - 1, start, -1):
        if text[dot] == "." and (end := _end_of_ending(text, dot + 1)):
            return end if _is_domain(text[start:end].lower().split(".")) else 0
    return 0


def _end_of_ending(text: str, at: int) -> int:
    found = _ASCII_ENDING.match(text, at)
    if found and found[1].lower() in ASCII_NAMES:
        return found.end()
    native = _NATIVE_ENDING.match(text, at)
    return native.end() if native else 0


def _is_domain(labels: list[str]) -> bool:
    """Return whether labels make a domain: only a host's name before it may have underscores."""
    return "_" not in labels[-2] and all(len(_ascii(label)) <= _LABEL_LIMIT for label in labels)


def _ascii(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode()
