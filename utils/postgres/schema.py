"""The journal's tables in PostgreSQL: a schema for each business, made or migrated in a step.

The tables are those of `utils.storage.schema`; this adds what tells other machines of a change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

from utils.core.errors import NewerJournalError
from utils.postgres.dialect import JSON_FUNCTIONS, as_table
from utils.storage.schema import MIGRATIONS, SCHEMA_VERSION

if TYPE_CHECKING:
    from psycopg import Connection

#: The table that says which version wrote the journal.
VERSION: Final = "journal_version"
#: Wakes who waits for work, on a channel with the schema's name.
_BELL: Final = """
    CREATE FUNCTION ring() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify(TG_TABLE_SCHEMA, TG_TABLE_NAME);
        RETURN NULL;
    END $$;
    CREATE TRIGGER ring_granted AFTER INSERT OR UPDATE OF state ON proposals FOR EACH ROW
        WHEN (NEW.state IN ('granted', 'waiting')) EXECUTE FUNCTION ring();
    CREATE TRIGGER ring_stopped AFTER INSERT ON cursors FOR EACH ROW
        WHEN (NEW.name = 'stop') EXECUTE FUNCTION ring();
    CREATE TRIGGER ring_resumed AFTER DELETE ON cursors FOR EACH ROW
        WHEN (OLD.name = 'stop') EXECUTE FUNCTION ring();
"""


def bring_up_to_date(db: Connection[Any], schema: str) -> None:
    """Make or migrate a business's schema, and use it from here on.

    Args:
        db: An open connection with every statement a transaction of its own.
        schema: The business's own.

    Raises:
        NewerJournalError: A newer program wrote it; nothing was touched.
        psycopg.Error: It could not be made; nothing of it was.
    """
    with db.transaction():
        # Two machines may start at once.
        db.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", (f"schema {schema}",))
        name = sql.Identifier(schema)
        found = db.execute("SELECT 1 FROM pg_namespace WHERE nspname=$1", (schema,)).fetchone()
        if found is None:
            db.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        db.execute(sql.SQL("SET search_path TO {}").format(name))
        if found is None:
            db.execute(f"CREATE TABLE {VERSION} (version BIGINT NOT NULL)")
            db.execute(f"INSERT INTO {VERSION} VALUES (0)")  # noqa: S608 - a constant
        _migrate(db)


def _migrate(db: Connection[Any]) -> None:
    row = db.execute(f"SELECT version FROM {VERSION}").fetchone()  # noqa: S608 - a constant
    version = int(row["version"]) if row else 0
    if version > SCHEMA_VERSION:
        raise NewerJournalError(f"version {version}, this program knows {SCHEMA_VERSION}")
    if version == SCHEMA_VERSION:
        return
    if version == 0:
        db.execute(JSON_FUNCTIONS.encode())
    for statement in "".join(MIGRATIONS[version:]).split(";"):
        if statement.strip():
            db.execute(as_table(statement).encode())
    if version == 0:
        db.execute(_BELL.encode())
    db.execute(f"UPDATE {VERSION} SET version=$1", (SCHEMA_VERSION,))  # noqa: S608 - a constant
