"""What the doctor looks at: one home as it lies on the disk, and the services it names."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from utils.catalogue import Catalogue
from utils.core.errors import ConfigurationError
from utils.registry import declared, scripts_of
from utils.times.clock import Clock, utc_now
from utils.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.core.operation import Service
    from utils.settings import Settings

#: How long a service may take to answer the doctor, in seconds.
_PATIENCE_S: Final = 4.0
#: How much room the day's work needs, in bytes (ours).
_ROOM: Final = 500 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One home, looked at and never changed."""

    settings: Settings
    #: What of the settings does not fit: one sentence, or "".
    complaint: str = ""
    catalogue: Catalogue = field(default_factory=Catalogue)
    #: Why the registry could not be read, or "".
    unregistered: str = ""
    #: Service to the first line that its script wrote to standard output while it was loaded.
    noise: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = utc_now
    #: Where the kernel tells of itself.
    proc: Path = Path("/proc")
    #: How many bytes must be free on the home's disk.
    room: int = _ROOM

    @classmethod
    def of(cls, settings: Settings, complaint: str = "", *, clock: Clock = utc_now) -> Self:
        """Return the scene of a home; every service's script is loaded, and listened to."""
        quick = min(settings.http_timeout_s, _PATIENCE_S)
        settings = settings.model_copy(update={"http_timeout_s": quick})
        try:
            scripts = scripts_of(settings.project_root)
        except ConfigurationError as error:
            return cls(
                settings=settings, complaint=complaint, unregistered=error.detail, clock=clock
            )
        services, absent, noise = [], {}, {}
        for name, script in scripts.items():
            said = io.StringIO()
            try:
                with redirect_stdout(said):
                    services.append(declared(name, script))
            except ConfigurationError as error:
                absent[name] = error.detail
            if said.getvalue():
                noise[name] = said.getvalue().strip().partition("\n")[0]
        return cls(
            settings=settings,
            complaint=complaint,
            catalogue=Catalogue(tuple(services), absent),
            noise=noise,
            clock=clock,
        )

    @property
    def vault(self) -> Vault:
        """The folder that the owner opens in Obsidian."""
        return Vault(self.settings.vault_dir)

    @property
    def connected(self) -> tuple[Service, ...]:
        """The services whose settings are there and fit."""
        return tuple(each for each in self.catalogue.services if self.fits(each))

    def fits(self, service: Service) -> bool:
        """Return whether a service has settings of its own, and they can be read."""
        own = service.settings.variables_of()
        return bool(own) and service.settings.unfit(self.settings) is None
