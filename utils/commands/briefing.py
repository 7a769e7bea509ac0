"""`briefing`: the briefing about one week, made now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.commands.audit import make
from utils.report.schedule import Report

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Make the briefing and say where it lies."""
    return make(Report.BRIEFING, asked, console)
