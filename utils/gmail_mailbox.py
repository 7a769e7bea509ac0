"""New mails over Gmail's own interface: its history tells what was added since the last look."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pydantic import AwareDatetime

from utils.clock import utc_now
from utils.core.errors import OutcomeUnknownError, RejectedError, ServiceError
from utils.core.model import Source, Value
from utils.gmail_errors import GoneError
from utils.mail_text import read_mail
from utils.mailbox import FIRST_LOOK, Arrived

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from utils.bookmarks import Bookmarks
    from utils.clock import Clock
    from utils.gmail_client import GmailClient
    from utils.gmail_values import Stub

_CURSOR: Final = "gmail"
#: Labels of what did not come in, or came in as advertising.
_NOT_INCOMING: Final = frozenset(
    {"SENT", "DRAFT", "SPAM", "TRASH", "CATEGORY_PROMOTIONS", "CATEGORY_SOCIAL", "CHAT"}
)
#: What a look without history asks Gmail for.
_SEARCH: Final = "in:inbox -category:promotions -category:social after:{since:.0f}"
#: How far a look without history reaches back behind the last good one.
_OVERLAP: Final = timedelta(days=1)
#: How many mails in a row may be unreadable before the look is given up.
_PATIENCE: Final = 3
