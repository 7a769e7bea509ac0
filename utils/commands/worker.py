"""`worker`: carries out what is granted and due, on this machine, beside other workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.assembly.opening import open_engine
from utils.core.errors import ConfigurationError
from utils.environment.roles import CLOUD
from utils.postgres.business import schema_of
from utils.settings import load
from utils.storage.place import is_shared
from utils.vault import Vault

if TYPE_CHECKING:
    import argparse
    import threading

    from rich.console import Console

_HERE: Final = "the vault is here, so notes are looked at before anything goes out"
_FAR: Final = "the vault is on another machine, so the journal's word counts"


def main(asked: argparse.Namespace, console: Console, stopping: threading.Event) -> int:
    """Work until stopped.

    Raises:
        ConfigurationError: There is no journal that machines share, or no such queue.
    """
    settings = load()
    if not is_shared(settings):
        raise ConfigurationError(
            "workers need EMPLOYEE_DATABASE_URL; with the journal in its file, "
            "`orchestrator.py` carries out everything itself"
        )
    if settings.role == CLOUD:
        raise ConfigurationError("EMPLOYEE_ROLE=cloud holds no right to send, so it cannot work")
    from utils.execution.worker import QUEUES, Worker  # noqa: PLC0415 - loads the task queue

    queues = tuple(filter(None, asked.queues.replace(" ", "").split(",")))
    if unknown := set(queues) - set(QUEUES):
        there = ", ".join(QUEUES)
        raise ConfigurationError(f"no queue {', '.join(sorted(unknown))}; there are {there}")
    far = Vault(settings.vault_dir).is_bare()
    with open_engine(far=far) as engine:
        console.print(f"Working for {', '.join(queues)}; {_FAR if far else _HERE}.")
        Worker(engine=engine, schema=schema_of(settings), queues=queues, stopping=stopping).run()
    return 0
