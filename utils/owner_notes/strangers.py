"""Strangers: files that no Proposal stands behind, and folders that only look like the vault's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.lifecycle import Folder
from utils.core.outside_text import visible
from utils.obsidian.listing import Kind

if TYPE_CHECKING:
    from utils.obsidian.listing import NoteFile
    from utils.owner_notes.alerts import Alerts
    from utils.owner_notes.copies import NoteCopies
    from utils.vault import Vault

_TROUBLE: Final = {
    Kind.FILE: "it is not a note",
    Kind.CONFLICT: "it is a copy that a sync program made, and only the note itself counts",
    Kind.LINKED: "the file has a second name somewhere else, so it could change unseen",
    Kind.FOLDER: "it is a folder, and only single notes count",
    Kind.SYMLINK: "it is a link to another file",
    Kind.SPECIAL: "it is not a file",
}


def trouble_of(file: NoteFile) -> str:
    """Return why a file cannot be a decision whatever it says, or "" where it can."""
    return _TROUBLE.get(file.kind, "")


@dataclass(frozen=True, kw_only=True)
class Strangers:
    """Puts out of the way what is no decision, and tells the owner so.

    Args:
        vault: Where it lies.
        copies: Tells notes from their copies.
        alerts: Tells the owner.
    """

    vault: Vault
    copies: NoteCopies
    alerts: Alerts

    def put_away(self, folder: Folder, file: NoteFile, trouble: str) -> bool:
        """Put a file out of the way that no Proposal stands behind, and say so.

        Returns:
            True: it needs no second look until it changes.
        """
        trouble = trouble or self.copies.trouble(file.name)
        if folder is Folder.PENDING and not trouble:
            return True
        why = trouble or "no request of mine stands behind it"
        is_copy = file.kind is Kind.CONFLICT or self.copies.trouble(file.name) != ""
        sent_back = folder is Folder.APPROVED and not is_copy
        where = f"I put it back into {Folder.PENDING}" if sent_back else f"it stays in {folder}"
        name = visible(file.name)
        # Told first: a note that was moved away shows no more that there was something to tell.
        self.alerts.raise_(
            f"stranger {folder} {name} {file.inode}",
            f"{name} was not taken for an approval",
            f"{name} in {folder}: {why}. Nothing was run; {where}.",
        )
        if sent_back:
            self.vault.move(folder, file.name, Folder.PENDING)
        return True

    def tell_of_planted(self) -> None:
        """Tell of folders that only look like those of the vault, and of planted orders."""
        for stranger in self.vault.strangers():
            name = visible(stranger)
            self.alerts.raise_(
                f"stranger {name}",
                f"{name[:60]} does not belong into the vault",
                f"{name} only looks like one of my folders, or would give orders to an assistant. "
                "Nothing in it counts; move what you need to the right folder and delete it.",
            )
