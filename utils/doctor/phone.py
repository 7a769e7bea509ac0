"""The check of the owner's phone: whether notices can be sent, without sending one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from utils.core.errors import ConfigurationError, ServiceError
from utils.doctor.finding import Finding, aside, fine, look, wrong
from utils.doctor.journal_state import looked_at
from utils.http_client import HttpClient
from utils.phone.settings import NtfySettings
from utils.phone.telling import TROUBLE
from utils.storage.bookmarks import Bookmarks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.doctor.scene import Scene

_HEALTH: Final = "/v1/health"
_OK: Final = 200
_REMEDY: Final = "Look at NTFY_URL, NTFY_TOPIC and NTFY_TOKEN in .env"


def check_phone(scene: Scene) -> Iterator[Finding]:
    """Whether notices reach the owner's phone, as far as that can be known without a notice."""
    if NtfySettings.missing(scene.settings):
        yield aside("Not set up; to get notices: choose an NTFY_TOPIC in .env")
        return
    try:
        settings = NtfySettings.read(scene.settings)
    except ConfigurationError as error:
        yield wrong(error.detail or str(error), _REMEDY)
        return
    with looked_at(scene) as journal:
        last = Bookmarks(database=journal.database).cursor(TROUBLE) if journal else ""
    if last:
        yield wrong(
            f"The last notice did not get through: {last.rstrip('.')}",
            f"{_REMEDY}; the next notice shows",
        )
        return
    where = urlsplit(settings.url).netloc
    if _answers(scene, settings.url):
        yield fine(f"Notices go through {where}")
    else:
        yield look(f"{where} does not answer as an ntfy server", _REMEDY)


def _answers(scene: Scene, url: str) -> bool:
    """Return whether a server for notices is there; neither topic nor token leaves."""
    client = HttpClient("ntfy", timeout_s=scene.settings.http_timeout_s)
    try:
        return client.send("GET", url.rstrip("/") + _HEALTH).status == _OK
    except ServiceError:
        return False
    finally:
        client.close()
