"""What is recorded of a step in a Proposal's life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.core.model import Entry

if TYPE_CHECKING:
    from utils.core.model import Proposal


def entry_about(
    proposal: Proposal,
    *,
    actor: str,
    result: str,
    approval: str,
    duration_ms: int | None = None,
    error: str = "",
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
        domain_link=proposal.origin.link,
    )
