"""What lies in a folder of the vault: notes, and the kinds of things that are no notes."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from utils.core.lifecycle import Folder
from utils.file_utils import is_conflict_copy, is_debris
from utils.lookalike import skeleton

#: Files that would give orders to an agent working in the vault.
PLANTED: Final = ("CLAUDE.md", "CLAUDE.local.md", "AGENTS.md", ".mcp.json", ".claude")

_PLANTED_PLAIN: Final = frozenset(name.casefold() for name in PLANTED)
_RESEMBLED: Final = frozenset(skeleton(folder) for folder in Folder)


class Kind(StrEnum):
    """What an entry of a folder is."""

    NOTE = "note"
    #: A plain file that is no Markdown.
    FILE = "file"
    #: A copy made by a sync client; never acted upon.
    CONFLICT = "conflict"
    #: A file that has a second name somewhere.
    LINKED = "linked"
    FOLDER = "folder"
    SYMLINK = "symlink"
    #: A pipe, socket or device.
    SPECIAL = "special"


@dataclass(frozen=True)
class NoteFile:
    """One entry of a folder, as it was seen."""

    name: str
    kind: Kind
    inode: int
    mtime_ns: int
    #: In bytes.
    size: int


def listed(descriptor: int, folder: Folder) -> tuple[NoteFile, ...]:
    """Return the entries of an open folder by name, without debris and without looking deeper."""
    names = sorted(os.listdir(descriptor))
    return tuple(filter(None, (seen(descriptor, folder, name) for name in names)))


def is_stranger(name: str) -> bool:
    """Return whether a name at the vault's top is a planted file's or like that of a folder."""
    if name.casefold() in _PLANTED_PLAIN:
        return True
    return name not in set(Folder) and skeleton(name) in _RESEMBLED


def seen(descriptor: int, folder: Folder, name: str) -> NoteFile | None:
    """Return one entry of an open folder; None where it is debris or not there."""
    if is_debris(name):
        return None
    try:
        look = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return NoteFile(name, _kind(name, look, folder), look.st_ino, look.st_mtime_ns, look.st_size)


def _kind(name: str, look: os.stat_result, folder: Folder) -> Kind:
    if stat.S_ISLNK(look.st_mode):
        return Kind.SYMLINK
    if stat.S_ISDIR(look.st_mode):
        return Kind.FOLDER
    if not stat.S_ISREG(look.st_mode):
        return Kind.SPECIAL
    if look.st_nlink != 1:
        return Kind.LINKED
    # What people drop into the Inbox is often called "scan 2.pdf" or "photo (1).jpg".
    if folder is not Folder.INBOX and is_conflict_copy(name):
        return Kind.CONFLICT
    return Kind.NOTE if name.casefold().endswith(".md") else Kind.FILE
