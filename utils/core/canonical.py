"""The one form in which values are compared, hashed and sorted."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any


def canonical(value: Any) -> str:
    """Return a JSON value as text in one fixed form: sorted keys, no blanks, no NaN."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def sha256_of(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def item_id(key: str) -> str:
    """Return the id of an Item, the same whenever the same thing is noticed."""
    return f"i-{sha256_of(key)[:10]}"


def iso(moment: datetime) -> str:
    """Return an aware time as ISO-8601 in UTC with microseconds, which sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
