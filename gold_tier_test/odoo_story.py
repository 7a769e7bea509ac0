"""An agent that asks through MCP, an owner who drags, and an Odoo."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from conftest import CATALOGUE, Business
from mcp import Client
from odoo_books import Books
from pretend_shop import text_of

from utils.core.lifecycle import State
from utils.core.model import Json, Outcome, Proposal
from utils.desk import Desk
from utils.tools.server import server_of


class Live:
    """Stands where the pretend Odoo does in a Business, which asks it for its variables only."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._variables = variables

    def environment(self) -> dict[str, str]:
        return self._variables


@dataclass
class Story:
    """What one test works on."""

    business: Business
    books: Books
    #: Distinguishes this run's names from those of earlier runs on the same server.
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    # --- the agent, through MCP ------------------------------------------------------------

    async def ask(self, tool: str, **values: Any) -> Json:
        """Call a tool and return its answer."""
        engine = self.business.engine
        desk = Desk(
            catalogue=engine.catalogue,
            reaches=engine.ground.reaches,
            settings=engine.settings,
            gate=lambda: engine.gate,
            is_alone=lambda: False,
        )
        async with Client(server_of(CATALOGUE.service_of(tool), lambda: desk)) as client:
            result = await client.call_tool(tool, values)
        assert not result.is_error, text_of(result)
        answer: Json = json.loads(text_of(result))
        return answer

    async def propose(self, tool: str, **values: Any) -> Proposal:
        """Ask for a change, and insist that it waits for the owner."""
        told = await self.ask(tool, dry_run=False, **values)
        assert told["status"] == "pending", told
        return self.business.found(told["proposal_id"]).proposal

    # --- the owner, with a drag ------------------------------------------------------------

    async def done(self, tool: str, **values: Any) -> Outcome:
        """Ask for a change, drag its note to Approved/, and insist that it took place."""
        proposal = await self.propose(tool, **values)
        tracked = self.business.approve(proposal)
        assert tracked.state is State.DONE, tracked.outcome
        assert tracked.outcome is not None
        return tracked.outcome

    # --- what most tests begin with --------------------------------------------------------

    async def partner(self, name: str) -> str:
        """Make a contact of this run and return its id."""
        return (await self.done("odoo_create_partner", name=f"{name} {self.run}")).remote_id

    async def invoiced(self, customer: str, *lines: Json, **values: Any) -> str:
        """Make and post an invoice; return its id."""
        made = await self.done(
            "odoo_create_invoice", customer=customer, lines=list(lines), **values
        )
        return (await self.done("odoo_post_invoice", invoice=made.remote_id)).remote_id

    async def billed(self, vendor: str, on: date, *lines: Json) -> str:
        """Enter and post a bill; return its id."""
        values = {"reference": f"B {uuid.uuid4().hex[:8]}", "bill_date": on.isoformat()}
        made = await self.done("odoo_create_bill", vendor=vendor, lines=list(lines), **values)
        return (await self.done("odoo_post_invoice", invoice=made.remote_id)).remote_id


def line(price: str, *taxes: str, quantity: str = "1", **more: str) -> Json:
    """Return a line with exactly these taxes."""
    values = {"description": "Bread", "quantity": quantity, "unit_price": price}
    return values | {"taxes": list(taxes)} | more
