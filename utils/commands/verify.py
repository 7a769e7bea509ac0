"""`verify`: proves that no Record was changed, dropped or put in between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from utils.assembly.opening import open_engine
from utils.commands.saying import say
from utils.core.chain import Fault, Head
from utils.core.errors import JournalError, VaultMissingError
from utils.log.check import TOLD
from utils.log.printed_heads import PrintedHead, printed_heads

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console

    from utils.assembly.engine import Engine

_BROKEN = "Put Vault/State back from your last backup; the days' files in Vault/Logs still tell."


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Check the audit log; return 1 where something is wrong with it."""
    with open_engine() as engine:
        printed = _printed(engine)
        faults, head = _checked(engine, printed or ())
    if asked.json:
        console.out(json.dumps(_as_json(faults, head, printed)), highlight=False)
        return 1 if faults else 0
    lines = _bad_news(faults) if faults else _good_news(head, printed)
    for line in lines:
        say(console, line, whole=True)
    return 1 if faults else 0


def _printed(engine: Engine) -> tuple[PrintedHead, ...] | None:
    """Return the heads printed in the vault, or None where it is not there."""
    try:
        return printed_heads(engine.vault)
    except VaultMissingError:
        return None


def _checked(engine: Engine, printed: tuple[PrintedHead, ...]) -> tuple[list[Fault], Head]:
    try:
        return engine.audit_log.verify(printed)
    except JournalError as error:
        return [Fault("The journal", f"cannot be read: {error.detail}", _BROKEN)], Head()


def _as_json(
    faults: list[Fault], head: Head, printed: tuple[PrintedHead, ...] | None
) -> dict[str, object]:
    return {
        "ok": not faults,
        "records": head.seq,
        "head": head.hash,
        "printed_heads": None if printed is None else len(printed),
        "faults": [
            {"where": fault.where, "what": fault.what, "mend": fault.mend} for fault in faults
        ],
    }


def _bad_news(faults: list[Fault]) -> list[str]:
    """Return the first fault with what to do about it, then the others in short."""
    first, *others = faults
    lines = [f"✗ {first.where} {first.what}. {first.mend}"]
    lines += [f"  {fault.where} {fault.what}" for fault in others]
    count = f"at least {TOLD}" if len(faults) == TOLD else len(faults)
    return [*lines, f"The log was changed outside the program: {count} faults."]


def _good_news(head: Head, printed: tuple[PrintedHead, ...] | None) -> list[str]:
    records = "Record" if head.seq == 1 else "Records"
    whole = f"The log is whole: {head.seq} {records}, head {head}"
    if printed is None:
        return [f"{whole}. The vault is not there, so the heads in its pages were not compared."]
    return [f"{whole}; it agrees with {len(printed)} heads printed in briefings and audits."]
