"""How long the audit of one week takes out of a large log and large books, and how much memory.

A home with a million Records in that week and twenty thousand invoices in a pretend Odoo, which is
no database and slow; then the audit in a fresh process, so that its memory is its own.

The floor beside the figure is merely reading the same Records from SQLite, in processor time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, Final

from benchmarks.bench import Bench, Limit, Line, Samples, Shortfall
from benchmarks.homes import record_many
from utils.assembly.opening import assembled
from utils.catalogue import Catalogue
from utils.report.audit_facts import FactGatherer
from utils.report.schedule import Report
from utils.report.weekly import Reports
from utils.sandbox.odoo import PretendOdoo
from utils.settings import PROJECT_ROOT, load
from utils.times.weeks import Week

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.assembly.engine import Engine

_START: Final = datetime(2026, 1, 5, tzinfo=UTC)
_WEEK: Final = Week.of(_START.date())
_BATCH: Final = 5000


def measure(*, short: bool) -> dict[str, Samples]:
    """Fill a home, and make the audit in a process of its own."""
    records, invoices, runs = (50_000, 500, 2) if short else (1_000_000, 20_000, 3)
    with tempfile.TemporaryDirectory() as folder, PretendOdoo(history=False) as odoo:
        engine = _engine(Path(folder), {})
        record_many(engine, records, begun=_START, step=timedelta(weeks=1) / records)
        engine.close()
        _book(odoo, invoices)
        command = [sys.executable, "-m", "benchmarks.audit", folder, str(runs)]
        environment = os.environ | odoo.environment() | {"HTTP_TIMEOUT_SECONDS": "120"}
        done = subprocess.run(
            command, check=True, env=environment, cwd=PROJECT_ROOT, stdout=subprocess.PIPE
        )
    told = json.loads(done.stdout)
    return {
        "audit_log": Samples(told["log"], told["floor"]),
        "audit_checked": Samples(told["log"], told["hashed"]),
        "audit_whole": Samples([told["whole_s"]]),
        "audit_memory": Samples([told["peak_mb"]]),
    }


def make(home: Path, runs: int) -> dict[str, Any]:
    """Make the audit in this process; return what it took, in seconds and MB."""
    engine = _engine(home, dict(os.environ))
    zone = engine.settings.zone
    span = _WEEK.starts_at(zone), _WEEK.ends_at(zone)
    # Whatever is read for the first time is read from the disk; both are measured after that.
    _floor(home, span)
    gatherer = FactGatherer(ground=engine.ground)
    floor, hashed, log = [], [], []
    for _ in range(runs):
        floor.append(_timed(lambda: _floor(home, span))[1])
        hashed.append(_timed(lambda: _floor(home, span, check=_hash))[1])
        log.append(_timed(lambda: gatherer.activity(*span))[1])
    whole = _timed(lambda: Reports(ground=engine.ground).make(Report.AUDIT, _WEEK))[0]
    engine.journal.close()
    return {"floor": floor, "hashed": hashed, "log": log, "whole_s": whole, "peak_mb": _peak_mb()}


def _timed(step: Callable[[], object]) -> tuple[float, float]:
    """Return how long a step took by the clock and by the processor, in seconds."""
    began, used = perf_counter(), process_time()
    step()
    return perf_counter() - began, process_time() - used


def _floor(
    home: Path, span: tuple[datetime, datetime], check: Callable[[str], object] | None = None
) -> int:
    """Read a week's Records from SQLite, do nothing more or only one check; return how many."""
    days = [moment.date().isoformat() for moment in span]
    count, seq = 0, 0
    with closing(sqlite3.connect(home / "Vault/State/journal.sqlite3")) as db:
        sql = "SELECT seq, day, body FROM records WHERE seq>? AND day BETWEEN ? AND ? ORDER BY seq"
        sql = f"{sql} LIMIT 2000"
        while page := db.execute(sql, (seq, *days)).fetchall():
            count, seq = count + len(page), page[-1][0]
            if check:
                for _, _, body in page:
                    check(body)
    return count


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _engine(home: Path, environment: dict[str, str]) -> Engine:
    """Return the engine of a home on the morning after the week."""
    settings = load(home, environment=environment, project_root=home)
    now = _WEEK.ends_at(settings.zone) + timedelta(hours=7)
    catalogue = Catalogue.load(PROJECT_ROOT) if environment else Catalogue()
    engine = assembled(settings, catalogue, clock=lambda: now)
    engine.start()
    return engine


def _book(odoo: PretendOdoo, count: int) -> None:
    """Enter and post customers' invoices and vendors' bills over the year before the week."""
    for first in range(0, count, _BATCH):
        values = [
            {
                "move_type": "in_invoice" if n % 5 == 0 else "out_invoice",
                "partner_id": 9 + n % 3,
                "invoice_date": str(_WEEK.sunday - timedelta(days=n % 365)),
                "date": str(_WEEK.sunday - timedelta(days=n % 365)),
                "invoice_date_due": str(_WEEK.sunday - timedelta(days=n % 365 - 30)),
                "ref": f"B-{n}",
                "invoice_line_ids": [
                    [0, 0, {"name": "goods", "quantity": 1, "price_unit": 10 + n % 90}]
                ],
            }
            for n in range(first, min(first + _BATCH, count))
        ]
        ids = odoo.arrange("account.move", "create", company_id=1, vals_list=values)
        odoo.arrange("account.move", "action_post", company_id=1, ids=ids)


def _peak_mb() -> float:
    """Return the most memory that this process held; what its parent held is not in it."""
    [line] = [
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line
    ]
    return int(line.split()[1]) / 1024


BENCH: Final = Bench(
    name="audit",
    measure=measure,
    lines=(
        Line(
            key="audit_log",
            what="audit: a week's 1,000,000 Records read, checked, counted (processor time)",
            floor="the same bytes from SQLite",
            times=3,
            shortfall=Shortfall(times=8, why="each Record's place in the chain is proven"),
        ),
        Line(
            key="audit_checked",
            what="the same",
            floor="the same bytes from SQLite, SHA-256 of each Record",
            times=4,
        ),
        Line(
            key="audit_whole",
            what="the whole audit, with 20,000 invoices",
            limit=Limit(most=20, by_clock=True),
        ),
        Line(key="audit_memory", what="the same: memory", unit="MB", limit=Limit(most=250)),
    ),
)


if __name__ == "__main__":
    print(json.dumps(make(Path(sys.argv[1]), int(sys.argv[2]))))
