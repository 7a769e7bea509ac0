"""The vault's folders as things that can vanish: opened one at a time, recognised each time.

The folders in which the owner decides are known by their inode and by a marker inside. A vault
that is missing, emptied or exchanged is "not mounted", never "everything withdrawn".
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from utils.core.errors import NewerVaultError, VaultMissingError
from utils.core.lifecycle import DECISION_FOLDERS, Folder
from utils.file_utils import write_atomic_at
from utils.system.plain_file import read_plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: A folder of the vault, or None for the vault's own top.
type Place = Folder | None

#: Lies in every folder, so that one which was emptied shows.
_MARKER: Final = ".gitkeep"
#: The version of the layout of folders and notes that this program makes and understands, and the
#: hidden file at the vault's top that tells it (decision 0014).
VAULT_VERSION: Final = 1
VERSION_MARK: Final = ".employee-version"
_MARK_BYTES: Final = 16
_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class VaultFolders:
    """Opens the folders of one vault, as long as they are those first seen."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[Place, tuple[int, int]] = {}
        self._unflushed = _Unflushed()

    def make(self) -> None:
        """Create what is missing, and take the folders as they are from now on.

        Raises:
            NewerVaultError: A newer program laid it out; nothing was touched.
            VaultMissingError: A folder's place is taken by something else.
            OSError: It could not be created.
        """
        self._known.clear()
        self.root.mkdir(parents=True, exist_ok=True)
        with self.open(None) as top:
            _refuse_newer(top)
        for folder in Folder:
            with self.open(None) as top:
                _make_folder(top, folder)
            with self.open(folder) as descriptor:
                if not is_there(descriptor, _MARKER):
                    write_atomic_at(descriptor, _MARKER, b"")
        with self.open(None) as top:
            if _version(top) != VAULT_VERSION:
                write_atomic_at(top, VERSION_MARK, f"{VAULT_VERSION}\n".encode())

    def is_bare(self) -> bool:
        """Return whether none of the folders in which the owner decides was ever made here."""
        return not any(os.path.lexists(self.root / each / _MARKER) for each in DECISION_FOLDERS)

    def check(self) -> None:
        """Make sure that the folders in which the owner decides are those we know.

        Raises:
            NewerVaultError: A newer program laid the vault out, perhaps on another machine.
            VaultMissingError: One is missing, emptied, exchanged or a link.
        """
        with self.open(None) as top:
            _refuse_newer(top)
        for folder in DECISION_FOLDERS:
            with self.open(folder) as descriptor:
                if not is_there(descriptor, _MARKER):
                    raise VaultMissingError(f"{folder} was emptied")

    @contextmanager
    def open(self, place: Place) -> Iterator[int]:
        """Open a place of the vault for the length of a ``with`` block.

        Raises:
            VaultMissingError: It is missing, exchanged or a link.
        """
        with _opened(self.root, None) as top:
            self._recognise(None, top)
            if place is None:
                yield top
                return
            with _opened(place, top) as descriptor:
                if place in DECISION_FOLDERS:
                    self._recognise(place, descriptor)
                yield descriptor

    def flush(self, place: Place, descriptor: int) -> None:
        """Flush an open place: now, or inside ``together`` at its end.

        Raises:
            OSError: The disk did not take it.
        """
        places = self._unflushed.places
        if places is None:
            os.fsync(descriptor)
        else:
            places[place] = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Flush what this thread changes inside a ``with`` block at its end, each place once.

        Raises:
            VaultMissingError: A place is missing or exchanged.
            OSError: The disk did not take it.
        """
        places = self._unflushed.places = {}
        try:
            yield
        finally:
            self._unflushed.places = None
            for place in places:
                with self.open(place) as descriptor:
                    os.fsync(descriptor)

    def _recognise(self, place: Place, descriptor: int) -> None:
        look = os.fstat(descriptor)
        seen = (look.st_dev, look.st_ino)
        if self._known.setdefault(place, seen) != seen:
            raise VaultMissingError(f"{place or self.root} was exchanged for another folder")


class _Unflushed(threading.local):
    """The places that this thread has to flush, in that order; None where it flushes at once."""

    places: dict[Place, None] | None = None


def is_there(descriptor: int, name: str) -> bool:
    """Return whether an open folder has an entry of that name, whatever it is."""
    try:
        os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _refuse_newer(top: int) -> None:
    found = _version(top)
    if found > VAULT_VERSION:
        raise NewerVaultError(f"version {found}, this program knows {VAULT_VERSION}")


def _version(top: int) -> int:
    """Return the version of the layout, 0 where none is marked or the mark says nothing."""
    try:
        mark = read_plain(top, VERSION_MARK, _MARK_BYTES)
    except OSError:
        return 0
    return int(mark) if mark.strip().isdigit() else 0


def _make_folder(top: int, folder: Folder) -> None:
    if not is_there(top, folder):
        os.mkdir(folder, dir_fd=top)


@contextmanager
def _opened(path: Path | str, beneath: int | None) -> Iterator[int]:
    """Open a folder.

    Raises:
        VaultMissingError: It is missing, no folder, or a link inside the vault.
    """
    # The vault's own place may be a link of the owner's; nothing inside it may.
    flags = _FLAGS if beneath is None else _FLAGS | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags, dir_fd=beneath)
    except OSError as error:
        raise VaultMissingError(f"{path}: {error.strerror}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)
