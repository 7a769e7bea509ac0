"""`stop`: the kill switch, on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.assembly.ground import Ground
from utils.catalogue import Catalogue
from utils.core.lifecycle import GRANTED_STATES
from utils.redaction import Redactor
from utils.settings import load_what_fits, secrets

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console


def main(_: argparse.Namespace, console: Console, __: threading.Event) -> int:
    """Stop every live call and say what waits; no setting and no service can be in the way."""
    settings, _wrong = load_what_fits()
    ground = Ground.of(settings, Catalogue(), Redactor(secrets(settings)))
    try:
        ground.switch.stop(how="orchestrator.py stop")
        waiting = len(ground.journal.in_states(GRANTED_STATES))
    finally:
        ground.journal.close()
    console.print(f"Stopped. Nothing goes out any more; {waiting} approved notes wait.")
    console.print("Run `uv run orchestrator.py resume` to go on.")
    return 0
