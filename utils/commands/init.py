"""`init`: asks four things, shows what it would write, and writes it; safe to run again."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from utils.commands.questions import ask_for
from utils.commands.saying import say
from utils.core.errors import InvalidValueError
from utils.redaction import Redactor
from utils.settings import load, load_what_fits
from utils.setup.first_answers import (
    Answers,
    currency_and_limit,
    folder_of,
    name_of,
    zone_and_hours,
)
from utils.setup.home import steps
from utils.setup_logger import setup_logger
from utils.times.owner_time import machine_zone

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from rich.console import Console

    from utils.settings import Settings
    from utils.setup.home import Step

#: How often a question is asked before setting up is given up.
_TRIES: Final = 5
_YES: Final = frozenset({"", "y", "yes"})
_NEXT: Final = """
Done. What next:
  uv run orchestrator.py connect gmail     (or odoo, facebook, …): one is enough
  uv run orchestrator.py                   starts it
  uv run orchestrator.py doctor            says what is still missing
Open {vault} as a vault in Obsidian."""


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Set up a home.

    Raises:
        InvalidValueError: An answer is missing, or did not fit five times.
    """
    settings, complaint = load_what_fits()
    setup_logger("ERROR", Redactor())
    if complaint:
        say(console, f"{complaint}. It is asked again.")
    try:
        home = folder_of(str(asked.dir)) if asked.dir else settings.home
        answers = _known(load_what_fits(home)[0])
        if not asked.yes:
            answers = _asked(console, answers)
        to_do = steps(answers, settings)
        _show(console, to_do)
        if not asked.yes and not _agreed(console):
            say(console, "Nothing was written.")
            return 1
    except KeyboardInterrupt:
        say(console, "\nNothing was written.")
        return 1
    _undisturbed(to_do)
    in_force = load()
    if in_force.home != answers.home:
        say(console, "EMPLOYEE_HOME is also set in the environment, and names another folder.")
    say(console, _NEXT.format(vault=load(answers.home).vault_dir), whole=True)
    return 0


def _known(settings: Settings) -> Answers:
    """Return the answers so far: those given before, or else what fits this machine."""
    zone = settings.zone
    if "OWNER_TIMEZONE" not in settings.variables:
        with suppress(ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo(machine_zone(settings.variables) or "UTC")
    return Answers(
        home=settings.home,
        name=settings.owner_name,
        zone=zone,
        hours=settings.hours,
        currency=settings.currency,
        limit=settings.approval_threshold,
    )


def _asked(console: Console, known: Answers) -> Answers:
    question = "1. Folder for the vault and the records"
    home = _until_it_fits(console, question, str(known.home), folder_of)
    if home != known.home:
        known = _known(load_what_fits(home)[0])
    name = _until_it_fits(console, "2. Name of the business", known.name, name_of)
    zone, hours = _until_it_fits(
        console,
        "3. Time zone, and the hours in which you may be disturbed",
        f"{known.zone.key} {known.hours}",
        lambda text: zone_and_hours(text, known.zone, known.hours),
    )
    currency, limit = _until_it_fits(
        console,
        "4. Currency, and the amount above which you are always asked",
        f"{known.currency} {known.limit:f}",
        lambda text: currency_and_limit(text, known.currency, known.limit),
    )
    return Answers(home=home, name=name, zone=zone, hours=hours, currency=currency, limit=limit)


def _until_it_fits[Read](
    console: Console, question: str, current: str, read: Callable[[str], Read]
) -> Read:
    """Ask until the answer fits.

    Raises:
        InvalidValueError: It did not fit five times, or there was no answer.
    """
    for left in reversed(range(_TRIES)):
        answer = ask_for(console, question, current)
        try:
            return read(answer)
        except InvalidValueError as error:
            if not left:
                raise
            end = "" if error.detail.endswith("?") else "."
            say(console, f"   {error.detail[:1].upper()}{error.detail[1:]}{end}")
    raise InvalidValueError(question)


def _show(console: Console, to_do: tuple[Step, ...]) -> None:
    say(console, "\nThis is written:")
    for step in to_do:
        say(console, f"  {step.place}", whole=True)
        say(console, f"      {step.what}", whole=True)


def _agreed(console: Console) -> bool:
    return ask_for(console, "Go on? (yes or no)", "yes").casefold() in _YES


def _write(step: Step) -> None:
    """Take one step.

    Raises:
        OSError: The disk did not take it; it names the place, not a file on the way there.
    """
    try:
        if step.write:
            step.write()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(step.place)) from error


def _undisturbed(to_do: tuple[Step, ...]) -> None:
    """Write everything; a Ctrl+C in the middle leaves nothing half.

    Raises:
        EmployeeError: Something could not be written.
        OSError: The disk did not take it.
    """
    failed: list[Exception] = []

    def write() -> None:
        try:
            for step in to_do:
                _write(step)
        except Exception as error:  # noqa: BLE001 - raised again below, by whoever asked for it
            failed.append(error)

    writing = threading.Thread(target=write, name="writing")
    writing.start()
    while writing.is_alive():
        try:
            writing.join()
        except KeyboardInterrupt:
            continue
    for error in failed:
        raise error
