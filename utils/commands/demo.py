"""`demo`: a morning in a small bakery, against pretend services; nothing leaves the machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from utils.assembly.opening import assembled
from utils.catalogue import Catalogue
from utils.commands.demo_monday import StoryClock, begin_on_sunday, monday_comes
from utils.commands.demo_morning import NOTES, morning
from utils.commands.demo_owner import decide_all, invite
from utils.commands.demo_stage import Stage
from utils.core.errors import ConfigurationError
from utils.core.lifecycle import OPEN_STATES, Folder, State
from utils.environment.env_file import write_variables
from utils.environment.surroundings import DEMO
from utils.sandbox.business import OWNER
from utils.sandbox.six_weeks import enter_six_weeks
from utils.sandbox.street import Street
from utils.settings import PROJECT_ROOT, load
from utils.sole_process import sole_executor
from utils.times.weeks import last_whole_week

if TYPE_CHECKING:
    import argparse
    import threading
    from collections.abc import Mapping

    from rich.console import Console

    from utils.storage.rows import Tracked


def main(asked: argparse.Namespace, console: Console, stopping: threading.Event) -> int:
    """Play the demo; return 1 where it did not come to its end.

    Raises:
        ConfigurationError: The folder belongs to a real business.
    """
    home = asked.dir or Path(tempfile.mkdtemp(prefix="employee-demo-"))
    home.mkdir(parents=True, exist_ok=True)
    with Street() as street:
        # Nothing of the owner's environment or .env is read: the demo must not reach his accounts.
        fast, clock = asked.fast or asked.monday, StoryClock()
        variables = _variables(street, fast=fast)
        _claim(home, variables)
        settings = load(home, environment=variables, project_root=home)
        engine = assembled(settings, Catalogue.load(PROJECT_ROOT), clock=clock)
        try:
            with sole_executor(settings):
                engine.start()
                stage = Stage(engine, street, console, stopping, fast=fast)
                return _play_monday(stage, clock) if asked.monday else _play(stage)
        finally:
            engine.close()


def _claim(home: Path, variables: Mapping[str, str]) -> None:
    """Make a home the demo's own: whatever is started in it reaches pretend services only.

    Raises:
        ConfigurationError: Something lies there already: a real business, or an earlier demo.
    """
    place = home / ".env"
    if place.exists():
        raise ConfigurationError(f"{home} is in use already; choose an empty folder for the demo")
    write_variables(place, {DEMO: "true", **variables})


def _variables(street: Street, *, fast: bool) -> dict[str, str]:
    return street.environment() | {
        "OWNER_NAME": OWNER,
        "OWNER_TIMEZONE": "America/New_York",
        "HOLD_SECONDS": "0" if fast else "10",
        "STAND_SECONDS": "0" if fast else "1",
        "LOG_LEVEL": "ERROR",
    }


def _play(stage: Stage) -> int:
    stage.say("[bold]The employee, on pretend services.[/] Nothing here can leave this machine.")
    now, zone = stage.engine.clock(), stage.engine.settings.zone
    past = enter_six_weeks(stage.street, last_whole_week(now, zone), now)
    stage.told(
        f"a bakery of six weeks: {past.invoices} invoices, {past.bills} bills, {past.mails} mails,"
        f" {past.posts} posts"
    )
    asked = morning(stage)
    for tracked in asked:
        stage.step("It asks", stage.place(Folder.PENDING, tracked.proposal.note))
        stage.told(tracked.proposal.headline, f"why: {tracked.proposal.reason}")
        stage.told(*(f"careful: {one}" for one in tracked.proposal.warnings))
    if len(asked) != NOTES:
        stage.told(f"{len(asked)} notes wait instead of {NOTES}: that should not happen.")
        return 1
    if stage.fast:
        went = decide_all(stage, asked)
        return _end(stage, asked) if went else 1
    if not invite(stage, asked):
        stage.say("Not everything was decided; the notes still wait.")
    return _end(stage, asked)


def _play_monday(stage: Stage, clock: StoryClock) -> int:
    """Jump to the audit and the briefing of the pretend business."""
    stage.say("[bold]A week of the pretend business.[/] Nothing here can leave this machine.")
    week = begin_on_sunday(stage, clock)
    morning(stage)
    return monday_comes(stage, clock, week)


def _end(stage: Stage, asked: list[Tracked]) -> int:
    """Show what came of it; return 1 where something failed."""
    ended = [stage.engine.journal.find(one.proposal.id) or one for one in asked]
    for service, kind in stage.street.ledger():
        stage.told(f"the pretend {service} took: {kind}")
    for tracked in ended:
        if tracked.state in OPEN_STATES:
            note = stage.place(Folder.PENDING, tracked.proposal.note)
            stage.step("It still waits for you", note)
    stage.engine.audit_log.render(whole=True)
    day = stage.engine.clock().date().isoformat()
    stage.step("Recorded", stage.engine.settings.logs_dir / f"{day}.json")
    faults, head = stage.engine.audit_log.verify()
    stage.told(f"the log is {'whole' if not faults else 'damaged'}: {head}")
    stage.say(f"Open [bold]{stage.engine.vault.root}[/] in Obsidian to look around.")
    failed = any(tracked.state is State.FAILED for tracked in ended)
    return 1 if failed or faults else 0
