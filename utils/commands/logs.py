"""`logs archive`: compresses the files of days long past."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from utils.assembly.opening import open_engine
from utils.commands.saying import say
from utils.log.archive import KEPT_PLAIN, LogArchive

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console

    from utils.log.archive import Archiving


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Compress old days; return 1 where a day's file is not what the journal says."""
    with open_engine() as engine:
        archive = LogArchive(
            folder=engine.settings.logs_dir, journal=engine.journal, clock=engine.clock
        )
        done = archive.run()
    if asked.json:
        console.out(json.dumps(dataclasses.asdict(done)), highlight=False)
    else:
        for line in _sentences(done):
            say(console, line, whole=True)
    return 1 if done.left else 0


def _sentences(done: Archiving) -> list[str]:
    lines = []
    if done.days:
        lines.append(
            f"{len(done.days)} days were compressed, {done.days[0]} to {done.days[-1]}: "
            f"{_megabytes(done.before)} became {_megabytes(done.after)}. "
            "No Record is lost; `verify` and the audits read them as before."
        )
    if done.left:
        lines.append(
            f"Left alone, because they differ from the journal: {', '.join(done.left)}. "
            "Run `uv run orchestrator.py verify`; it says what to do."
        )
    return lines or [
        f"Nothing to do: no day's file is more than {KEPT_PLAIN.days} days old and uncompressed."
    ]


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:.1f} MB"
