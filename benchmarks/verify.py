"""How long `verify` takes for ninety days of log, beside the least that any proof needs.

The floor reads the same bytes in the same run: SHA-256 of every Record and of every day's file,
and each Record taken apart as JSON.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Final

from benchmarks.bench import Bench, Limit, Line, Samples
from utils.audit_log import RENDERED, AuditLog
from utils.core.canonical import canonical
from utils.core.chain import Head, link
from utils.core.model import Entry
from utils.journal import Journal
from utils.log.archive import LogArchive
from utils.storage.bookmarks import Bookmarks
from utils.storage.sqlite import SqliteDatabase

_DAYS: Final = 90
_BEGUN: Final = datetime(2026, 8, 1, tzinfo=UTC)


def measure(*, short: bool) -> dict[str, Samples]:
    """Measure floor and check, plain and archived."""
    runs = 3 if short else 7
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(database=SqliteDatabase(Path(folder) / "journal.sqlite3"), clock=_later)
        log = AuditLog(folder=Path(folder) / "Logs", journal=journal)
        _fill(log, 50 if short else 200)
        plain = _timed(log, runs)
        LogArchive(folder=log.folder, journal=journal, clock=_later).run()
        log.render(whole=True)
        archived = _timed(log, runs)
        journal.close()
    return {"verify": plain, "verify_archived": archived}


def _later() -> datetime:
    return _BEGUN + timedelta(days=2 * _DAYS + 30)


def _fill(log: AuditLog, each: int) -> None:
    """Write ninety days of Records as the journal does, in one transaction."""
    head = Head()
    rows = []
    for n in range(_DAYS * each):
        entry = Entry(
            action="odoo_create_invoice",
            actor="executor",
            parameters={
                "fields": {"customer": f"customer {n}", "lines": ["rye bread, sliced"] * 4},
                "payee": f"Customer {n}",
                "amount": "150.00",
                "currency": "EUR",
                "origin": f"gmail:{n:016x}",
            },
            result="done",
            approval_status="granted_by_owner",
            proposal_id=f"p-{n:010}",
            duration_ms=n % 700,
        )
        record = link(entry, after=head, at=_BEGUN + timedelta(days=n / each))
        head = Head(n + 1, record.hash)
        body = canonical(record.model_dump(mode="json"))
        rows.append((n + 1, record.timestamp[:10], body, entry.proposal_id, record.hash))
    with log.journal.database.step() as db:
        db.executemany("INSERT INTO records VALUES (?,?,?,?,?)", rows)
    Bookmarks(database=log.journal.database).set_cursor(RENDERED, "0")
    log.render(whole=True)


def _timed(log: AuditLog, runs: int) -> Samples:
    """Return what each run of the floor and of the check took, in seconds.

    They take turns, so that what else the machine does hits both alike.
    """
    floor: list[float] = []
    check: list[float] = []
    for _ in range(runs):
        for work, taken in ((_floor, floor), (_check, check)):
            began = perf_counter()
            work(log)
            taken.append(perf_counter() - began)
    return Samples(check, floor)


def _floor(log: AuditLog) -> None:
    for line in log.journal.lines():
        hashlib.sha256(line.encode()).digest()
        json.loads(line)
    for path in log.folder.iterdir():
        hashlib.sha256(path.read_bytes()).digest()


def _check(log: AuditLog) -> None:
    faults, _ = log.verify()
    if faults:
        raise ValueError(f"{faults[0].where} {faults[0].what}")


_FLOOR: Final = "SHA-256 and JSON of the same bytes"
_LIMIT: Final = Limit(most=2.0, by_clock=True)
BENCH: Final = Bench(
    name="verify",
    measure=measure,
    lines=(
        Line(key="verify", what="verify 90 days", floor=_FLOOR, times=3, limit=_LIMIT),
        Line(
            key="verify_archived",
            what="verify 90 days, archived",
            floor=_FLOOR,
            times=3,
            limit=_LIMIT,
        ),
    ),
)
