"""Whether a home was ever set up: what nobody set up is told from what vanished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.core.errors import NoHomeError
from utils.core.lifecycle import VAULT
from utils.environment.variables import DATABASE_URL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def expect_home(home: Path, variables: Mapping[str, str]) -> None:
    """Refuse to look into a folder in which nothing was ever set up.

    Args:
        home: The folder that is taken for the home.
        variables: Everything that is set.

    Raises:
        NoHomeError: It has neither a vault nor a journal.
    """
    made = (home / VAULT, home / "Vault")
    # With a journal on a server nothing needs to lie in the home.
    if variables.get(DATABASE_URL) or any(place.exists() for place in made):
        return
    raise NoHomeError(str(home))
