"""The chat watcher: what others write on WhatsApp becomes Items. It reads, and answers nobody."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, override

from utils.core.errors import ConfigurationError, NoRoomError
from utils.core.lifecycle import Folder
from utils.whatsapp.settings import WhatsAppSettings
from watchers.base_watcher import Watcher, main

if TYPE_CHECKING:
    from utils.assembly.engine import Engine

#: How often a folder is looked at, and how often a webhook is asked whether it is well.
_FOLDER_S: Final = 5.0
_WEBHOOK_S: Final = 15.0


class ChatSource(Protocol):
    """Where chats come from."""

    every_s: float

    def opened(self) -> AbstractContextManager[object]:
        """Return what has to be held while it is looked at.

        Raises:
            ConfigurationError: It cannot be had.
        """

    def look(self) -> None:
        """Take in what is new and has not been taken in by itself.

        Raises:
            EmployeeError: It could not be read or kept; the next look tries again.
        """


class WhatsAppWatcher(Watcher):
    """Watches the owner's chats.

    Args:
        engine: What it feeds.

    Raises:
        ConfigurationError: A setting is wrong, or missing for the source that is chosen.
    """

    name: ClassVar[str] = "whatsapp"

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._source = source_of(engine)
        self.every_s = self._source.every_s

    @override
    def prepared(self) -> AbstractContextManager[object]:
        return self._source.opened()

    @override
    def round(self) -> None:
        self._source.look()


class Exports:
    """A folder of exported chats.

    Raises:
        ConfigurationError: The owner has none; he may drop them into the Inbox instead.
    """

    every_s: float = _FOLDER_S

    def __init__(self, engine: Engine) -> None:
        from utils.whatsapp.chat_folder import ChatFolder  # noqa: PLC0415 - one of the two is needed

        path = WhatsAppSettings.read(engine.settings).export_path
        if path is None:
            raise ConfigurationError(
                f"WHATSAPP_EXPORT_DIR is not set; exported chats are taken from {Folder.INBOX}"
            )
        self._folder = ChatFolder(path=path, exports=engine.inbox.chats, clock=engine.clock)

    def opened(self) -> AbstractContextManager[object]:
        """Return nothing that has to be held."""
        return nullcontext()

    def look(self) -> None:
        """Take in what is new in the folder.

        Raises:
            ConfigurationError: The folder is not there.
        """
        self._folder.look()


class Cloud:
    """Meta's Cloud API: it tells by itself, and is answered once its words are on disk."""

    every_s: float = _WEBHOOK_S

    def __init__(self, engine: Engine) -> None:
        from utils.whatsapp.cloud import Webhook  # noqa: PLC0415 - one of the two is needed

        self._engine = engine
        self.webhook = Webhook(WhatsAppSettings.read(engine.settings), self.receive)

    def opened(self) -> AbstractContextManager[object]:
        """Return the listening.

        Raises:
            ConfigurationError: The port is taken.
        """
        return self.webhook.listening()

    def receive(self, payload: object) -> None:
        """Take every message in a webhook in, each once.

        Raises:
            EmployeeError: One could not be kept; Meta has to tell all of them again.
            NoRoomError: The disk is nearly full; likewise.
        """
        from utils.whatsapp.items import item_of_cloud  # noqa: PLC0415
        from utils.whatsapp.payload import messages_in  # noqa: PLC0415

        if not self._engine.settings.has_room:
            raise NoRoomError
        for message in messages_in(payload, now=self._engine.clock()):
            self._engine.intake.take(item_of_cloud(message), seen_id=message.id)

    def look(self) -> None:
        """Tell what went wrong since the last look.

        Raises:
            EmployeeError: A webhook could not be kept.
        """
        failure, self.webhook.failure = self.webhook.failure, None
        if failure:
            raise failure


def source_of(engine: Engine) -> ChatSource:
    """Return the source that the owner chose.

    Raises:
        ConfigurationError: A setting is wrong, or missing for this source.
    """
    chosen = WhatsAppSettings.read(engine.settings).source
    return Cloud(engine) if chosen == "cloud" else Exports(engine)


if __name__ == "__main__":
    sys.exit(main(WhatsAppWatcher))
