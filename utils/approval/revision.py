"""What the owner's edit of a waiting note makes of its Proposal."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pydantic import ValidationError

from utils.core.errors import EmployeeError
from utils.core.model import Evidence
from utils.sensitive_content_detector import findings, noticed

if TYPE_CHECKING:
    from utils.approval.looking_up import LookUp
    from utils.catalogue import Catalogue
    from utils.core.model import Json, Proposal
    from utils.owner_notes.alerts import Alerts
    from utils.system.lanes import Lanes


@dataclass(frozen=True, kw_only=True)
class Reviser:
    """Takes edited text over into a Proposal, checked and counted like new.

    Args:
        catalogue: What the text belongs to.
        look_up: What the text means in the services now.
    """

    catalogue: Catalogue
    look_up: LookUp

    def revised(self, proposal: Proposal, texts: Json) -> Proposal:
        """Return the Proposal with the edited texts.

        An edit that does not fit is not taken over; it is kept word for word among the evidence,
        and a warning says what was wrong with it.

        Args:
            proposal: As it is registered.
            texts: The text of each field that was edited; may be empty.
        """
        if not texts:
            return proposal
        kind = self.catalogue.operation(proposal.operation)
        try:
            operation = kind.model_validate(proposal.fields | texts, strict=False)
            particulars = self.look_up(operation, outside=proposal.origin.outside)
        except (ValidationError, EmployeeError) as error:
            return _not_taken(proposal, texts, error)
        touched = dict.fromkeys(
            found.category for text in texts.values() for found in findings(text)
        )
        return proposal.model_copy(
            update={
                "fields": operation.model_dump(mode="json", exclude_none=True),
                "particulars": particulars,
                "headline": operation.headline(particulars),
                "warnings": (*particulars.warnings, *noticed(touched)),
            }
        )


@dataclass(frozen=True, kw_only=True)
class _Revised:
    """What an edit came to."""

    version: int
    texts: Json
    proposal: Proposal


@dataclass(frozen=True, kw_only=True)
class Revisions:
    """Has the owner's edits taken over in their service's lane: one that hangs holds up no other.

    Args:
        reviser: Takes an edit over.
        lanes: Where it looks things up.
        alerts: Tells of an edit that cannot be handled.
    """

    reviser: Reviser
    lanes: Lanes
    alerts: Alerts
    _revised: dict[str, _Revised] = field(default_factory=dict)

    def of(self, proposal: Proposal, texts: Json, *, at_once: bool) -> Proposal | None:
        """Return the Proposal with the edited texts; see ``Reviser``.

        Args:
            proposal: As it is registered.
            texts: The text of each field that was edited; may be empty.
            at_once: Whether to wait for it, however long it takes.

        Returns:
            None while it is looked up: ask again in the next round.
        """
        if not texts or at_once:
            return self.reviser.revised(proposal, texts)
        if self._found(proposal, texts) is None:
            self.lanes.run({proposal.service: partial(self._revise, proposal, texts)})
        found = self._found(proposal, texts)
        if found:
            del self._revised[proposal.id]
        return found

    def _found(self, proposal: Proposal, texts: Json) -> Proposal | None:
        kept = self._revised.get(proposal.id)
        is_it = kept and (kept.version, kept.texts) == (proposal.version, texts)
        return kept.proposal if kept and is_it else None

    def _revise(self, proposal: Proposal, texts: Json) -> None:
        with self.alerts.apart(f"{proposal.id} ({proposal.operation})"):
            revised = self.reviser.revised(proposal, texts)
            self._revised[proposal.id] = _Revised(
                version=proposal.version, texts=texts, proposal=revised
            )


def _not_taken(proposal: Proposal, texts: Json, error: Exception) -> Proposal:
    if isinstance(error, ValidationError):
        why = "; ".join(str(found["msg"]) for found in error.errors())
    else:
        why = str(error)
    kept = tuple(
        Evidence(what=f"your edit of {name}, not taken", quote=str(text), where="the note")
        for name, text in texts.items()
    )
    # The last edit alone: with every one of them the note would grow until it cannot be shown.
    earlier = (each for each in proposal.evidence if each.what not in {new.what for new in kept})
    return proposal.model_copy(
        update={
            "evidence": (*earlier, *kept),
            "warnings": (f"Your edit was not taken: {why}", *proposal.particulars.warnings),
        }
    )
