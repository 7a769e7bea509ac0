"""Whether a home was ever set up: what nobody set up is told from what vanished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.errors import NoHomeError
from utils.core.lifecycle import VAULT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: With a journal on a server nothing needs to lie in the home.
_SHARED: Final = "EMPLOYEE_DATABASE_URL"


def expect_home(home: Path, variables: Mapping[str, str]) -> None:
    """Refuse to look into a folder in which nothing was ever set up.

    Args:
        home: The folder that is taken for the home.
        variables: Everything that is set.

    Raises:
        NoHomeError: It has neither a vault nor a journal.
    """
    made = (home / VAULT, home / "Vault")
    if variables.get(_SHARED) or any(place.exists() for place in made):
        return
    raise NoHomeError(str(home))
