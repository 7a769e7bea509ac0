"""The little in which PostgreSQL's SQL differs from the journal's.

Statements are written in what SQLite and PostgreSQL both speak; what is left is the form of
placeholders, the names of types, and two functions on JSON.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLACE: Final = re.compile(r"'[^']*'|\?(\d*)")
#: A type of SQLite to what keeps the same values, and sorts them the same way.
_TYPES: Final = (
    (re.compile(r"\bTEXT\b"), 'TEXT COLLATE "C"'),
    (re.compile(r"\bINTEGER\b"), "BIGINT"),
    (re.compile(r"\bREAL\b"), "DOUBLE PRECISION"),
    (re.compile(r"\bBLOB\b"), "BYTEA"),
)
_AS_BYTES: Final = re.compile(r"CAST\((\w+) AS BLOB\)")
_TABLE_OPTIONS: Final = re.compile(r"\)\s*(STRICT|WITHOUT ROWID)(\s*,\s*(STRICT|WITHOUT ROWID))*")

#: SQLite's functions of the same name, as far as the journal uses them. A text may hold the
#: escaped character zero, which PostgreSQL's JSON refuses.
JSON_FUNCTIONS: Final = r"""
    CREATE FUNCTION json_extract(document TEXT, path TEXT) RETURNS TEXT
        LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
        SELECT replace(document, '\u0000', '\ufffd')::json
            #>> string_to_array(substr(path, 3), '.')
    $$;
    CREATE FUNCTION json_set(document TEXT, path TEXT, value TEXT) RETURNS TEXT
        LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
        SELECT jsonb_set(document::jsonb, string_to_array(substr(path, 3), '.'),
            to_jsonb(value))::text
    $$;
"""


@lru_cache(maxsize=512)
def numbered(sql: str) -> str:
    """Return a statement as PostgreSQL reads it, with ``$1`` for ``?`` or ``?1``."""
    count = 0

    def place(found: re.Match[str]) -> str:
        nonlocal count
        if found[0].startswith("'"):
            return found[0]
        count += 1
        return f"${found[1] or count}"

    return _AS_BYTES.sub(r"convert_to(\1, 'UTF8')", _PLACE.sub(place, sql))


def as_table(statement: str) -> str:
    """Return a statement that makes a table or an index of the journal."""
    for known, ours in _TYPES:
        statement = known.sub(ours, statement)
    return _TABLE_OPTIONS.sub(")", statement)


def plain(values: Iterable[object]) -> tuple[object, ...]:
    """Return values as the types that PostgreSQL's columns have: SQLite keeps a yes as 1."""
    return tuple(_plain(value) for value in values)


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Enum):
        return str(value)
    # A stranger may call himself so; its columns take every character but this one.
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
