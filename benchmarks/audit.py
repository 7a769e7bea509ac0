"""How long the audit of one week takes out of a large log and large books, and how much memory.

``python -m benchmarks.audit [RECORDS WEEKS INVOICES]``: that many Records spread over so many
weeks (default: 1,000,000 in one week) and so many invoices (default: 20,000) in a pretend Odoo,
which is no database and slow; then the last week's audit in a fresh process. The limits are 20 s
and 250 MB.

The floor beside the figure is the time of merely reading the same Records from SQLite.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from benchmarks.report import table
from utils.catalogue import Catalogue
from utils.core.canonical import canonical
from utils.core.chain import Head, link
from utils.core.model import Entry
from utils.engine import Engine
from utils.report.audit_facts import FactGatherer
from utils.report.weekly import Reports
from utils.report.weeks import Week
from utils.sandbox.odoo import PretendOdoo
from utils.schedule import Report
from utils.settings import PROJECT_ROOT, load

if TYPE_CHECKING:
    from collections.abc import Callable

_START = datetime(2026, 1, 5, tzinfo=UTC)
_LIMIT_S, _LIMIT_MB = 20.0, 250.0
#: How many times the floor's processor time the log's part may take.
_TIMES = 3.0
_BATCH = 5000
#: Of ten Records, what each of them tells: reads, Items, and a Proposal from asking to its end.
_KINDS = (
    ("gmail_search", "executor", "not_needed", "done"),
    ("item", "watcher:gmail", "not_needed", "taken in"),
    ("gmail_read_message", "executor", "not_needed", "done"),
    ("odoo_list_overdue", "executor", "not_needed", "done"),
    ("item", "watcher:gmail", "not_needed", "taken in"),
    ("odoo_create_invoice", "gate", "asked", "pending"),
    ("gmail_search", "executor", "not_needed", "failed"),
    ("odoo_create_invoice", "owner", "granted_by_owner", "granted"),
    ("odoo_create_invoice", "executor", "granted_by_owner", "armed"),
    ("odoo_create_invoice", "executor", "granted_by_owner", "done"),
)


def main(records: int, weeks: int, invoices: int) -> int:
    """Fill a home, make the audit in a fresh process; return 1 where a limit is passed."""
    last = Week.of((_START + timedelta(weeks=weeks - 1)).date())
    with tempfile.TemporaryDirectory() as folder, PretendOdoo(history=False) as odoo:
        engine = _engine(Path(folder), last, {})
        _fill(engine, records, timedelta(weeks=weeks) / records)
        engine.close()
        _book(odoo, invoices, last)
        print(f"{records:,} Records in {weeks} weeks, {invoices:,} invoices:", flush=True)
        command = [sys.executable, "-m", "benchmarks.audit", "measure", folder, str(last)]
        environment = os.environ | odoo.environment() | {"HTTP_TIMEOUT_SECONDS": "120"}
        return subprocess.run(command, check=False, env=environment).returncode


def measure(home: Path, week: Week) -> int:
    """Make the audit, print what it took; return 1 where a limit is passed."""
    engine = _engine(home, week, dict(os.environ))
    settings = engine.settings
    span = week.starts_at(settings.zone), week.ends_at(settings.zone)
    # Whatever is read for the first time is read from the disk; both are measured after that.
    _floor(home, span)
    floor = _timed(lambda: _floor(home, span))
    gatherer = FactGatherer(ground=engine.ground)
    log = _timed(lambda: gatherer.activity(*span))
    whole = _timed(lambda: Reports(ground=engine.ground).make(Report.AUDIT, week))
    peak_mb = _peak_mb()
    engine.journal.close()
    rows = [
        [name, f"{took:.2f} s", f"{used:.2f} s"]
        for name, (took, used) in (
            ("floor: the Records merely read", floor),
            ("the log read, checked, counted", log),
            ("the whole audit", whole),
        )
    ]
    print(table(["what", "clock", "processor"], rows))
    times = log[1] / floor[1]
    print(f"{times:.1f} times the floor (aim {_TIMES:.0f}), {peak_mb:.0f} MB", end=" ")
    print(f"(limit {_LIMIT_MB:.0f} MB, {_LIMIT_S:.0f} s)")
    return int(whole[1] > _LIMIT_S or peak_mb > _LIMIT_MB)


def _timed(step: Callable[[], object]) -> tuple[float, float]:
    """Return how long a step took by the clock and by the processor, in seconds."""
    began, used = perf_counter(), process_time()
    step()
    return perf_counter() - began, process_time() - used


def _floor(home: Path, span: tuple[datetime, datetime]) -> int:
    """Read a week's Records from SQLite and do nothing with them; return how many there are."""
    days = [moment.date().isoformat() for moment in span]
    count, seq = 0, 0
    with closing(sqlite3.connect(home / "Vault/State/journal.sqlite3")) as db:
        sql = "SELECT seq, day, body FROM records WHERE seq>? AND day BETWEEN ? AND ? ORDER BY seq"
        sql = f"{sql} LIMIT 2000"
        while page := db.execute(sql, (seq, *days)).fetchall():
            count, seq = count + len(page), page[-1][0]
    return count


def _engine(home: Path, week: Week, environment: dict[str, str]) -> Engine:
    """Return the engine of a home on the morning after a week."""
    settings = load(home, environment=environment, project_root=home)
    now = week.ends_at(settings.zone) + timedelta(hours=7)
    catalogue = Catalogue.load(PROJECT_ROOT) if environment else Catalogue()
    engine = Engine.of(settings, catalogue, clock=lambda: now)
    engine.start()
    return engine


def _fill(engine: Engine, count: int, step: timedelta) -> None:
    """Write Records as the journal does, many to a transaction."""
    head, at = Head(), _START
    for first in range(0, count, _BATCH):
        rows = []
        for n in range(first, min(first + _BATCH, count)):
            entry = _entry(n)
            record = link(entry, after=head, at=at)
            head, at = Head(n + 1, record.hash), at + step
            body = canonical(record.model_dump(mode="json"))
            rows.append((n + 1, record.timestamp[:10], body, entry.proposal_id, record.hash))
        with engine.journal.database.step() as db:
            db.executemany("INSERT INTO records VALUES (?,?,?,?,?)", rows)


def _entry(n: int) -> Entry:
    action, actor, approval, result = _KINDS[n % len(_KINDS)]
    given: dict[str, object] = {"fields": {"customer": f"c{n}", "lines": ["bread"] * 3}, "n": n}
    if action == "item":
        given = {"id": f"i-{n}", "type": "email", "from": f"customer {n} <c{n}@shop.example>"}
    return Entry(
        action=action,
        actor=actor,
        parameters=given,
        result=result,
        approval_status=approval,
        proposal_id="" if action == "item" else f"p-{n // len(_KINDS):010}",
        duration_ms=n % 997,
        error="It did not answer." if result == "failed" else "",
    )


def _book(odoo: PretendOdoo, count: int, week: Week) -> None:
    """Enter and post customers' invoices and vendors' bills over the year before a week."""
    for first in range(0, count, _BATCH):
        values = [
            {
                "move_type": "in_invoice" if n % 5 == 0 else "out_invoice",
                "partner_id": 9 + n % 3,
                "invoice_date": str(week.sunday - timedelta(days=n % 365)),
                "date": str(week.sunday - timedelta(days=n % 365)),
                "invoice_date_due": str(week.sunday - timedelta(days=n % 365 - 30)),
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


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["measure", home, week]:
            sys.exit(measure(Path(home), Week.parse(week)))
        case [records, weeks, invoices]:
            sys.exit(main(int(records), int(weeks), int(invoices)))
        case _:
            sys.exit(main(1_000_000, 1, 20_000))
