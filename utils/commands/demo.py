"""`demo`: from a letter to an invoice, against pretend services; nothing leaves the machine."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.markup import escape

from utils.catalogue import Catalogue
from utils.clock import utc_now
from utils.core.errors import ConfigurationError
from utils.core.lifecycle import FINAL_STATES, OPEN_STATES, Folder, State
from utils.engine import Engine, sole_executor
from utils.sandbox.business import OWNER, invoice_request
from utils.sandbox.street import Street
from utils.settings import PROJECT_ROOT, load

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console

    from utils.journal_rows import Tracked

#: How often the demo looks whether the owner dragged something, in seconds.
_LOOK_EVERY_S: Final = 0.5
#: How long the demo waits for the owner altogether, in seconds.
_PATIENCE_S: Final = 3600
#: A file counts as written once it looked the same for a moment; this many looks are enough.
_LOOKS: Final = 40


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What the demo plays with."""

    engine: Engine
    street: Street
    console: Console
    fast: bool
    stopping: threading.Event


def main(asked: argparse.Namespace, console: Console, stopping: threading.Event) -> int:
    """Play the demo; return 1 where it did not come to its end.

    Raises:
        ConfigurationError: The folder belongs to a real business.
    """
    home = asked.dir or Path(tempfile.mkdtemp(prefix="employee-demo-"))
    home.mkdir(parents=True, exist_ok=True)
    if (home / ".env").exists():
        raise ConfigurationError(f"{home} holds a real .env; choose an empty folder for the demo")
    with Street() as street:
        variables = street.environment() | {
            "OWNER_NAME": OWNER,
            "OWNER_TIMEZONE": "America/New_York",
            "HOLD_SECONDS": "0" if asked.fast else "3",
            "STAND_SECONDS": "0" if asked.fast else "1",
            "RECONCILE_AFTER_SECONDS_ODOO": "2",
        }
        # Nothing of the owner's environment or .env is read: the demo must not reach his accounts.
        settings = load(home, environment=variables, project_root=home)
        engine = Engine.of(settings, Catalogue.load(PROJECT_ROOT))
        try:
            with sole_executor(settings):
                engine.start()
                stage = Stage(
                    engine=engine,
                    street=street,
                    console=console,
                    fast=asked.fast,
                    stopping=stopping,
                )
                return _play(stage)
        finally:
            engine.close()


def _play(stage: Stage) -> int:
    say = stage.console.print
    say("[bold]The employee, on pretend services.[/] Nothing here can leave this machine.")
    _arrive(stage)
    asked = _noticed(stage)
    if asked is None:
        say("The letter led to no question; that should not happen.")
        return 1
    _show_question(stage, asked)
    ended = _decided(stage, asked)
    if ended is None:
        say("Nothing was decided; the note still waits.")
        return 0
    _show_end(stage, ended)
    return 0 if ended.state in {State.DONE, State.REFUSED} else 1


def _arrive(stage: Stage) -> None:
    """A letter falls into the drop folder."""
    letter = invoice_request(sent_at=stage.engine.clock())
    path = stage.engine.vault.path(Folder.INBOX) / "summer-party.eml"
    path.write_bytes(letter)
    _step(stage, "1", "A letter arrives", path)


def _noticed(stage: Stage) -> Tracked | None:
    """The employee takes it in and asks."""
    for _ in range(_LOOKS):
        stage.engine.pass_once()
        if asked := stage.engine.journal.in_states(OPEN_STATES):
            for folder in (Folder.NEEDS_ACTION, Folder.PLANS):
                for file in stage.engine.vault.list(folder):
                    _step(
                        stage,
                        "2",
                        f"Noticed and planned ({folder})",
                        _place(stage, folder, file.name),
                    )
            return asked[0]
        stage.stopping.wait(0.1)
    return None


def _show_question(stage: Stage, asked: Tracked) -> None:
    proposal = asked.proposal
    _step(stage, "3", "It asks", _place(stage, Folder.PENDING, proposal.note))
    stage.console.print(f"     {escape(proposal.headline)}")
    stage.console.print(f"     why: {escape(proposal.reason)}")


def _decided(stage: Stage, asked: Tracked) -> Tracked | None:
    """Wait for the owner's drag, or drag the note oneself where nobody is to wait."""
    note = asked.proposal.note
    if stage.fast:
        pending, approved = (stage.engine.vault.path(f) for f in (Folder.PENDING, Folder.APPROVED))
        os.rename(pending / note, approved / note)  # noqa: PTH104 - just what a drag does
        _step(stage, "4", "You drag it", approved / note)
    else:
        stage.console.print(
            f"[bold]Now you:[/] open {escape(str(stage.engine.vault.root))}\n"
            "     in Obsidian or any file manager, and drag the note\n"
            f"     from {Folder.PENDING} to {Folder.APPROVED}, or to {Folder.REJECTED}."
        )
    for _ in range(round(_PATIENCE_S / _LOOK_EVERY_S)):
        stage.engine.pass_once()
        tracked = stage.engine.journal.find(asked.proposal.id)
        if tracked and tracked.state in FINAL_STATES:
            return tracked
        if stage.stopping.wait(0.05 if stage.fast else _LOOK_EVERY_S):
            return None
    return None


def _show_end(stage: Stage, ended: Tracked) -> None:
    proposal, outcome = ended.proposal, ended.outcome
    folder = Folder.COMPLETED
    _step(stage, "5", f"It is {ended.state}", _place(stage, folder, proposal.note))
    if outcome:
        stage.console.print(f"     {escape(outcome.detail)}")
    for effect in stage.street.odoo.ledger():
        stage.console.print(
            f"     the pretend Odoo took: {effect['kind']} {effect['reference']}", markup=False
        )
    day = utc_now().date().isoformat()
    _step(stage, "6", "Recorded", stage.engine.settings.logs_dir / f"{day}.json")
    faults, head = stage.engine.audit_log.verify()
    stage.console.print(f"     the log is {'whole' if not faults else 'damaged'}: {head}")
    stage.console.print(
        f"Open [bold]{escape(str(stage.engine.vault.root))}[/] in Obsidian to look around."
    )


def _place(stage: Stage, folder: Folder, name: str) -> Path:
    return stage.engine.vault.path(folder) / name


def _step(stage: Stage, number: str, what: str, path: Path) -> None:
    home = stage.engine.settings.home
    shown = path.relative_to(home) if path.is_relative_to(home) else path
    stage.console.print(f"[bold cyan]{number}.[/] [bold]{escape(what)}[/]")
    stage.console.print(f"     {escape(str(shown))}", soft_wrap=True, highlight=False)
