"""Secrets that lie in files of their own, such as the sign-in with Google."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: What a sign-in keeps secret, wherever it lies in the file.
_SECRET: Final = frozenset(
    {"access_token", "client_secret", "id_token", "private_key", "refresh_token", "token"}
)
#: A larger file is no sign-in, in bytes.
_LARGEST: Final = 64 * 1024


def secrets_in(path: Path) -> tuple[str, ...]:
    """Return the secrets that a JSON file holds; none where it cannot be read."""
    try:
        if path.stat().st_size > _LARGEST:
            return ()
        return tuple(_found(json.loads(path.read_bytes())))
    except (OSError, ValueError, RecursionError):
        return ()


def _found(value: Any) -> Iterator[str]:
    inner = value.items() if isinstance(value, dict) else ()
    for name, each in inner:
        if name in _SECRET and isinstance(each, str):
            yield each
        else:
            yield from _found(each)
