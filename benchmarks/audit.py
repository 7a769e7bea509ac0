"""How long the audit of one week takes out of a large log, and how much memory it needs.

``python benchmarks/audit.py [RECORDS WEEKS]``: that many Records spread over so many weeks
(default: 1,000,000 over 10), then the last week's audit without any service. The limits are 20 s
and 250 MB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from utils.catalogue import Catalogue
from utils.core.chain import Head, link
from utils.core.model import Entry, canonical
from utils.engine import Engine
from utils.report.reports import Reports
from utils.report.weeks import Week
from utils.schedule import Report
from utils.settings import load

_START = datetime(2026, 1, 5, tzinfo=UTC)
_LIMIT_S, _LIMIT_MB = 20.0, 250.0
_BATCH = 5000


def main(records: int, weeks: int) -> int:
    """Fill a home, make the audit in a fresh process; return 1 where a limit is passed."""
    last = Week.of((_START + timedelta(weeks=weeks - 1)).date())
    with tempfile.TemporaryDirectory() as folder:
        engine = _engine(Path(folder), last)
        _fill(engine, records, timedelta(weeks=weeks) / records)
        engine.close()
        print(f"{records:,} Records in {weeks} weeks:", flush=True)
        command = [sys.executable, __file__, "measure", folder, str(last)]
        return subprocess.run(command, check=False).returncode


def measure(home: Path, week: Week) -> int:
    """Make the audit, print what it took; return 1 where a limit is passed."""
    engine = _engine(home, week)
    started = perf_counter()
    Reports(ground=engine.ground).make(Report.AUDIT, week)
    took_s, peak_mb = perf_counter() - started, _peak_mb()
    engine.journal.close()
    print(f"{took_s:.2f} s (limit {_LIMIT_S:.0f}), {peak_mb:.0f} MB (limit {_LIMIT_MB:.0f})")
    return int(took_s > _LIMIT_S or peak_mb > _LIMIT_MB)


def _engine(home: Path, week: Week) -> Engine:
    """Return the engine of a home on the morning after a week."""
    settings = load(home, environment={}, project_root=home)
    now = week.ends_at(settings.zone) + timedelta(hours=7)
    engine = Engine.of(settings, Catalogue(), clock=lambda: now)
    engine.start()
    return engine


def _fill(engine: Engine, count: int, step: timedelta) -> None:
    """Write Records as the journal does, many to a transaction."""
    head, at = Head(), _START
    kinds = [("odoo_create_invoice", "done"), ("item", "taken in"), ("gmail_search", "done")]
    for first in range(0, count, _BATCH):
        rows = []
        for n in range(first, min(first + _BATCH, count)):
            action, result = kinds[n % len(kinds)]
            entry = Entry(
                action=action,
                actor="executor",
                parameters={"fields": {"customer": f"c{n}", "lines": ["bread"] * 3}, "n": n},
                result=result,
                proposal_id=f"p-{n:010}",
            )
            record = link(entry, after=head, at=at)
            head, at = Head(n + 1, record.hash), at + step
            body = canonical(record.model_dump(mode="json"))
            rows.append((n + 1, record.timestamp[:10], body, entry.proposal_id, record.hash))
        with engine.journal.database.step() as db:
            db.executemany("INSERT INTO records VALUES (?,?,?,?,?)", rows)


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
        case [records, weeks]:
            sys.exit(main(int(records), int(weeks)))
        case _:
            sys.exit(main(1_000_000, 10))
