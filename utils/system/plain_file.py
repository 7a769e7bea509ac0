"""Plain files beneath an open folder: opened without tricks, moved without overwriting.

An ``OSError`` is left as it is; its ``errno`` says what stood in the way.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How many files may bear the same name in one folder before something is wrong.
_NAMESAKES: Final = 1000

_LINUX: Final = sys.platform == "linux"
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
#: Linux' number for openat2, the same on every architecture that has it.
_OPENAT2: Final = 437
#: RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH.
_RESOLVE: Final = 0x01 | 0x02 | 0x04 | 0x08
_READ: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_NOREPLACE: Final = 1
#: What an old kernel, a container's filter or a foreign file system answers.
_NOT_OFFERED: Final = frozenset({errno.ENOSYS, errno.EPERM, errno.EINVAL, errno.EOPNOTSUPP})


def read_plain(folder_fd: int, name: str, limit_bytes: int) -> bytes:
    """Return the content of a small plain file that lies directly in the folder.

    One descriptor, one look, one read: nothing can be exchanged in between.

    Raises:
        OSError: ELOOP for a symlink, EXDEV for another mount, EISDIR for a folder, EMLINK for a
            file with a second name, EFBIG for a large one, EINVAL for anything else that is not
            a plain file, ENOENT where there is none.
    """
    descriptor = _open_beneath(folder_fd, name)
    try:
        _check_plain(descriptor, folder_fd, limit_bytes)
        data = os.read(descriptor, limit_bytes + 1)
    finally:
        os.close(descriptor)
    if len(data) > limit_bytes:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return data


def _open_beneath(folder_fd: int, name: str) -> int:
    if "/" in name or name in {"", ".", ".."} or "\0" in name:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    if not _LINUX:
        return os.open(name, _READ, dir_fd=folder_fd)
    how = struct.pack("QQQ", _READ, 0, _RESOLVE)
    size = ctypes.c_size_t(len(how))
    descriptor = int(_LIBC.syscall(_OPENAT2, folder_fd, os.fsencode(name), how, size))
    if descriptor >= 0:
        return descriptor
    number = ctypes.get_errno()
    if number in _NOT_OFFERED:
        return os.open(name, _READ, dir_fd=folder_fd)
    raise OSError(number, os.strerror(number))


def _check_plain(descriptor: int, folder_fd: int, limit_bytes: int) -> None:
    seen = os.fstat(descriptor)
    wrong = (
        (stat.S_ISDIR(seen.st_mode), errno.EISDIR),
        (not stat.S_ISREG(seen.st_mode), errno.EINVAL),
        (seen.st_dev != os.fstat(folder_fd).st_dev, errno.EXDEV),
        (seen.st_nlink != 1, errno.EMLINK),
        (seen.st_size > limit_bytes, errno.EFBIG),
    )
    number = next((number for is_wrong, number in wrong if is_wrong), 0)
    if number:
        raise OSError(number, os.strerror(number))


def move_beside(source_fd: int, name: str, target_fd: int, wanted: str) -> str:
    """Move a file under the wanted name, or under one with a number where that is taken.

    Returns:
        The name it has now.

    Raises:
        OSError: It could not be moved; EEXIST where a thousand such names are taken.
    """
    for candidate in namesakes(wanted):
        try:
            move_new(source_fd, name, target_fd, candidate)
        except FileExistsError:
            continue
        return candidate
    raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), wanted)


def namesakes(name: str) -> Iterator[str]:
    """Yield a name, and then a thousand like it with a number each."""
    # Not "name 2": that is how sync clients call the copies which are never acted upon.
    stem, dot, extension = name.rpartition(".")
    stem, ending = (stem, f".{extension}") if dot and stem else (name, "")
    yield name
    for number in range(2, _NAMESAKES):
        yield f"{stem}-{number}{ending}"


def move_new(source_fd: int, name: str, target_fd: int, new_name: str) -> None:
    """Move a file from one open folder to another, never over something that is there.

    Raises:
        FileExistsError: The new name is taken.
        OSError: It could not be moved.
    """
    number = _rename_new(source_fd, os.fsencode(name), target_fd, os.fsencode(new_name))
    if number in _NOT_OFFERED:
        _claim_then_rename(source_fd, name, target_fd, new_name)
    elif number:
        raise OSError(number, os.strerror(number), name)


def respell(folder_fd: int, name: str, new_name: str) -> None:
    """Write a file's name otherwise, also where the drive takes both spellings for one name.

    Raises:
        FileExistsError: Another file has the new name.
        OSError: It could not be renamed.
    """
    try:
        move_new(folder_fd, name, folder_fd, new_name)
    except FileExistsError:
        looks = [
            os.stat(each, dir_fd=folder_fd, follow_symlinks=False) for each in (name, new_name)
        ]
        if not os.path.samestat(*looks):
            raise
        os.rename(name, new_name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)


def _rename_new(source_fd: int, name: bytes, target_fd: int, new_name: bytes) -> int:
    """Ask the kernel to move without overwriting, and return its error number or 0."""
    if not _LINUX:
        return errno.ENOSYS
    done = _LIBC.renameat2(source_fd, name, target_fd, new_name, _NOREPLACE) == 0
    return 0 if done else ctypes.get_errno()


def _claim_then_rename(source_fd: int, name: str, target_fd: int, new_name: str) -> None:
    """Move where the kernel cannot refuse to overwrite: over a placeholder of our own making.

    Raises:
        OSError: The new name is taken, or the file could not be moved.
    """
    is_folder = stat.S_ISDIR(os.stat(name, dir_fd=source_fd, follow_symlinks=False).st_mode)
    if is_folder:
        os.mkdir(new_name, 0o700, dir_fd=target_fd)
    else:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        os.close(os.open(new_name, flags, 0o600, dir_fd=target_fd))
    try:
        os.rename(name, new_name, src_dir_fd=source_fd, dst_dir_fd=target_fd)
    except OSError:
        (os.rmdir if is_folder else os.unlink)(new_name, dir_fd=target_fd)
        raise
