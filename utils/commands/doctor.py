"""`doctor`: what is wrong, and how to mend it; it changes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from utils.commands.saying import say
from utils.doctor.examination import examined
from utils.doctor.finding import Mark
from utils.doctor.scene import Scene
from utils.redaction import Redactor
from utils.settings import load_what_fits, secrets
from utils.setup_logger import setup_logger

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console

    from utils.core.model import Json
    from utils.doctor.examination import Check
    from utils.doctor.finding import Finding


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Examine the home; return 1 where something does not work or is not safe."""
    settings, complaint = load_what_fits()
    redactor = Redactor(secrets(settings))
    setup_logger("CRITICAL", redactor)
    found = examined(Scene.of(settings, complaint))
    wrong = sum(finding.mark is Mark.WRONG for _, finding in found)
    if asked.json:
        told = [_told(check, finding, redactor) for check, finding in found]
        console.out(json.dumps({"ok": not wrong, "checks": told}), highlight=False)
        return 1 if wrong else 0
    for check, finding in found:
        line = f"{finding.mark} {check.name}: {finding.what}."
        say(console, redactor.clean(line))
        if finding.remedy:
            say(console, redactor.clean(f"    → {finding.remedy}."))
    look = sum(finding.mark is Mark.LOOK for _, finding in found)
    say(console, _summary(wrong, look))
    return 1 if wrong else 0


def _told(check: Check, finding: Finding, redactor: Redactor) -> Json:
    return {
        "check": check.name,
        "mark": finding.mark,
        "what": redactor.clean(finding.what),
        "remedy": redactor.clean(finding.remedy),
    }


def _summary(wrong: int, look: int) -> str:
    if wrong:
        return f"\n{wrong} to mend, {look} to look at. Nothing was changed."
    return f"\nNothing is broken, {look} to look at." if look else "\nAll is well."
