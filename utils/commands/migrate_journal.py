"""`migrate-journal`: moves the journal to PostgreSQL, or back into its file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pydantic import SecretStr

from utils.commands.saying import say
from utils.core.errors import ConfigurationError
from utils.core.processes import is_gone, machine_of
from utils.environment.env_file import write_variables
from utils.environment.variables import DATABASE_URL, database_address
from utils.postgres.business import join, joined_file
from utils.settings import load
from utils.sole_process import sole_executor, sole_reporter
from utils.storage.bookmarks import Bookmarks
from utils.storage.move import move
from utils.storage.place import FILE, open_database, open_to_fill
from utils.times.clock import utc_now

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console

    from utils.settings import Settings
    from utils.storage.database import Database


def main(asked: argparse.Namespace, console: Console, _: threading.Event) -> int:
    """Move the journal, and have this home use it where it lies now.

    Raises:
        ConfigurationError: It is there already, another program has it open, or the employee
            still runs on another machine.
        AlreadyRunningError: It still runs here.
    """
    there = _named(asked.to)
    settings = load()
    if there == settings.database_url.get_secret_value():
        raise ConfigurationError("the journal is kept there already")
    goal = settings.model_copy(update={"database_url": SecretStr(there)})
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with sole_executor(settings), sole_reporter(settings):
        _move(settings, goal, console)
    return 0


def _named(to: str) -> str:
    """Return the address that was asked for, "" for the file.

    Raises:
        ConfigurationError: It is neither.
    """
    # A password on the command line would be seen by everybody on the machine.
    named = sys.stdin.readline().strip() if to == "-" else to
    if named == FILE:
        return ""
    try:
        # What is typed in is judged like what stands in .env: a library's error would repeat it.
        fits = named and database_address(SecretStr(named))
    except ValueError:
        fits = None
    if not fits:
        raise ConfigurationError(
            "--to does not fit: postgresql://… (with signs such as % or / in a password encoded), "
            "sqlite, or - to type it in"
        )
    return named


def _move(settings: Settings, goal: Settings, console: Console) -> None:
    url = goal.database_url.get_secret_value()
    source = open_database(settings)
    try:
        _refuse_while_alive(source)
        # What anybody wrote behind the copy would be lost.
        source.shut_others_out()
        # Until the copy is whole, nothing here says that the journal lies elsewhere.
        target = open_to_fill(goal)
        try:
            moved = move(source, target)
            write_variables(settings.home / ".env", {DATABASE_URL: url})
            if url:
                join(target, goal)
        finally:
            target.close()
        kept_as = source.retire()
        if not url:
            joined_file(settings).unlink(missing_ok=True)
    finally:
        source.close()
    head = f"{moved.head.seq} Records, head {moved.head}"
    say(console, f"Moved, and proven by the chain: {head}.")
    say(console, f"The old one is kept as {kept_as}.", whole=True)
    if load().database_url.get_secret_value() != url:
        say(console, f"{DATABASE_URL} is also set in the environment, which wins over .env.")


def _refuse_while_alive(source: Database) -> None:
    now = utc_now()
    beats = Bookmarks(database=source).beats().items()
    alive = [who for who, at in beats if machine_of(who) and not is_gone(now - at)]
    if alive:
        raise ConfigurationError(f"stop these first, then wait two minutes: {', '.join(alive)}")
