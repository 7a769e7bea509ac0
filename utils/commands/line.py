"""The command line: which commands there are and what each takes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from utils.times.weeks import Week

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read a command line; ``given`` holds what is passed on to Claude Code, as it stands."""
    line = parser()
    asked, given = line.parse_known_args(arguments)
    if given and asked.command != "claude":
        line.error(f"unrecognized arguments: {' '.join(given)}")
    asked.given = given
    return asked


def parser() -> argparse.ArgumentParser:
    """Return the parser; ``command`` names the module of `utils.commands` that carries it out."""
    line = argparse.ArgumentParser(
        prog="orchestrator.py",
        description="The employee: it watches, plans and asks; you approve.",
    )
    line.add_argument("--once", action="store_true", help="one full pass, then exit")
    line.set_defaults(command="run", asks=False)
    commands = line.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, what: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=what, description=what)
        made.set_defaults(command=name)
        return made

    _beginning(command)
    _looking(command)
    _keeping(command)
    return line


def _beginning(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Declare what begins with the employee: run it, try it, set it up."""
    run = command("run", "the daemon, until it is stopped")
    run.add_argument("--once", action="store_true", help="one full pass, then exit")
    demo = command("demo", "the whole business against pretend services; no account needed")
    demo.add_argument("--fast", action="store_true", help="no pauses; ends by itself")
    demo.add_argument(
        "--monday", action="store_true", help="jump to the week's audit and the Monday briefing"
    )
    demo.add_argument("--dir", type=Path, help="where to play it (default: a temporary folder)")
    sandbox = command("sandbox", "only the pretend services, on free loopback ports")
    sandbox.add_argument(
        "--env-file", type=Path, help="where to write the variables that reach them"
    )
    init = command("init", "set up: four questions, then vault, .env and settings")
    init.add_argument("--yes", action="store_true", help="ask nothing; keep or take defaults")
    init.add_argument("--dir", type=Path, help="where the home is to lie")
    init.set_defaults(asks=True)
    connect = command("connect", "give the employee access to a service, and see it work")
    connect.add_argument("service", metavar="SERVICE", help="its name, such as odoo or gmail")
    connect.add_argument(
        "--send", action="store_true", help="gmail: ask for the right to write mails too"
    )
    connect.add_argument("--all", action="store_true", help="ask what may be left out as well")
    # Who waits for a person's answer ends at Ctrl+C at once.
    connect.set_defaults(asks=True)


def _week(text: str) -> Week:
    """Read a week.

    Raises:
        argparse.ArgumentTypeError: There is no such week, or it is written otherwise.
    """
    try:
        return Week.parse(text)
    except ValueError:
        told = f"{text!r} is no week; write it by its year and number, such as 2026-W47"
        raise argparse.ArgumentTypeError(told) from None


def _looking(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Declare what looks at how things stand and what was done."""
    doctor = command("doctor", "what is wrong and how to mend it; changes nothing")
    doctor.add_argument("--json", action="store_true", help="one JSON object")
    status = command("status", "what waits, what is held, what failed, who is alive")
    status.add_argument("--json", action="store_true", help="one JSON object")
    explain = command("explain", "the story of one Proposal")
    explain.add_argument("id", help="its id, such as p-abc2345678")
    undo = command("undo", "ask to take back what was done, where that can be done")
    undo.add_argument("id", help="the id of what was done, such as p-abc2345678")
    for name, what in (
        ("audit", "the audit of one week, made now"),
        ("briefing", "the briefing about one week, made now"),
    ):
        report = command(name, what)
        report.add_argument(
            "--week", type=_week, help="which one, such as 2026-W47 (default: the last)"
        )
    verify = command("verify", "prove that no Record of the log was changed")
    verify.add_argument("--json", action="store_true", help="one JSON object")


def _keeping(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Declare what works beside the employee, and what looks after it."""
    claude = command("claude", "Claude Code in its jail; whatever follows is passed on to it")
    claude.add_argument(
        "--unattended", action="store_true", help="work through what is new, then end"
    )
    logs = command("logs", "the files of the log")
    steps = logs.add_subparsers(title="commands", metavar="COMMAND", required=True)
    told = "compress the files of days that are more than 90 days old; nothing is deleted"
    archive = steps.add_parser("archive", help=told, description=told)
    archive.add_argument("--json", action="store_true", help="one JSON object")
    worker = command("worker", "carry out what is granted and due, beside other machines")
    worker.add_argument(
        "--queues",
        default="mail,post,ledger,reports",
        metavar="NAMES",
        help="which work: mail, post, ledger, reports (default: all)",
    )
    move = command("migrate-journal", "move the journal to PostgreSQL, or back into its file")
    move.add_argument(
        "--to", required=True, metavar="URL", help="postgresql://…, sqlite, or - to type it in"
    )
    move.set_defaults(command="migrate_journal")
    command("stop", "stop every live call until `resume`")
    command("resume", "let live calls happen again")
