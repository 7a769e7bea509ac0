"""New mails over Gmail's own interface: its history tells what was added since the last look."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pydantic import AwareDatetime

from utils.core.errors import OutcomeUnknownError, RejectedError
from utils.core.model import Source, Value
from utils.gmail.errors import GoneError
from utils.gmail.mailbox import FIRST_LOOK, Arrived
from utils.mail.headers import headers_of
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from utils.core.errors import ServiceError
    from utils.gmail.values import Stub
    from utils.gmail_client import GmailClient
    from utils.storage.bookmarks import Bookmarks
    from utils.times.clock import Clock

_CURSOR: Final = "gmail"
#: Labels of what did not come in, or came in as advertising.
_NOT_INCOMING: Final = frozenset(
    {"SENT", "DRAFT", "SPAM", "TRASH", "CATEGORY_PROMOTIONS", "CATEGORY_SOCIAL", "CHAT"}
)
#: What a look without history asks Gmail for.
_SEARCH: Final = "in:inbox -category:promotions -category:social after:{since:.0f}"
#: How far a look without history reaches back behind the last good one.
_OVERLAP: Final = timedelta(days=1)
#: How many mails may be unreadable before the look is given up.
_PATIENCE: Final = 3


class _Place(Value):
    """How far the mailbox was read."""

    #: Whose mailbox it is; another one begins anew.
    address: str
    #: Everything in the history up to here was taken in.
    history_id: str
    #: When a look last came to its end.
    read_at: AwareDatetime
    #: Whether everything since ``read_at`` has to be searched first.
    searching: bool


@dataclass
class GmailMailbox:
    """The owner's mailbox.

    Args:
        client: Reads it.
        bookmarks: Keep what was taken in, and how far that went.
        clock: The time.
    """

    client: GmailClient
    bookmarks: Bookmarks
    clock: Clock = utc_now
    _address: str = field(default="", init=False)

    def hand_over(self, take: Callable[[Arrived], None], *, most: int) -> bool:
        """Hand over new mails; see ``Mailbox``.

        Raises:
            ServiceError: The mailbox could not be read.
        """
        place = self._place()
        round_ = _Round(self.client, self.bookmarks, take, self._address, most, self.clock)
        if not place.searching:
            try:
                return self._follow(place, round_)
            except GoneError:
                place = self._begin(place.read_at - _OVERLAP)
        return self._search(place, round_)

    def _follow(self, place: _Place, round_: _Round) -> bool:
        """Hand over what the history names; return whether more is waiting."""
        while True:
            page = self.client.history(place.history_id)
            if not round_.hand_over(page.rows):
                return round_.ended(more=True)
            reached = page.next or page.history_id
            place = place.model_copy(update={"history_id": reached, "read_at": self.clock()})
            if not round_.failed:
                self._keep(place)
            if not page.next:
                return round_.ended(more=False)

    def _search(self, place: _Place, round_: _Round) -> bool:
        """Hand over what a search finds; return whether more is waiting."""
        query = _SEARCH.format(since=place.read_at.timestamp())
        token = ""
        while True:
            page = self.client.search(query, token)
            if not round_.hand_over(page.rows):
                return round_.ended(more=True)
            token = page.next
            if not token:
                break
        if not round_.failed:
            done = {"searching": False, "read_at": self.clock()}
            self._keep(place.model_copy(update=done))
        return round_.ended(more=False)

    def _place(self) -> _Place:
        """Return how far the mailbox was read; another mailbox than last time begins anew."""
        self._address = self._address or self.client.profile().address.lower()
        kept = self.bookmarks.cursor(_CURSOR)
        place = _Place.model_validate_json(kept) if kept else None
        if place is None or place.address != self._address:
            return self._begin(self.clock() - FIRST_LOOK)
        return place

    def _begin(self, since: datetime) -> _Place:
        # The point of the history is taken before the search: what arrives meanwhile is in it.
        history_id = self.client.profile().history_id
        place = _Place(address=self._address, history_id=history_id, read_at=since, searching=True)
        self._keep(place)
        return place

    def _keep(self, place: _Place) -> None:
        self.bookmarks.set_cursor(_CURSOR, place.model_dump_json())


@dataclass
class _Round:
    """One look: hands mails over, as many as are wanted.

    A mail that cannot be read does not hold up those behind it; the place stays before it.
    """

    client: GmailClient
    bookmarks: Bookmarks
    take: Callable[[Arrived], None]
    #: The owner's own address.
    address: str
    #: How many mails may still be handed over.
    left: int
    clock: Clock
    failed: list[ServiceError] = field(default_factory=list)

    def hand_over(self, stubs: Iterable[Stub]) -> bool:
        """Hand over those that are new; return False where no more are wanted."""
        for stub in stubs:
            if stub.labels & _NOT_INCOMING or self.bookmarks.saw(Source.GMAIL, stub.id):
                continue
            if self.left == 0:
                return False
            self.left -= 1
            self._hand_over(stub.id)
        return True

    def ended(self, *, more: bool) -> bool:
        """Return whether more is waiting.

        Raises:
            ServiceError: A mail could not be read.
        """
        if self.failed:
            raise self.failed[0]
        return more

    def _hand_over(self, mail_id: str) -> None:
        """Hand over one mail, unless it did not come in or is gone already."""
        try:
            raw = self.client.message(mail_id)
        except GoneError:
            return
        except (OutcomeUnknownError, RejectedError) as error:
            self.failed.append(error)
            self.left = self.left if len(self.failed) < _PATIENCE else 0
            return
        if raw.stub.labels & _NOT_INCOMING or headers_of(raw.data).sender()[1] == self.address:
            self.bookmarks.see(Source.GMAIL, [mail_id], now=self.clock())
            return
        arrived = Arrived(mail_id, raw.data, raw.arrived_at, mail_id, raw.stub.thread_id)
        self.take(arrived)
