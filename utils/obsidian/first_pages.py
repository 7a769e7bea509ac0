"""The pages that a new vault begins with; from then on they are the owner's."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from utils.obsidian.settings import give_settings
from utils.vault import TOP

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.storage.bookmarks import Bookmarks
    from utils.vault import Vault

_SHIPPED: Final = Path(__file__).parents[1] / "templates" / "vault"
#: What is shipped: pages, and the tables that Obsidian makes of notes.
_KINDS: Final = ("*.md", "*.base")


def lay_out(vault: Vault, bookmarks: Bookmarks) -> None:
    """Put every page into the vault that it never had.

    What is there is left as it is, and what the owner threw away is not put back.

    Raises:
        VaultMissingError: The vault is not there.
        JournalError: It could not be kept that a page was given.
    """
    for page in first_pages():
        _once(bookmarks, page.name, partial(_give, vault, page))
    _once(bookmarks, "settings of Obsidian", partial(give_settings, vault.root))


def first_pages() -> list[Path]:
    """Return the shipped pages by name."""
    return sorted(page for kind in _KINDS for page in _SHIPPED.glob(kind))


def _once(bookmarks: Bookmarks, name: str, give: Callable[[], object]) -> None:
    given = f"first page {name}"
    if not bookmarks.cursor(given):
        give()
        bookmarks.set_cursor(given, "given")


def _give(vault: Vault, page: Path) -> None:
    if not vault.holds(TOP, page.name):
        vault.write(TOP, page.name, page.read_text(encoding="utf-8"))
