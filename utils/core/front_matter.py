"""Values written as front matter: quoted, so that nothing in a value can open a new key."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, TypeGuard

from utils.core.errors import NoteError
from utils.core.outside_text import HIDDEN

#: How deep values may be nested; the front matter itself is the first level.
DEPTH_LIMIT: Final = 6
#: What a property may be called.
KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,63}")

#: A value to be written; whole numbers and booleans only where a schema wants them.
type Front = str | int | bool | Sequence[Front] | Mapping[str, Front]

#: The last code point that YAML's four-digit escape can name.
_SHORT_ESCAPE: Final = 0xFFFF


def emitted(front: Mapping[str, Front]) -> str:
    """Return the text of a front matter without its fences; keys keep their order.

    Raises:
        NoteError: A key is not plain ASCII, or the values are nested too deeply.
    """
    return "".join(f"{line}\n" for line in _block(front, "", 1))


def quoted(text: str) -> str:
    """Return a text as a double-quoted scalar that YAML and a reader see as one line."""
    if text.isascii() and text.isprintable():
        return json.dumps(text)
    return "".join(map(_safe, json.dumps(text, ensure_ascii=False)))


def _safe(char: str) -> str:
    if char.isascii() and char.isprintable():
        return char
    if unicodedata.category(char) not in HIDDEN:
        return char
    code = ord(char)
    return f"\\u{code:04X}" if code <= _SHORT_ESCAPE else f"\\U{code:08X}"


def _block(value: Sequence[Front] | Mapping[str, Front], pad: str, depth: int) -> list[str]:
    if depth > DEPTH_LIMIT:
        raise NoteError("This is nested too deeply for one note.")
    if isinstance(value, Mapping):
        entries = [
            _entry(f"{pad}{_checked(key)}:", inner, pad, depth) for key, inner in value.items()
        ]
    else:
        entries = [_item(inner, pad, depth) for inner in value]
    return [line for entry in entries for line in entry]


def _entry(head: str, value: Front, pad: str, depth: int) -> list[str]:
    if _nests(value):
        return [head, *_block(value, f"{pad}  ", depth + 1)]
    return [f"{head} {_scalar(value)}"]


def _item(value: Front, pad: str, depth: int) -> list[str]:
    if not _nests(value):
        return [f"{pad}- {_scalar(value)}"]
    first, *rest = _block(value, f"{pad}  ", depth + 1)
    return [f"{pad}- {first.lstrip()}", *rest]


def _nests(value: Front) -> TypeGuard[Sequence[Front] | Mapping[str, Front]]:
    return bool(value) and isinstance(value, (Sequence, Mapping)) and not isinstance(value, str)


def _scalar(value: Front) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (bool, int)):
        return str(value).lower()
    return "{}" if isinstance(value, Mapping) else "[]"


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise NoteError(f"The name {quoted(key)} cannot stand in a note's properties.")
    return key
