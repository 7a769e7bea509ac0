"""What is killed: one pass of the employee, and two executors as one would write them quickly."""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

# The library and its users are loaded before the fork, not in each process that dies.
import httpx2

import utils.mail.reading  # noqa: F401
from utils.assembly.engine import Engine
from utils.assembly.opening import assembled
from utils.catalogue import Catalogue
from utils.core.errors import EmployeeError
from utils.core.model import Origin, Source
from utils.settings import PROJECT_ROOT, load
from utils.storage.sqlite import SqliteDatabase
from utils.times.clock import utc_now
from watchers.filesystem_watcher import FilesystemWatcher

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterator, Mapping
    from datetime import datetime

    from crash.victim import Act

CATALOGUE: Final = Catalogue.load(PROJECT_ROOT)
#: How long "not there" does not count after an attempt, in seconds.
QUIET_S: Final = 0.3
VARIABLES: Final[dict[str, str]] = {
    "HOLD_SECONDS": "0",
    "STAND_SECONDS": "0",
    **{
        f"RECONCILE_AFTER_SECONDS_{service.name.upper()}": str(QUIET_S)
        for service in CATALOGUE.services
    },
    "HTTP_TIMEOUT_SECONDS": "5",
    # The disk whose power goes is a small one.
    "MIN_FREE_DISK_MB": "1",
    "OWNER_TIMEZONE": "Europe/Berlin",
}
#: The naive executors' folders and log, below their home.
ORDER: Final = "order.json"
LOG: Final = "log.json"
#: What was acknowledged: the hashes of Records, outside of the disk whose power goes.
TOLD: Final = "told.txt"
#: What the watcher said when it stopped by itself, below the home.
SAID: Final = "said.txt"


#: What is asked for, below the home.
WISH: Final = "wish.json"
#: How far ahead something is planned.
PLANNED_AHEAD: Final = timedelta(hours=2)


class LateClock:
    """The real clock, ahead by as much as it was told to."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def engine_of(home: Path, environment: Mapping[str, str], clock: LateClock) -> Engine:
    """Start the employee of a home; nothing of this machine's own environment is read."""
    settings = load(home, environment=VARIABLES | dict(environment), project_root=home)
    engine = assembled(settings, CATALOGUE, clock=clock)
    engine.start()
    return engine


def one_pass(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Make one pass and stop cleanly."""
    yield from _pass_after(home, environment, timedelta())


def pass_after_wait(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Make one pass when what never left is tried once more, and its service's breaker closes."""
    yield from _pass_after(home, environment, timedelta(seconds=60))


def pass_after_lost_trial(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Make one pass when a trial of the service that died with its process holds up nobody."""
    yield from _pass_after(home, environment, timedelta(seconds=75))


def pass_when_planned(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Make one pass when what was planned is due."""
    yield from _pass_after(home, environment, PLANNED_AHEAD)


def pass_too_late(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Make one pass when nobody has answered for too long."""
    yield from _pass_after(home, environment, timedelta(hours=49))


def _pass_after(home: Path, environment: Mapping[str, str], ahead: timedelta) -> Generator[None]:
    clock = LateClock()
    clock.ahead = ahead
    with closing(engine_of(home, environment, clock)) as engine:
        yield
        engine.pass_once()


def miss(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Make two passes: a note that is nowhere only counts as deleted after a moment."""
    clock = LateClock()
    with closing(engine_of(home, environment, clock)) as engine:
        engine.pass_once()
        clock.ahead = timedelta(seconds=11)
        yield
        engine.pass_once()


def ask(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Ask for what lies in a file of the home, as a tool does."""
    wish = json.loads((home / WISH).read_text())
    kind = CATALOGUE.operation(wish["tool"])
    operation = kind.model_validate(wish["values"], strict=False)
    with closing(engine_of(home, environment, LateClock())) as engine:
        yield
        engine.gate.submit(operation, origin=Origin(source=Source.MCP))


def start_and_pass(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Do the same, with what a start has to settle."""
    yield
    with closing(engine_of(home, environment, LateClock())) as engine:
        engine.pass_once()


def watch(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Make one round as the file watcher's process does, and end as it ends.

    A round that went wrong is told and the watcher goes on, unless the disk itself failed.
    """
    engine = engine_of(home, environment, LateClock())
    watcher = FilesystemWatcher(engine)
    yield
    try:
        watcher.once()
    except EmployeeError as error:
        (home / SAID).write_text(f"{error} {error.hint}")
        sys.exit(1)
    engine.close()


def carry_out(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Perform what is granted as an executor that does not know that it is not the only one."""
    settings = load(home, environment=VARIABLES | dict(environment), project_root=home)
    with closing(assembled(settings, CATALOGUE)) as engine:
        yield
        engine.carry_out()


def telling(act: Act, home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Do what an act does, and acknowledge outside of its disk what the journal has kept.

    A step of the journal has ended by then, so a Record that is told of must survive anything.
    """
    told = os.open(home.parent.parent / TOLD, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    step = SqliteDatabase.step
    within = threading.local()

    @contextmanager
    def told_step(self: SqliteDatabase) -> Iterator[sqlite3.Connection]:
        within.depth = getattr(within, "depth", 0) + 1
        try:
            with step(self) as db:
                yield db
        finally:
            within.depth -= 1
        if not within.depth:
            rows = self.rows("SELECT hash FROM records ORDER BY seq DESC LIMIT 1")
            os.write(told, "".join(f"{row['hash']}\n" for row in rows).encode())

    # Of this process alone, which is about to die.
    SqliteDatabase.step = told_step  # type: ignore[method-assign]
    yield from act(home, environment)


def take_in(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Make two passes: a dropped file is only read once it has kept still for a moment."""
    clock = LateClock()
    with closing(engine_of(home, environment, clock)) as engine:
        engine.pass_once()
        clock.ahead = timedelta(seconds=1)
        yield
        engine.pass_once()


def call_log_move(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Execute what was approved in the order that comes to mind first."""
    yield
    if (order := home / "Approved" / ORDER).exists():
        _book(environment, order)
        _log(home)
        order.rename(home / "Completed" / ORDER)


def move_call_log(home: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Execute what was approved, moved away first so that it cannot be taken twice."""
    yield
    if (order := home / "Approved" / ORDER).exists():
        moved = order.rename(home / "Completed" / ORDER)
        _book(environment, moved)
        _log(home)


def _book(environment: Mapping[str, str], order: Path) -> None:
    values: dict[str, Any] = json.loads(order.read_text())
    answer = httpx2.post(
        f"{environment['ODOO_URL']}/json/2/account.move/create",
        json={"vals_list": [values]},
        headers={
            "Authorization": f"bearer {environment['ODOO_API_KEY']}",
            "X-Odoo-Database": environment["ODOO_DB"],
        },
        trust_env=False,
    )
    answer.raise_for_status()


def _log(home: Path) -> None:
    log = home / LOG
    try:
        lines = json.loads(log.read_text()) if log.exists() else []
    except ValueError:
        sys.exit(1)
    with log.open("w") as file:
        # Written piece by piece, as a log of a day's size is.
        file.writelines(json.JSONEncoder(indent=1).iterencode([*lines, {"result": "done"}]))
        file.flush()
        os.fsync(file.fileno())
