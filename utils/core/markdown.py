"""The pieces of a note's body: callouts, tables of two columns, links, moments.

Texts that go in are Markdown already; what outsiders wrote passes ``outside_text`` first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from utils.core.outside_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

#: First words of fields' names that are names or letters themselves.
_SPELLED: Final = {"iban": "IBAN", "linkedin": "LinkedIn", "twitter": "X", "vat": "VAT"}
_PLAIN_URL: Final = re.compile(r"https?://[A-Za-z0-9.:-]+(/[A-Za-z0-9/._~?&=%#:@+,;-]*)?")


def callout(kind: str, title: str, lines: Iterable[str] = (), *, folded: bool = False) -> str:
    """Return a callout; its lines stay lines."""
    head = f"> [!{kind}]{'-' if folded else ''} {title}"
    return "\n".join([head, *(f"> {line}".rstrip() for line in lines)])


def table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    """Return a table of two columns, which is what a phone can show; "" without rows."""
    lines = [f"| {left} | {right} |" for left, right in rows]
    return "\n".join([f"| {head[0]} | {head[1]} |", "| --- | --- |", *lines]) if lines else ""


def link(words: str, url: str) -> str:
    """Return a link to a service's page, or the address as plain text where it is not plain."""
    return f"[{words}]({url})" if _PLAIN_URL.fullmatch(url) else one_line(url, 300)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return a time as the owner reads it, in his zone, such as ``Tue 24 Nov 2026, 18:00``."""
    return f"{at.astimezone(zone):%a %d %b %Y, %H:%M}"


def label(name: str) -> str:
    """Return a field's name as a person reads it: ``due_date`` becomes ``Due date``."""
    first, *others = name.split("_")
    return " ".join((_SPELLED.get(first, first.capitalize()), *others))
