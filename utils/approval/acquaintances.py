"""Whom the business knows: by earlier Items, or as a contact in its books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from utils.core.errors import ConfigurationError, ServiceError, UnknownOperationError
from utils.odoo.contacts import known_contacts
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from utils.catalogue import Catalogue, Reaches
    from utils.core.model import Item
    from utils.storage.bookmarks import Bookmarks
    from utils.times.clock import Clock

#: The tool whose service has the contacts.
_BOOKS: Final = "odoo_get_partner"
#: How much of a sender's name is remembered, in characters.
_NAME: Final = 200
#: For how long what the books said counts, or that they did not answer.
_FRESH: Final = timedelta(minutes=10)


@dataclass(kw_only=True)
class Acquaintances:
    """Tells whether a sender is known; no words of his leave the house for it.

    Args:
        bookmarks: Who wrote before.
        catalogue: Finds the read.
        reaches: The connection to the books.
        clock: The time.
    """

    bookmarks: Bookmarks
    catalogue: Catalogue
    reaches: Reaches
    clock: Clock = field(default=utc_now)
    _contacts: frozenset[str] | None = None
    _asked_at: datetime | None = None

    def knows(self, item: Item) -> bool | None:
        """Return whether an Item's sender is known, None where it has none or nobody can tell."""
        who = (item.sender or item.sender_name)[:_NAME]
        if not who:
            return None
        if self.bookmarks.first_item_of(who.casefold(), item.id) != item.id:
            return True
        # A name that a stranger gives himself is nobody's in the books.
        contacts = self._from_the_books() if item.sender else frozenset[str]()
        return contacts if contacts is None else item.sender.casefold() in contacts

    def _from_the_books(self) -> frozenset[str] | None:
        """Return the names and addresses in the books, None where they do not tell."""
        now = self.clock()
        if self._asked_at is None or now - self._asked_at >= _FRESH:
            self._asked_at = now
            try:
                reach = self.reaches.connect(self.catalogue.service_of(_BOOKS))
                self._contacts = known_contacts(reach)
            except (ConfigurationError, UnknownOperationError, ServiceError):
                self._contacts = None
        return self._contacts
