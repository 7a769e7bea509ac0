"""The orchestrator: takes commands, makes one pass, or stays as the daemon."""

from __future__ import annotations

import importlib
import logging
import sys
import threading
from typing import TYPE_CHECKING, Final

from utils.commands.line import read
from utils.core.errors import EmployeeError
from utils.core.lifecycle import GRANTED_STATES, OPEN_STATES
from utils.roof.signals import stop_when_signalled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.assembly.engine import Engine

_log: Final = logging.getLogger("orchestrator")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 on success, 1 when the work failed, 2 on wrong usage.
    """
    asked = read(arguments)
    stopping = threading.Event()
    try:
        if asked.command == "run":
            return _run(stopping, once=asked.once)
        if asked.command == "claude":
            from utils.roof.jailed import in_jail  # noqa: PLC0415 - the daemon does without it

            return in_jail(asked)
        from rich.console import Console  # noqa: PLC0415 - the daemon does without it

        if not asked.asks:
            stop_when_signalled(stopping)
        command = importlib.import_module(f"utils.commands.{asked.command}")
        status: int = command.main(asked, Console(), stopping)
    except EmployeeError as error:
        sys.stderr.write(f"{error} {error.hint}\n")
        return 1
    except OSError as error:
        _log.debug("the system said no", exc_info=error)
        place = f" ({error.filename})" if error.filename else ""
        hint = "Check the disk's room and whose the folder is, then try again."
        sys.stderr.write(f"The system did not allow it: {error.strerror}{place}. {hint}\n")
        return 1
    return status


def _run(stopping: threading.Event, *, once: bool) -> int:
    if once:
        return _pass_once()
    from utils.roof.duty import stay  # noqa: PLC0415 - `--help` does without it

    return stay(stopping)


def _pass_once() -> int:
    from utils.assembly.opening import open_engine  # noqa: PLC0415 - `--help` does without it
    from utils.report.timetable import Timetable  # noqa: PLC0415
    from utils.sole_process import sole_executor, sole_reporter  # noqa: PLC0415 - `--help` does without it

    with (
        open_engine() as engine,
        sole_executor(engine.settings),
        sole_reporter(engine.settings),
    ):
        is_first = engine.vault.is_bare()
        engine.start()
        if is_first:
            place = engine.vault.root
            sys.stdout.write(f"There was no vault, so a new one was made in {place}.\n")
        engine.pass_once()
        timetable = Timetable(ground=engine.ground)
        timetable.start()
        timetable.run_due()
        engine.audit_log.render()
        sys.stdout.write(f"{_told(engine)}\n")
    return 0


def _told(engine: Engine) -> str:
    """Return in one line how things stand after a pass."""
    waits = len(engine.journal.in_states(OPEN_STATES))
    going = len(engine.journal.in_states(GRANTED_STATES))
    stopped = " Everything is stopped." if engine.switch.is_on() else ""
    return f"One pass made: {waits} wait for you, {going} approved and not out yet.{stopped}"


if __name__ == "__main__":
    sys.exit(main())
