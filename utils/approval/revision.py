"""What the owner's edit of a waiting note makes of its Proposal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from utils.core.errors import EmployeeError
from utils.core.model import Evidence
from utils.sensitive_content_detector import findings

if TYPE_CHECKING:
    from utils.approval.looking_up import LookUp
    from utils.catalogue import Catalogue
    from utils.core.model import Json, Proposal


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
        noticed = tuple(f"The text touches a sensitive matter: {name}." for name in touched)
        return proposal.model_copy(
            update={
                "fields": operation.model_dump(mode="json", exclude_none=True),
                "particulars": particulars,
                "headline": operation.headline(particulars),
                "warnings": (*particulars.warnings, *noticed),
            }
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
