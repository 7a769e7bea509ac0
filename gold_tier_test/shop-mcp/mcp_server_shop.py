"""A pretend service with one Operation of every Effect, as small as a service can be."""

from __future__ import annotations

import sys
from typing import Any, ClassVar, override

from pydantic import Field, SecretStr

from utils.core.errors import UnreachableError
from utils.core.model import (
    Grant,
    Json,
    Outcome,
    OutcomeKind,
    Particulars,
    Proposal,
    Request,
    Value,
)
from utils.core.money import Money
from utils.core.operation import Effect, Mark, Operation, Service
from utils.settings import ServiceSettings


class ShopSettings(ServiceSettings):
    """How the shop is reached."""

    prefix: ClassVar[str] = "SHOP"

    url: str = Field(description="the shop's address")
    api_key: SecretStr = Field(description="made in the shop under Access")


class Line(Value):
    """One thing that is sold."""

    text: str = Field(min_length=1, max_length=200)
    unit_price: Money


class ShopOperation(Operation):
    """What the shop's Operations share."""

    @override
    def request(self, where: ShopSettings, particulars: Particulars, key: str) -> Request:
        del particulars
        body = self.model_dump(mode="json", exclude_none=True) | {"key": key}
        return Request(method="POST", url=f"{where.url}/{self.tool}", body=body)

    @override
    def perform(self, reach: Any, grant: Grant, proposal: Proposal, mark: Mark) -> Outcome:
        return Outcome(kind=OutcomeKind.DONE, remote_id=mark.key)


class CreateInvoice(ShopOperation):
    """Propose a draft invoice for a customer.

    The owner
    approves it.
    """

    tool = "shop_create_invoice"
    effect = Effect.SPEND
    undo = "Cancel the invoice in the shop."
    example: ClassVar[Json] = {"customer": "Ada", "lines": [{"text": "Rye", "unit_price": "4.50"}]}

    customer: str = Field(min_length=1, description="name or e-mail address")
    lines: list[Line] = Field(min_length=1, max_length=50)
    memo: str | None = Field(None, description="shown on the invoice")

    @override
    def headline(self, particulars: Particulars) -> str:
        return f"Invoice {particulars.payee or self.customer} for {len(self.lines)} lines"


class SendWord(ShopOperation):
    """Send a customer a message."""

    tool = "shop_send_word"
    effect = Effect.SEND
    editable = ("text",)

    text: str = Field(max_length=90_000)

    @override
    def headline(self, particulars: Particulars) -> str:
        return "Send a message"

    @override
    def look_up(self, reach: Any) -> Particulars:
        raise UnreachableError("connection refused", service="shop")


class RemoveOffer(ShopOperation):
    """Take an offer out of the window."""

    tool = "shop_remove_offer"
    effect = Effect.REMOVE

    offer: int = Field(ge=1)

    @override
    def headline(self, particulars: Particulars) -> str:
        return f"Remove offer {self.offer}"


class ListOrders(Operation):
    """List the newest orders."""

    tool = "shop_list_orders"
    effect = Effect.READ

    limit: int = Field(10, ge=1, le=100_000)

    @override
    def read(self, reach: dict[str, Any]) -> Json:
        # What a chatty library would do; the protocol's line must not be hurt by it.
        sys.stdout.write("orders are being counted\n")
        sys.stdout.flush()
        return {"orders": [f"order {number}" for number in range(self.limit)], **reach}


class BreakDown(Operation):
    """Fail in a way that nobody foresaw."""

    tool = "shop_break_down"
    effect = Effect.READ

    @override
    def read(self, reach: dict[str, Any]) -> Json:
        msg = "postgres://admin:hunter2@10.0.0.7 refused"
        raise RuntimeError(msg)


def _connect(settings: ShopSettings) -> dict[str, Any]:
    return {"url": settings.url}


SERVICE = Service(
    name="shop",
    title="The shop",
    operations=(CreateInvoice, SendWord, RemoveOffer, ListOrders, BreakDown),
    settings=ShopSettings,
    connect=_connect,
    whoami=lambda reach: f"Ada's shop at {reach['url']}",
    quiet_window_s=30,
)

if __name__ == "__main__":
    from utils.mcp_adapter import main

    main(SERVICE)
