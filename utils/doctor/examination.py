"""The examination: a table of checks, made at the same time and within a bounded time."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.doctor import agent, home, journal_state, phone, services, vault_notes
from utils.doctor.finding import Finding, fine, look, wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from utils.doctor.scene import Scene

_log: Final = logging.getLogger(__name__)
#: How long everything together may take, in seconds, every service down included.
WITHIN_S: Final = 8.0


@dataclass(frozen=True)
class Check:
    """One row of the table."""

    #: What is looked at, as the line begins.
    name: str
    #: What is said where nothing was found.
    well: str
    look_at: Callable[[Scene], Iterable[Finding]]


#: What is looked at in every home, in the order shown; the services follow.
CHECKS: Final = (
    Check("Settings", "Every line of .env fits", home.check_settings),
    Check("Secrets", "Only you can read them", home.check_env_readable),
    Check("Privacy", "Journal and log are shut to others", home.check_state_private),
    Check("Time zone", "It is set", home.check_zone),
    Check("Disk", "There is room", home.check_room),
    Check("Sync", "No sync client copies the journal", home.check_synced),
    Check("Folder", "Its path is short enough", home.check_socket),
    Check("Journal", "It can be read", journal_state.check_journal),
    Check("Log", "It is whole", journal_state.check_log),
    Check("Kill switch", "It is off", journal_state.check_switch),
    Check("Employee", "It is at work", journal_state.check_watchers),
    Check("Employee", "Its machines are heard of", journal_state.check_machines),
    Check("Only one", "Nobody else works in this vault", journal_state.check_only_one),
    Check("Vault", "Every folder is there", vault_notes.check_folders),
    Check("Strangers", "Nothing in the vault gives orders", vault_notes.check_strangers),
    Check("Names", "No two names differ in case only", vault_notes.check_twins),
    Check("Copies", "No sync client left copies", vault_notes.check_conflicts),
    Check("Notes", "Every note that waits can be read", vault_notes.check_notes),
    Check("Drive", "Changes in the vault are noticed at once", vault_notes.check_events),
    Check("Claude Code", "It cannot approve", agent.check_owner_settings),
    Check("Jail", "Claude Code can be jailed", agent.check_jail),
    Check("Servers", "Every one can be loaded", services.check_registry),
    Check("Talking", "Claude Code can talk to every service", services.check_noise),
    Check("Phone", "Notices get through", phone.check_phone),
    Check("Clock", "It agrees", services.check_clock),
)


def checks_for(scene: Scene) -> tuple[Check, ...]:
    """Return the whole table for a home: what every home has, and its services."""
    asked = [each for each in scene.catalogue.services if each.settings.variables_of()]
    own = (
        Check(each.title, "It works", partial(services.check_service, service=each))
        for each in asked
    )
    return (*CHECKS, *own)


@dataclass
class _Running:
    """One check under way; its thread is left to itself when the time is over."""

    check: Check
    scene: Scene
    found: list[Finding] | None = None
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        name = f"doctor {self.check.name}"
        self.thread = threading.Thread(target=self._look, name=name, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        try:
            found = list(self.check.look_at(self.scene))
        except Exception as error:  # noqa: BLE001 - as the comment says
            # One check that breaks must not hide what the others found.
            _log.debug("the check %s broke", self.check.name, exc_info=error)
            found = [wrong(f"This could not be looked at: {error}", "Mend the others first")]
        self.found = found or [fine(self.check.well)]

    def result(self, until: float) -> list[Finding]:
        self.thread.join(max(0.0, until - monotonic()))
        return self.found or [look("It takes too long to look at", "Try again later")]


def examined(scene: Scene, *, within_s: float = WITHIN_S) -> list[tuple[Check, Finding]]:
    """Return what every check of a home found, in the order of the table.

    Args:
        scene: The home.
        within_s: How long all of it may take, in seconds.
    """
    until = monotonic() + within_s
    under_way = [_Running(check, scene) for check in checks_for(scene)]
    return [(each.check, finding) for each in under_way for finding in each.result(until)]
