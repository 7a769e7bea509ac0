"""A folder outside the vault in which the owner drops exported chats; it is only read."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from utils.core.errors import ConfigurationError
from utils.file_utils import is_debris
from utils.io_optimizer import Settling
from utils.system.plain_file import read_plain
from utils.times.clock import utc_now
from utils.whatsapp.chat_exports import EXPORT_LIMIT

if TYPE_CHECKING:
    from pathlib import Path

    from utils.times.clock import Clock
    from utils.whatsapp.chat_exports import ChatExports

_log: Final = logging.getLogger(__name__)
_ENDINGS: Final = (".txt", ".zip")


@dataclass(frozen=True, kw_only=True)
class ChatFolder:
    """Looks at the folder again and again; a file that has not changed is opened once.

    Args:
        path: The folder.
        exports: Where exported chats go.
        clock: The time.
    """

    path: Path
    exports: ChatExports
    clock: Clock = field(default=utc_now)
    _settling: Settling = field(default_factory=Settling)
    _opened: dict[str, tuple[int, int]] = field(default_factory=dict)

    def look(self) -> None:
        """Take in every exported chat that is new or has changed, and is not being written.

        Raises:
            ConfigurationError: The folder is not there.
        """
        try:
            folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise ConfigurationError(f"WHATSAPP_EXPORT_DIR is no folder: {self.path}") from error
        try:
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries if _is_looked_at(entry))
            for name in names:
                self._look_at(folder, name)
        finally:
            os.close(folder)

    def _look_at(self, folder: int, name: str) -> None:
        try:
            seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
            look = seen.st_size, seen.st_mtime_ns
            now = self.clock()
            if self._opened.get(name) == look or not self._settling.settled(name, *look, now=now):
                return
            data = read_plain(folder, name, EXPORT_LIMIT)
        except FileNotFoundError:
            return
        except OSError as error:
            _log.warning("%s could not be opened: %s", name, error.strerror)
            data = b""
        if data and not self.exports.take(name, data):
            _log.warning("%s holds no exported chat", name)
        self._opened[name] = look


def _is_looked_at(entry: os.DirEntry[str]) -> bool:
    return entry.name.lower().endswith(_ENDINGS) and not is_debris(entry.name)
