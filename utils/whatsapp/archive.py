"""The file of an exported chat, opened: its text, and what came along in a zip."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Callable

#: The largest text of a chat, and the largest attachment, in bytes when unpacked (ours).
_TEXT_LIMIT: Final = 64 * 1024 * 1024
_FILE_LIMIT: Final = 25 * 1024 * 1024
#: How many files a zip may hold.
_FILES: Final = 20_000
#: How phones pack. The other ways a zip knows are unpacked at one go, whatever was asked for: a
#: kilobyte of bzip2 fills gigabytes of memory before its length can be looked at.
_PACKED: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_NAMED: Final = re.compile(r".*whats ?app.*\.(txt|zip)|_chat( \d+)?\.txt", re.IGNORECASE)
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The file of an exported chat, opened."""

    text: str
    #: Names of the files beside the text.
    names: frozenset[str] = frozenset()
    _read: Callable[[str], bytes] = field(default=lambda _: b"", repr=False)

    def file(self, name: str) -> bytes:
        """Return the content of a file beside the text; b"" where it is broken or too large."""
        return self._read(name) if name in self.names else b""


def is_named_like_a_chat(name: str) -> bool:
    """Return whether a file has the name of an exported chat."""
    return _NAMED.fullmatch(name) is not None


def opened(name: str, data: bytes) -> Opened:
    """Open the file of an exported chat.

    Raises:
        InvalidValueError: It is broken, too large, or a zip without a chat.
    """
    if not name.lower().endswith(".zip"):
        return Opened(text=_decoded(data))
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except _BROKEN as error:
        raise InvalidValueError(f"{name} is no zip that can be opened") from error
    entries = {entry.filename: entry for entry in archive.infolist()[:_FILES]}
    texts = sorted((n for n in entries if n.lower().endswith(".txt")), key=_least_like_a_chat)
    if not texts:
        raise InvalidValueError(f"{name} holds no chat")
    text = _unpacked(archive, entries[texts[0]], _TEXT_LIMIT)
    if not text:
        raise InvalidValueError(f"the chat in {name} is empty, broken or too large")
    # Folders inside the zip mean nothing; a file is known by its name alone.
    beside = {PurePath(n).name: entry for n, entry in entries.items() if n != texts[0]}
    return Opened(
        text=_decoded(text),
        names=frozenset(beside),
        _read=lambda wanted: _unpacked(archive, beside[wanted], _FILE_LIMIT),
    )


def _least_like_a_chat(name: str) -> tuple[bool, int, str]:
    return not is_named_like_a_chat(PurePath(name).name), len(PurePath(name).parts), name


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """Return the content of an entry; b"" where it is broken, locked, or larger than it says.

    What is packed otherwise than phones pack counts as broken.
    """
    if entry.file_size > limit or entry.compress_type not in _PACKED:
        return b""
    try:
        with archive.open(entry) as file:
            data = file.read(limit + 1)
    except _BROKEN:
        return b""
    return data if len(data) <= limit else b""


def _decoded(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    return data.decode(encoding, "replace")
