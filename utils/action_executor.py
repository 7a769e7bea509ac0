"""The executor: the one place where anything is performed, each granted Proposal at most once.

It runs in the orchestrator's process family and in workers, never in an agent's. A row says
``armed`` on disk before the first byte leaves; whatever happens afterwards is settled from that
row, never by sending again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from utils.approval.caps import allowance, caps_for
from utils.core.canonical import canonical
from utils.core.entries import entry_about
from utils.core.errors import (
    ConfigurationError,
    EmployeeError,
    JournalError,
)
from utils.core.lifecycle import PERFORMED_STATES, Folder, State
from utils.core.model import Outcome, OutcomeKind
from utils.core.operation import Mark, mark_key
from utils.environment.roles import CLOUD
from utils.execution.answers import Unkept, answer_of, approval_of, outcome_of
from utils.execution.queues import BATCH, EVERYTHING
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.approval.decisions import Decisions
    from utils.approval.kill_switch import KillSwitch
    from utils.catalogue import Catalogue, Reaches
    from utils.core.model import Grant, Proposal
    from utils.core.operation import Operation
    from utils.execution.answers import Answer
    from utils.execution.queues import Queues
    from utils.journal import Journal
    from utils.owner_notes.alerts import Alerts
    from utils.owner_notes.proposals import ProposalNotes
    from utils.settings import Settings
    from utils.storage.breakers import Breakers
    from utils.storage.rows import Tracked
    from utils.storage.steps import Cap, Claim
    from utils.system.lanes import Lanes
    from utils.times.clock import Clock
    from utils.vault import Vault

_log: Final = logging.getLogger(__name__)
#: What the owner is told of what he approved while nothing may be sent.
DRY_RUN_REASON: Final = "DRY_RUN is on, so nothing was sent; approve it again when it is off."
#: How far the notes of what is finished may lag behind, in seconds (ours): where calls are quick,
#: many are put away together, where they are slow, each of them at once.
_LAG_S: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    """One Proposal, ready to be armed and performed."""

    tracked: Tracked
    grant: Grant
    operation: Operation
    caps: tuple[Cap, ...]


@dataclass(frozen=True, kw_only=True)
class Executor:
    """Performs what is granted and due.

    Args:
        queues: What is granted and due.
        journal: The claim on it.
        vault: Where a granted note still has to lie.
        notes: Files the note of what is finished.
        decisions: Asks again about what may not run.
        switch: Stops everything at once.
        catalogue: Which Operation it is.
        reaches: The connections to perform it with.
        breakers: Which services are left alone.
        lanes: Where each service's queue is worked off beside those of the others.
        alerts: Tells of a Proposal that cannot be handled, so that it stops no other.
        settings: Holds, caps and the dry-run switch.
        clock: The time.
        may_begin: Whether there is room, and time, for another attempt.
    """

    queues: Queues
    journal: Journal
    vault: Vault
    notes: ProposalNotes
    decisions: Decisions
    switch: KillSwitch
    catalogue: Catalogue
    reaches: Reaches
    breakers: Breakers
    lanes: Lanes
    alerts: Alerts
    settings: Settings
    clock: Clock = field(default=utc_now)
    may_begin: Callable[[], bool] = lambda: True

    def __post_init__(self) -> None:
        """Refuse to be where nothing may be sent from.

        Raises:
            ConfigurationError: This machine's role holds no right to send.
        """
        if self.settings.role == CLOUD:
            raise ConfigurationError("EMPLOYEE_ROLE=cloud holds no right to send anything")

    def run_due(self) -> None:
        """Perform everything that is due: each service in order, all services side by side.

        A service that takes longer than the lanes wait goes on by itself and delays no other.

        Raises:
            JournalError: The journal could not be written; whoever runs this must stop.
        """
        queues = self.queues.all().items()
        self.lanes.run({name: partial(self._drain, name, queue) for name, queue in queues})

    def run_lane(self, service: str) -> bool:
        """Perform the next of what is due for one service, in order, unless another machine is.

        Returns:
            Whether it may be worth coming back at once: something of a whole batch went out.

        Raises:
            JournalError: The journal could not be written, or the lane was lost meanwhile.
        """
        queue = self.queues.of(service)
        return self._drain(service, queue) and len(queue) == BATCH

    def _drain(self, service: str, queue: list[Tracked]) -> bool:
        """Perform one service's queue in order, as the only one of all machines that does.

        Returns:
            Whether something of it went out.
        """
        database = self.journal.database
        with database.alone(lane_of(service)) as ours:
            if not ours or (database.machine and self.journal.is_armed(service)):
                # What a dead machine left armed may still be on its way: nothing overtakes it.
                return False
            # While another machine had the lane, the queue has gone on.
            return self._work_off_next(service) if database.machine else self._work_off(queue)

    def _work_off_next(self, service: str) -> bool:
        """Perform the next batch, or what stands behind it where none of it may go out now."""
        queue = self.queues.of(service)
        if self._work_off(queue):
            return True
        is_whole = len(queue) == BATCH and not self._pauses(service)
        return is_whole and self._work_off(self.queues.of(service, limit=EVERYTHING))

    def _work_off(self, queue: list[Tracked]) -> bool:
        """Perform a queue in order; what never left leaves the rest waiting too.

        Returns:
            Whether something of it went out.
        """
        unkept = Unkept()
        went_out = False
        began = monotonic()
        try:
            for tracked in queue:
                if _never_left(unkept) or self._pauses(tracked.proposal.service):
                    break
                with self.alerts.apart(f"{tracked.proposal.id} ({tracked.proposal.operation})"):
                    went_out |= self._attempt(tracked, unkept)
                if monotonic() - began >= _LAG_S:
                    self._file(unkept)
                    began = monotonic()
        finally:
            self._keep(unkept)
        self._file(unkept)
        return went_out

    def _pauses(self, service: str) -> bool:
        """Return whether nothing more may begin now; what comes next waits too, in its order."""
        if not self.may_begin() or self.switch.is_on():
            return True
        return self.breakers.rests_until(service) is not None

    def _attempt(self, tracked: Tracked, unkept: Unkept) -> bool:
        """Claim one Proposal and perform it, where it may run now; return whether it did."""
        attempt = self._prepared(tracked)
        if attempt is None:
            self._keep(unkept)
            return False
        claim = self._claim(attempt, unkept)
        if claim.won:
            unkept.answer = self._answered(attempt)
        else:
            self._hold_if_never(tracked, attempt.caps, claim)
        return claim.won

    def _prepared(self, tracked: Tracked) -> _Attempt | None:
        """Return the attempt at one Proposal, None where it may not run now."""
        proposal = tracked.proposal
        kind = self.catalogue.operation(proposal.operation)
        if kind.composite or tracked.grant is None:
            return None
        if not self.vault.holds(Folder.APPROVED, self._note_of(proposal)):
            return None
        if self.settings.dry_run:
            self.decisions.hold(tracked, DRY_RUN_REASON, actor="executor")
            return None
        return _Attempt(
            tracked=tracked,
            grant=tracked.grant,
            operation=kind.model_validate_json(canonical(proposal.fields)),
            caps=caps_for(kind, proposal, self.settings),
        )

    def _claim(self, attempt: _Attempt, unkept: Unkept) -> Claim:
        """Keep what came of the attempt before, and that this one begins: one flush for both."""
        proposal = attempt.tracked.proposal
        entry = entry_about(
            proposal, actor="executor", result=State.ARMED, approval=approval_of(attempt.grant)
        )
        with self.journal.database.step():
            self._keep(unkept)
            return self.journal.arm(proposal, entry, now=self.clock(), caps=attempt.caps)

    def _keep(self, unkept: Unkept) -> None:
        if answer := unkept.take():
            self.journal.move(answer.armed, answer.state, answer.entry, change=answer.change)

    def _file(self, unkept: Unkept) -> None:
        """Bring the notes of what is finished along."""
        kept, unkept.kept = unkept.kept, []
        found = [tracked for each in kept if (tracked := self.journal.find(each))]
        finished = [tracked for tracked in found if tracked.state in PERFORMED_STATES]
        if finished:
            self.notes.file_all(finished, self.alerts)

    def _answered(self, attempt: _Attempt) -> Answer:
        """Perform what is armed; return what came of it."""
        tracked = attempt.tracked
        mark = mark_of(tracked, self.journal, stopped=self.switch.is_on)
        started = monotonic()
        outcome = self._perform(attempt.operation, attempt.grant, tracked.proposal, mark)
        duration_ms = round((monotonic() - started) * 1000)
        kind = type(attempt.operation)
        return answer_of(tracked, outcome, kind, now=self.clock(), duration_ms=duration_ms)

    def _note_of(self, proposal: Proposal) -> str:
        """Return the note whose place in Approved/ stands for the yes: a part has its whole's."""
        whole = self.journal.find(proposal.group) if proposal.group else None
        return whole.proposal.note if whole else proposal.note

    def _perform(
        self, operation: Operation, grant: Grant, proposal: Proposal, mark: Mark
    ) -> Outcome:
        """Make the call; whatever goes wrong becomes an Outcome.

        Raises:
            JournalError: A finished stage could not be kept; the armed row is looked into later.
        """
        try:
            reach = self.reaches.connect(self.catalogue.service_of(proposal.operation))
        except ConfigurationError as error:
            return outcome_of(error)
        try:
            return operation.perform(reach, grant, proposal, mark)
        except JournalError:
            raise
        except EmployeeError as error:
            return outcome_of(error)
        except Exception as error:  # noqa: BLE001 - one of the two places
            # A fault of ours after arming: the call may have left, so it is never sent again.
            _log.exception("%s failed", proposal.id)
            # Not its text: a library's error may hold an address with a key in it.
            why = f"An internal fault ({type(error).__name__}); the log has the details."
            return Outcome(kind=OutcomeKind.UNKNOWN, detail=why)

    def _hold_if_never(self, tracked: Tracked, caps: tuple[Cap, ...], claim: Claim) -> None:
        """Set aside what is above a limit all by itself: no other day would let it through."""
        for cap in caps:
            if cap.kind == claim.cap and cap.amount > cap.limit:
                reason = (
                    f"It is above your limit of {allowance(cap, self.settings)} all by itself, "
                    "nothing was sent; raise the limit and approve it again, or reject it."
                )
                self.decisions.hold(tracked, reason, actor="executor")


def lane_of(service: str) -> str:
    """Return what the right to call a service is called among machines."""
    return f"lane {service}"


def mark_of(
    tracked: Tracked,
    journal: Journal,
    *,
    ago: timedelta = timedelta(0),
    doubt: timedelta = timedelta(0),
    stopped: Callable[[], bool] = lambda: False,
) -> Mark:
    """Return what an attempt of a Proposal leaves in the service, the same at every attempt."""
    proposal_id = tracked.proposal.id
    return Mark(
        key=mark_key(proposal_id),
        ago=ago,
        doubt=doubt,
        staged=tracked.staged,
        remember=lambda stage, remote_id: journal.stage(proposal_id, stage, remote_id),
        stopped=stopped,
    )


def _never_left(unkept: Unkept) -> bool:
    return unkept.answer is not None and unkept.answer.state is State.WAITING
