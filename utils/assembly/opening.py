"""Opening the engine of a home: each part is handed what it needs and nothing else."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from utils.assembly import parts
from utils.assembly.engine import Engine
from utils.assembly.ground import Ground
from utils.audit_log import AuditLog
from utils.catalogue import Catalogue
from utils.credentials.watch import TokenWatch
from utils.execution.announcements import Announcements
from utils.owner_notes.dashboard import Dashboard
from utils.owner_notes.heartbeat import HeartbeatNote
from utils.phone.telling import Phone
from utils.redaction import Redactor
from utils.report.weekly_draft import WeeklyDraft
from utils.settings import load, secrets
from utils.setup_logger import setup_logger
from utils.status.standing import Standing
from utils.system.lanes import Lanes
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from utils.settings import Settings
    from utils.times.clock import Clock, Steady


def assembled(
    settings: Settings,
    catalogue: Catalogue,
    *,
    clock: Clock = utc_now,
    steady: Steady | None = None,
    redactor: Redactor | None = None,
    far: bool = False,
) -> Engine:
    """Put the engine of a home together, with its journal opened.

    Args:
        settings: The owner's settings.
        catalogue: What can be done.
        clock: The time.
        steady: Counts seconds; None takes what belongs to the clock.
        redactor: Takes secrets out of Records; a new one where there is none.
        far: Whether the vault lies on another machine.

    Raises:
        JournalError: The journal cannot be opened safely.
    """
    redactor = redactor or Redactor(secrets(settings))
    ground = Ground.of(settings, catalogue, redactor, clock=clock, steady=steady, far=far)
    gate = ground.gate()
    intake = parts.intake(ground, gate)
    lanes = Lanes()
    leaving = threading.Event()
    return Engine(
        ground=ground,
        gate=gate,
        intake=intake,
        inbox=parts.inbox(ground, intake),
        folders=parts.folders(ground, lanes),
        executor=None if ground.is_drafting else parts.executor(ground, lanes, leaving),
        announcements=Announcements(ground=ground, gate=gate, alerts=ground.alerts()),
        reconciler=parts.reconciler(ground, lanes),
        follow_up=parts.follow_up(ground),
        audit_log=AuditLog(folder=settings.logs_dir, journal=ground.journal),
        tokens=TokenWatch(ground=ground, alerts=ground.alerts()),
        draft=WeeklyDraft(ground=ground, gate=gate, alerts=ground.alerts()),
        dashboard=Dashboard(ground=ground),
        heartbeat=HeartbeatNote(ground=ground),
        standing=Standing(ground=ground),
        phone=Phone(ground=ground, alerts=ground.alerts()),
        lanes=lanes,
        leaving=leaving,
    )


@contextmanager
def open_engine(home: Path | None = None, *, far: bool = False) -> Iterator[Engine]:
    """Open the engine of a home for the length of a ``with`` block.

    Args:
        home: Where; None takes EMPLOYEE_HOME or the project's root.
        far: Whether its vault lies on another machine, as it does for workers.

    Raises:
        ConfigurationError: A setting is wrong.
        JournalError: The journal cannot be opened safely.
    """
    settings = load(home)
    redactor = Redactor(secrets(settings))
    setup_logger(settings.log_level, redactor)
    catalogue = Catalogue.load(settings.project_root)
    engine = assembled(settings, catalogue, redactor=redactor, far=far)
    try:
        yield engine
    finally:
        engine.close()
