"""WhatsApp as something to connect: it offers no tools, but it too has settings to try."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from utils.core.errors import ConfigurationError
from utils.core.operation import Service
from utils.whatsapp.settings import WhatsAppSettings

if TYPE_CHECKING:
    from collections.abc import Callable


def _connect(settings: WhatsAppSettings) -> WhatsAppSettings:
    return settings


def _whoami(reach: WhatsAppSettings) -> str:
    """Return where chats are heard of, in one line.

    Raises:
        ConfigurationError: The folder is not there, or the port is somebody else's.
    """
    tell: Callable[[WhatsAppSettings], str] = _webhook if reach.source == "cloud" else _folder
    return tell(reach)


def _folder(settings: WhatsAppSettings) -> str:
    path = settings.export_path
    if path is None:
        return "chats that you export in the app and drop into Inbox"
    if not path.is_dir():
        raise ConfigurationError(f"WHATSAPP_EXPORT_DIR is no folder: {path}")
    found = sum(1 for each in path.iterdir() if each.suffix.lower() in {".txt", ".zip"})
    return f"exported chats in {path}, {found} there now"


def _webhook(settings: WhatsAppSettings) -> str:
    port = settings.webhook_port
    try:
        with socket.create_server(("127.0.0.1", port)):
            pass
    except OSError:
        # A running employee listens there itself; anybody else would be in its way.
        return f"signed webhooks at port {port} of this machine, which is in use already"
    return f"signed webhooks at port {port} of this machine"


#: Not in the registry: nothing of it can be proposed.
WHATSAPP = Service(
    name="whatsapp",
    title="WhatsApp",
    operations=(),
    settings=WhatsAppSettings,
    connect=_connect,
    whoami=_whoami,
    quiet_window_s=0,
)
#: Where to click, for a service without a page of its own.
HOW_TO = (
    "In WhatsApp open a chat, its menu, More, Export chat, Without media, and save the file in a "
    "folder that this machine sees, or drop it into Inbox."
)
