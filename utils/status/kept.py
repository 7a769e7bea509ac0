"""The answer of `status`, kept ready beside the journal, and only believed while it is true.

To put it together takes every service's script and a second. While nothing that it was made of
has changed, the kept one is as good; whoever is at work keeps it so.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from utils.core.errors import JournalError
from utils.core.lifecycle import STOP_NOTE, VAULT
from utils.environment.surroundings import DEMO, is_secret
from utils.environment.variables import DATABASE_URL
from utils.file_utils import write_atomic
from utils.io_optimizer import SIGHT
from utils.status.live import resources, watchers
from utils.storage.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from utils.core.model import Json
    from utils.storage.database import Database

_FILE: Final = "status.json"
#: Read wherever the program starts, beside what its settings name.
_EVERYWHERE: Final = (DEMO, "TZ")
_NOTED: Final = "SELECT name, value FROM cursors WHERE name=? OR name LIKE 'absent %'"
#: How long it is believed: what a cap has left changes by itself.
_GOOD_FOR: Final = timedelta(minutes=10)
#: What changes whenever something happened, but not with every heartbeat.
_NEWS: Final = (
    "SELECT coalesce((SELECT max(seq) FROM records), 0) AS records,"
    " coalesce((SELECT max(rowid) FROM items), 0) AS items,"
    " (SELECT count(*) FROM items WHERE closed_at IS NULL) AS open,"
    " (SELECT count(*) FROM cursors WHERE name='stop') AS stopped,"
    " coalesce((SELECT group_concat(body) FROM breakers), '') AS breakers"
)


@dataclass(frozen=True, kw_only=True)
class StatusKept:
    """Keeps the answer of one home.

    Args:
        home: Where the vault and the journal lie.
        project_root: Where the program lies.
        variables: Everything that is set.
    """

    home: Path
    project_root: Path
    variables: Mapping[str, str]

    def read(self, *, now: datetime) -> Json | None:
        """Return the kept answer with what is alive just now; None where it is old."""
        # A journal on a server holds more than this home, so nothing of it is kept here.
        if self.variables.get(DATABASE_URL):
            return None
        try:
            kept: Json = json.loads(self._path.read_bytes())
            database = SqliteDatabase(self._path.with_name("journal.sqlite3"), look_only=True)
        except (OSError, ValueError, JournalError):
            return None
        try:
            at = datetime.fromisoformat(kept["at"])
            if (
                kept["key"] != self.key(database, kept["names"])
                or not timedelta(0) <= now - at < _GOOD_FOR
            ):
                return None
            found: Json = kept["found"]
            return found | self._live(database, now)
        except (JournalError, KeyError, ValueError):
            return None
        finally:
            database.close()

    def keep(self, found: Json, key: str, names: Iterable[str], *, now: datetime) -> None:
        """Keep an answer.

        Args:
            found: The answer.
            key: What it was made of, taken before it was made.
            names: The variables that the key was taken with.
            now: The present time.

        Raises:
            OSError: It could not be written.
        """
        kept = {"at": now.isoformat(), "key": key, "names": sorted(names), "found": found}
        write_atomic(self._path, json.dumps(kept).encode(), mode=0o600)

    def key(self, database: Database, names: Iterable[str]) -> str:
        """Return what the answer depends on, as one short text.

        Args:
            database: The journal's.
            names: The variables that the program reads. A terminal and a service manager set
                others besides, each its own, and the answer is the same.

        Raises:
            JournalError: The journal could not be read.
        """
        [news] = database.rows(_NEWS)
        parts = [
            *map(str, news),
            str((self.home / VAULT / STOP_NOTE).exists()),
            *self._set(names),
            *self._program(),
        ]
        return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()

    @property
    def _path(self) -> Path:
        return self.home / "Vault" / "State" / _FILE

    def _live(self, database: Database, now: datetime) -> Json:
        """Return what is true for the moment only."""
        rows = database.rows("SELECT who, at FROM heartbeats")
        beats = {row["who"]: datetime.fromisoformat(row["at"]) for row in rows}
        noted = {row["name"]: row["value"] for row in database.rows(_NOTED, SIGHT)}
        sight = noted.pop(SIGHT, "")
        absent = {name.removeprefix("absent "): value for name, value in noted.items()}
        return {
            "watchers": watchers(beats, absent, now=now),
            "changes_noticed": sight,
            "resources": resources(self._path.parent, self.home / VAULT),
        }

    def _set(self, names: Iterable[str]) -> Iterator[str]:
        """Yield what is set; of secrets only that they are."""
        for name in sorted({*names, *_EVERYWHERE}):
            value = self.variables.get(name, "")
            yield f"{name}={'set' if value and is_secret(name) else value}"

    def _program(self) -> Iterator[str]:
        """Yield since when the services and what they need are as they are."""
        for pattern in (".mcp.json", ".claude/mcp-servers/*/*.py", "utils/*/settings.py"):
            for path in sorted(self.project_root.glob(pattern)):
                yield f"{path.name} {path.stat().st_mtime_ns}"
