"""Keeping a Plan true: marks the steps that are done and says what happened to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.lifecycle import State
from utils.core.model import OutcomeKind, PlanStep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from utils.core.model import Outcome, Plan, Proposal

#: Stands between what a step asks for and what came of it.
_ARROW: Final = " → "
_SAID: Final = {
    State.PENDING: "waits for your decision",
    State.GRANTED: "approved, runs when its time has come",
    State.HELD: "taken back, waits for your decision",
    State.ARMED: "is being done",
    State.WAITING: "waits until the service is back",
    State.UNKNOWN: "sent, but no answer came",
    State.DONE: "done",
    State.FAILED: "failed",
    State.REFUSED: "refused",
    State.EXPIRED: "expired without an answer",
}
#: What a person has to do when a step ended like this.
_LEFT_TO_DO: Final = {
    State.FAILED: "Decide what to do instead of: {step}",
    State.UNKNOWN: "Look in the service whether this took place: {step}",
    State.EXPIRED: "Ask again if it is still wanted: {step}",
}


def linked(plan: Plan, step: int, proposal_id: str) -> Plan:
    """Return the Plan with one step (counted from 0) tied to the Proposal that it became."""
    steps = tuple(
        each.model_copy(update={"proposal_id": proposal_id}) if at == step else each
        for at, each in enumerate(plan.steps)
    )
    return plan.model_copy(update={"steps": steps})


def updated(
    plan: Plan, proposals: Iterable[Proposal], outcomes: Mapping[str, Outcome] | None = None
) -> Plan:
    """Return the Plan as things stand now; doing it again changes nothing.

    Args:
        plan: A Plan whose steps are tied to Proposals.
        proposals: The Proposals in their present state; others than the Plan's are ignored.
        outcomes: Proposal id to what came of it, where something did.
    """
    by_id = {proposal.id: proposal for proposal in proposals}
    steps: list[PlanStep] = []
    known = {step.text for step in plan.steps}
    for step in plan.steps:
        proposal = by_id.get(step.proposal_id)
        if proposal is None:
            steps.append(step)
            continue
        steps.append(_told(step, proposal, (outcomes or {}).get(proposal.id)))
        steps += [new for new in _left_to_do(step, proposal) if new.text not in known]
    return plan.model_copy(update={"steps": tuple(steps)})


def _told(step: PlanStep, proposal: Proposal, outcome: Outcome | None) -> PlanStep:
    """Return a step with what happened to its Proposal."""
    said = _SAID[proposal.state]
    told = outcome is not None and outcome.kind in set(OutcomeKind) - {OutcomeKind.PREVIEWED}
    details = (outcome.detail if outcome and told else "") or _reason(proposal)
    facts = ": ".join(filter(None, (said, details)))
    return step.model_copy(
        update={"text": f"{_asked(step)}{_ARROW}{facts}", "done": proposal.state is State.DONE}
    )


def _reason(proposal: Proposal) -> str:
    return proposal.reason if proposal.state in {State.REFUSED, State.FAILED, State.HELD} else ""


def _left_to_do(step: PlanStep, proposal: Proposal) -> Iterator[PlanStep]:
    if words := _LEFT_TO_DO.get(proposal.state):
        yield PlanStep(text=words.format(step=_asked(step)))


def _asked(step: PlanStep) -> str:
    """Return what a step asks for, without what happened."""
    return step.text.partition(_ARROW)[0]
