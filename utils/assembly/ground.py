"""The ground of one home: what every part of the engine stands on, put together once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from utils.approval.decisions import Decisions
from utils.approval.kill_switch import KillSwitch
from utils.approval.looking_up import LookUp
from utils.approval.situation import FactFinder
from utils.approval_gate import Gate
from utils.catalogue import Catalogue, Reaches
from utils.environment.roles import CLOUD
from utils.journal import Journal
from utils.owner_notes.alerts import Alerts
from utils.owner_notes.far_vault import FarItemNotes, FarNotes, FarVault
from utils.owner_notes.items import ItemNotes
from utils.owner_notes.proposals import ProposalNotes
from utils.storage.bookmarks import Bookmarks
from utils.storage.breakers import Breakers
from utils.storage.place import open_database
from utils.times.clock import Rests, steady_beside, utc_now
from utils.vault import Vault

if TYPE_CHECKING:
    from utils.redaction import Redactor
    from utils.settings import Settings
    from utils.times.clock import Clock, Steady


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Settings, journal, vault and catalogue of one home, and what needs nothing but these."""

    settings: Settings
    clock: Clock
    steady: Steady
    rests: Rests
    catalogue: Catalogue
    reaches: Reaches
    breakers: Breakers
    journal: Journal
    bookmarks: Bookmarks
    vault: Vault
    notes: ProposalNotes
    item_notes: ItemNotes
    switch: KillSwitch

    @classmethod
    def of(
        cls,
        settings: Settings,
        catalogue: Catalogue,
        redactor: Redactor,
        *,
        clock: Clock = utc_now,
        steady: Steady | None = None,
        far: bool = False,
    ) -> Self:
        """Open the journal of a home and lay the rest on it.

        Args:
            settings: The owner's settings.
            catalogue: What can be done.
            redactor: Takes secrets out of Records.
            clock: The time.
            steady: Counts seconds; None takes what belongs to the clock.
            far: Whether the vault lies on another machine.

        Raises:
            JournalError: The journal cannot be opened safely.
        """
        steady = steady or steady_beside(clock)
        for folder in (settings.state_dir, settings.logs_dir):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        database = open_database(settings)
        journal = Journal(database=database, clock=clock, redact=redactor.clean)
        breakers = Breakers(journal=lambda: journal, clock=clock)
        bookmarks = Bookmarks(database=database)
        vault = FarVault(settings.vault_dir) if far else Vault(settings.vault_dir)
        zone = settings.zone
        notes = FarNotes if far else ProposalNotes
        return cls(
            settings=settings,
            clock=clock,
            steady=steady,
            rests=Rests(clock, steady),
            catalogue=catalogue,
            reaches=Reaches(settings, breakers.line),
            breakers=breakers,
            journal=journal,
            bookmarks=bookmarks,
            vault=vault,
            notes=notes(vault=vault, journal=journal, catalogue=catalogue, zone=zone),
            item_notes=FarItemNotes(vault=vault, zone=zone, bookmarks=bookmarks)
            if far
            else ItemNotes(vault=vault, zone=zone),
            switch=KillSwitch(vault=vault, journal=journal),
        )

    @property
    def is_drafting(self) -> bool:
        """Whether this machine only watches, plans and drafts."""
        return self.settings.role == CLOUD

    @property
    def is_far(self) -> bool:
        """Whether the vault lies on another machine."""
        return isinstance(self.vault, FarVault)

    @property
    def look_up(self) -> LookUp:
        """What looks up what values mean."""
        return LookUp(
            catalogue=self.catalogue,
            reaches=self.reaches,
            picture_hosts=self.settings.own_picture_hosts,
        )

    def gate(self) -> Gate:
        """Return the gate on this ground."""
        return Gate(
            journal=self.journal,
            bookmarks=self.bookmarks,
            notes=self.notes,
            catalogue=self.catalogue,
            look_up=self.look_up,
            facts=FactFinder(journal=self.journal, settings=self.settings),
            settings=self.settings,
            clock=self.clock,
        )

    def decisions(self) -> Decisions:
        """Return the keeper of decisions on this ground."""
        return Decisions(
            journal=self.journal,
            notes=self.notes,
            settings=self.settings,
            rests=self.rests,
            clock=self.clock,
        )

    def alerts(self) -> Alerts:
        """Return the teller of alerts on this ground."""
        return Alerts(
            notes=self.item_notes,
            bookmarks=self.bookmarks,
            journal=self.journal,
            clock=self.clock,
        )
