"""What is recorded of a step in a Proposal's life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.core.model import Entry, OutcomeKind
from utils.core.operation import PostKind

if TYPE_CHECKING:
    from utils.core.model import Outcome, Proposal
    from utils.core.operation import Operation


def entry_about(
    proposal: Proposal,
    *,
    actor: str,
    result: str,
    approval: str,
    duration_ms: int | None = None,
    error: str = "",
    domain_link: str = "",
    **more: object,
) -> Entry:
    """Return the entry that tells what happened to a Proposal, with the values that matter.

    Args:
        proposal: What it is about.
        actor: Who did it.
        result: What came of it, a State or an OutcomeKind.
        approval: How it stands with permission, such as ``asked``.
        duration_ms: How long it took, where something ran.
        error: What went wrong, one sentence, or "".
        domain_link: What it became in the world; left out, what the Proposal came from.
        more: Further parameters by name; JSON values.
    """
    return Entry(
        action=proposal.operation,
        actor=actor,
        parameters={
            "fields": proposal.fields,
            "payee": proposal.particulars.payee,
            "amount": proposal.particulars.amount,
            "currency": proposal.particulars.currency,
            "digest": proposal.digest,
            "version": proposal.version,
            "origin": str(proposal.origin),
            "rule": proposal.rule,
            **more,
        },
        result=str(result),
        approval_status=approval,
        proposal_id=proposal.id,
        duration_ms=duration_ms,
        error=error,
        domain_link=domain_link or proposal.origin.link,
    )


def published_as(operation: type[Operation], proposal: Proposal, outcome: Outcome) -> str:
    """Return where a public post stands in the world, such as ``facebook:17_4711``, or ""."""
    is_out = operation.post is PostKind.POST and outcome.kind is OutcomeKind.DONE
    return f"{proposal.service}:{outcome.remote_id}" if is_out and outcome.remote_id else ""
