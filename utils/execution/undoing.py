"""Undoing: asks for what takes back what a Proposal did, where something does.

What would be taken back is what the journal says was made; asking for it goes through the gate
like everything else, so that the owner decides about it as about any other note.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.errors import EmployeeError
from utils.core.lifecycle import FINAL_STATES, OPEN_STATES, Folder, State
from utils.core.model import Origin, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.approval_gate import Gate
    from utils.assembly.ground import Ground
    from utils.core.model import Json, Proposal
    from utils.core.operation import Compensation
    from utils.storage.rows import Tracked

#: A compensation in one of these states took nothing back, so it may be asked for anew.
_IN_VAIN: Final = frozenset({State.REFUSED, State.EXPIRED, State.FAILED})


@dataclass(frozen=True, kw_only=True)
class Undone:
    """What came of the wish to take one thing back."""

    #: What was to be taken back.
    of: Proposal
    #: What asks the owner for it; None where nothing does.
    asked: Proposal | None = None
    #: One sentence for the owner.
    said: str


@dataclass(frozen=True, kw_only=True)
class Undoing:
    """Asks for compensations.

    Args:
        ground: Journal and catalogue.
        gate: Where compensations are asked for.
    """

    ground: Ground
    gate: Gate

    def undo(self, tracked: Tracked) -> list[Undone]:
        """Ask for what takes a Proposal back, or say why nothing does; one answer for each part.

        Each is asked for once: a second wish is told where the first one stands.
        """
        parts = self.ground.journal.of_group(tracked.proposal.id)
        took_place = [part for part in parts if part.state is State.DONE]
        return [self._one(one) for one in took_place or [tracked]]

    def _one(self, tracked: Tracked) -> Undone:
        proposal = tracked.proposal
        if tracked.state is not State.DONE:
            return Undone(of=proposal, said=_not_done(tracked))
        made = tracked.outcome.remote_id if tracked.outcome else ""
        try:
            named = self.ground.catalogue.operation(proposal.operation).compensation
            if named is None or not made:
                return Undone(of=proposal, said=_by_hand(proposal))
            return self._ask(proposal, named, made)
        except EmployeeError as error:
            return Undone(of=proposal, said=f"{error} {error.hint}")

    def _ask(self, proposal: Proposal, named: Compensation, made: str) -> Undone:
        """Ask for a compensation, or find the one that was asked for before.

        Raises:
            EmployeeError: The service cannot be read, or what was made is not what it was.
        """
        values = {**named.values, named.takes: made}
        operation = self.ground.catalogue.operation(named.tool).model_validate(
            values, strict=False
        )
        wanted = operation.model_dump(mode="json", exclude_none=True)
        link = f"undo:{proposal.id}"

        def stands() -> Proposal | None:
            return next(self._asked_before(proposal, named.tool, link, wanted), None)

        if before := stands():
            return Undone(of=proposal, asked=before, said=_told(before, again=True))
        asked = self.gate.submit(
            operation,
            origin=Origin(source=Source.EMPLOYEE, link=link),
            why=f"You asked to undo {proposal.id}.",
            stands=stands,
        )
        return Undone(of=proposal, asked=asked, said=_told(asked, again=False))

    def _asked_before(
        self, proposal: Proposal, tool: str, link: str, wanted: Json
    ) -> Iterator[Proposal]:
        for one in self.ground.journal.recent(tool, proposal.created_at):
            same = one.proposal.origin.link == link or one.proposal.fields == wanted
            if same and one.state not in _IN_VAIN:
                yield one.proposal


def _not_done(tracked: Tracked) -> str:
    """Return why there is nothing to take back yet, or any more."""
    note, state = tracked.proposal.note, tracked.state
    if state in OPEN_STATES:
        return f"It has not happened: drag {note} to Rejected and it never will."
    if state in FINAL_STATES:
        return f"It did not take place (it is {state}), so there is nothing to undo."
    if state in {State.GRANTED, State.WAITING}:
        return f"It has not gone out yet: drag {note} out of Approved and it will not."
    return f"It is on its way ({state}); try again when `explain` says what came of it."


def _by_hand(proposal: Proposal) -> str:
    """Return what the owner can do where the employee can do nothing."""
    return f"The employee cannot take this back. {proposal.undo}"


def _told(asked: Proposal, *, again: bool) -> str:
    """Return where a compensation stands."""
    if asked.state is State.REFUSED:
        return f"It was refused: {asked.reason}"
    if asked.state is State.DONE:
        return f"It was taken back already ({asked.id})."
    begin = "It was asked before" if again else "It asks you"
    if asked.state in OPEN_STATES:
        return f"{begin}: decide about {Folder.PENDING}/{asked.note}"
    return f"{'It was granted before' if again else 'It is granted'} ({asked.id})."
