"""What left for the services, overheard at their end, and whether it was certainly refused."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from utils.sandbox.pretend_service import PretendService

#: Service to the request with which something takes place in it.
_WRITES: Final = {"odoo": "/json/2/account.move/load", "x": "/2/tweets"}
#: How a post or an invoice says which wish it belongs to.
_NUMBER: Final = re.compile(r"#(\d+)\b")
#: Answers that say for certain that nothing took place, and that a person is to decide.
_FINAL: Final = 400


def number_in(words: str) -> int:
    """Return the number of the wish that words belong to, 0 where they carry none."""
    found = _NUMBER.search(words)
    return int(found[1]) if found else 0


@dataclass
class Wires:
    """Overhears every call with which something would take place.

    Args:
        services: By their names.
    """

    services: Mapping[str, PretendService]
    #: Number of a wish to how often it left, and was not certainly refused.
    left: Counter[int] = field(default_factory=Counter)
    #: Number of a wish to how often it was answered with an error that only a person can mend.
    refused: Counter[int] = field(default_factory=Counter)
    #: Service to what goes wrong with its next calls, in their order.
    _faults: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def spoil(self, service: str, fault: dict[str, Any]) -> None:
        """Let something go wrong at a service's next call."""
        self.services[service].fault(**fault, path=_WRITES[service], method="POST")
        if fault["mode"] != "refuse":
            self._faults[service].append(fault)

    def heal(self) -> None:
        """Let every service work again."""
        self._faults.clear()
        for service in self.services.values():
            service.heal()

    def overhear(self) -> list[int]:
        """Return the numbers of the wishes for which a call was made since the last time."""
        return [number for name in self.services for number in self._overheard(name)]

    def _overheard(self, name: str) -> Iterator[int]:
        requests = self.services[name].requests()
        self.services[name].forget_requests()
        for request in requests:
            if request.method == "POST" and request.path.startswith(_WRITES[name]):
                number = number_in(request.body.decode())
                status = self._status(name)
                self.left[number] += not status
                self.refused[number] += status == _FINAL
                yield number

    def _status(self, name: str) -> int:
        """Return the error that the next call is answered with, 0 where nobody can be certain."""
        fault = self._faults[name].pop(0) if self._faults[name] else {}
        return int(fault.get("status", 0))
