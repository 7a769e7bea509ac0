"""`demo`: a morning in a small bakery, against pretend services; nothing leaves the machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from utils.catalogue import Catalogue
from utils.commands.demo_monday import StoryClock, begin_on_sunday, monday_comes
from utils.commands.demo_stage import Stage
from utils.core.errors import ConfigurationError
from utils.core.lifecycle import FINAL_STATES, OPEN_STATES, Folder, State
from utils.core.model import Origin, Source
from utils.engine import Engine
from utils.sandbox.business import NEWS, OWNER, chat_export, invoice_request
from utils.sandbox.street import Street
from utils.settings import PROJECT_ROOT, load
from utils.sole_process import sole_executor
from watchers.gmail_watcher import GmailWatcher

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console

    from utils.journal_rows import Tracked

#: How many notes wait after the demo's morning: two invoices and an announcement.
_NOTES: Final = 3
#: How often it is looked whether the owner decided, and how long altogether, in seconds.
_LOOK_S: Final = 0.5
_PATIENCE_S: Final = 3600.0
_FAST_LOOK_S: Final = 0.05


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
        # Nothing of the owner's environment or .env is read: the demo must not reach his accounts.
        fast, clock = asked.fast or asked.monday, StoryClock()
        settings = load(home, environment=_variables(street, fast=fast), project_root=home)
        engine = Engine.of(settings, Catalogue.load(PROJECT_ROOT), clock=clock)
        try:
            with sole_executor(settings):
                engine.start()
                stage = Stage(engine, street, console, stopping, fast=fast)
                return _play_monday(stage, clock) if asked.monday else _play(stage)
        finally:
            engine.close()


def _variables(street: Street, *, fast: bool) -> dict[str, str]:
    return street.environment() | {
        "OWNER_NAME": OWNER,
        "OWNER_TIMEZONE": "America/New_York",
        "HOLD_SECONDS": "0" if fast else "3",
        "STAND_SECONDS": "0" if fast else "1",
        "LOG_LEVEL": "ERROR",
    }


def _play(stage: Stage) -> int:
    stage.say("[bold]The employee, on pretend services.[/] Nothing here can leave this machine.")
    _letters_arrive(stage)
    _news_is_proposed(stage)
    asked = stage.engine.journal.in_states(OPEN_STATES)
    for tracked in asked:
        stage.step("It asks", stage.place(Folder.PENDING, tracked.proposal.note))
        stage.told(tracked.proposal.headline, f"why: {tracked.proposal.reason}")
    if len(asked) != _NOTES:
        stage.told(f"{len(asked)} notes wait instead of {_NOTES}: that should not happen.")
        return 1
    if not _decided(stage, asked):
        stage.told("Not everything was decided; the notes still wait.")
        return 0
    return _end(stage, asked)


def _play_monday(stage: Stage, clock: StoryClock) -> int:
    """Jump to the audit and the briefing of the pretend business."""
    stage.say("[bold]A week of the pretend business.[/] Nothing here can leave this machine.")
    week = begin_on_sunday(stage, clock)
    _letters_arrive(stage)
    _news_is_proposed(stage)
    return monday_comes(stage, clock, week)


def _letters_arrive(stage: Stage) -> None:
    """A mail comes in, and the owner drops an exported chat; both are noticed and planned."""
    now = stage.engine.clock()
    mail = stage.street.gmail.deliver(invoice_request(sent_at=now))
    stage.step("A mail arrives", Path(f"gmail:{mail}"))
    chat = stage.place(Folder.INBOX, "WhatsApp Chat with Blue Heron Bakery.txt")
    chat.write_text(chat_export(sent_at=now))
    stage.step("You drop an exported chat", chat)
    GmailWatcher(stage.engine).once()
    stage.until(lambda: len(stage.engine.journal.in_states(OPEN_STATES)) == _NOTES - 1)
    for folder in (Folder.NEEDS_ACTION, Folder.PLANS):
        for file in stage.engine.vault.list(folder):
            if file.name.endswith(".md"):
                stage.step(f"It notices and plans ({folder})", stage.place(folder, file.name))


def _news_is_proposed(stage: Stage) -> None:
    """An agent proposes the same news for four networks; one of them cannot take it."""
    kind = stage.engine.catalogue.operation("social_create_announcement")
    networks = ["facebook", "instagram", "twitter", "linkedin"]
    operation = kind.model_validate({"networks": networks, "text": NEWS}, strict=False)
    stage.engine.gate.submit(operation, origin=Origin(source=Source.MCP), why="It is Thursday.")


def _decided(stage: Stage, asked: list[Tracked]) -> bool:
    """Wait until the owner decided everything, or drag the notes where nobody is to wait."""
    if stage.fast:
        for tracked in asked:
            note = tracked.proposal.note
            stage.place(Folder.PENDING, note).rename(stage.place(Folder.APPROVED, note))
            stage.step("You drag it", stage.place(Folder.APPROVED, note))
    else:
        stage.say(
            f"[bold]Now you:[/] open {stage.engine.vault.root}\n"
            "     in Obsidian or any file manager, and drag the notes\n"
            f"     from {Folder.PENDING} to {Folder.APPROVED}, or to {Folder.REJECTED}."
        )
    ids = [tracked.proposal.id for tracked in asked]

    def all_ended() -> bool:
        found = [stage.engine.journal.find(proposal_id) for proposal_id in ids]
        return all(tracked and tracked.state in FINAL_STATES for tracked in found)

    if stage.fast:
        return stage.until(all_ended, every_s=_FAST_LOOK_S)
    return stage.until(all_ended, every_s=_LOOK_S, for_s=_PATIENCE_S)


def _end(stage: Stage, asked: list[Tracked]) -> int:
    """Show what came of it; return 1 where something failed."""
    failed = 0
    for tracked in asked:
        ended = stage.engine.journal.find(tracked.proposal.id) or tracked
        failed += ended.state not in {State.DONE, State.REFUSED}
        stage.step(f"It is {ended.state}", stage.place(Folder.COMPLETED, ended.proposal.note))
        if ended.outcome:
            stage.told(ended.outcome.detail)
    for service, kind in stage.street.ledger():
        stage.told(f"the pretend {service} took: {kind}")
    day = stage.engine.clock().date().isoformat()
    stage.step("Recorded", stage.engine.settings.logs_dir / f"{day}.json")
    faults, head = stage.engine.audit_log.verify()
    stage.told(f"the log is {'whole' if not faults else 'damaged'}: {head}")
    stage.say(f"Open [bold]{stage.engine.vault.root}[/] in Obsidian to look around.")
    return 1 if failed or faults else 0
