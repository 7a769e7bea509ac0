"""Copies and renamings that sync clients make of notes: which note is meant, and which counts.

A note is known by its registered name. Names that differ only in case, or in how accents are
written, are the same name to a sync client of another system; any other name with a Proposal's id
in it is a copy, which never counts.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.lifecycle import DECISION_FOLDERS
from utils.obsidian.listing import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from utils.core.lifecycle import Folder
    from utils.journal import Journal
    from utils.obsidian.listing import NoteFile
    from utils.vault import Vault

_ID: Final = re.compile(r"(?<![a-z0-9])p-[a-z0-9]{10}(?![a-z0-9])")


@dataclass(frozen=True)
class NoteCopies:
    """Tells notes from their copies.

    Args:
        vault: Where the notes lie.
        journal: Which names are registered.
    """

    vault: Vault
    journal: Journal

    def put_right(self, folder: Folder, file: NoteFile) -> NoteFile:
        """Give a note its registered name again that came back in another spelling of it.

        Nothing is renamed while the note itself lies in any of the folders: then this is a copy.
        """
        wanted = self._meant_by(file.name)
        if file.kind is not Kind.NOTE or wanted in {"", file.name}:
            return file
        is_spelled_alike = _plain(wanted) == _plain(file.name)
        if not is_spelled_alike or any(self._lies_in(each, wanted) for each in DECISION_FOLDERS):
            return file
        self.vault.respell(folder, file.name, wanted)
        return self.vault.find(folder, wanted) or file

    def trouble(self, name: str) -> str:
        """Return that a file is a copy of another note, or "" where it is not."""
        wanted = self._meant_by(name)
        return f"it is a copy of {wanted}, and only that one counts" if wanted != name else ""

    def ids_left(self, names: Iterable[str]) -> set[str]:
        """Return the Proposals of which at least a copy is among these files."""
        return {id_ for name in names for id_ in _ID.findall(_plain(name))}

    def _meant_by(self, name: str) -> str:
        """Return the registered name of the Proposal that a file's name speaks of, or its own."""
        for id_ in _ID.findall(_plain(name)):
            if tracked := self.journal.find(id_):
                return tracked.proposal.note
        return name

    def _lies_in(self, folder: Folder, name: str) -> bool:
        return any(file.name == name for file in self.vault.list(folder))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
