"""`status`: what waits, what is held, what failed, and who is alive."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rich.table import Table

from utils.core.errors import ConfigurationError
from utils.core.lifecycle import State, folder_of
from utils.core.outside_text import one_line, visible
from utils.engine import open_engine, reporter_of
from utils.io_optimizer import SIGHT
from utils.item_sorting import NOISE
from utils.resource_monitor import MEGABYTE, family_of, free_bytes
from utils.why_waiting import WhyWaiting

if TYPE_CHECKING:
    import argparse
    import threading
    from datetime import datetime

    from rich.console import Console

    from utils.core.model import Json
    from utils.engine import Engine
    from utils.journal_rows import Tracked

_SHOWN: Final = (
    State.PENDING,
    State.HELD,
    State.GRANTED,
    State.ARMED,
    State.WAITING,
    State.UNKNOWN,
)
_WIDTH: Final = 48
#: Watchers that need settings of their own.
_MAY_BE_ABSENT: Final = ("gmail", "whatsapp")
_LATELY: Final = timedelta(days=7)


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Show how things stand."""
    with open_engine() as engine:
        found = collected(engine)
    if asked.json:
        console.out(json.dumps(found), highlight=False)
        return 0
    for line in _sentences(found):
        console.print(visible(line), markup=False, emoji=False)
    if found["proposals"]:
        console.print(_table(found["proposals"]))
    return 0


def collected(engine: Engine) -> Json:
    """Return how things stand, as JSON values: counts, open Proposals, services, watchers."""
    open_ones = engine.journal.in_states(_SHOWN)
    waits = WhyWaiting(engine.ground)
    now = engine.clock()
    return {
        "home": str(engine.settings.home),
        "stopped": engine.switch.is_on(),
        "dry_run": engine.settings.dry_run,
        "counts": {state: sum(t.state is state for t in open_ones) for state in _SHOWN},
        "proposals": [_told(tracked) | {"waits": waits.of(tracked)} for tracked in open_ones],
        "items": len(engine.bookmarks.open_items()),
        "filed_quietly": engine.bookmarks.count_seen(NOISE, now - _LATELY),
        "services": _services(engine),
        "watchers": _watchers(engine, now),
        "changes_noticed": engine.bookmarks.cursor(SIGHT),
        "resources": _resources(engine),
        "log_head": str(engine.journal.head()),
    }


def _watchers(engine: Engine, now: datetime) -> Json:
    """Return when each watcher was last alive, or why it is absent."""
    beats, kept = engine.bookmarks.beats(), engine.bookmarks
    found: Json = {
        name: {"last": at.isoformat(), "ago_s": round((now - at).total_seconds(), 1)}
        for name, at in sorted(beats.items())
    }
    for name in _MAY_BE_ABSENT:
        if reason := kept.cursor(f"absent {name}"):
            found[name] = {"absent": reason}
    return found


def _resources(engine: Engine) -> Json:
    """Return what the employee uses of the machine while it runs, and the room on its disks."""
    settings = engine.settings
    free = free_bytes((settings.state_dir, settings.vault_dir))
    found: Json = {"free_disk_mb": None if free is None else free // MEGABYTE}
    if pid := reporter_of(settings):
        family = family_of(pid)
        found |= {
            "memory_mb": family.memory_bytes // MEGABYTE,
            "open_files": family.open_files,
            "cpu_s": round(family.cpu_s, 1),
        }
    return found


def _services(engine: Engine) -> Json:
    """Return each service's state: ``ready``, or why it is absent or does not answer."""
    outages = WhyWaiting(engine.ground).outages()
    found: Json = dict(engine.catalogue.absent)
    for service in engine.catalogue.services:
        try:
            service.settings.read(engine.settings)
            found[service.name] = outages.get(service.title, "ready")
        except ConfigurationError as error:
            found[service.name] = str(error)
    return found


def _told(tracked: Tracked) -> Json:
    proposal = tracked.proposal
    return {
        "id": proposal.id,
        "state": proposal.state,
        "operation": proposal.operation,
        "headline": proposal.headline,
        "note": f"{folder_of(proposal.state)}/{proposal.note}",
        "expires": proposal.expires_at.isoformat(),
        "runs_at": proposal.runs_at.isoformat() if proposal.runs_at else None,
        "reason": proposal.reason,
    }


def _sentences(found: Json) -> list[str]:
    counts = found["counts"]
    lines = [
        f"Home {found['home']}",
        f"{counts['pending'] + counts['held']} wait for you, {counts['granted']} are approved.",
        f"{counts['waiting']} wait for a service, {counts['unknown']} are being looked into.",
    ]
    if found["stopped"]:
        lines.append("STOPPED: nothing goes out until `uv run orchestrator.py resume`.")
    if found["dry_run"]:
        lines.append("DRY_RUN is on: nothing goes out, even when you approve it.")
    if quiet := found["filed_quietly"]:
        lines.append(f"{quiet} newsletters and notices were filed by themselves in a week.")
    told = dict.fromkeys(each["waits"] for each in found["proposals"] if each["waits"])
    lines += list(told)
    lines += [f"{name}: {state}" for name, state in found["services"].items()]
    for name, seen in found["watchers"].items():
        lines.append(f"watcher {name}: {seen.get('absent') or f'{seen["ago_s"]} s ago'}")
    if sight := found["changes_noticed"]:
        lines.append(f"Changes in the vault are noticed {sight}.")
    return lines + _used(found["resources"])


def _used(resources: Json) -> list[str]:
    lines = []
    if "memory_mb" in resources:
        lines.append(
            f"It runs, with {resources['memory_mb']} MB of memory, {resources['open_files']} open "
            f"files and {resources['cpu_s']} s of work so far."
        )
    if resources["free_disk_mb"] is not None:
        lines.append(f"{resources['free_disk_mb']} MB are free on the disk.")
    return lines


def _table(proposals: list[Json]) -> Table:
    table = Table("id", "state", "what", box=None)
    for proposal in proposals:
        table.add_row(proposal["id"], proposal["state"], one_line(proposal["headline"], _WIDTH))
    return table
