"""What a watcher needs of a mailbox, wherever it lies: the mails that came in, each once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

#: How far back mails are taken in at the first start.
FIRST_LOOK: Final = timedelta(days=7)


@dataclass(frozen=True)
class Arrived:
    """A mail that came in."""

    #: What it is remembered by, so that it is taken in once.
    seen_id: str
    data: bytes
    at: datetime
    #: Its id and its conversation's id in the mailbox, for answering, or "".
    message_id: str = ""
    thread: str = ""


class Mailbox(Protocol):
    """A place where mails come in; looked at without leaving a trace in it."""

    def hand_over(self, take: Callable[[Arrived], None], *, most: int) -> bool:
        """Hand over mails that were not taken in before, and keep how far that went.

        The place is kept only after what lies before it was taken in, so that a crash at any
        moment repeats a look and loses nothing.

        Args:
            take: Takes a mail in for good before it returns.
            most: How many are handed over at most.

        Returns:
            Whether more are waiting.

        Raises:
            ServiceError: The mailbox could not be read; what was taken stays taken.
        """
