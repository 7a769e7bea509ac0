"""The parts of the engine, each handed what it needs of its home's ground and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.action_executor import Executor
from utils.approval.acquaintances import Acquaintances
from utils.approval.folders import DecisionFolders
from utils.approval.hand import OwnersHand
from utils.approval.revision import Reviser, Revisions
from utils.execution.follow_up import FollowUp
from utils.execution.queues import Queues
from utils.execution.quiet_windows import QuietWindows
from utils.execution.reconciler import Reconciler
from utils.gmail_to_odoo_parser import Viewpoint
from utils.incoming.inbox import Inbox
from utils.incoming.intake import Intake
from utils.incoming.sorting import Sorting
from utils.owner_notes.copies import NoteCopies
from utils.owner_notes.strangers import Strangers
from utils.whatsapp.chat_exports import ChatExports

if TYPE_CHECKING:
    import threading

    from utils.approval_gate import Gate
    from utils.assembly.ground import Ground
    from utils.system.lanes import Lanes


def intake(ground: Ground, gate: Gate) -> Intake:
    """Return what takes Items in and thinks about them."""
    settings = ground.settings
    own_names = _own_names(ground)
    view = Viewpoint(currency=settings.currency, zone=settings.zone, own_names=own_names)
    return Intake(
        journal=ground.journal,
        bookmarks=ground.bookmarks,
        gate=gate,
        notes=ground.item_notes,
        sorting=_sorting(ground),
        alerts=ground.alerts(),
        view=view,
        clock=ground.clock,
        steady=ground.steady,
    )


def inbox(ground: Ground, intake: Intake) -> Inbox:
    """Return the drop folder."""
    return Inbox(
        vault=ground.vault,
        intake=intake,
        chats=_chats(ground, intake),
        alerts=ground.alerts(),
        clock=ground.clock,
    )


def folders(ground: Ground, lanes: Lanes) -> DecisionFolders:
    """Return what reads the owner's hand."""
    copies = NoteCopies(ground.vault, ground.journal)
    strangers = Strangers(vault=ground.vault, copies=copies, alerts=ground.alerts())
    return DecisionFolders(
        vault=ground.vault,
        journal=ground.journal,
        decisions=ground.decisions(),
        notes=ground.notes,
        copies=copies,
        strangers=strangers,
        hand=_hand(ground, lanes, strangers),
        alerts=ground.alerts(),
        settings=ground.settings,
        clock=ground.clock,
        steady=ground.steady,
    )


def executor(ground: Ground, lanes: Lanes, leaving: threading.Event) -> Executor:
    """Return the one part that performs.

    Raises:
        ConfigurationError: This machine's role holds no right to send.
    """
    decisions = ground.decisions()
    queues = Queues(
        journal=ground.journal,
        decisions=decisions,
        breakers=ground.breakers,
        begun=ground.clock(),
        rests=ground.rests,
    )
    return Executor(
        queues=queues,
        journal=ground.journal,
        vault=ground.vault,
        notes=ground.notes,
        decisions=decisions,
        switch=ground.switch,
        catalogue=ground.catalogue,
        reaches=ground.reaches,
        breakers=ground.breakers,
        lanes=lanes,
        alerts=ground.alerts(),
        settings=ground.settings,
        clock=ground.clock,
        may_begin=lambda: ground.settings.has_room and not leaving.is_set(),
    )


def reconciler(ground: Ground, lanes: Lanes) -> Reconciler:
    """Return what finds out what came of lost answers."""
    return Reconciler(
        journal=ground.journal,
        notes=ground.notes,
        decisions=ground.decisions(),
        catalogue=ground.catalogue,
        reaches=ground.reaches,
        lanes=lanes,
        alerts=ground.alerts(),
        settings=ground.settings,
        windows=QuietWindows(ground.clock, ground.steady),
        rests=ground.rests,
        clock=ground.clock,
    )


def follow_up(ground: Ground) -> FollowUp:
    """Return what brings Items and Plans along."""
    return FollowUp(
        journal=ground.journal,
        bookmarks=ground.bookmarks,
        notes=ground.item_notes,
        vault=ground.vault,
        alerts=ground.alerts(),
        clock=ground.clock,
    )


def _hand(ground: Ground, lanes: Lanes, strangers: Strangers) -> OwnersHand:
    reviser = Reviser(catalogue=ground.catalogue, look_up=ground.look_up)
    return OwnersHand(
        vault=ground.vault,
        journal=ground.journal,
        decisions=ground.decisions(),
        notes=ground.notes,
        strangers=strangers,
        revisions=Revisions(reviser=reviser, lanes=lanes, alerts=ground.alerts()),
        alerts=ground.alerts(),
        settings=ground.settings,
        rests=ground.rests,
        clock=ground.clock,
        steady=ground.steady,
    )


def _sorting(ground: Ground) -> Sorting:
    who = Acquaintances(
        bookmarks=ground.bookmarks,
        catalogue=ground.catalogue,
        reaches=ground.reaches,
        clock=ground.clock,
    )
    return Sorting(
        journal=ground.journal,
        bookmarks=ground.bookmarks,
        notes=ground.item_notes,
        acquaintances=who,
        clock=ground.clock,
    )


def _chats(ground: Ground, intake: Intake) -> ChatExports:
    return ChatExports(
        intake=intake,
        journal=ground.journal,
        bookmarks=ground.bookmarks,
        vault=ground.vault,
        alerts=ground.alerts(),
        own_names=_own_names(ground),
        zone=ground.settings.zone,
        clock=ground.clock,
    )


def _own_names(ground: Ground) -> tuple[str, ...]:
    """Return the names that mean the owner himself in a letter or chat."""
    owner = ground.settings.owner_name
    return (owner,) if owner else ()
