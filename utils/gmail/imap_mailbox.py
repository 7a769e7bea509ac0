"""New mails over IMAP, for mailboxes without Gmail's own interface; nothing is marked as read."""

from __future__ import annotations

import imaplib
import re
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    OutcomeUnknownError,
    UnreachableError,
)
from utils.core.model import Source, Value
from utils.gmail.errors import SERVICE
from utils.gmail.mailbox import FIRST_LOOK, Arrived
from utils.mail.headers import headers_of
from utils.mail.parts import RAW_LIMIT
from utils.service_line import Line, line_here
from utils.system.lifeline import patience
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from utils.gmail.settings import MailboxSettings
    from utils.storage.bookmarks import Bookmarks
    from utils.times.clock import Clock

_CURSOR: Final = "imap"
#: One fetch brings the mail and when it arrived, and leaves it unread; so much of it at most.
_WANTED: Final = f"(INTERNALDATE BODY.PEEK[]<0.{RAW_LIMIT}>)"
_ARRIVED: Final = re.compile(rb'INTERNALDATE "\s*([^"]+)"')
#: Where a password may travel without encryption.
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"


class _Place(Value):
    """How far the mailbox was read."""

    #: The numbering that the mailbox had; another one begins anew.
    validity: str
    #: The last mail that was taken in.
    uid: int


@dataclass
class ImapMailbox:
    """The inbox of one account.

    Args:
        settings: Where it is and who we are.
        timeout_s: How long one answer may take, in seconds.
        bookmarks: Keep how far it was read.
        clock: The time.
        line: Asked before every call, and told what came of it.
    """

    settings: MailboxSettings
    timeout_s: float
    bookmarks: Bookmarks
    clock: Clock = utc_now
    line: Line = field(default_factory=line_here)

    def hand_over(self, take: Callable[[Arrived], None], *, most: int) -> bool:
        """Hand over new mails; see ``Mailbox``.

        Raises:
            ServiceError: The mailbox could not be read.
            ConfigurationError: The account is not set.
        """
        with self._inbox() as inbox:
            validity = _told(inbox, "UIDVALIDITY")
            place = self._place(validity)
            uids = self._waiting(inbox, place)
            for uid in uids[:most]:
                arrived = self._fetched(inbox, validity, uid)
                if arrived and not self._is_known(arrived):
                    take(arrived)
                self._keep(_Place(validity=validity, uid=uid))
            return len(uids) > most

    def _waiting(self, inbox: imaplib.IMAP4, place: _Place | None) -> list[int]:
        """Return the numbers of the mails behind a place, or of the last days without one."""
        if place:
            found = self._ask(inbox, "SEARCH", f"UID {place.uid + 1}:*")
        else:
            found = self._ask(inbox, "SEARCH", f"SINCE {_day(self.clock() - FIRST_LOOK)}")
        after = place.uid if place else 0
        words = b" ".join(part for part in found if isinstance(part, bytes)).split()
        # A search for "n:*" names the last mail even where it lies before n.
        return sorted(uid for uid in map(int, words) if uid > after)

    def _fetched(self, inbox: imaplib.IMAP4, validity: str, uid: int) -> Arrived | None:
        """Return a mail, or None where it was deleted meanwhile."""
        for part in self._ask(inbox, "FETCH", str(uid), _WANTED):
            if isinstance(part, tuple):
                head, data = part
                return Arrived(f"imap {validity} {uid}", data, self._moment(head))
        return None

    def _moment(self, head: bytes) -> datetime:
        """Return when a mail arrived; where the server does not say, now."""
        found = _ARRIVED.search(head)
        try:
            said = found[1].decode().replace("-", " ") if found else ""
            return parsedate_to_datetime(said).astimezone(self.clock().tzinfo)
        except (ValueError, TypeError, OverflowError):
            return self.clock()

    def _is_known(self, arrived: Arrived) -> bool:
        own = headers_of(arrived.data).sender()[1] == self.settings.imap_user.lower()
        return own or self.bookmarks.saw(Source.GMAIL, arrived.seen_id)

    def _place(self, validity: str) -> _Place | None:
        kept = self.bookmarks.cursor(_CURSOR)
        place = _Place.model_validate_json(kept) if kept else None
        return place if place and place.validity == validity else None

    def _keep(self, place: _Place) -> None:
        self.bookmarks.set_cursor(_CURSOR, place.model_dump_json())

    @contextmanager
    def _inbox(self) -> Iterator[imaplib.IMAP4]:
        """Open the inbox for reading only, for the length of a ``with`` block.

        Raises:
            ConfigurationError: The account is not set.
            AuthenticationError: The name or the password is wrong.
            UnreachableError: The server does not answer, or is left alone for a while.
        """
        user, password = self.settings.imap_user, self.settings.imap_app_password
        if not user or not password.get_secret_value():
            raise ConfigurationError("not set: GMAIL_IMAP_USER, GMAIL_IMAP_APP_PASSWORD")
        try:
            with self._connected() as server:
                try:
                    with self._call():
                        server.login(user, password.get_secret_value())
                except imaplib.IMAP4.error as error:
                    said = "the mailbox does not accept the app password"
                    raise AuthenticationError(said, service=SERVICE) from error
                with self._call():
                    server.select("INBOX", readonly=True)
                yield server
        except (imaplib.IMAP4.error, OSError) as error:
            raise UnreachableError("the mailbox does not answer", service=SERVICE) from error

    def _connected(self) -> imaplib.IMAP4:
        host, port = self.settings.imap_host, self.settings.imap_port
        with self._call():
            if host in _LOOPBACK:
                return imaplib.IMAP4(host, port, timeout=self.timeout_s)
            safe = ssl.create_default_context()
            return imaplib.IMAP4_SSL(host, port, ssl_context=safe, timeout=self.timeout_s)

    def _ask(self, inbox: imaplib.IMAP4, *words: str) -> list[bytes | tuple[bytes, bytes] | None]:
        """Return what the server answers to a command about numbered mails.

        Raises:
            OutcomeUnknownError: It says no.
        """
        with self._call():
            status, found = inbox.uid(*words)
        if status != "OK":
            raise OutcomeUnknownError(f"the mailbox refuses {words[0]}", service=SERVICE)
        return list(found)

    @contextmanager
    def _call(self) -> Iterator[None]:
        """Make one call inside a ``with`` block; a server that says no has answered it.

        Raises:
            RestingError: The server is left alone for a while.
            abort: The server hung up in the middle (``imaplib.IMAP4.abort``).
            error: The server says no (``imaplib.IMAP4.error``).
            OSError: The connection broke.
        """
        ended = self.line.begin(self.timeout_s)
        try:
            with patience(self.timeout_s):
                yield
        except (imaplib.IMAP4.abort, OSError):
            ended("the mailbox does not answer")
            raise
        except imaplib.IMAP4.error:
            ended("")
            raise
        ended("")


def _told(inbox: imaplib.IMAP4, what: str) -> str:
    found = inbox.response(what)[1]
    first = found[0] if found else None
    return first.decode("ascii", "replace") if isinstance(first, bytes) else ""


def _day(moment: datetime) -> str:
    """Return a day as IMAP writes it, whatever language the machine speaks."""
    month = _MONTHS[3 * moment.month - 3 : 3 * moment.month]
    return f"{moment.day}-{month}-{moment.year}"
