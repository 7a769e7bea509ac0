"""Points at which a process may die, or another may come in between, without a change to its code.

Every beginning of a function that keeps something (journal, vault, log, files) or reaches out is a
point. Threads of pretend services have none.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Final, Self

from utils.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

_TOOL: Final = 4
_STARTS: Final = sys.monitoring.events.PY_START
#: What keeps something or reaches out, by its place in the project.
_KEEPING: Final = tuple(
    str(PROJECT_ROOT / "utils" / name)
    for name in ("storage", "journal", "vault", "log", "audit_log", "http_client", "system/file")
)


class Killed(BaseException):
    """The process dies here."""


class DeathPoints:
    """Watches the points of this process; at most one at a time.

    Until something is arranged it only counts.
    """

    def __init__(self) -> None:
        #: How many points were passed since the last arrangement.
        self.passed = 0
        self._fuse: int | None = None
        self._between: tuple[CodeType, Callable[[], None]] | None = None

    def __enter__(self) -> Self:
        """Begin to watch."""
        sys.monitoring.use_tool_id(_TOOL, "death points")
        sys.monitoring.register_callback(_TOOL, _STARTS, self._begins)
        sys.monitoring.set_events(_TOOL, _STARTS)
        return self

    def __exit__(self, *_: object) -> None:
        """Watch no longer."""
        sys.monitoring.set_events(_TOOL, sys.monitoring.events.NO_EVENTS)
        sys.monitoring.register_callback(_TOOL, _STARTS, None)
        sys.monitoring.free_tool_id(_TOOL)

    def burn(self, fuse: int, since: CodeType | None = None) -> None:
        """Let the process die after so many points, from here or from when a function begins.

        Once dead it stays dead: every later point ends what still runs, too.
        """
        if since:
            self.come_between(since, lambda: self.burn(fuse))
        else:
            self.passed, self._fuse = 0, fuse

    def rest(self) -> bool:
        """Let nothing happen any more; return whether the process had died."""
        had_died = self._is_dead()
        self._fuse = self._between = None
        return had_died

    def _is_dead(self) -> bool:
        return self._fuse is not None and self.passed > self._fuse

    def come_between(self, code: CodeType, act: Callable[[], None]) -> None:
        """Act once, just before a function begins the next time."""
        self._between = (code, act)
        sys.monitoring.restart_events()

    def _begins(self, code: CodeType, _offset: int) -> object:
        if self._between and code is self._between[0]:
            act, self._between = self._between[1], None
            act()
        if not code.co_filename.startswith(_KEEPING):
            return sys.monitoring.DISABLE
        thread = threading.current_thread()
        if thread is threading.main_thread() or thread.name.startswith("lane "):
            self.passed += 1
            if self._is_dead():
                raise Killed
        return None
