"""`resume`: the kill switch, off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.assembly.opening import open_engine
from utils.core.lifecycle import GRANTED_STATES, STOP_NOTE
from utils.settings import load
from utils.storage.place import is_shared
from utils.vault import Vault

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console


def main(_: argparse.Namespace, console: Console, __: threading.Event) -> int:
    """Let live calls happen again."""
    settings = load()
    far = is_shared(settings) and Vault(settings.vault_dir).is_bare()
    with open_engine(far=far) as engine:
        if not engine.switch.is_on():
            console.print("Nothing was stopped.")
            return 0
        engine.switch.resume()
        waiting = len(engine.journal.in_states(GRANTED_STATES))
    console.print(f"Going on. {waiting} approved notes go out now, unless they have expired.")
    if far:
        console.print(
            f"Where {STOP_NOTE} lies in the vault, it stops them again; remove it there."
        )
    return 0
