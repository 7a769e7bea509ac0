"""The vault: the only door to the folder which the owner sees.

Whatever is done to a note passes here: it is opened beneath its folder only, written so that a
power cut keeps the old or the new one, and moved without ever covering another.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from utils.core.errors import NoteError, RefusedError
from utils.core.lifecycle import Folder
from utils.core.notes import NOTE_LIMIT
from utils.file_utils import put_at, write_atomic_at
from utils.obsidian.folders import VaultFolders, is_there
from utils.obsidian.listing import PLANTED, is_stranger, listed, seen
from utils.system.plain_file import move_beside, namesakes, read_plain, respell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from utils.core.model import Grant
    from utils.obsidian.folders import Place
    from utils.obsidian.listing import NoteFile

#: The vault's own top, where ``Dashboard.md`` and ``STOP.md`` lie.
TOP: Final = None

#: Folders into which only the owner's hand puts something.
_OWNERS: Final = frozenset({Folder.APPROVED, Folder.REJECTED})

_WHY: Final = {
    errno.EISDIR: "It is a folder, not a note.",
    errno.ELOOP: "It is a link to another file, not a note.",
    errno.EXDEV: "It lies on another drive.",
    errno.EMLINK: "The file has a second name somewhere else, so it could change unseen.",
    errno.EFBIG: "It is too large.",
    errno.EACCES: "It may not be opened.",
    errno.EINVAL: "It is not a plain file.",
    errno.ENXIO: "It is not a plain file.",
}


class Vault:
    """The folder AI_Employee. Every step may raise VaultMissingError: then nothing was done."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folders = VaultFolders(root)

    def make(self) -> None:
        """Create what is missing of the vault, and take it as it is from now on.

        Raises:
            VaultMissingError: A folder's place is taken by something else.
            OSError: It could not be created.
        """
        self._folders.make()

    def is_bare(self) -> bool:
        """Return whether none of the folders in which the owner decides was ever made here."""
        return self._folders.is_bare()

    def check(self) -> None:
        """Make sure that the folders in which the owner decides are those we know.

        Raises:
            VaultMissingError: One is missing, emptied, exchanged or a link.
        """
        self._folders.check()

    def path(self, folder: Folder) -> Path:
        """Return where a folder lies, for whoever waits for its events."""
        return self.root / folder

    def list(self, folder: Folder) -> tuple[NoteFile, ...]:
        """Return the entries of a folder by name, without debris and without looking deeper.

        Raises:
            VaultMissingError: The folder is missing or exchanged.
        """
        with self._folders.open(folder) as descriptor:
            return listed(descriptor, folder)

    def find(self, folder: Folder, name: str) -> NoteFile | None:
        """Return one entry of a folder as a listing would show it, or None.

        Raises:
            NoteError: The name cannot stand in a folder.
            VaultMissingError: The folder is missing or exchanged.
        """
        with self._folders.open(folder) as descriptor:
            return seen(descriptor, folder, _checked(name))

    def holds(self, place: Place, name: str) -> bool:
        """Return whether a place has an entry of that name, whatever it is.

        Raises:
            NoteError: The name cannot stand in a folder.
            VaultMissingError: The place is missing or exchanged.
        """
        with self._folders.open(place) as descriptor:
            return is_there(descriptor, _checked(name))

    def read(self, place: Place, name: str) -> str:
        """Return the text of a small plain note.

        Raises:
            FileNotFoundError: It is not there (any more).
            NoteError: It is not a plain note; the sentence says why.
            VaultMissingError: The place is missing or exchanged.
        """
        data = self.read_bytes(place, name, limit_bytes=NOTE_LIMIT)
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise NoteError("It is not text in UTF-8.", path=_shown(place, name)) from error

    def read_bytes(self, place: Place, name: str, *, limit_bytes: int) -> bytes:
        """Return the content of a plain file, such as one that was dropped into the Inbox.

        Raises:
            FileNotFoundError: It is not there (any more).
            NoteError: It is not a plain file, or larger than the limit.
            VaultMissingError: The place is missing or exchanged.
        """
        with self._folders.open(place) as descriptor, _explained(_shown(place, name)):
            return read_plain(descriptor, name, limit_bytes)

    def write(self, place: Place, name: str, text: str) -> None:
        """Write a note, over an older one of that name; never where only the owner decides.

        Raises:
            RefusedError: The folder is Approved or Rejected.
            NoteError: The name or the text cannot stand on a disk.
            VaultMissingError: The place is missing or exchanged.
            OSError: The disk did not take it.
        """
        if place in _OWNERS:
            raise RefusedError(f"only the owner puts notes into {place}", rule="owner_decides")
        self._write(place, name, text)

    def keep_file(self, place: Place, name: str, data: bytes) -> str:
        """Keep a file that came from outside, never over another one.

        Returns:
            The name it has: that of the same file kept before, or one with a number added where
            another file has the wanted one.

        Raises:
            RefusedError: The folder is Approved or Rejected.
            NoteError: The name cannot stand in a folder, or is taken a thousand times.
            VaultMissingError: The place is missing or exchanged.
            OSError: The disk did not take it.
        """
        if place in _OWNERS:
            raise RefusedError(f"only the owner puts files into {place}", rule="owner_decides")
        with self._folders.open(place) as descriptor:
            for candidate in namesakes(_checked(name)):
                if not is_there(descriptor, candidate):
                    write_atomic_at(descriptor, candidate, data)
                    return candidate
                if _holds_exactly(descriptor, candidate, data):
                    return candidate
        raise NoteError("Too many files have this name.", path=name)

    def park(self, grant: Grant, name: str, text: str) -> None:
        """Put a note into Approved/: for a Grant by policy, or by the owner's ticked checkbox.

        Raises:
            RefusedError: The Grant stands for a drag; the owner moved that note himself.
            NoteError: The name or the text cannot stand on a disk.
            VaultMissingError: The folder is missing or exchanged.
            OSError: The disk did not take it.
        """
        if grant.by != "policy" and grant.how != "checkbox":
            raise RefusedError("a dragged note is in Approved already", rule="owner_decides")
        self._write(Folder.APPROVED, name, text)

    def move(self, folder: Folder, name: str, to: Folder, new_name: str | None = None) -> str:
        """Move an entry to another folder, never over one that is there.

        Returns:
            The name it has now: a number is added where the wanted one was taken.

        Raises:
            RefusedError: It would go into Approved.
            FileNotFoundError: It is not there (any more).
            NoteError: The name cannot stand in a folder.
            VaultMissingError: A folder is missing or exchanged.
            OSError: The disk did not take it.
        """
        if to is Folder.APPROVED:
            raise RefusedError("only the owner puts notes into Approved", rule="owner_decides")
        with self._folders.open(folder) as source, self._folders.open(to) as target:
            moved = move_beside(source, _checked(name), target, _checked(new_name or name))
            self._folders.flush(to, target)
            self._folders.flush(folder, source)
        return moved

    def respell(self, folder: Folder, name: str, registered: str) -> None:
        """Give an entry its registered name again, in the folder in which it lies.

        Nothing comes into a folder by this; where the drive itself takes both names for one, only
        the spelling changes.

        Raises:
            FileExistsError: Another entry has that name.
            FileNotFoundError: It is not there (any more).
            NoteError: A name cannot stand in a folder.
            VaultMissingError: The folder is missing or exchanged.
            OSError: The disk did not do it.
        """
        with self._folders.open(folder) as descriptor:
            respell(descriptor, _checked(name), _checked(registered))
            os.fsync(descriptor)

    def remove(self, place: Place, name: str) -> None:
        """Remove a note or page; gone already is fine.

        Raises:
            NoteError: The name cannot stand in a folder.
            VaultMissingError: The place is missing or exchanged.
            OSError: The disk did not do it.
        """
        with self._folders.open(place) as descriptor:
            if is_there(descriptor, _checked(name)):
                os.unlink(name, dir_fd=descriptor)
                os.fsync(descriptor)

    def strangers(self) -> tuple[str, ...]:
        """Return what does not belong into the vault: look-alike folders, planted agent files.

        Raises:
            VaultMissingError: The vault is missing or exchanged.
        """
        with self._folders.open(TOP) as descriptor, os.scandir(descriptor) as entries:
            strange = [entry.name for entry in entries if is_stranger(entry.name)]
        for folder in Folder:
            with self._folders.open(folder) as descriptor:
                strange += [f"{folder}/{name}" for name in PLANTED if is_there(descriptor, name)]
        return tuple(sorted(strange))

    def _write(self, place: Place, name: str, text: str) -> None:
        try:
            data = text.encode()
        except UnicodeEncodeError as error:
            raise NoteError("The text holds half a character.", path=name) from error
        with self._folders.open(place) as descriptor:
            put_at(descriptor, _checked(name), data)
            self._folders.flush(place, descriptor)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Flush what is moved and written inside a ``with`` block at its end, each folder once.

        Nothing may rest on it before: a power cut inside takes any of it back. What a note says
        is flushed before the note has its name, here as everywhere.

        Raises:
            VaultMissingError: A folder is missing or exchanged.
            OSError: The disk did not take it.
        """
        with self._folders.together():
            yield


def _holds_exactly(descriptor: int, name: str, data: bytes) -> bool:
    try:
        return read_plain(descriptor, name, len(data)) == data
    except OSError:
        return False


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Turn what stands in the way of reading into a sentence.

    Raises:
        FileNotFoundError: It is not there.
        NoteError: It cannot be read.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        why = _WHY.get(error.errno or 0, f"It cannot be read: {error.strerror}.")
        raise NoteError(why, path=path) from error


def _shown(place: Place, name: str) -> str:
    return f"{place}/{name}" if place else name


def _checked(name: str) -> str:
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise NoteError("This name cannot stand in a folder.", path=name)
    return name
