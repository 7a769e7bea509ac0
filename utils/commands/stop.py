"""`stop`: the kill switch, on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.core.lifecycle import GRANTED_STATES
from utils.engine import open_engine

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console


def main(_: argparse.Namespace, console: Console, __: threading.Event) -> int:
    """Stop every live call and say what waits."""
    with open_engine() as engine:
        engine.switch.stop(how="orchestrator.py stop")
        waiting = len(engine.journal.in_states(GRANTED_STATES))
    console.print(f"Stopped. Nothing goes out any more; {waiting} approved notes wait.")
    console.print("Run `uv run orchestrator.py resume` to go on.")
    return 0
