"""The street of pretend services: all of them together, as one business meets them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from utils.sandbox.gmail import PretendGmail
from utils.sandbox.graph import PretendGraph
from utils.sandbox.linkedin import PretendLinkedIn
from utils.sandbox.odoo import PretendOdoo
from utils.sandbox.x import PretendX

if TYPE_CHECKING:
    from types import TracebackType

    from utils.sandbox.pretend_service import PretendService


class Street:
    """Every pretend service, started and stopped together."""

    def __init__(self) -> None:
        self.odoo, self.graph = PretendOdoo(), PretendGraph()
        self.x, self.linkedin = PretendX(), PretendLinkedIn()
        self.gmail = PretendGmail()
        self.services: dict[str, PretendService] = {
            "odoo": self.odoo,
            "gmail": self.gmail,
            "graph": self.graph,
            "x": self.x,
            "linkedin": self.linkedin,
        }
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Start every service on a free loopback port."""
        for service in self.services.values():
            self._open.enter_context(service)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop every service."""
        self._open.close()

    def environment(self) -> dict[str, str]:
        """Return the variables that reach all of them."""
        found: dict[str, str] = {}
        for service in self.services.values():
            found |= service.environment()
        return found

    def ledger(self) -> list[tuple[str, str]]:
        """Return every effect that took place anywhere: the service's name and the kind."""
        return [
            (name, str(effect["kind"]))
            for name, service in self.services.items()
            for effect in service.ledger()
        ]

    def urls(self) -> dict[str, str]:
        """Return service name to address."""
        return {name: service.url for name, service in self.services.items()}
