"""Notes that tell the owner something or ask him, each once."""

from __future__ import annotations

import errno
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from utils.core.canonical import item_id
from utils.core.errors import (
    DiskError,
    EmployeeError,
    JournalError,
    UnreadableRowError,
    VaultMissingError,
)
from utils.core.model import Entry, Item, ItemType, Source
from utils.core.outside_text import visible
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from utils.journal import Journal
    from utils.owner_notes.items import ItemNotes
    from utils.storage.bookmarks import Bookmarks
    from utils.times.clock import Clock

_log: Final = logging.getLogger(__name__)
#: What concerns everything at once, so that going on would only hide it.
_EVERYTHING: Final = (JournalError, DiskError, VaultMissingError)
_DISK: Final = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS})


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """Writes alerts and questions of our own into Needs_Action/.

    Args:
        notes: Writes them.
        bookmarks: Remembers what was already told.
        journal: Records that it was told.
        clock: The time.
    """

    notes: ItemNotes
    bookmarks: Bookmarks
    journal: Journal
    clock: Clock = field(default=utc_now)

    def raise_(self, key: str, title: str, text: str) -> None:
        """Tell the owner, once for each key.

        Args:
            key: What makes this alert the same as an earlier one.
            title: A few words.
            text: What happened and what can be done.
        """
        self._tell(key, ItemType.ALERT, title, text)

    def ask(self, key: str, title: str, question: str) -> None:
        """Ask the owner, once for each key; arguments as for ``raise_``."""
        self._tell(key, ItemType.CLARIFICATION, title, question)

    def put(self, item: Item, *, actor: str) -> None:
        """Put an Item of our own before the owner, once for each id.

        Args:
            item: What he is told or asked.
            actor: Who tells or asks it, for the Record.
        """
        told = Entry(
            action=str(item.type), actor=actor, parameters={"title": item.subject}, result="told"
        )
        with self.journal.database.step():
            if not self.bookmarks.take_in(item, self.notes.name_of(item), seen_id=item.id):
                return
            self.journal.record(told)
        self.notes.show(item)
        self.bookmarks.close_thinking(item.id, now=self.clock())

    def call_off(self, key: str, text: str) -> None:
        """Say in an alert's note that it is over, and file the note.

        Args:
            key: As it was raised under.
            text: What became of it.
        """
        item = self.bookmarks.item(item_id(key))
        if item is None:
            return
        over = item.model_copy(update={"question": f"{item.question}\n{text}"})
        self.notes.show_again(item, over, status="done")
        told = Entry(
            action=str(item.type), actor="gate", parameters={"title": item.subject}, result="over"
        )
        with self.journal.database.step():
            self.bookmarks.close_item(item.id, now=self.clock())
            self.journal.record(told)
        self.notes.complete(item)

    def tell_of_torn(self, torn: Mapping[str, UnreadableRowError]) -> None:
        """Tell of every Proposal that the journal cannot give back, once a day each."""
        for proposal_id, error in torn.items():
            with self.apart(proposal_id):
                raise error

    def told(self, key: str) -> bool:
        """Return whether the owner was told or asked under this key."""
        return self.bookmarks.saw(Source.EMPLOYEE, item_id(key))

    @contextmanager
    def apart(self, what: str) -> Iterator[None]:
        """Let what goes wrong with one thing inside the block stop nothing else.

        The owner is told of it once a day; a file that was moved away meanwhile is no fault.

        Args:
            what: The thing, such as a Proposal's id or a file's name.

        Raises:
            EmployeeError: The journal, the disk or the vault failed, which concerns everything.
            OSError: Likewise.
        """
        try:
            yield
        except FileNotFoundError:
            _log.info("%s was moved away meanwhile", visible(what))
        except Exception as error:
            if isinstance(error, _EVERYTHING) and not isinstance(error, UnreadableRowError):
                raise
            if isinstance(error, OSError) and error.errno in _DISK:
                raise
            self._tell_of(what, error)

    def _tell_of(self, what: str, error: Exception) -> None:
        # Only our own sentences were written to be shown; others may hold a key or a path.
        ours = isinstance(error, EmployeeError)
        why = str(error) if ours else f"an internal fault ({type(error).__name__}), see the log"
        shown = visible(what)
        key = f"apart {shown} {why} {self.clock():%Y-%m-%d}"
        if self.told(key):
            return
        _log.warning("%s: %s", shown, why, exc_info=None if ours else error)
        text = f"{shown}: {why}. It stays where it is, and everything else goes on."
        self.raise_(key, f"{shown[:80]} cannot be handled", text)

    def _tell(self, key: str, kind: ItemType, title: str, text: str) -> None:
        item = Item(
            id=item_id(key),
            type=kind,
            source=Source.EMPLOYEE,
            received_at=self.clock(),
            subject=title,
            question=text,
            priority="high" if kind is ItemType.ALERT else "normal",
        )
        self.put(item, actor="gate")
