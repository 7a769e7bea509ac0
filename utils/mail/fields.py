"""What a mail's fields may hold: people, a subject and a text that can hide nothing."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

#: The most people one mail may go to (ours; more is a mailing).
MOST_PEOPLE: Final = 20
#: An address in the letters of every keyboard: look-alike letters are refused.
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9._%+'&/=?^{}~!#$*-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}"
)
_NAMED: Final = re.compile(r"[^<>,;@\"]{0,80}<([^<>]*)>")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ODD: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def people(text: str) -> tuple[str, ...]:
    """Return the addresses in a list such as ``ann@a.example, Bob <bob@b.example>``.

    Raises:
        ValueError: One of them is no address, or there are too many.
    """
    entries = [entry.strip() for entry in re.split("[,;]", text) if entry.strip()]
    found = tuple(dict.fromkeys(map(_address, entries)))
    if not 1 <= len(found) <= MOST_PEOPLE:
        raise ValueError(f"give 1 to {MOST_PEOPLE} addresses, parted by commas")
    return found


def _address(entry: str) -> str:
    named = _NAMED.fullmatch(entry)
    address = named[1].strip() if named else entry
    if not _ADDRESS.fullmatch(address) or ".." in address:
        raise ValueError(f"“{entry[:80]}” is no mail address such as ann@bakery.example")
    return address


def _listed(text: str) -> str:
    return ", ".join(people(text))


def _subject(text: str) -> str:
    if _CONTROL.search(text) or _ODD.search(text) or not text.strip():
        raise ValueError("a subject is one line of text")
    return text.strip()


def _body(text: str) -> str:
    plain = text.replace("\r\n", "\n")
    if _ODD.search(plain) or not plain.strip():
        raise ValueError("a mail's text is plain text, without control characters")
    return plain


People = Annotated[
    str,
    Field(max_length=2000, description="one address, or several parted by commas"),
    AfterValidator(_listed),
]
Subject = Annotated[str, Field(max_length=250), AfterValidator(_subject)]
Body = Annotated[str, Field(max_length=50_000, description="plain text"), AfterValidator(_body)]
