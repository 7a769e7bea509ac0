"""The pages that a new vault begins with; from then on they are the owner's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from utils.vault import TOP

if TYPE_CHECKING:
    from utils.bookmarks import Bookmarks
    from utils.vault import Vault

_SHIPPED: Final = Path(__file__).parent / "templates" / "vault"


def lay_out(vault: Vault, bookmarks: Bookmarks) -> None:
    """Put every page into the vault that it never had.

    What is there is left as it is, and what the owner threw away is not put back.

    Raises:
        VaultMissingError: The vault is not there.
        JournalError: It could not be kept that a page was given.
    """
    for page in sorted(_SHIPPED.glob("*.md")):
        given = f"first page {page.name}"
        if bookmarks.cursor(given):
            continue
        if not vault.holds(TOP, page.name):
            vault.write(TOP, page.name, page.read_text(encoding="utf-8"))
        bookmarks.set_cursor(given, "given")
