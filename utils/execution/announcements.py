"""One note, many Outcomes: a granted composite becomes its parts, and waits for what they become.

Each part is a Proposal of its own with its own row and its own attempt. The note is the
composite's; what one network did not take is offered again, alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from utils.action_executor import DRY_RUN_REASON
from utils.approval_gate import new_id
from utils.core.canonical import canonical
from utils.core.entries import entry_about
from utils.core.errors import EmployeeError, UnknownOperationError
from utils.core.lifecycle import FINAL_STATES, OPEN_STATES, Folder, State
from utils.core.model import Grant, Outcome, OutcomeKind, Particulars
from utils.storage.steps import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.approval_gate import Gate
    from utils.assembly.ground import Ground
    from utils.core.model import Json, Proposal
    from utils.core.operation import Operation
    from utils.owner_notes.alerts import Alerts
    from utils.storage.rows import Tracked


@dataclass(frozen=True, kw_only=True)
class Announcements:
    """Takes composites apart when they are due, and puts their Outcomes together.

    Args:
        ground: Journal, vault, notes and catalogue.
        gate: Where what failed is offered again.
        alerts: Tells of a Proposal that cannot be handled, so that it stops no other.
    """

    ground: Ground
    gate: Gate
    alerts: Alerts

    def expand(self) -> None:
        """Take every due composite apart: in one step it is armed and its parts are granted."""
        for tracked in self._composites(State.GRANTED):
            in_place = self.ground.vault.holds(Folder.APPROVED, tracked.proposal.note)
            if in_place and tracked.grant and self.ground.decisions().is_due(tracked):
                with self.alerts.apart(tracked.proposal.id):
                    self._begin(tracked, tracked.grant)

    def settle(self) -> None:
        """Close every composite whose parts have all come to an end or are asked by themselves."""
        for tracked in self._composites(State.ARMED):
            parts = self._parts_of(tracked)
            if parts and all(part.state in FINAL_STATES | OPEN_STATES for part in parts):
                with self.alerts.apart(tracked.proposal.id):
                    self._close(tracked, parts)

    def _parts_of(self, tracked: Tracked) -> list[Tracked]:
        """Return the parts in the order in which the note shows them."""
        order = [part["operation"] for part in tracked.proposal.particulars.resolved["parts"]]
        parts = self.ground.journal.of_group(tracked.proposal.id)
        return sorted(parts, key=lambda part: order.index(part.proposal.operation))

    def _composites(self, state: State) -> Iterator[Tracked]:
        for tracked in self.ground.journal.in_states({state}):
            if self._is_composite(tracked):
                yield tracked

    def _is_composite(self, tracked: Tracked) -> bool:
        try:
            return self.ground.catalogue.operation(tracked.proposal.operation).composite
        except UnknownOperationError:
            # Its service was taken away; the executor tells of what is due.
            return False

    def _begin(self, tracked: Tracked, grant: Grant) -> None:
        if self.ground.settings.dry_run:
            self.ground.decisions().hold(tracked, DRY_RUN_REASON, actor="executor")
        else:
            self._take_apart(tracked, grant)

    def _take_apart(self, tracked: Tracked, grant: Grant) -> None:
        parent = tracked.proposal
        members = []
        for part in parent.particulars.resolved["parts"]:
            child = self._child(parent, part)
            given = grant.model_copy(update={"proposal_id": child.id, "digest": child.digest})
            entry = entry_about(
                child,
                actor="gate",
                result=State.GRANTED,
                approval=f"granted_by_{grant.by}",
                how=f"part of {parent.id}",
            )
            members.append((child, entry, Change(grant=given)))
        armed = entry_about(
            parent, actor="executor", result=State.ARMED, approval=f"granted_by_{grant.by}"
        )
        self.ground.journal.take_apart(parent, armed, members, now=self.ground.clock())

    def _child(self, parent: Proposal, part: Json) -> Proposal:
        kind = self.ground.catalogue.operation(part["operation"])
        child_id = new_id()
        return parent.model_copy(
            update={
                "id": child_id,
                "version": 1,
                "operation": kind.tool,
                "effect": str(kind.effect),
                "fields": part["fields"],
                "particulars": Particulars.model_validate_json(canonical(part["particulars"])),
                "headline": part["headline"],
                "state": State.GRANTED,
                "warnings": (),
                "undo": kind.undo,
                "runs_at": None,
                "group": parent.id,
                "note": parent.note.replace(parent.id, child_id),
            }
        )

    def _close(self, tracked: Tracked, parts: list[Tracked]) -> None:
        told = [self._told(part) for part in parts]
        done = [part for part in parts if part.state is State.DONE]
        kind = _kind_of({part.state for part in parts})
        outcome = Outcome(
            kind=kind,
            detail=" ".join(told),
            url=next((part.outcome.url for part in done if part.outcome), ""),
            data={part.proposal.service: str(part.state) for part in parts},
        )
        entry = entry_about(
            tracked.proposal,
            actor="executor",
            result=kind,
            approval=f"granted_by_{tracked.grant.by}" if tracked.grant else "granted",
            **outcome.data,
        )
        state = State.DONE if done else State.FAILED
        change = Change(outcome=outcome)
        if self.ground.journal.move(tracked.proposal, state, entry, change=change):
            closed = self.ground.journal.find(tracked.proposal.id)
            if closed:
                self.ground.notes.file(closed)

    def _told(self, part: Tracked) -> str:
        """Return what came of one part, having offered again what failed."""
        title = self.ground.catalogue.service_of(part.proposal.operation).title
        detail = part.outcome.detail if part.outcome else part.proposal.reason
        if part.state is State.DONE:
            url = f" {part.outcome.url}" if part.outcome and part.outcome.url else ""
            return f"{title}: done.{url}"
        if part.state in OPEN_STATES:
            return f"{title}: asked again by itself ({part.proposal.note})."
        return f"{title}: {part.state}. {detail} {self._offered_again(part)}".strip()

    def _offered_again(self, part: Tracked) -> str:
        if part.state is not State.FAILED:
            return ""
        proposal = part.proposal
        kind = self.ground.catalogue.operation(proposal.operation)
        operation = kind.model_validate_json(canonical(proposal.fields))
        try:
            again = self._offered_before(operation, part) or self.gate.submit(
                operation, origin=proposal.origin, why="It failed here while others took it."
            )
        except EmployeeError as error:
            return f"It could not be offered again: {error}"
        return f"Offered again: {again.note}"

    def _offered_before(self, operation: Operation, part: Tracked) -> Proposal | None:
        """Return what was offered in a part's stead by a process that died before it said so."""
        wanted = operation.model_dump(mode="json", exclude_none=True)
        since = part.armed_at or part.proposal.revised_at
        recent = (one.proposal for one in self.ground.journal.recent(operation.tool, since))
        offers = (one for one in recent if not one.group and one.id != part.proposal.id)
        return next((one for one in offers if one.fields == wanted), None)


def _kind_of(states: set[State]) -> OutcomeKind:
    """Return what came of a composite, by what became of its parts.

    Where nothing went out, nothing failed and parts are asked again, it is simply not out yet.
    """
    if State.DONE in states:
        return OutcomeKind.DONE
    if State.FAILED in states:
        return OutcomeKind.FAILED
    if states & OPEN_STATES:
        return OutcomeKind.WAITING
    return OutcomeKind.EXPIRED if states == {State.EXPIRED} else OutcomeKind.REFUSED
