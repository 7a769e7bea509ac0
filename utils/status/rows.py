"""What the journal knows of how everything stands: what was done last, and whether it changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from utils.core.canonical import iso
from utils.storage.rows import readable

if TYPE_CHECKING:
    from utils.storage.database import Database
    from utils.storage.rows import Tracked

_DONE: Final = (
    "SELECT * FROM proposals WHERE state='done'"
    " AND id NOT IN (SELECT grp FROM proposals WHERE grp<>'')"
)


@dataclass(frozen=True, kw_only=True)
class StatusRows:
    """Reads what the dashboard needs.

    Args:
        database: The journal's database.

    Raises:
        JournalError: It could not be read; raised by every method.
    """

    database: Database

    def fingerprint(self) -> tuple[int, int, int]:
        """Return numbers that change whenever a Record is made or an Item comes or goes."""
        [row] = self.database.rows(
            "SELECT (SELECT coalesce(max(seq), 0) FROM records) AS records,"
            " (SELECT count(*) FROM items) AS items,"
            " (SELECT count(*) FROM items WHERE closed_at IS NULL) AS open"
        )
        return row["records"], row["items"], row["open"]

    def done_lately(self, limit: int) -> list[Tracked]:
        """Return what was done last, the latest first; composites show as their parts."""
        sql = f"{_DONE} ORDER BY armed_at DESC, id LIMIT ?"
        return readable(self.database.rows(sql, limit))

    def done_since(self, since: datetime) -> list[Tracked]:
        """Return what was done since a time, the latest first; composites show as their parts."""
        sql = f"{_DONE} AND armed_at>=? ORDER BY armed_at DESC, id"
        return readable(self.database.rows(sql, iso(since)))

    def failed_since(self, since: datetime) -> list[Tracked]:
        """Return what a service answered with an error since a time, the latest first."""
        sql = "SELECT * FROM proposals WHERE state='failed' AND armed_at>=? ORDER BY armed_at DESC"
        return readable(self.database.rows(sql, iso(since)))

    def used(self, kind: str, since: datetime) -> int:
        """Return how much of a cap's kind was armed since a time; of money in hundredths."""
        sql = "SELECT coalesce(sum(amount), 0) AS used FROM spent WHERE kind=? AND at>?"
        return int(self.database.rows(sql, kind, iso(since))[0]["used"])

    def done_by_machine(self, since: datetime, until: datetime) -> dict[str, int]:
        """Return how much each machine carried out within a stretch; empty where there is one."""
        if not self.database.machine:
            return {}
        sql = (
            "SELECT json_extract(body, '$.parameters.machine') AS machine, count(*) AS n"
            " FROM records WHERE day>=? AND json_extract(body, '$.actor')='executor'"
            " AND json_extract(body, '$.result')='done'"
            " AND json_extract(body, '$.timestamp')>=?"
            " AND json_extract(body, '$.timestamp')<? GROUP BY 1 ORDER BY 1"
        )
        rows = self.database.rows(sql, iso(since)[:10], iso(since), iso(until))
        return {row["machine"]: int(row["n"]) for row in rows if row["machine"]}

    def recorded_at(self) -> datetime | None:
        """Return when the last Record was made, or None where there is none."""
        rows = self.database.rows("SELECT body FROM records ORDER BY seq DESC LIMIT 1")
        return datetime.fromisoformat(json.loads(rows[0]["body"])["timestamp"]) if rows else None
