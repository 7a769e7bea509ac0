"""`claude`: Claude Code in its jail, with the owner's settings in force."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from utils.claude.jail import Jail, jail
from utils.claude_setup import wanted
from utils.core.errors import JailMissingError
from utils.redaction import Redactor
from utils.settings import load, secrets
from utils.setup_logger import setup_logger
from utils.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from utils.settings import Settings

type Complaint = Callable[[Sequence[str], Mapping[str, str]], str]


@contextmanager
def ready(complaint_of: Complaint) -> Iterator[Jail]:
    """Prepare the jail of this home for the length of a ``with`` block.

    Args:
        complaint_of: Runs a command with an environment, and returns "" or why it failed.

    Raises:
        JailMissingError: Bubblewrap is missing, or the system does not let it work.
        ClaudeMissingError: Claude Code is not installed.
        ConfigurationError: There is no access to the model, or a setting is wrong.
        VaultMissingError: The vault's place is taken by something else.
    """
    settings = load()
    setup_logger("WARNING", Redactor(secrets(settings)))
    Vault(settings.vault_dir).make()
    with jail(settings) as made:
        made.settle(_local_settings(settings, made, complaint_of))
        yield made


def _local_settings(settings: Settings, made: Jail, complaint_of: Complaint) -> str:
    """Return the owner's set for the inside, after a trial of the jail.

    Some systems allow no sandbox within another; there the jail alone is the wall, and Claude Code
    would refuse to start with a sandbox that does not work.

    Raises:
        JailMissingError: Nothing can be run in it.
    """
    confined = not complaint_of(made.trial(), made.environment)
    if not confined and (why := complaint_of(made.command("true"), made.environment)):
        raise JailMissingError(why.splitlines()[-1])
    return wanted(settings, sandbox=confined)
