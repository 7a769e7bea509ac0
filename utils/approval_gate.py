"""The gate: every Proposal comes in through it, and nothing goes past it.

It never performs anything. It looks up what the values mean, asks the policy, registers the
Proposal in the journal, and only then shows the note.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from utils.approval.decisions import as_granted, hold_until
from utils.approval.situation import texts_in
from utils.core.entries import entry_about
from utils.core.errors import InvalidValueError, NoteError, VaultMissingError
from utils.core.lifecycle import State
from utils.core.model import Evidence, Grant, Particulars, Proposal, Source
from utils.core.policy import Ask, Go, Refuse, Verdict, decide
from utils.file_utils import slug
from utils.sensitive_content_detector import noticed, out_of_sight
from utils.storage.steps import Change
from utils.times.clock import utc_now
from utils.times.owner_time import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from utils.approval.looking_up import LookUp
    from utils.approval.situation import FactFinder
    from utils.catalogue import Catalogue
    from utils.core.model import Origin
    from utils.core.operation import Operation
    from utils.journal import Journal
    from utils.owner_notes.proposals import ProposalNotes
    from utils.settings import Settings
    from utils.storage.bookmarks import Bookmarks
    from utils.times.clock import Clock

_log: Final = logging.getLogger(__name__)
#: Letters and digits that cannot be taken for a number or for one another.
_ID_LETTERS: Final = "abcdfghjkmnpqrstvwxyz23456789"
_SLUG_LENGTH: Final = 30


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Takes Operations in and decides who decides about them.

    Args:
        journal: The truth.
        bookmarks: Whether outsiders' text could stand behind what an agent asks.
        notes: Where the owner sees it.
        catalogue: What can be done.
        look_up: What an Operation's values mean today.
        facts: What policy has to know.
        settings: The owner's limits and times.
        clock: The time.
    """

    journal: Journal
    bookmarks: Bookmarks
    notes: ProposalNotes
    catalogue: Catalogue
    look_up: LookUp
    facts: FactFinder
    settings: Settings
    clock: Clock = field(default=utc_now)

    def submit(
        self,
        operation: Operation,
        *,
        origin: Origin,
        why: str = "",
        evidence: tuple[Evidence, ...] = (),
        warnings: tuple[str, ...] = (),
        stands: Callable[[], Proposal | None] = lambda: None,
    ) -> Proposal:
        """Register a Proposal for an Operation, and ask the owner unless policy decides.

        Args:
            operation: What is asked for.
            origin: Where it came from.
            why: Why it is asked, in words.
            evidence: What it was read from.
            warnings: What is to stand on top of its note.
            stands: Looks, in one step with the registration, for what must not be asked twice.

        Returns:
            The registered Proposal: ``pending``, ``granted`` or ``refused``, with the reason; or
            what stands already.

        Raises:
            InvalidValueError: A value fits nothing in the service, or is too long to be shown;
                nothing was registered.
            ServiceError: The service could not be read; nothing was registered.
            ConfigurationError: The service is not set up; nothing was registered.
        """
        origin = self._tainted(origin, self.clock())
        particulars = _sound(self.look_up(operation, outside=origin.outside))
        draft = self._draft(operation, particulars, origin).model_copy(
            update={"reason": why, "evidence": evidence}
        )
        # In one step: two processes that ask at once must not both be let through below a limit.
        with self.journal.database.step():
            if there := stands():
                return there
            case = self.facts.situation(draft, type(operation), now=draft.created_at)
            verdict = decide(case)
            touched = (*noticed(case.facts.sensitive), *out_of_sight(texts_in(draft.fields)))
            verdict = _with_cap(verdict, case.facts.cap_used_up)
            proposal = _with_verdict(draft, verdict, (*warnings, *touched))
            self._register(proposal, verdict)
        self._show(proposal)
        return proposal

    def _draft(self, operation: Operation, particulars: Particulars, origin: Origin) -> Proposal:
        now = self.clock().astimezone(UTC)
        runs_at = moment_of(operation.runs_at(), self.settings.zone, now=now)
        expiry = timedelta(hours=self.settings.approval_expiry_hours)
        headline = operation.headline(particulars)
        proposal_id = new_id()
        day = now.astimezone(self.settings.zone).date().isoformat()
        title = slug(particulars.payee or headline, _SLUG_LENGTH)
        return Proposal(
            id=proposal_id,
            operation=operation.tool,
            effect=operation.effect,
            fields=operation.model_dump(mode="json", exclude_none=True),
            particulars=particulars,
            headline=headline,
            origin=origin,
            undo=operation.undo,
            created_at=now,
            revised_at=now,
            expires_at=runs_at or now + expiry,
            runs_at=runs_at,
            note=f"{day}-{operation.tool}-{title}-{proposal_id}.md",
        )

    def _tainted(self, origin: Origin, now: datetime) -> Origin:
        """Return the origin of what an agent asks, outside where outsiders may have steered it."""
        near = origin.source is Source.MCP and self.bookmarks.outside_text_near(now=now)
        return origin.model_copy(update={"outside": origin.outside or near})

    def _register(self, proposal: Proposal, verdict: Verdict) -> None:
        """Keep a Proposal that can be shown.

        Raises:
            InvalidValueError: It is too long for a note; nothing was registered.
        """
        try:
            self.notes.page_of(proposal)
        except NoteError as error:
            why = "it is too long for one note, and what cannot be shown cannot be approved"
            raise InvalidValueError(why) from error
        approval = {State.GRANTED: "granted_by_policy", State.REFUSED: "refused"}
        entry = entry_about(
            proposal,
            actor="gate",
            result=proposal.state,
            approval=approval.get(proposal.state, "asked"),
        )
        self.journal.register(proposal, entry, change=self._permission(proposal, verdict))
        if proposal.state is State.REFUSED:
            self.journal.mark_filed([proposal.id])

    def _show(self, proposal: Proposal) -> None:
        tracked = self.journal.find(proposal.id)
        if tracked is None or proposal.state is State.REFUSED:
            return
        try:
            self.notes.show(tracked)
        except (NoteError, VaultMissingError, OSError) as error:
            # It is registered: an error now would have it asked for twice. A sweep shows it.
            _log.warning("the note of %s cannot be written yet: %s", proposal.id, error)

    def _permission(self, proposal: Proposal, verdict: Verdict) -> Change:
        if not isinstance(verdict, Go):
            return Change()
        now = self.clock()
        grant = Grant(
            proposal_id=proposal.id,
            digest=proposal.digest,
            by="policy",
            how=verdict.rule,
            given_at=now,
        )
        return Change(grant=grant, hold_until=hold_until(proposal, self.settings, now))


def _sound(particulars: Particulars) -> Particulars:
    """Return what was looked up, checked to be what the journal can give back.

    Raises:
        InvalidValueError: An amount or a text is beyond all bounds.
    """
    try:
        return Particulars.model_validate_json(particulars.model_dump_json(warnings=False))
    except ValueError as error:
        raise InvalidValueError("an amount or a text in it is beyond all bounds") from error


def new_id() -> str:
    """Return a Proposal's id that nobody can take for a number: ``p-`` and ten characters."""
    return "p-" + "".join(secrets.choice(_ID_LETTERS) for _ in range(10))


def _with_cap(verdict: Verdict, used_up: str) -> Verdict:
    """Return the verdict, saying so where a yes would not let it go out at once."""
    if not used_up or not isinstance(verdict, Ask) or used_up in verdict.reason:
        return verdict
    return Ask(rule=verdict.rule, reason=f"{verdict.reason} {used_up}.")


def _with_verdict(draft: Proposal, verdict: Verdict, warnings: tuple[str, ...]) -> Proposal:
    """Return the Proposal as the policy leaves it: pending, granted or refused."""
    proposal = draft.model_copy(
        update={
            "rule": verdict.rule,
            "reason": " ".join(filter(None, (draft.reason, verdict.reason))),
            "warnings": (*draft.particulars.warnings, *warnings),
        }
    )
    if isinstance(verdict, Go):
        return as_granted(proposal)
    if isinstance(verdict, Refuse):
        return proposal.model_copy(update={"state": State.REFUSED})
    return proposal
