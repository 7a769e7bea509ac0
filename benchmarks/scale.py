"""More machines: how work grows with them, what a claim costs, what the default pays for it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg

from benchmarks.farm import COMMITS, TOOLS, Farm, until
from benchmarks.postgres_server import Server, running
from benchmarks.report import keep, machine, quantile, table
from utils.core.lifecycle import State
from utils.core.model import Entry, Proposal
from utils.journal import Journal
from utils.sandbox.street import Street
from utils.settings import PROJECT_ROOT
from utils.storage.place import open_database
from utils.times.clock import utc_now

if TYPE_CHECKING:
    import argparse

#: How long each service takes for a call, in milliseconds, where nothing else is asked for.
LATENCY_MS: Final = 100
#: How long a busy worker's rival waits between two claims, in seconds.
_PACE_S: Final = 0.1
#: By how much 2 and 4 workers have to do more than 1, and a claim may take longer than an UPDATE.
GROWTH: Final = {2: 1.8, 4: 3.0}
CLAIM: Final = 3.0
_ENTRY: Final = Entry(action="claim", actor="executor", result="armed")
_RIVALS: Final = 3
_PATIENCE_S: Final = 600.0
_IMPORT: Final = (
    "import time; t = time.perf_counter(); import orchestrator, watchers.filesystem_watcher;"
    "import utils.assembly.engine; print(time.perf_counter() - t)"
)


def add_to(names: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this benchmark to the command line."""
    parser = names.add_parser("scale", help="how work grows with workers; what a claim costs")
    parser.add_argument("--jobs", type=int, default=320, help="approvals for each row (320)")
    told = f"how long each call takes in the service, in milliseconds ({LATENCY_MS})"
    parser.add_argument("--latency", type=int, default=LATENCY_MS, help=told)
    parser.add_argument("--claims", type=int, default=400, help="claims for each row (400)")
    parser.set_defaults(measure=measure)


def measure(asked: argparse.Namespace) -> int:
    """Measure all three; print the tables; return 1 where a budget is missed."""
    print(f"More machines. {machine()}\n")
    with running() as server:
        rates = {count: _rate(server, count, asked) for count in (1, 2, 4)}
        alone, beside = _claims(server, asked.claims, 0), _claims(server, asked.claims, _RIVALS)
    starts = [_import_s() for _ in range(5)]
    grown = {count: rates[count] / rates[1] for count in GROWTH}
    rows = [(str(count), f"{rate:.1f}", f"{rate / rates[1]:.2f}") for count, rate in rates.items()]
    print(table(("workers", "approvals/s", "× one"), rows))
    ratio = quantile(beside["claim"], 0.99) / quantile(beside["update"], 0.99)
    times: list[tuple[str, ...]] = [
        (f"{name}, {where}", *(f"{1000 * quantile(took, share):.2f}" for share in (0.5, 0.99)))
        for where, found in (("alone", alone), (f"beside {_RIVALS} others", beside))
        for name, took in found.items()
    ]
    print(f"\n{table(('what', 'median ms', 'p99 ms'), times)}")
    print(
        f"\nThe default's imports: {1000 * min(starts):.0f} ms, nothing of PostgreSQL among them"
    )
    kept = all(grown[count] >= least for count, least in GROWTH.items()) and ratio <= CLAIM
    told = ", ".join(f"{count} workers × {by:.2f}" for count, by in grown.items())
    print(f"Budget: {told}; claim p99 × {ratio:.2f}: {'kept' if kept else 'missed'}")
    figures = {"rates": rates, "alone": alone, "beside": beside, "imports_s": starts}
    keep("scale", figures | {"kept": kept})
    return 0 if kept else 1


def _rate(server: Server, workers: int, asked: argparse.Namespace) -> float:
    """Return how many approvals a second so many workers carry out.

    Raises:
        TimeoutError: They did not carry out all of them.
    """
    jobs: int = asked.jobs
    with ExitStack() as stack:
        street = stack.enter_context(Street())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        farm = Farm(folder, server, street, f"rate{workers}_{int(time.time())}")
        stack.callback(farm.stop)
        farm.more = {"HTTP_TIMEOUT_SECONDS": "20"}
        for service, path in COMMITS.items():
            slow = street.services[service]
            slow.fault(
                "slow", path=path, method="POST", seconds=asked.latency / 1000, times=jobs * 2
            )
        farm.approve(jobs, TOOLS)
        farm.home.switch.stop(how="benchmark")
        for number in range(workers):
            farm.start(f"machine{number}")
        _await_workers(server, farm, workers)
        began = time.monotonic()
        farm.home.switch.resume()
        if not until(lambda: farm.states()[State.DONE] == jobs, seconds=_PATIENCE_S):
            raise TimeoutError(str(farm.states()))
        return jobs / (time.monotonic() - began)


def _await_workers(server: Server, farm: Farm, workers: int) -> None:
    sql = f"SELECT count(*) FROM employee_{farm.name}.procrastinate_workers"  # noqa: S608 - ours

    def are_there() -> bool:
        with server.connect() as db:
            try:
                row = db.execute(sql.encode()).fetchone()
            except psycopg.errors.UndefinedTable:
                return False
        return row is not None and row[0] == workers

    if not until(are_there, seconds=_PATIENCE_S):
        raise TimeoutError("the workers did not come up")


def _claims(server: Server, count: int, rivals: int) -> dict[str, list[float]]:
    """Return what a bare UPDATE and a claim took, in seconds, beside others at their pace."""
    with ExitStack() as stack:
        street = stack.enter_context(Street())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        farm = Farm(folder, server, street, f"claims{rivals}_{int(time.time())}")
        stack.callback(farm.stop)
        proposals = _granted(farm, count * (rivals + 1))
        shares = [proposals[place :: rivals + 1] for place in range(rivals + 1)]
        journals = [
            stack.enter_context(closing(Journal(database=open_database(farm.home.settings))))
            for _ in shares
        ]
        bares = [stack.enter_context(server.connect()) for _ in shares]
        with server.connect() as db:
            db.execute("CREATE TABLE IF NOT EXISTS bare (id text PRIMARY KEY, state text)")
            db.execute("TRUNCATE bare")
            for each in proposals:
                db.execute("INSERT INTO bare VALUES (%s, 'granted')", (each.id,))
        took: dict[str, list[float]] = {"update": [], "claim": []}
        ending = threading.Event()
        others = [
            threading.Thread(
                target=_pace, args=(journals[place], bares[place], shares[place], ending)
            )
            for place in range(1, rivals + 1)
        ]
        for other in others:
            other.start()
        for each in shares[0]:
            took["update"].append(_update(bares[0], each))
            took["claim"].append(_claim(journals[0], each))
        ending.set()
        for other in others:
            other.join()
        return took


def _granted(farm: Farm, count: int) -> list[Proposal]:
    """Return so many granted Proposals that only the journal knows."""
    farm.approve(1, ("odoo_create_invoice",))
    model = farm.home.journal.find(farm.asked[0].id)
    assert model is not None  # noqa: S101 - it was just approved
    assert model.grant is not None  # noqa: S101
    found = []
    with farm.home.journal.database.step() as db:
        sql = (
            "INSERT INTO proposals SELECT ?1, version, service, operation, state, digest,"
            " payee_id, created_at, expires_at, runs_at, payload, ?1, grp, item_id, granted_by,"
            " granted_how, granted_at, hold_until, armed_at, attempts, not_before, staged,"
            " outcome, shown, filed"
            " FROM proposals WHERE id=?2"
        )
        for number in range(count):
            name = f"p-{number:010}"
            db.execute(sql, (name, model.proposal.id))
            found.append(model.proposal.model_copy(update={"id": name}))
    return found


def _pace(
    journal: Journal,
    bare: psycopg.Connection[tuple[object, ...]],
    proposals: list[Proposal],
    ending: threading.Event,
) -> None:
    """Claim as a busy worker does: one for each call that it makes."""
    for each in proposals:
        _update(bare, each)
        _claim(journal, each)
        if ending.wait(_PACE_S):
            break


def _update(bare: psycopg.Connection[tuple[object, ...]], each: Proposal) -> float:
    began = time.perf_counter()
    sql = "UPDATE bare SET state='armed' WHERE id=%s AND state='granted' RETURNING id"
    bare.execute(sql, (each.id,)).fetchone()
    return time.perf_counter() - began


def _claim(journal: Journal, each: Proposal) -> float:
    began = time.perf_counter()
    won = journal.arm(each, _ENTRY, now=utc_now()).won
    took = time.perf_counter() - began
    if not won:
        raise RuntimeError(each.id)
    return took


def _import_s() -> float:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT], cwd=PROJECT_ROOT, capture_output=True, check=True
    )
    return float(done.stdout)
