"""What keeps the employee from working: told once when it begins, and once when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from utils.owner_notes.alerts import Alerts
    from utils.storage.bookmarks import Bookmarks

_STANDS: Final = "stands"
_OVER: Final = "over"


@dataclass(frozen=True, kw_only=True)
class Troubles:
    """Keeps which troubles there are, across restarts.

    Args:
        alerts: Tells the owner.
        bookmarks: Keeps which trouble stands, and how many there were before it.

    Raises:
        VaultMissingError: The vault is not there; raised by every method that tells something.
        JournalError: It could not be kept; raised by every method.
    """

    alerts: Alerts
    bookmarks: Bookmarks

    def stands(self, name: str) -> bool:
        """Return whether this trouble has begun and is not over."""
        return self._known(name)[0] == _STANDS

    def begins(self, name: str, title: str, text: str) -> None:
        """Tell the owner with an alert, unless he was told and it is not over since.

        Args:
            name: The trouble, such as ``disk``.
            title: A few words.
            text: What happened, and what can be done.
        """
        state, number = self._known(name)
        if state == _STANDS:
            return
        # After a crash in between, the same alert is found to be told already.
        self.alerts.raise_(_key(name, number + 1), title, text)
        self._keep(name, _STANDS, number + 1)

    def ends(self, name: str, text: str) -> None:
        """Tell the owner that a trouble is over: in its note, which is filed."""
        state, number = self._known(name)
        if state == _STANDS:
            self.alerts.call_off(_key(name, number), text)
            self._keep(name, _OVER, number)

    def _known(self, name: str) -> tuple[str, int]:
        """Return how a trouble stands, and how many times it has begun."""
        state, _, number = self.bookmarks.cursor(f"trouble {name}").partition(" ")
        return state, int(number or 0)

    def _keep(self, name: str, state: str, number: int) -> None:
        self.bookmarks.set_cursor(f"trouble {name}", f"{state} {number}")


def _key(name: str, number: int) -> str:
    return f"trouble {name} {number}"
