"""Which schema is a business's own, and that no home ever writes into another one's."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

from utils.core.canonical import sha256_of
from utils.core.errors import ConfigurationError
from utils.file_utils import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from utils.environment.owner_settings import Settings
    from utils.storage.database import Database

#: The journal's own mark; the file of the same name is a home's copy of it.
_MARK: Final = "business"
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")


def schema_of(settings: Settings) -> str:
    """Return the schema of the business that a home belongs to.

    Without EMPLOYEE_BUSINESS it follows from the home's place, so that two homes never share one
    by chance.
    """
    if settings.business:
        return f"employee_{settings.business}"
    name = _NO_WORD.sub("_", settings.home.name.lower()).strip("_")[:30]
    return f"employee_{name}_{sha256_of(str(settings.home))[:8]}"


def joined_file(settings: Settings) -> Path:
    """Return the file that says to which journal in PostgreSQL a home belongs, if to any."""
    return settings.state_dir / _MARK


def join(database: Database, settings: Settings) -> None:
    """Make sure that a home and a journal belong together; the first home makes the mark.

    Raises:
        ConfigurationError: The home belongs to another journal, or the journal to another home.
        JournalError: The mark could not be read or kept.
    """
    file = joined_file(settings)
    ours = file.read_text(encoding="ascii").strip() if file.exists() else ""
    with database.step() as db:
        row = db.execute("SELECT value FROM cursors WHERE name=?", (_MARK,)).fetchone()
        theirs = str(row["value"]) if row else ""
        if ours and ours != theirs:
            raise ConfigurationError(
                "EMPLOYEE_DATABASE_URL leads to a journal that is not this home's; put the right "
                f"one back, or remove {file} to begin with this one"
            )
        if theirs and not ours and not settings.business:
            raise ConfigurationError(
                "that database already has a journal for a home at this place; set "
                "EMPLOYEE_BUSINESS to the business's name on each of its machines"
            )
        if not theirs:
            theirs = secrets.token_hex(16)
            db.execute("INSERT INTO cursors VALUES (?,?)", (_MARK, theirs))
    if not ours:
        write_atomic(file, f"{theirs}\n".encode("ascii"), mode=0o600)
