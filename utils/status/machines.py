"""The machines of one business: which are alive, and what each has carried out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from utils.core.processes import is_gone, machine_of, process_of
from utils.status.rows import StatusRows

if TYPE_CHECKING:
    from utils.storage.bookmarks import Bookmarks

#: Of how long what was carried out is counted.
LATELY: Final = timedelta(days=7)
#: A machine that was not heard of for longer is not told of any more.
_GONE: Final = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One machine."""

    name: str
    #: When any process of it was last heard of; None where only its work is known.
    last: datetime | None
    #: The processes heard of, by name.
    processes: tuple[str, ...]
    #: How much it carried out lately.
    done: int

    def is_alive(self, now: datetime) -> bool:
        """Return whether it was heard of lately."""
        return self.last is not None and not is_gone(now - self.last)


def machines_of(bookmarks: Bookmarks, now: datetime) -> list[Machine]:
    """Return every machine that was heard of or carried something out, by name.

    It is empty where the journal is kept in a file, which only one machine has.
    """
    beats: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
    for who, at in bookmarks.beats().items():
        if machine_of(who) and now - at <= _GONE:
            beats[machine_of(who)][process_of(who)] = at
    done = StatusRows(database=bookmarks.database).done_by_machine(now - LATELY, now)
    return [
        Machine(
            name=name,
            last=max(beats[name].values()) if name in beats else None,
            processes=tuple(sorted(beats[name])) if name in beats else (),
            done=done.get(name, 0),
        )
        for name in sorted(beats.keys() | done.keys())
    ]
