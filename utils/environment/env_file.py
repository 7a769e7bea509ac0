"""The file ``.env``: variables written into it so that they are read back exactly."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, Final

from dotenv.parser import parse_stream

from utils.core.errors import ConfigurationError
from utils.file_utils import write_atomic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Values that mean the same to every reader without quotes.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./:@%+,=-]+")
_MARK: Final = "\ufeff"
#: What stands for a character inside double quotes.
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}


def write_variables(path: Path, values: Mapping[str, str]) -> None:
    """Write variables into a ``.env``, for its owner's eyes only; all other lines stay.

    Raises:
        ConfigurationError: A line of the file would swallow what is added; nothing was written.
        OSError: It could not be read or written.
    """
    place = path.resolve()
    try:
        text = place.read_bytes().decode()
    except FileNotFoundError:
        text = ""
    except UnicodeDecodeError as error:
        raise ConfigurationError(".env is no UTF-8 text; save it as UTF-8") from error
    write_atomic(place, with_variables(text, values).encode(), mode=0o600)


def with_variables(text: str, values: Mapping[str, str]) -> str:
    """Return the text of a ``.env`` with these variables set, each once.

    A variable that was there keeps its place; a new one comes to the end.

    Raises:
        ConfigurationError: A line such as one with an open quote would swallow what is added.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    mark = _MARK if text.startswith(_MARK) else ""
    left = {name: f"{name}={_quoted(value)}{end}" for name, value in values.items()}
    pieces: list[str] = []
    for binding in parse_stream(StringIO(text)):
        piece = binding.original.string
        if binding.key and binding.key in values:
            blank = piece[: len(piece) - len(piece.lstrip())]
            piece = blank + left.pop(binding.key, "")
        pieces.append(piece)
    kept = "".join(pieces)
    gap = end if left and kept and not kept.endswith(("\n", "\r")) else ""
    new = kept + gap + "".join(left.values())
    if _read(new) != _read(text) | dict(values):
        raise ConfigurationError(".env has a line whose quote is never closed; close it first")
    return mark + new


def _read(text: str) -> dict[str, str | None]:
    return {found.key: found.value for found in parse_stream(StringIO(text)) if found.key}


def _quoted(value: str) -> str:
    """Return a value as it must be written to be read back as it is."""
    if _PLAIN.fullmatch(value):
        return value
    if "\n" in value or "\r" in value:
        return '"' + "".join(_ESCAPES.get(char, char) for char in value) + '"'
    # Inside single quotes a dollar sign means itself, to a shell as well.
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
