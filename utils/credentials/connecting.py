"""Trying a service with values that are written nowhere yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.core.errors import EmployeeError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from utils.core.operation import Service
    from utils.settings import Settings


class NotConnectedError(EmployeeError):
    """Nothing was written, because it does not work like this."""

    hint = "Correct what is named, then run `connect` again; its page in docs/services tells how."


def having(settings: Settings, values: Mapping[str, str]) -> Settings:
    """Return the settings as if these variables were set."""
    return settings.model_copy(update={"variables": settings.variables | dict(values)})


def tried(settings: Settings, service: Service) -> tuple[str, datetime | None]:
    """Ask a service who we are there, and until when; None where it does not say.

    Raises:
        ConfigurationError: A setting is missing or does not fit.
        ServiceError: The service does not answer or does not know us.
    """
    reach = service.connect(service.settings.read(settings))
    who = service.whoami(reach)
    try:
        return who, service.expiry(reach) if service.expiry else None
    except ServiceError:
        return who, None
