"""Where the journal of a home lies: in a file of its own, or in PostgreSQL with other machines."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Final

from utils.core.errors import ConfigurationError
from utils.postgres.business import join, joined_file, schema_of
from utils.storage.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from utils.environment.owner_settings import Settings
    from utils.storage.database import Database

#: What the embedded journal is called where places are named.
FILE: Final = "sqlite"


def open_database(settings: Settings) -> Database:
    """Open the database that the settings name.

    Raises:
        ConfigurationError: PostgreSQL is named and its driver is missing, or it is another home's.
        NewerJournalError: A newer version of the program wrote it; nothing was touched.
        JournalError: It cannot be opened safely.
    """
    if not is_shared(settings):
        if joined_file(settings).exists():
            raise ConfigurationError(
                "this home's journal was moved to PostgreSQL and EMPLOYEE_DATABASE_URL is not "
                "set; set it, or bring the journal back with `migrate-journal --to sqlite`"
            )
        return open_file(settings)
    opened = _shared(settings)
    try:
        join(opened, settings)
    except ConfigurationError:
        opened.close()
        raise
    return opened


def open_to_fill(settings: Settings) -> Database:
    """Open the place that a journal is to be copied into; it becomes this home's when it is used.

    Raises:
        ConfigurationError: PostgreSQL's driver is missing.
        JournalError: It cannot be opened safely.
    """
    return _shared(settings) if is_shared(settings) else open_file(settings)


def is_shared(settings: Settings) -> bool:
    """Return whether the journal lies where other machines may write it too."""
    return bool(settings.database_url.get_secret_value())


def look_at_shared(settings: Settings) -> Database | None:
    """Open the journal in PostgreSQL as it is, to look at only; None where there is none yet.

    Raises:
        ConfigurationError: PostgreSQL's driver is missing.
        JournalError: It cannot be reached.
    """
    opened = _shared(settings, look_only=True)
    if opened.rows("SELECT 1 FROM pg_namespace WHERE nspname=?", schema_of(settings)):
        return opened
    opened.close()
    return None


def _shared(settings: Settings, *, look_only: bool = False) -> Database:
    try:
        # The embedded default never loads it.
        from utils.postgres.database import PostgresDatabase  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(
            "EMPLOYEE_DATABASE_URL needs what `uv sync --extra postgres` installs"
        ) from error
    return PostgresDatabase(
        settings.database_url.get_secret_value(),
        schema=schema_of(settings),
        machine=this_machine(settings),
        look_only=look_only,
    )


def open_file(settings: Settings) -> Database:
    """Open the embedded journal, whatever the settings name.

    Raises:
        JournalError: It cannot be opened safely.
    """
    return SqliteDatabase(settings.journal_path)


def this_machine(settings: Settings) -> str:
    """Return what this machine is called."""
    return settings.machine or platform.node() or "unnamed"
