"""Claude Code at work by itself: started when something new waits, one run at a time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.roof.children import END_S
from utils.settings import PROJECT_ROOT
from utils.system.lifeline import die_with_parent

if TYPE_CHECKING:
    from utils.claude.autorun import Autorun

#: How often it is looked whether Claude Code is worth starting, in seconds.
_LOOK_FOR_WORK_S: Final = 15.0
#: How long to leave it alone after a run that failed, in seconds.
_LOOK_AGAIN_S: Final = 600.0


@dataclass
class Unattended:
    """Claude Code at work by itself, one run at a time, started when something new waits."""

    autorun: Autorun
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _look_at: float = field(default=0.0, init=False)

    def supervise(self) -> None:
        """Start it where that is due; a run watches over its own limits."""
        if monotonic() < self._look_at or (self._process and self._process.poll() is None):
            return
        failed = self._process is not None and self._process.returncode != 0
        self._process = None
        self._look_at = monotonic() + (_LOOK_AGAIN_S if failed else _LOOK_FOR_WORK_S)
        if not failed and self.autorun.is_due():
            command = [
                sys.executable,
                str(PROJECT_ROOT / "orchestrator.py"),
                "claude",
                "--unattended",
            ]
            nobody = subprocess.DEVNULL
            # In a group of its own: Ctrl+C is for us, and we tell it.
            self._process = subprocess.Popen(
                command,
                stdin=nobody,
                process_group=0,
                # It would load for a while before it could tie itself to us.
                preexec_fn=die_with_parent,  # noqa: PLW1509 - see `Child`
            )

    def let_go(self) -> None:
        """Tell a run to end."""
        if self._process:
            self._process.terminate()

    def end(self) -> None:
        """Wait for a run to end, and end it where it does not."""
        if self._process:
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
