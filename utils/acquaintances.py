"""Whom the business knows: by earlier Items, or as a contact in its books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from utils.clock import utc_now
from utils.core.errors import (
    ConfigurationError,
    InvalidValueError,
    ServiceError,
    UnknownOperationError,
)

if TYPE_CHECKING:
    from utils.bookmarks import Bookmarks
    from utils.catalogue import Catalogue, Reaches
    from utils.clock import Clock
    from utils.core.model import Item

#: The read that knows the contacts.
_LOOK_UP: Final = "odoo_get_partner"
#: How much of a sender's name is remembered, in characters.
_NAME: Final = 200
#: For how long the books are left alone after they did not answer.
_REST: Final = timedelta(minutes=5)


@dataclass(kw_only=True)
class Acquaintances:
    """Tells whether a sender is known. Each new sender is looked up once; nothing depends on it.

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
    _rests_until: datetime | None = None

    def knows(self, item: Item) -> bool | None:
        """Return whether an Item's sender is known, None where the books cannot tell now."""
        who = (item.sender or item.sender_name)[:_NAME]
        if not who:
            return False
        if self.bookmarks.first_item_of(who.casefold(), item.id) != item.id:
            return True
        # A name that a stranger gives himself is nobody's in the books.
        return self._is_contact(item.sender) if item.sender else False

    def _is_contact(self, who: str) -> bool | None:
        now = self.clock()
        if self._rests_until and now < self._rests_until:
            return None
        try:
            operation = self.catalogue.operation(_LOOK_UP)
            reach = self.reaches.connect(self.catalogue.service_of(_LOOK_UP))
            operation.model_validate({"partner": who}).read(reach)
        except (InvalidValueError, ValidationError):
            return False
        except (ConfigurationError, UnknownOperationError):
            return None
        except ServiceError:
            self._rests_until = now + _REST
            return None
        return True
