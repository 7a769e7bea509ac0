"""The engine of one home: what it consists of, and what it does in one pass."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.errors import JournalError, VaultMissingError
from utils.core.lifecycle import GRANTED_STATES, OPEN_STATES
from utils.obsidian.first_pages import lay_out

if TYPE_CHECKING:
    import threading

    from utils.action_executor import Executor
    from utils.approval.folders import DecisionFolders
    from utils.approval.kill_switch import KillSwitch
    from utils.approval_gate import Gate
    from utils.assembly.ground import Ground
    from utils.audit_log import AuditLog
    from utils.catalogue import Catalogue
    from utils.credentials.watch import TokenWatch
    from utils.execution.announcements import Announcements
    from utils.execution.follow_up import FollowUp
    from utils.execution.reconciler import Reconciler
    from utils.incoming.inbox import Inbox
    from utils.incoming.intake import Intake
    from utils.journal import Journal
    from utils.owner_notes.dashboard import Dashboard
    from utils.owner_notes.heartbeat import HeartbeatNote
    from utils.phone.telling import Phone
    from utils.report.weekly_draft import WeeklyDraft
    from utils.settings import Settings
    from utils.status.standing import Standing
    from utils.storage.bookmarks import Bookmarks
    from utils.system.lanes import Lanes
    from utils.times.clock import Clock
    from utils.vault import Vault

#: The lane in which what came in is taken in and planned.
_THINKING: Final = "thinking"
#: The lane in which the owner's phone is told.
_TELLING: Final = "telling the phone"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Everything that decides and acts for one home."""

    ground: Ground
    gate: Gate
    intake: Intake
    inbox: Inbox
    folders: DecisionFolders
    #: None on a machine without the right to send.
    executor: Executor | None
    announcements: Announcements
    reconciler: Reconciler
    follow_up: FollowUp
    audit_log: AuditLog
    tokens: TokenWatch
    draft: WeeklyDraft
    dashboard: Dashboard
    heartbeat: HeartbeatNote
    standing: Standing
    phone: Phone
    #: Where what may hang goes on beside everything else.
    lanes: Lanes
    #: Set when this process is to end: what is under way is finished, and nothing begun.
    leaving: threading.Event

    @property
    def settings(self) -> Settings:
        """The owner's settings."""
        return self.ground.settings

    @property
    def clock(self) -> Clock:
        """The time."""
        return self.ground.clock

    @property
    def catalogue(self) -> Catalogue:
        """What can be done."""
        return self.ground.catalogue

    @property
    def journal(self) -> Journal:
        """The truth."""
        return self.ground.journal

    @property
    def bookmarks(self) -> Bookmarks:
        """What else is remembered."""
        return self.ground.bookmarks

    @property
    def vault(self) -> Vault:
        """Where the owner looks."""
        return self.ground.vault

    @property
    def switch(self) -> KillSwitch:
        """Stops everything."""
        return self.ground.switch

    def start(self) -> None:
        """Make the vault where it is missing, and settle what a dead process left behind.

        Only to be called while holding the executor's lock.

        Raises:
            VaultMissingError: Notes wait in a vault that is not there, so no new one is made.
        """
        self.open_vault()
        if self.executor:
            self.reconciler.recover()

    def open_vault(self) -> None:
        """Make what is missing of the vault.

        Raises:
            VaultMissingError: Notes wait in a vault that is not there, so no new one is made.
        """
        if self.vault.is_bare() and self._waits_in_vault():
            raise VaultMissingError("notes wait in it")
        self.vault.make()
        lay_out(self.vault, self.bookmarks)

    def _waits_in_vault(self) -> bool:
        waiting = self.journal.in_states(OPEN_STATES | GRANTED_STATES)
        return any(tracked.shown and not tracked.proposal.group for tracked in waiting)

    def pass_once(self) -> None:
        """Make one full pass: take in, think, read decisions, carry out, look, render.

        Raises:
            VaultMissingError: The vault is not there; nothing was taken for withdrawn.
            JournalError: The journal cannot be kept; whoever runs this must stop.
        """
        if self.settings.has_room and not self.switch.is_on():
            self.lanes.run({_THINKING: self._notice_alone})
        self.folders.sweep()
        if self.executor:
            self.carry_out()
            self.reconciler.look()
            self.tokens.tell_parked()
        self.ground.alerts().tell_of_torn(dict(self.journal.torn))
        if self.executor:
            self.follow_up.follow()
            self.lanes.run({_TELLING: self.phone.tell})
        self.audit_log.render()
        if self.journal.database.keeps("dashboard"):
            self.dashboard.refresh()
            self.heartbeat.beat()
        self.standing.refresh()

    def _notice_alone(self) -> None:
        # Two machines that think about one letter at once would ask about it twice.
        with self.journal.database.alone("noticing") as ours:
            if ours:
                self._notice()

    def _notice(self) -> None:
        """Take in and think; what goes wrong there never keeps the owner's decisions waiting."""
        alerts = self.ground.alerts()
        for what, step in (
            ("The Inbox", self.inbox.take_in),
            ("What was taken in", self.intake.think),
            ("The accesses to services", self.tokens.look),
            ("The draft for the week", self.draft.make),
        ):
            with alerts.apart(what):
                step()

    def carry_out(self) -> None:
        """Perform what is granted and due, unless everything is stopped."""
        if self.executor and not self.switch.is_on():
            self.announcements.expand()
            self.executor.run_due()
        if self.executor:
            self.announcements.settle()
        self.audit_log.render()

    def close(self) -> None:
        """Wait for what is on its way, write what is left of the log, let go of the journal."""
        with suppress(JournalError):
            # Whoever ran it was told, or the log below fails too.
            self.lanes.finish()
        if not self.ground.is_far:
            self.audit_log.render(whole=True)
        self.journal.close()
