"""The mail watcher: every mail that comes in becomes an Item. It reads, and changes nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar, Final, override

from utils.core.canonical import item_id
from utils.core.lifecycle import Folder
from utils.core.model import Source
from utils.gmail.settings import GmailSettings, MailboxSettings
from utils.service_line import laid
from watchers.base_watcher import Watcher, main

if TYPE_CHECKING:
    from utils.assembly.engine import Engine
    from utils.core.model import Attachment, Item
    from utils.gmail.mailbox import Arrived, Mailbox
    from utils.mail.reading import Mail

#: How many mails are taken in between two heartbeats.
AT_ONCE: Final = 100
#: Where a mail's files are kept: beside the note of its Item.
_KEPT_IN: Final = Folder.NEEDS_ACTION
#: What a mailbox over IMAP is called among what is left alone: it is another server than Gmail's.
_IMAP: Final = "imap"


class GmailWatcher(Watcher):
    """Watches the owner's mailbox.

    Args:
        engine: What it feeds.

    Raises:
        ConfigurationError: The mailbox is not set up.
    """

    name: ClassVar[str] = "gmail"

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        settings = MailboxSettings.read(engine.settings)
        self.every_s = settings.poll_seconds
        self._mailbox = mailbox_of(engine, settings)

    @override
    def round(self) -> None:
        while self._mailbox.hand_over(self._take, most=AT_ONCE) and not self._stopping.is_set():
            self.live()

    def _take(self, arrived: Arrived) -> None:
        """Take a mail in; one on which reading fails is told of, and holds up none behind it."""
        came = arrived.at.astimezone(self.engine.settings.zone)
        read: list[tuple[Item, Mail]] = []
        with self.engine.ground.alerts().apart(f"The mail that came {came:%Y-%m-%d %H:%M}"):
            read.append(_read(arrived))
        for item, mail in read:
            self.engine.intake.take(self._with_files(item, mail), seen_id=arrived.seen_id)
        if not read:
            # Told once; else as many as are taken in at once would keep out all behind them.
            bookmarks = self.engine.bookmarks
            bookmarks.see(Source.GMAIL, [arrived.seen_id], now=self.engine.clock())

    def _with_files(self, item: Item, mail: Mail) -> Item:
        """Keep a mail's files beside the note of its Item, so that it never lacks them."""
        kept: list[Attachment] = []
        for attachment, file in zip(item.attachments, mail.attachments, strict=True):
            name = self.engine.vault.keep_file(_KEPT_IN, attachment.name, file.data)
            path = (self.engine.vault.path(_KEPT_IN) / name).relative_to(self.engine.settings.home)
            kept.append(attachment.model_copy(update={"name": name, "path": path.as_posix()}))
        return item.model_copy(update={"attachments": tuple(kept)})


def _read(arrived: Arrived) -> tuple[Item, Mail]:
    """Return a mail, and the Item that is made of it.

    Raises:
        UnicodeError: It holds what cannot be written down, at which the journal would stop.
    """
    from utils.mail.reading import read_mail  # noqa: PLC0415 - loaded with the first mail

    mail = read_mail(arrived.data)
    item = mail.to_item(
        item_id(f"gmail {arrived.seen_id}"),
        Source.GMAIL,
        arrived.at,
        message_id=arrived.message_id,
        thread=arrived.thread,
    )
    item.model_dump_json().encode()
    return item, mail


def mailbox_of(engine: Engine, settings: MailboxSettings) -> Mailbox:
    """Return the mailbox that the owner chose.

    Raises:
        ConfigurationError: It is not set up.
    """
    breakers = engine.ground.breakers
    if settings.source == "imap":
        from utils.gmail.imap_mailbox import ImapMailbox  # noqa: PLC0415 - one of the two is needed

        timeout_s = engine.settings.http_timeout_s
        with laid(breakers.line(_IMAP)):
            return ImapMailbox(settings, timeout_s, engine.bookmarks, engine.clock)
    from utils.gmail.api_mailbox import GmailMailbox  # noqa: PLC0415
    from utils.gmail.errors import SERVICE  # noqa: PLC0415
    from utils.gmail_client import connected  # noqa: PLC0415

    own = GmailSettings.read(engine.settings)
    with laid(breakers.line(SERVICE)):
        client = connected(own)
    return GmailMailbox(client, engine.bookmarks, engine.clock)


if __name__ == "__main__":
    sys.exit(main(GmailWatcher))
