"""Values that are read from variables, and what the owner is told about each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, Any, Final, Self, override
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from utils.core.errors import ConfigurationError
from utils.times.weeks import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CLOCK: Final = r"([01]?[0-9]|2[0-3])(?::([0-5][0-9]))?"
_HOURS: Final = re.compile(rf"{_CLOCK}\s*[-–]\s*{_CLOCK}")
_WEEKLY: Final = re.compile(rf"({'|'.join(WEEKDAYS)}) ([01][0-9]|2[0-3]):([0-5][0-9])")
#: The variable of the database for more than one machine; where it is empty, a file is kept.
DATABASE_URL: Final = "EMPLOYEE_DATABASE_URL"
#: Signs with a meaning in an address are encoded in its password: else whoever reads the address
#: takes a part of the password for something that may be shown.
_DATABASE: Final = re.compile(
    r"postgres(ql)?://(([^\s/?#@\[\]%]|%[0-9A-Fa-f]{2})*@)?([^\s#@%]|%[0-9A-Fa-f]{2})+"
)


@dataclass(frozen=True)
class Weekly:
    """A moment of every week, in the owner's zone."""

    #: 0 is Monday, 6 is Sunday.
    weekday: int
    hour: int
    minute: int

    @classmethod
    def parse(cls, text: object) -> Weekly:
        """Read the form ``sun 22:00``.

        Raises:
            ValueError: The text has another form.
        """
        found = _WEEKLY.fullmatch(str(text).strip().lower())
        if found is None:
            raise ValueError(str(text))
        return cls(WEEKDAYS.index(found[1]), int(found[2]), int(found[3]))

    @override
    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.hour:02}:{self.minute:02}"


@dataclass(frozen=True)
class Hours:
    """Hours of every day, in the owner's zone; they may go over midnight."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: object) -> Hours:
        """Read the form ``08:00-18:00``; ``8-18`` is understood too.

        Raises:
            ValueError: The text has another form, or names no hours at all.
        """
        found = _HOURS.fullmatch(str(text).strip())
        if found is None:
            raise ValueError(str(text))
        hours = cls(
            time(int(found[1]), int(found[2] or 0)), time(int(found[3]), int(found[4] or 0))
        )
        if hours.start == hours.end:
            raise ValueError(str(text))
        return hours

    def holds(self, at: time) -> bool:
        """Return whether a local time of day lies within them; the end does not."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    @override
    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def database_address(url: SecretStr) -> SecretStr:
    """Return the address of a database server as it is.

    Raises:
        ValueError: It is none; the sentence does not repeat it.
    """
    text = url.get_secret_value()
    try:
        urlsplit(text)
    except ValueError:
        # It repeats the address.
        text = "unreadable"
    if text and not _DATABASE.fullmatch(text):
        raise ValueError("not postgresql://…")
    return url


@dataclass(frozen=True)
class Variable:
    """One variable as the owner meets it in ``.env``."""

    name: str
    #: What it means and what is expected.
    meaning: str
    #: The value when it is not set; None where it must be set.
    default: str | None
    secret: bool = False


class Variables(BaseModel):
    """Values read from variables: frozen, and silent about secrets when printed."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    @classmethod
    def variable_of(cls, field: str) -> str:
        """Return the variable that fills a field, or "" where none does."""
        alias = cls.model_fields[field].validation_alias
        return alias if isinstance(alias, str) else ""

    @classmethod
    def variables_of(cls) -> tuple[Variable, ...]:
        """Return every variable it reads, in the order declared."""
        named = ((cls.variable_of(name), field) for name, field in cls.model_fields.items())
        return tuple(
            Variable(
                name,
                field.description or "",
                None if field.is_required() else _as_text(field.default),
                secret=_is_secret(field.annotation),
            )
            for name, field in named
            if name
        )

    @classmethod
    def checked(cls, values: Mapping[str, Any], *, name_of: Callable[[str], str]) -> Self:
        """Return the values as their types; ``name_of`` maps a key to its variable.

        Raises:
            ConfigurationError: Some do not fit; every one is named with what is expected.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            wrong = dict.fromkeys(name_of(str(item["loc"][0])) for item in error.errors())
        meanings = {variable.name: variable.meaning for variable in cls.variables_of()}
        raise ConfigurationError(
            "; ".join(f"{name} does not fit: {meanings.get(name, '')}" for name in wrong)
        )


def _is_secret(annotation: object) -> bool:
    return annotation is SecretStr or annotation == SecretStr | None


def _as_text(default: object) -> str:
    if default is None:
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)
