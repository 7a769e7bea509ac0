"""Every network at once, as one world to post into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, override

from utils.sandbox.graph import PretendGraph
from utils.sandbox.linkedin import PretendLinkedIn
from utils.sandbox.x import PretendX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.sandbox.pretend_service import PretendService, Sent


class Networks:
    """Facebook and Instagram, X and LinkedIn, started, reset and stopped together."""

    def __init__(self) -> None:
        self._x: Final = PretendX()
        self._services: Final[Sequence[PretendService]] = (
            PretendGraph(),
            self._x,
            PretendLinkedIn(),
        )

    def start(self) -> None:
        for service in self._services:
            service.start()

    def stop(self) -> None:
        for service in self._services:
            service.stop()

    def reset(self) -> None:
        for service in self._services:
            service.reset()

    def heal(self) -> None:
        for service in self._services:
            service.heal()

    def environment(self) -> dict[str, str]:
        return {
            name: value
            for service in self._services
            for name, value in service.environment().items()
        }

    def ledger(self) -> list[dict[str, Any]]:
        return [row for service in self._services for row in service.ledger()]

    def requests(self) -> list[Sent]:
        return [sent for service in self._services for sent in service.requests()]


class NetworksWithoutX(Networks):
    """The same, where X refuses a post until it is healed."""

    @override
    def reset(self) -> None:
        super().reset()
        self._x.fault("status", path="/2/tweets", method="POST", status=403)
