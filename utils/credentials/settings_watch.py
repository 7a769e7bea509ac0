"""Notices that ``.env`` or the sign-in with Google was written anew."""

from __future__ import annotations

import logging
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.core.errors import ConfigurationError
from utils.gmail.settings import GmailSettings
from utils.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from utils.settings import Settings

_log: Final = logging.getLogger(__name__)

#: Size, time of the last change and identity of each file, or None where it is absent.
type _Stamp = tuple[tuple[int, int, int] | None, ...]


class SettingsWatch:
    """Looks at the files that settings and credentials are read from.

    Args:
        read: Reads the settings.
        every_s: How long to wait between two looks, in seconds.

    Raises:
        ConfigurationError: The settings cannot be used as they are.
    """

    def __init__(self, read: Callable[[], Settings] = load, *, every_s: float = 2.0) -> None:
        self._read = read
        self._every_s = every_s
        self._files = _files(read())
        self._used = self._seen = self._stamp()
        self._next = monotonic() + every_s

    def changed(self) -> bool:
        """Return, once for each change, whether there are new settings that can be used.

        A change counts when the next look finds it unaltered: an editor may write in pieces.
        """
        if monotonic() < self._next:
            return False
        self._next = monotonic() + self._every_s
        before, self._seen = self._seen, self._stamp()
        if self._seen == self._used or self._seen != before:
            return False
        self._used = self._seen
        return self._can_be_used()

    def _can_be_used(self) -> bool:
        try:
            self._read()
        except (ConfigurationError, UnicodeError) as error:
            _log.error("the old settings stay in use, because of the new ones: %s", error)
            return False
        return True

    def _stamp(self) -> _Stamp:
        return tuple(map(_stamp_of, self._files))


def _files(settings: Settings) -> tuple[Path, ...]:
    found = [settings.home / ".env", settings.project_root / ".env"]
    with suppress(ConfigurationError):
        found.append(GmailSettings.read(settings).token_path)
    return tuple(found)


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino
