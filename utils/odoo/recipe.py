"""What every change in Odoo has in common: looked up, shown, performed by steps, found again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

from utils.core.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.core.model import Grant, Json, Outcome, Particulars, Proposal, Request
    from utils.core.operation import Mark
    from utils.odoo.settings import OdooSettings
    from utils.odoo_client import OdooClient


@dataclass(frozen=True, kw_only=True)
class Recipe[Asked]:
    """The steps of one kind of change; ``Asked`` is what somebody asked for."""

    #: One line that says what would happen; see ``Operation.headline``.
    headline: Callable[[Asked, Particulars], str]
    #: The exact request from the settings, what is asked, what was resolved (empty in a dry run)
    #: and the Mark's key.
    request: Callable[[OdooSettings, Asked, Json, str], Request]
    #: What it means in Odoo today; see ``Operation.look_up``.
    look_up: Callable[[OdooClient, Asked], Particulars]
    #: Does what was approved, from wherever an earlier attempt stopped.
    carry_out: Callable[[OdooClient, Particulars, Mark], Outcome]
    #: Looks whether it took place; see ``Operation.probe``.
    probe: Callable[[OdooClient, Particulars, Mark], Outcome | None]


class RecipeOperation(Operation):
    """An Operation that follows a Recipe; a subclass declares its fields and what they ask for."""

    recipe: ClassVar[Recipe[Any]]

    def asked(self) -> Any:
        """Return what the recipe is asked for."""
        raise NotImplementedError

    @override
    def headline(self, particulars: Particulars) -> str:
        return self.recipe.headline(self.asked(), particulars)

    @override
    def request(self, where: OdooSettings, particulars: Particulars, key: str) -> Request:
        return self.recipe.request(where, self.asked(), particulars.resolved, key)

    @override
    def look_up(self, reach: OdooClient) -> Particulars:
        return self.recipe.look_up(reach, self.asked())

    @override
    def perform(self, reach: OdooClient, grant: Grant, proposal: Proposal, mark: Mark) -> Outcome:
        return self.recipe.carry_out(reach, proposal.particulars, mark)

    @override
    def probe(self, reach: OdooClient, proposal: Proposal, mark: Mark) -> Outcome | None:
        return self.recipe.probe(reach, proposal.particulars, mark)
