"""Claude Code in its jail, from the outside: started, watched over, ended."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from utils.commands.claude import ready

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

#: How long trying the jail may take, in seconds.
_TRIAL_S: Final = 30.0
#: How often it is looked whether Claude Code may go on, in seconds.
_LOOK_IN_S: Final = 1.0


def in_jail(asked: argparse.Namespace) -> int:
    """Run Claude Code in its jail until it ends, and return its exit status."""
    with ready(asked, _complaint_of) as run:
        if run is None:
            return 0
        command, kept = run.jail.claude(*run.given), run.jail.descriptors
        nobody = subprocess.DEVNULL if run.alone else None
        process = subprocess.Popen(
            command,
            env=run.jail.environment,
            pass_fds=kept,
            stdin=nobody,
            stdout=nobody,
            stderr=nobody,
        )
        # Ctrl+C is for Claude Code, which has the terminal; without a handler it would end us.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        while run.status is None:
            with suppress(subprocess.TimeoutExpired):
                run.status = process.wait(_LOOK_IN_S)
            if run.status is None and run.too_far():
                process.terminate()
        # As shells tell of a signal.
        return run.status if run.status >= 0 else 128 - run.status


def _complaint_of(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run a short command; return "" where it succeeded, else what it said."""
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=_TRIAL_S, check=False
    )
    return "" if done.returncode == 0 else done.stderr.strip() or f"status {done.returncode}"
