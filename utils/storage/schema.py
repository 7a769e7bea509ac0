"""The journal's tables, their version, and how an older journal is brought up to date."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from utils.core.errors import NewerJournalError
from utils.file_utils import keep_under

if TYPE_CHECKING:
    from pathlib import Path

#: Each entry brings a journal from the version of its index to the next one.
MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE proposals (
        id TEXT PRIMARY KEY, version INTEGER NOT NULL, service TEXT NOT NULL,
        operation TEXT NOT NULL, state TEXT NOT NULL, digest TEXT NOT NULL,
        payee_id TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL,
        runs_at TEXT, payload TEXT NOT NULL, note TEXT NOT NULL, grp TEXT NOT NULL,
        item_id TEXT NOT NULL,
        granted_by TEXT, granted_how TEXT, granted_at TEXT, hold_until TEXT,
        armed_at TEXT, attempts INTEGER NOT NULL DEFAULT 0, not_before TEXT,
        staged TEXT NOT NULL DEFAULT '{}', outcome TEXT,
        shown INTEGER NOT NULL DEFAULT 0, filed INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX proposals_by_state ON proposals (state, created_at);
    CREATE INDEX proposals_by_payee ON proposals (operation, payee_id, created_at);
    CREATE INDEX proposals_let_through ON proposals (payee_id, granted_at)
        WHERE granted_by = 'policy';
    CREATE INDEX proposals_by_time ON proposals (operation, created_at);
    CREATE INDEX proposals_unfiled ON proposals (filed, state) WHERE filed = 0;
    CREATE UNIQUE INDEX proposals_by_note ON proposals (note);
    CREATE INDEX proposals_by_group ON proposals (grp) WHERE grp <> '';
    CREATE INDEX proposals_by_item ON proposals (item_id) WHERE item_id <> '';
    CREATE TABLE records (
        seq INTEGER PRIMARY KEY, day TEXT NOT NULL, body TEXT NOT NULL,
        proposal_id TEXT NOT NULL, hash TEXT NOT NULL
    ) STRICT;
    CREATE INDEX records_by_day ON records (day, seq);
    CREATE INDEX records_by_proposal ON records (proposal_id, seq) WHERE proposal_id <> '';
    CREATE TABLE spent (
        proposal_id TEXT NOT NULL, attempt INTEGER NOT NULL, kind TEXT NOT NULL,
        amount REAL NOT NULL, at TEXT NOT NULL, PRIMARY KEY (proposal_id, attempt, kind)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX spent_by_kind ON spent (kind, at);
    CREATE TABLE items (
        id TEXT PRIMARY KEY, source TEXT NOT NULL, outside INTEGER NOT NULL,
        note TEXT NOT NULL, at TEXT NOT NULL, planned_at TEXT, closed_at TEXT,
        payload TEXT NOT NULL, plan TEXT
    ) STRICT;
    CREATE INDEX items_open ON items (at) WHERE closed_at IS NULL;
    CREATE INDEX items_unplanned ON items (at) WHERE planned_at IS NULL;
    CREATE TABLE cursors (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE seen (
        source TEXT NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (source, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE heartbeats (who TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE periods (
        key TEXT PRIMARY KEY, state TEXT NOT NULL, at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE uptime (
        who TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL, PRIMARY KEY (who, since)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX uptime_by_end ON uptime (until);
    """,
    # Money was kept as a binary fraction, in which 0.1 + 0.2 is not 0.3; now in hundredths.
    """
    CREATE TABLE breakers (
        service TEXT PRIMARY KEY, body TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE spent RENAME TO spent_before;
    DROP INDEX spent_by_kind;
    CREATE TABLE spent (
        proposal_id TEXT NOT NULL, attempt INTEGER NOT NULL, kind TEXT NOT NULL,
        amount INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (proposal_id, attempt, kind)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO spent SELECT proposal_id, attempt, kind,
        CAST(round(CASE kind WHEN 'money' THEN amount * 100 ELSE amount END) AS INTEGER), at
        FROM spent_before;
    DROP TABLE spent_before;
    CREATE INDEX spent_by_kind ON spent (kind, at);
    """,
    # What was done last, without a look at all that was ever done.
    """
    CREATE INDEX proposals_done ON proposals (state, armed_at DESC, id) WHERE state = 'done';
    """,
)
#: How every SQLite file begins, and where in it the version stands: four bytes, the highest first.
_MAGIC: Final = b"SQLite format 3\0"
_VERSION_AT: Final = 60
#: The version this program writes and understands.
SCHEMA_VERSION: Final = len(MIGRATIONS)


def refuse_newer(path: Path) -> None:
    """Look at a journal's version without opening it, which alone could change its files.

    What its write-ahead log may hold beyond this is looked at when it is opened.

    Raises:
        NewerJournalError: A newer program wrote it; nothing was touched.
        OSError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_VERSION_AT + 4)
    except FileNotFoundError:
        return
    if head.startswith(_MAGIC):
        _check(int.from_bytes(head[_VERSION_AT:], "big"))


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring a journal up to this program's version, with a copy of it beforehand.

    Raises:
        NewerJournalError: A newer program wrote it; nothing was touched.
        sqlite3.Error: The database cannot be read or written.
        OSError: The copy could not be kept; nothing was changed.
    """
    if version_of(db) == SCHEMA_VERSION:
        return
    # Only one process migrates, and nobody writes between the copy and the change.
    db.execute("BEGIN IMMEDIATE")
    found = version_of(db)
    if 0 < found < SCHEMA_VERSION:
        _back_up(path, path.with_name(f"{path.name}.v{found}"))
    for statement in "".join(MIGRATIONS[found:]).split(";"):
        db.execute(statement)
    db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    db.execute("COMMIT")


def keys_of_tables() -> dict[str, tuple[str, ...]]:
    """Return every table of a journal with the columns of its key, in their order."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript("".join(MIGRATIONS))
        names = db.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")
        return {name: _key_of(db, name) for (name,) in names.fetchall()}


def _key_of(db: sqlite3.Connection, table: str) -> tuple[str, ...]:
    sql = "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk"
    return tuple(name for (name,) in db.execute(sql, (table,)))


def version_of(db: sqlite3.Connection) -> int:
    """Return the version a journal was written with, 0 for a new one.

    Raises:
        NewerJournalError: It is newer than this program.
    """
    return _check(int(db.execute("PRAGMA user_version").fetchone()[0]))


def _check(found: int) -> int:
    if found > SCHEMA_VERSION:
        raise NewerJournalError(f"version {found}, this program knows {SCHEMA_VERSION}")
    return found


def _back_up(path: Path, copy: Path) -> None:
    """Copy a journal into one plain file, whole or not at all.

    Raises:
        OSError: The disk refused.
    """
    unfinished = copy.with_name(f".{copy.name}.tmp")
    unfinished.unlink(missing_ok=True)
    # A connection of its own sees what was committed, not what is being changed.
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
        # Without a log beside it: a file that can be kept anywhere.
        target.execute("PRAGMA journal_mode=DELETE")
    keep_under(unfinished, copy)
