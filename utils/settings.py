"""The settings: what is set, as frozen typed values.

A variable set in the environment wins over ``.env`` in EMPLOYEE_HOME, which wins over ``.env`` in
the project's root. A variable that is set but empty counts as not set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Self, override
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field

from utils.core.errors import ConfigurationError
from utils.environment.owner_settings import Settings
from utils.environment.roles import CLOUD, READ, may_write
from utils.environment.secret_files import secrets_in
from utils.environment.surroundings import PROJECT_ROOT, gathered, is_secret, service_notifier
from utils.environment.variables import Variable, Variables, Weekly

__all__ = [
    "PROJECT_ROOT",
    "ServiceSettings",
    "Settings",
    "Variable",
    "Weekly",
    "load",
    "secrets",
    "service_notifier",
]

#: Every variable of this form names a file that holds secrets.
_SECRET_FILE: Final = re.compile(r".*_(TOKEN|CREDENTIALS)_FILE")
_QUIET_WINDOW: Final = "RECONCILE_AFTER_SECONDS_"
_QUIET_SECONDS: Final = re.compile(r"[0-9]{1,6}(\.[0-9]+)?")


class ServiceSettings(Variables):
    """What one service needs; a subclass declares its fields beside the service.

    The field ``api_key`` of a subclass with the prefix ``ODOO`` is read from ``ODOO_API_KEY``.
    """

    prefix: ClassVar[str]
    #: Field to a second variable that is taken when the first is not set.
    also: ClassVar[Mapping[str, str]] = {}

    #: The owner's settings, for time-outs, zone and folders.
    general: Settings = Field(repr=False, exclude=True)

    @override
    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a secret whose variable's name would not be recognised as one.

        Raises:
            TypeError: Such a field is declared.
        """
        super().__pydantic_init_subclass__(**kwargs)
        for variable in cls.variables_of():
            if variable.secret and not is_secret(variable.name):
                raise TypeError(f"{variable.name} holds a secret, so its name must say so")

    @override
    @classmethod
    def variable_of(cls, field: str) -> str:
        return "" if field == "general" else f"{cls.prefix}_{field.upper()}"

    @classmethod
    def read(cls, settings: Settings) -> Self:
        """Return the service's settings.

        Raises:
            ConfigurationError: A variable is missing or does not fit; each is named.
        """
        if missing := cls.missing(settings):
            raise ConfigurationError(f"not set: {', '.join(missing)}")
        given = {name: cls._given(name, settings) for name in cls.model_fields}
        values = {name: value for name, value in given.items() if value}
        return cls.checked(values | {"general": settings}, name_of=cls.variable_of)

    @classmethod
    def unfit(cls, settings: Settings) -> ConfigurationError | None:
        """Return why the service cannot be reached with what is set, or None where it can."""
        try:
            cls.read(settings)
        except ConfigurationError as error:
            return error
        return None

    @classmethod
    def missing(cls, settings: Settings) -> tuple[str, ...]:
        """Return the variables that must be set and are not, in the order declared."""
        lacking = (
            cls.variable_of(name)
            for name, field in cls.model_fields.items()
            if name != "general" and field.is_required() and not cls._given(name, settings)
        )
        return tuple(map(_as_read, lacking) if settings.role == CLOUD else lacking)

    @classmethod
    def _given(cls, field: str, settings: Settings) -> str:
        first = settings.variables.get(cls.variable_of(field), "")
        return first or settings.variables.get(cls.also.get(field, ""), "")


def _as_read(name: str) -> str:
    """Return what a variable is called on a machine without the right to send."""
    return f"{READ}{name}" if may_write(name) else name


def load(
    home: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    project_root: Path = PROJECT_ROOT,
) -> Settings:
    """Read the settings.

    Args:
        home: Where the vault and the journal lie; None takes EMPLOYEE_HOME or the project's root.
        environment: Variables that win over ``.env``; None takes the process's own.
        project_root: Where the program lies.

    Raises:
        ConfigurationError: A variable does not fit; each is named with what is expected.
    """
    place, variables = gathered(home, environment, project_root)
    return _settings(place, variables, project_root)


def load_what_fits(
    home: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    project_root: Path = PROJECT_ROOT,
) -> tuple[Settings, str]:
    """Read the settings as ``load`` does, with defaults in place of what does not fit.

    Returns:
        The settings, and what does not fit: one sentence, or "".
    """
    place, variables = gathered(home, environment, project_root)
    try:
        return _settings(place, variables, project_root), ""
    except ConfigurationError as error:
        own = {variable.name for variable in Settings.variables_of()}
        others = {
            name: value
            for name, value in variables.items()
            if name not in own and not name.startswith(_QUIET_WINDOW)
        }
        return _settings(place, others, project_root), error.detail


def _settings(place: Path, variables: dict[str, str], project_root: Path) -> Settings:
    windows = {
        name.removeprefix(_QUIET_WINDOW).lower(): value
        for name, value in variables.items()
        if name.startswith(_QUIET_WINDOW)
    }
    _check_windows(windows)
    values = variables | {
        "home": place,
        "project_root": project_root,
        "variables": variables,
        "reconcile_after_s": windows,
    }
    return Settings.checked(values, name_of=str)


def secrets(settings: Settings) -> tuple[str, ...]:
    """Return every secret that the variables hold, or the files that they name."""
    named = settings.variables.items()
    files = (value for name, value in named if _SECRET_FILE.fullmatch(name))
    paths = (settings.home / Path(file).expanduser() for file in files)
    url = settings.database_url.get_secret_value()
    address = urlsplit(url)
    password = address.password or ""
    among = (value for name, value in parse_qsl(address.query) if name == "password")
    # Both as it stands in the address and as it was chosen.
    of_database = filter(None, dict.fromkeys((url, password, unquote(password), *among)))
    return (
        *of_database,
        *(value for name, value in named if is_secret(name)),
        *(found for path in paths for found in secrets_in(path)),
    )


def _check_windows(windows: Mapping[str, str]) -> None:
    for name, value in windows.items():
        if not _QUIET_SECONDS.fullmatch(value):
            variable = f"{_QUIET_WINDOW}{name.upper()}"
            raise ConfigurationError(f"{variable} does not fit: seconds, such as 150")
