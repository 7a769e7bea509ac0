"""The heads of the log that stand in briefings and audits: witnesses against a cut tail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.errors import NoteError
from utils.core.lifecycle import Folder
from utils.obsidian.listing import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.vault import Vault

#: As briefings print it in a line of its own, and audits among their properties.
_PRINTED: Final = re.compile(
    r"^(?:(?:[-*] )?Log: |log_head: ['\"]?)r-([0-9]{1,15}) ([0-9a-f]{12})\b", re.MULTILINE
)
_READ: Final = frozenset({Kind.NOTE, Kind.CONFLICT})


@dataclass(frozen=True)
class PrintedHead:
    """A head of the log as a page names it."""

    #: The page, such as ``CEO_Briefings/2026-11-23-briefing.md``.
    where: str
    seq: int
    #: How the hash begins.
    digits: str


def printed_heads(vault: Vault) -> tuple[PrintedHead, ...]:
    """Return every head that a briefing or an audit in the vault names, oldest page first.

    A page that cannot be read names none.

    Raises:
        VaultMissingError: The vault is not there.
    """
    return tuple(
        head for folder in (Folder.BRIEFINGS, Folder.AUDITS) for head in _heads_in(vault, folder)
    )


def _heads_in(vault: Vault, folder: Folder) -> Iterator[PrintedHead]:
    for file in vault.list(folder):
        if file.kind not in _READ:
            continue
        try:
            text = vault.read(folder, file.name)
        except (FileNotFoundError, NoteError):
            continue
        for found in _PRINTED.finditer(text):
            yield PrintedHead(f"{folder}/{file.name}", int(found[1]), found[2])
