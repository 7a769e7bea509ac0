"""What the demo plays on: the engine, the pretend services, and the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.markup import escape

from utils.core.lifecycle import Folder, folder_of
from utils.core.outside_text import visible

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from rich.console import Console

    from utils.assembly.engine import Engine
    from utils.sandbox.street import Street
    from utils.storage.rows import Tracked

#: How long the demo waits for its own machinery, in seconds.
_SOON_S: Final = 30.0


@dataclass
class Stage:
    """What the demo plays on."""

    engine: Engine
    street: Street
    console: Console
    stopping: threading.Event
    fast: bool = False
    _steps: int = 0

    def until(
        self, done: Callable[[], bool], *, every_s: float = 0.1, for_s: float = _SOON_S
    ) -> bool:
        """Make passes until something is done; False where it takes too long or is ended."""
        for _ in range(round(for_s / every_s)):
            self.engine.pass_once()
            if done():
                return True
            if self.stopping.wait(every_s):
                return False
        return False

    def place(self, folder: Folder, name: str) -> Path:
        """Return where a note of the vault lies."""
        return self.engine.vault.path(folder) / name

    def say(self, words: str) -> None:
        """Print words of the demo's own; they may carry markup."""
        self.console.print(words, soft_wrap=True, highlight=False)

    def step(self, what: str, path: Path) -> None:
        """Print the next step, and the note or file that it is about."""
        self._steps += 1
        home = self.engine.settings.home
        shown = path.relative_to(home) if path.is_relative_to(home) else path
        self.say(f"[bold cyan]{self._steps}.[/] [bold]{escape(what)}[/]")
        self.say(f"     {escape(str(shown))}")

    def receipt(self, tracked: Tracked) -> None:
        """Print what came of a note, and where it lies now."""
        proposal = tracked.proposal
        rejected = self.engine.vault.holds(Folder.REJECTED, proposal.note)
        folder = Folder.REJECTED if rejected else folder_of(tracked.state)
        self.step(f"It is {tracked.state}", self.place(folder, proposal.note))
        if tracked.outcome and tracked.outcome.detail:
            self.told(tracked.outcome.detail)

    def told(self, *lines: str) -> None:
        """Print what was said by the employee or a service, one line each."""
        for line in lines:
            # What services and strangers wrote must not steer the terminal.
            self.say(f"     {escape(visible(' '.join(line.splitlines())))}")
