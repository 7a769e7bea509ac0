"""The services there are, by the tools they offer, and the connections to them."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from utils.core.errors import ConfigurationError, UnknownOperationError
from utils.registry import declared, scripts_of
from utils.service_line import FreeLine, laid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from utils.core.operation import Operation, Service
    from utils.service_line import Line
    from utils.settings import Settings


@dataclass(frozen=True)
class Catalogue:
    """Every Operation that the employee knows, by the name of its tool.

    Raises:
        ConfigurationError: Two tools share a name, or a tool lacks its service's name in front.
    """

    #: In the order of the registry.
    services: tuple[Service, ...] = ()
    #: Entries of ours whose script could not be loaded: name to the reason, one sentence.
    absent: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tools = [(service, op.tool) for service in self.services for op in service.operations]
        for service, tool in tools:
            if not tool.startswith(f"{service.name}_"):
                raise ConfigurationError(f"the tool {tool} must begin with {service.name}_")
        names = [service.name for service in self.services] + [tool for _, tool in tools]
        if doubled := [name for name, times in Counter(names).items() if times > 1]:
            raise ConfigurationError(f"declared more than once: {', '.join(doubled)}")

    @classmethod
    def load(cls, project_root: Path) -> Self:
        """Load every service of ours that the registry names; other people's are passed over.

        Args:
            project_root: Where ``.mcp.json`` lies.

        Raises:
            ConfigurationError: The registry cannot be read, or what it names contradicts itself.
        """
        services: list[Service] = []
        absent: dict[str, str] = {}
        for name, script in scripts_of(project_root).items():
            try:
                services.append(declared(name, script))
            except ConfigurationError as error:
                absent[name] = error.detail
        return cls(tuple(services), absent)

    def operation(self, tool: str) -> type[Operation]:
        """Return the Operation of a tool's name.

        Raises:
            UnknownOperationError: No service has it.
        """
        found = self.service_of(tool).operation(tool)
        if found is None:
            raise UnknownOperationError(tool)
        return found

    def service_of(self, tool: str) -> Service:
        """Return the service that a tool belongs to.

        Raises:
            UnknownOperationError: No service has it.
        """
        for service in self.services:
            if service.operation(tool):
                return service
        raise UnknownOperationError(tool)


class Reaches:
    """The typed clients of services, each made when it is first needed and then kept.

    Args:
        settings: The owner's.
        line: Gives the line to the service of a name; left out, every call may go.
    """

    def __init__(
        self, settings: Settings, line: Callable[[str], Line] = lambda _: FreeLine()
    ) -> None:
        self._settings = settings
        self._line = line
        self._made: dict[str, Any] = {}
        self._lock = threading.Lock()

    def connect(self, service: Service) -> Any:
        """Return the service's client.

        Raises:
            ConfigurationError: Settings of the service are missing or wrong.
        """
        with self._lock:
            if service.name not in self._made:
                self._made[service.name] = self.fresh(service)
            return self._made[service.name]

    def fresh(self, service: Service) -> Any:
        """Return a client of the service that nobody else uses.

        Raises:
            ConfigurationError: Settings of the service are missing or wrong.
        """
        settings = service.settings.read(self._settings)
        with laid(self._line(service.name)):
            return service.connect(settings)
