"""`verify`: proves that no Record was changed, dropped or put in between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from utils.core.outside_text import visible
from utils.engine import open_engine

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Check the audit log; return 1 where something is wrong with it."""
    with open_engine() as engine:
        faults, head = engine.audit_log.verify()
    if asked.json:
        found = [{"where": fault.where, "what": fault.what} for fault in faults]
        answer = {"ok": not faults, "records": head.seq, "head": head.hash, "faults": found}
        console.out(json.dumps(answer), highlight=False)
        return 1 if faults else 0
    for fault in faults:
        console.print(visible(f"✗ {fault.where} {fault.what}"), markup=False, emoji=False)
    if faults:
        console.print(f"{len(faults)} faults. The log was changed outside the program.")
        return 1
    console.print(f"The log is whole: {head.seq} Records, head {head}.")
    return 0
