"""`claude`: Claude Code in its jail, with the owner's settings in force."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.assembly.opening import open_engine
from utils.claude.autorun import Autorun
from utils.claude.jail import Jail, jail
from utils.claude.setup import wanted
from utils.core.errors import EmployeeError, JailMissingError
from utils.redaction import Redactor
from utils.settings import load, secrets
from utils.setup_logger import setup_logger
from utils.vault import Vault

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from utils.settings import Settings

type Complaint = Callable[[Sequence[str], Mapping[str, str]], str]
#: What is asked of it when nobody sits there: a skill, and the pages of its rules.
_WORK: Final = ("-p", "/process-inbox", "--output-format", "stream-json", "--verbose")
_OUT_OF_TIME: Final = "The time is used up (CLAUDE_MAX_MINUTES)."


@dataclass(kw_only=True)
class Run:
    """Claude Code about to be run, and how it ended."""

    jail: Jail
    #: Its arguments.
    given: Sequence[str]
    #: Whether nobody sits there, so that nothing is read from or shown on the terminal.
    alone: bool = False
    #: Tells why it has to end before it is done, or "".
    too_far: Callable[[], str] = str
    #: The exit status, once it has ended.
    status: int | None = None


@contextmanager
def ready(asked: argparse.Namespace, complaint_of: Complaint) -> Iterator[Run | None]:
    """Prepare a run for the length of a ``with`` block; None where there is nothing to do.

    Args:
        asked: The command line; ``given`` is passed on.
        complaint_of: Runs a command with an environment, and returns "" or why it failed.

    Raises:
        JailMissingError: Bubblewrap is missing, or the system does not let it work.
        ClaudeMissingError: Claude Code is not installed.
        ConfigurationError: There is no access to the model, or a setting is wrong.
        VaultMissingError: The vault's place is taken by something else.
    """
    with _unattended(complaint_of) if asked.unattended else _attended(asked, complaint_of) as run:
        yield run


@contextmanager
def _attended(asked: argparse.Namespace, complaint_of: Complaint) -> Iterator[Run]:
    settings = load()
    setup_logger("WARNING", Redactor(secrets(settings)))
    Vault(settings.vault_dir).make()
    with jail(settings) as made:
        made.settle(_local_settings(settings, made, complaint_of))
        yield Run(jail=made, given=asked.given)


@contextmanager
def _unattended(complaint_of: Complaint) -> Iterator[Run | None]:
    """Work through what is new, within the day's budget, and record what came of it.

    Raises:
        EmployeeError: As for ``ready``; the owner was told.
    """
    with open_engine() as engine:
        autorun = Autorun(ground=engine.ground)
        waiting = autorun.waiting()
        if autorun.closed() or not waiting:
            yield None
            return
        with ExitStack() as stack:
            try:
                made = stack.enter_context(_prepared(engine.settings, autorun, complaint_of))
            except EmployeeError as error:
                autorun.tell_not_started(f"{error} {error.hint}")
                raise
            began, latest = engine.clock(), monotonic() + 60 * engine.settings.claude_max_minutes
            autorun.begin(waiting)

            def too_far() -> str:
                return autorun.closed() or (_OUT_OF_TIME if monotonic() > latest else "")

            rounds = ("--max-turns", str(engine.settings.claude_max_rounds))
            run = Run(jail=made, given=(*_WORK, *rounds), alone=True, too_far=too_far)
            yield run
            failed = too_far() or f"It ended with status {run.status}."
            autorun.end(waiting, began=began, failed=failed if run.status else "")


@contextmanager
def _prepared(settings: Settings, autorun: Autorun, complaint_of: Complaint) -> Iterator[Jail]:
    """Prepare the jail for a run that keeps to the budget and to its task."""
    task = [note for _, note in autorun.waiting()]
    with jail(settings, task=task, closed=autorun.closed, spent=autorun.spend) as made:
        made.settle(_local_settings(settings, made, complaint_of))
        yield made


def _local_settings(settings: Settings, made: Jail, complaint_of: Complaint) -> str:
    """Return the owner's set for the inside, after a trial of the jail.

    Some systems allow no sandbox within another; there the jail alone is the wall, and Claude Code
    would refuse to start with a sandbox that does not work.

    Raises:
        JailMissingError: Nothing can be run in it.
    """
    confined = not complaint_of(made.trial(), made.environment)
    if not confined and (why := complaint_of(made.command("true"), made.environment)):
        raise JailMissingError(why.splitlines()[-1])
    return wanted(settings, sandbox=confined)
