"""Files as things on a disk: written so that no crash tears them, and named plainly."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

#: The longest file name we give, in characters with its extension and in bytes of UTF-8.
NAME_LIMIT: Final = 80
_NAME_BYTES: Final = 200
#: What a name becomes of which nothing is left.
_NAMELESS: Final = "unnamed"
#: Names that Windows keeps for devices, whatever their extension.
_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|conin|conout|(com|lpt)[0-9¹²³])")
_EXTENSION: Final = re.compile(r"[A-Za-z0-9]{1,8}")

#: Half-written, hidden or left-over files of editors and sync clients.
_DEBRIS: Final = re.compile(
    r"(?is)(\..*|~.*|.*~|#.*#|.*\.(swp|swo|swx|tmp|temp|bak|part|partial|crdownload|icloud|lock"
    r"|!sync|drivedownload|driveupload)"
    r"|desktop\.ini|thumbs\.db|icon\r)"
)
#: Copies that sync clients and file managers make beside a file.
_CONFLICT: Final = re.compile(
    r"(?is)(copy of|kopie von|copie de|copia di|copia de) .+|.+("
    r" [(\[][^()\[\]]*\b(conflicted( copy)?|(case|unicode encoding) conflict|sfconflict"
    r"|in konflikt stehende kopie)\b[^()\[\]]*[)\]]"
    r"|[._]conflict([-_. ][0-9]{8}-[0-9]{6})?"
    r"|\.sync-conflict-[0-9]{8}-[0-9]{6}(-[0-9A-Z]+)?"
    r"| \(([0-9]{1,3}|copy( [0-9]+)?)\)"
    r"| [0-9]{1,2}"
    r"| - (copy|kopie|copie|copia)( \([0-9]+\))?"
    r"| (copy|kopie|copie|copia)( [0-9]+)?"
    r")(\.[A-Za-z0-9]{1,8})?"
)


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that a crash at any moment leaves the old content or the new one.

    Args:
        path: Where it lies; its folder exists.
        data: All of it.
        mode: Who may do what with it, from its first byte on; 0o600 for what holds secrets.

    Raises:
        OSError: It could not be written. After a failed flush nobody may flush again and believe
            it: stop, start again, read from the disk.
    """
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        write_atomic_at(folder, path.name, data, mode=mode)
    finally:
        os.close(folder)


def write_atomic_at(folder_fd: int, name: str, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file of an open folder as ``write_atomic`` does.

    Raises:
        OSError: It could not be written.
    """
    put_at(folder_fd, name, data, mode=mode)
    os.fsync(folder_fd)


def put_at(folder_fd: int, name: str, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file of an open folder whole; until the folder is flushed the old one may be back.

    Raises:
        OSError: It could not be written.
    """
    temporary = f".{secrets.token_hex(8)}.tmp"
    try:
        _write_new(folder_fd, temporary, data, mode)
        os.rename(temporary, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
    except BaseException:
        _forget(folder_fd, temporary)
        raise


def _write_new(folder_fd: int, name: str, data: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, mode, dir_fd=folder_fd), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _forget(folder_fd: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder_fd)
    except FileNotFoundError:
        return


def keep_under(unfinished: Path, path: Path) -> None:
    """Give a finished file of the same folder its name, so that a power cut keeps it whole.

    Raises:
        OSError: The disk refused.
    """
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    unfinished.rename(path)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Put the names in a folder on the disk, so that a power cut keeps them as they are.

    Raises:
        OSError: The disk refused.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def safe_name(text: str, limit: int = NAME_LIMIT) -> str:
    """Return a file name that is plain on every system: letters, digits and ``-``.

    Folders in the text are dropped. A short extension stays; the stem gives way to the limit.
    """
    base = re.split(r"[/\\]", text.rstrip("/\\"))[-1]
    stem, dot, extension = base.rpartition(".")
    if not (dot and _EXTENSION.fullmatch(extension)):
        stem, extension = base, ""
    ending = f".{extension}" if extension else ""
    plain = slug(stem, limit - len(ending)) + ending
    # A name that looks like an editor's debris would be overlooked.
    return slug(f"{stem}-{extension}", limit) if is_debris(plain) else plain


def slug(text: str, limit: int = 40) -> str:
    """Return a text as one word of a file name: letters, digits and ``-``, composed (NFC)."""
    composed = unicodedata.normalize("NFC", text)
    words = "".join(char if char.isalnum() else "-" for char in composed)
    plain = re.sub(r"-+", "-", words).strip("-") or _NAMELESS
    if _DEVICES.fullmatch(plain):
        plain = f"{plain}-file"
    return _within(plain, limit)


def _within(word: str, limit: int) -> str:
    while len(word) > limit or len(word.encode()) > _NAME_BYTES:
        word = word[:-1].rstrip("-")
    return word


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits.

    Raises:
        OSError: It could not be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_debris(name: str) -> bool:
    """Return whether a name is that of a hidden, half-written or left-over file."""
    return bool(_DEBRIS.fullmatch(name))


def is_conflict_copy(name: str) -> bool:
    """Return whether a name is that of a copy which a sync client or file manager made."""
    return bool(_CONFLICT.fullmatch(name))
