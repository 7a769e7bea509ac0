"""`resume`: the kill switch, off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.assembly.opening import open_engine
from utils.core.lifecycle import GRANTED_STATES

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console


def main(_: argparse.Namespace, console: Console, __: threading.Event) -> int:
    """Let live calls happen again."""
    with open_engine() as engine:
        if not engine.switch.is_on():
            console.print("Nothing was stopped.")
            return 0
        engine.switch.resume()
        waiting = len(engine.journal.in_states(GRANTED_STATES))
    console.print(f"Going on. {waiting} approved notes go out now, unless they have expired.")
    return 0
