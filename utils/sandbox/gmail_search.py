"""Gmail's search words, as far as the sandbox knows them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from utils.sandbox.gmail_box import Kept

_WORD: Final = re.compile(r'(-?)(?:([a-z_]+):)?("[^"]*"|\S+)', re.IGNORECASE)
_SPAN: Final = re.compile(r"(\d+)([dmy])")
_DAYS: Final = {"d": 1, "m": 30, "y": 365}
_HEADERS: Final = {"from": "from", "to": "to", "subject": "subject", "rfc822msgid": "message-id"}


def finds(query: str, kept: Kept, *, now: datetime) -> bool:
    """Return whether a search finds a mail; drafts, spam and trash only when asked for."""
    aside = kept.labels & {"SPAM", "TRASH"}
    if aside and not any(f"in:{label.lower()}" in query.lower() for label in aside):
        return False
    return all(
        _meets(name.lower(), value.strip('"').lower(), kept, now) != (minus == "-")
        for minus, name, value in _WORD.findall(query)
    )


def _meets(name: str, value: str, kept: Kept, now: datetime) -> bool:
    if name in _HEADERS:
        return value.strip("<>") in str(kept.mail[_HEADERS[name]] or "").lower()
    match name:
        case "in" | "is" | "label" | "category":
            labels = {label.lower().removeprefix("category_") for label in kept.labels}
            return value == "anywhere" or value.rstrip("s") in {one.rstrip("s") for one in labels}
        case "newer_than" if span := _SPAN.fullmatch(value):
            return kept.at >= now - timedelta(days=int(span[1]) * _DAYS[span[2]])
        case "after" | "before":
            later = kept.at >= _moment(value)
            return later if name == "after" else not later
        case _:
            return value in f"{kept.mail['subject']} {kept.text}".lower()


def _moment(value: str) -> datetime:
    if value.isdigit():
        return datetime.fromtimestamp(int(value), UTC)
    return datetime.strptime(value.replace("-", "/"), "%Y/%m/%d").replace(tzinfo=UTC)
