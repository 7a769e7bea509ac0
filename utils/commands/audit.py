"""`audit`: the audit of one week, made now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.assembly.opening import open_engine
from utils.commands.saying import say
from utils.report.schedule import Report
from utils.report.weekly import Reports
from utils.times.weeks import last_whole_week

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Make the audit and say where it lies."""
    return make(Report.AUDIT, asked, console)


def make(report: Report, asked: argparse.Namespace, console: Console) -> int:
    """Make a report of the week asked for, or of the last whole one."""
    with open_engine() as engine:
        engine.vault.make()
        settings, now = engine.settings, engine.clock()
        week = asked.week or last_whole_week(now, settings.zone)
        made = Reports(ground=engine.ground).make(report, week)
        path = engine.vault.path(made.folder) / made.name
    say(console, f"The {report} of {week}: {path}", whole=True)
    if made.partial:
        console.print("It is partial: a question waits for you in the vault.")
    return 0
