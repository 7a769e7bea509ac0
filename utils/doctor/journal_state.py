"""Checks of the journal and the log, and of the processes that work with them."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import psutil

from utils.audit_log import AuditLog
from utils.core.errors import JournalError, NewerJournalError
from utils.core.lifecycle import STOP_NOTE
from utils.core.processes import is_silent, machine_of
from utils.doctor.finding import Finding, aside, fine, look, wrong
from utils.journal import Journal
from utils.status.machines import machines_of
from utils.storage.bookmarks import Bookmarks
from utils.storage.place import is_shared, look_at_shared, this_machine
from utils.storage.schema import SCHEMA_VERSION
from utils.storage.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.doctor.scene import Scene

_NEW_HOME: Final = "There is no journal yet"
_NAMED: Final = 3
_UNREAD: Final = "Not looked at: the journal cannot be read"
_REACH: Final = "Start PostgreSQL, or correct EMPLOYEE_DATABASE_URL in .env"
_RESTORE: Final = "Stop the employee, and put back Vault/State from your backup"


@contextmanager
def looked_at(scene: Scene) -> Iterator[Journal | None]:
    """Open the journal for a ``with`` block without changing a byte; None where there is none.

    Raises:
        JournalError: It cannot be read.
    """
    path = scene.settings.journal_path
    with ExitStack() as stack:
        if scene.settings.database_url.get_secret_value():
            shared = look_at_shared(scene.settings)
            if shared:
                stack.enter_context(closing(shared))
            yield Journal(database=shared, clock=scene.clock) if shared else None
            return
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size and not is_running(scene):
            # Left by a crash: reading it in its place would begin to mend it.
            aside = Path(stack.enter_context(TemporaryDirectory(prefix="doctor-")))
            for each in (path, log):
                shutil.copyfile(each, aside / each.name)
            path = aside / path.name
        if not path.exists():
            yield None
            return
        stack.enter_context(closing(database := SqliteDatabase(path, look_only=True)))
        yield Journal(database=database, clock=scene.clock)


def is_running(scene: Scene) -> bool:
    """Return whether somebody performs for this home just now."""
    try:
        descriptor = os.open(scene.settings.executor_lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def check_journal(scene: Scene) -> Iterator[Finding]:
    """Whether the journal can be read, and is of this program's version."""
    try:
        with looked_at(scene) as journal:
            if journal is None:
                yield aside(_NEW_HOME)
                return
            version, damage = journal.database.version(), journal.database.damage()
    except NewerJournalError as error:
        what = f"The journal was written by a newer program ({error.detail})"
        yield wrong(what, "Install the newer program again; nothing was touched")
        return
    except (JournalError, OSError) as error:
        remedy = _REACH if is_shared(scene.settings) else _RESTORE
        yield wrong(f"The journal cannot be read: {_why(error)}", remedy)
        return
    if damage:
        yield wrong(f"The journal is damaged: {damage}", _RESTORE)
    elif version < SCHEMA_VERSION:
        what = f"The journal is of version {version}, this program writes {SCHEMA_VERSION}"
        yield look(what, "Start the employee once: it is renewed, with a copy of it beforehand")


def _why(error: Exception) -> str:
    return getattr(error, "detail", "") or str(error)


def check_log(scene: Scene) -> Iterator[Finding]:
    """Whether the log is whole: no Record changed, dropped or put in between."""
    try:
        with looked_at(scene) as journal:
            if journal is None:
                yield aside("Nothing was recorded yet")
                return
            faults, head = AuditLog(folder=scene.settings.logs_dir, journal=journal).verify()
    except (JournalError, OSError):
        yield aside(_UNREAD)
        return
    for fault in faults[:_NAMED]:
        what = f"The log was changed outside the program: {fault.where} {fault.what}"
        yield wrong(what, "Run `uv run orchestrator.py verify`, and compare with your backup")
    if not faults:
        yield fine(f"{head.seq} Records, none changed")


def check_switch(scene: Scene) -> Iterator[Finding]:
    """Whether everything is stopped."""
    note = scene.settings.vault_dir / STOP_NOTE
    try:
        with looked_at(scene) as journal:
            stopped = journal is not None and journal.stopped()
    except (JournalError, OSError):
        stopped = False
        if not note.exists():
            yield aside(_UNREAD)
    if stopped or note.exists():
        how = f" by the note {STOP_NOTE}" if note.exists() else ""
        what = f"Everything is stopped{how}: nothing goes out"
        yield look(what, "Run `uv run orchestrator.py resume` to go on")


def check_watchers(scene: Scene) -> Iterator[Finding]:
    """Whether the employee runs, and each of its watchers was heard of lately."""
    if not is_running(scene):
        yield look("The employee is not running", "Start it with `uv run orchestrator.py`")
        return
    try:
        with looked_at(scene) as journal:
            beats = Bookmarks(database=journal.database).beats() if journal else {}
    except (JournalError, OSError):
        yield aside(_UNREAD)
        return
    now, here = scene.clock(), {"", this_machine(scene.settings)}
    beats = {name: last for name, last in beats.items() if machine_of(name) in here}
    silent = {name: now - last for name, last in sorted(beats.items()) if is_silent(now - last)}
    for name, since in silent.items():
        minutes = round(since.total_seconds() / 60)
        what = f"The watcher {name} was not heard of for {minutes} minutes"
        yield wrong(what, "Look at what it wrote to the terminal, then start the employee again")
    if not silent:
        yield fine(f"At work: {', '.join(sorted(beats)) or 'the employee'}")


def check_machines(scene: Scene) -> Iterator[Finding]:
    """Where the journal is kept, and which machines of the business were heard of lately."""
    if not is_shared(scene.settings):
        yield fine("The journal is in its file; this is the only machine")
        return
    try:
        with looked_at(scene) as journal:
            bookmarks = Bookmarks(database=journal.database) if journal else None
            found = machines_of(bookmarks, scene.clock()) if bookmarks else []
    except (JournalError, OSError):
        yield aside(_UNREAD)
        return
    for each in found:
        if not each.is_alive(scene.clock()):
            since = f"since {each.last:%Y-%m-%d %H:%M} UTC" if each.last else "for long"
            what = f"The machine {each.name} was not heard of {since}"
            yield look(what, "Start it if it should be at work; what it had begun is looked into")
    alive = [each.name for each in found if each.is_alive(scene.clock())]
    yield fine(f"Heard of: {', '.join(alive) or 'none yet'}")


def check_only_one(scene: Scene) -> Iterator[Finding]:
    """Whether a second employee works in the same vault."""
    ours = scene.settings.executor_lock.resolve()
    for process in psutil.process_iter(["pid"]):
        for lock in _locks_of(process):
            home = lock.parents[2]
            if lock != ours and _same(home / scene.settings.vault_dir.name, scene):
                what = f"A second employee works in this vault (process {process.pid}, {home})"
                yield wrong(what, "Stop one of the two: both move your notes")


def _locks_of(process: psutil.Process) -> Iterator[Path]:
    """Yield the locks of homes that a process has open."""
    try:
        links = list(Path(f"/proc/{process.pid}/fd").iterdir())
    except OSError:
        return
    for each in links:
        try:
            target = each.readlink()
        except OSError:
            continue
        if target.name == "executor.lock" and len(target.parents) > 2:  # noqa: PLR2004 - State, Vault, home
            yield target


def _same(vault: Path, scene: Scene) -> bool:
    try:
        return vault.samefile(scene.settings.vault_dir)
    except OSError:
        return False
