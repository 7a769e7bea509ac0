"""The files in `Vault/Logs`: one for each UTC day, plain or, once it was archived, compressed.

A day's file is a JSON array with one Record a line. An archive is the same file under gzip, which
every system opens; nothing else writes into the folder.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from utils.file_utils import flush_folder, sha256_of_file, write_atomic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: What the name of a day's file ends with, and that of its archive.
PLAIN: Final = ".json"
ARCHIVE: Final = ".json.gz"


def rendered(lines: Sequence[str]) -> bytes:
    """Return a day's file as it should be: its Records, each as canonical JSON text."""
    body = ",\n".join(lines)
    # What is no UTF-8 in a damaged journal stays the bytes that it is.
    return f"[\n{body}\n]\n".encode(errors="surrogateescape")


@dataclass(frozen=True)
class DayFiles:
    """Reads and writes the days' files.

    Args:
        folder: ``Vault/Logs``.
    """

    folder: Path

    def plain(self, day: str) -> Path:
        """Return where a day's plain file lies, or would."""
        return self.folder / f"{day}{PLAIN}"

    def archive(self, day: str) -> Path:
        """Return where a day's archive lies, or would."""
        return self.folder / f"{day}{ARCHIVE}"

    def has(self, day: str) -> bool:
        """Return whether a day has a file of either kind."""
        return self.plain(day).exists() or self.archive(day).exists()

    def opened(self, day: str) -> BinaryIO:
        """Return a day's file open for reading, unpacked where only its archive is left.

        Raises:
            OSError: There is none, or it cannot be opened.
        """
        path = self.plain(day)
        if path.exists():
            return path.open("rb")
        return cast("BinaryIO", gzip.open(self.archive(day)))

    def days(self, ending: str) -> tuple[str, ...]:
        """Return what the files with an ending, ``PLAIN`` or ``ARCHIVE``, are called before it."""
        found = self.folder.glob(f"*{ending}")
        return tuple(sorted(path.name.removesuffix(ending) for path in found))

    def write(self, day: str, lines: Sequence[str]) -> int:
        """Write a day's plain file whole; return its size in bytes.

        Raises:
            OSError: The disk refused.
        """
        data = rendered(lines)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomic(self.plain(day), data)
        return len(data)

    def pack(self, day: str, data: bytes) -> str:
        """Write a day's archive, and read it again from the disk; return its SHA-256.

        Raises:
            OSError: The disk refused, or gave back something else.
        """
        path = self.archive(day)
        # Without the time of packing the same day always becomes the same bytes.
        write_atomic(path, gzip.compress(data, mtime=0))
        if unpacked(path, len(data)) != data:
            raise OSError(0, "the archive does not read as it was written", str(path))
        return sha256_of_file(path)

    def drop_plain(self, day: str) -> None:
        """Take the plain file of an archived day away.

        Raises:
            OSError: The disk refused.
        """
        self.plain(day).unlink(missing_ok=True)
        flush_folder(self.folder)


def unpacked(path: Path, limit_bytes: int) -> bytes:
    """Return what an archive holds, or its beginning where that is more than the limit.

    Raises:
        OSError: There is none, or it is damaged.
    """
    try:
        with gzip.open(path) as file:
            return file.read(limit_bytes + 1)
    except (EOFError, zlib.error) as error:
        raise OSError(0, f"it is damaged: {error}", str(path)) from error


class DayDigest:
    """The digest of a day's file as it should be, made while its Records go by."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        #: In bytes, with the closing bracket.
        self.size = len("\n]\n")

    def add(self, *lines: str) -> None:
        """Take the day's next Records, each as canonical JSON text."""
        opening = "[" if self.size == len("\n]\n") else ","
        body = ",\n".join(lines)
        data = f"{opening}\n{body}".encode(errors="surrogateescape")
        self._digest.update(data)
        self.size += len(data)

    def fits(self, files: DayFiles, day: str) -> bool:
        """Return whether the day's file, or its archive where that is all, is exactly this.

        Raises:
            OSError: There is none, or it cannot be read.
        """
        wanted = self._digest.copy()
        wanted.update(b"\n]\n")
        path = files.plain(day)
        if path.exists():
            return sha256_of_file(path) == wanted.hexdigest()
        data = unpacked(files.archive(day), self.size)
        return hashlib.sha256(data).hexdigest() == wanted.hexdigest()
