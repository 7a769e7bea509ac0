"""The headers of a mail as values, however broken they are.

The library's own readers of headers and addresses are not used: strangers' bytes make them raise,
and long headers make them slow.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from utils.mail.charsets import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: One message id, as mails refer to each other by.
MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]{1,250}>")
#: How much of a mail is searched for headers, in bytes.
_HEAD_LIMIT: Final = 1024 * 1024
#: How many headers of one name are looked at, and how much of each, in characters.
_TWINS: Final = 4
_HEADER_LIMIT: Final = 20_000
#: How many message ids or people are taken.
_MANY: Final = 200
#: A quoted name, an address in its brackets, what parts two people, or any other words.
_PIECE: Final = re.compile(
    r'"(?P<quoted>(?:\\.|[^"\\]){0,300})"|<(?P<address>[^<>]{0,300})>|(?P<end>[,;])'
    r'|(?P<words>[^",;<>]+)|.',
    re.DOTALL,
)
#: An address, looked for where a word begins only: within a long one each place would be tried.
_ADDRESS: Final = re.compile(r"(?<![^\s@<>\"(),:;])[^\s@<>\"(),:;]+@[^\s@<>\"(),:;]+")


class Headers:
    """The headers of one mail.

    Args:
        pairs: Name and raw value of each header, in order.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = [(name.lower(), value) for name, value in pairs]

    def text(self, name: str) -> str:
        """Return the first header of that name on one line with nothing encoded, or ""."""
        return plain(next(iter(self._raw(name)), ""))

    def word(self, name: str) -> str:
        """Return the first word of a header in small letters, without parameters, or ""."""
        return self.text(name).partition(";")[0].strip().lower()

    def addresses(self, *names: str) -> tuple[tuple[str, str], ...]:
        """Return name and address (in small letters) of everybody in these headers, each once."""
        people = (person for name in names for raw in self._raw(name) for person in _people(raw))
        labels: dict[str, str] = {}
        for label, address in islice(people, _MANY):
            labels.setdefault(address, label)
        return tuple((label, address) for address, label in labels.items())

    def sender(self) -> tuple[str, str]:
        """Return the sender's name and address, each "" where there is none."""
        found = self.addresses("from") or self.addresses("sender")
        return found[0] if found else (self.text("from"), "")

    def ids(self, name: str) -> tuple[str, ...]:
        """Return the message ids in a header, in order."""
        return tuple(MESSAGE_ID.findall(" ".join(self._raw(name)))[-_MANY:])

    def date(self) -> datetime | None:
        """Return the time that the mail says it was sent, in UTC, or None."""
        try:
            moment = parsedate_to_datetime(self.text("date"))
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None

    def _raw(self, name: str) -> list[str]:
        found = [value for own, value in self._pairs if own == name]
        return [value[:_HEADER_LIMIT] for value in found[:_TWINS]]


def headers_of(raw: bytes) -> Headers:
    """Return the headers of a mail as it travelled; what follows them is not looked at."""
    message = BytesHeaderParser(policy=compat32).parsebytes(raw[:_HEAD_LIMIT])
    # The parser keeps bytes that are no ASCII as halves of characters.
    raw_items = (
        (name, str(value).encode("ascii", "surrogateescape"))
        for name, value in message.raw_items()
    )
    return Headers([(name, decoded(value, "")) for name, value in raw_items])


def _people(raw: str) -> Iterator[tuple[str, str]]:
    """Yield name and address of everybody in a raw header."""
    label, address = "", ""
    for piece in _PIECE.finditer(f"{raw},"):
        if not piece["end"]:
            label += piece["quoted"] or piece["words"] or ""
            address = piece["address"] or address
            continue
        bare = "" if address else label
        found = _ADDRESS.search(address or bare)
        if found:
            yield plain(label.replace("\\", "").replace(bare or "\0", "")), found[0].lower()
        label, address = "", ""


def plain(value: str) -> str:
    """Return a raw header value on one line, with encoded words decoded."""
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        pieces = [(value, None)]
    text = "".join(
        decoded(piece, charset or "") if isinstance(piece, bytes) else piece
        for piece, charset in pieces
    )
    return " ".join(text.split())
