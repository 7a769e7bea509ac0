"""A home on which a process has died, the world around it, and what a judge found there."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from utils.core.lifecycle import Folder, State
from utils.journal import Journal
from utils.storage.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from utils.storage.rows import Tracked


#: The fault of a Proposal that is neither final nor asked when it has to be.
UNSETTLED: Final = "nothing was settled"


class World(Protocol):
    """The services outside of the blast: one pretend service, or several as one."""

    def start(self) -> object: ...

    def stop(self) -> None: ...

    def reset(self) -> None: ...

    def heal(self) -> None: ...

    def environment(self) -> dict[str, str]: ...

    def ledger(self) -> list[dict[str, Any]]: ...

    def requests(self) -> Sequence[object]: ...


@dataclass(frozen=True)
class Stage:
    """Where a process has died, and how it is started again."""

    home: Path
    world: World
    #: Starts it again, lets it make its round and stops it cleanly.
    restart: Callable[[], None]

    def folder(self, folder: Folder) -> Path:
        return self.home / "AI_Employee" / folder

    def names(self, folder: Folder) -> list[str]:
        return sorted(
            path.name for path in self.folder(folder).iterdir() if not path.name.startswith(".")
        )

    def effects(self) -> Counter[str]:
        """Return how often every kind of effect took place."""
        return Counter(str(row["kind"]) for row in self.world.ledger())

    def times(self, kinds: Sequence[str]) -> list[str]:
        """Return when the effects of some kinds took place."""
        return [row["at"] for row in self.world.ledger() if row["kind"] in kinds]

    def journal(self) -> closing[Journal]:
        return closing(Journal(database=SqliteDatabase(self.home / "Vault/State/journal.sqlite3")))

    def tracked(self) -> list[Tracked]:
        """Return everything that was ever asked, oldest first."""
        with self.journal() as journal:
            return journal.in_states(State)

    def torn(self) -> list[str]:
        """Return which log files are not whole JSON at this moment."""
        logs = (self.home / "Vault/Logs").glob("*.json")
        return [f"{path.name} is torn" for path in logs if not parses(path)]


@dataclass
class Judgement:
    """What one death led to."""

    #: ``done``, ``asked`` (the owner, once more), ``doubled`` or ``lost``.
    fate: str
    #: Promises that were broken.
    faults: list[str] = field(default_factory=list)
    #: From the first start after the death until everything was settled or asked and answered.
    seconds: float = 0.0

    @property
    def is_unsettled(self) -> bool:
        """Whether something was neither final nor asked when it had to be."""
        return UNSETTLED in self.faults

    @property
    def is_unlogged(self) -> bool:
        """Whether anything else does not add up: Records, notes, the log."""
        return any(fault != UNSETTLED for fault in self.faults)


def parses(path: Path) -> bool:
    """Return whether a file is whole JSON."""
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True
