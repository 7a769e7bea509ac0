"""`claude`: Claude Code in its jail, with the owner's settings in force."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from utils.claude.jail import Jail, jail
from utils.claude_setup import wanted
from utils.core.errors import JailMissingError
from utils.redaction import Redactor
from utils.settings import load, secrets
from utils.setup_logger import setup_logger
from utils.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SAID: Final = 300


@contextmanager
def ready(works: Callable[[list[str], Jail], str]) -> Iterator[Jail]:
    """Prepare the jail of this home for the length of a ``with`` block.

    Args:
        works: Runs a command in the jail and returns why it failed, "" where it did not.

    Raises:
        JailMissingError: Bubblewrap is missing, or the system does not let it work.
        ClaudeMissingError: Claude Code is not installed.
        ConfigurationError: There is no access to the model, or a setting is wrong.
    """
    settings = load()
    setup_logger("WARNING", Redactor(secrets(settings)))
    Vault(settings.vault_dir).make()
    with jail(settings) as made:
        settle(made, wanted, works)
        yield made
