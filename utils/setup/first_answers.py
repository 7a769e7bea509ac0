"""What the owner answers when the employee is set up, read without guessing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from utils.core.errors import InvalidValueError
from utils.environment.variables import Hours
from utils.letters.currencies import CODES

_LONGEST_NAME: Final = 80
#: A comma or point before one or two digits; “1,000” could mean two things.
_LIMIT: Final = re.compile(r"([0-9]{1,7})(?:[.,]([0-9]{1,2}))?")


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The four things that are asked; zone and hours, currency and limit go together."""

    home: Path
    name: str
    zone: ZoneInfo
    hours: Hours
    currency: str
    limit: Decimal

    def variables(self) -> dict[str, str]:
        """Return the variables that keep them; an empty name is none."""
        found = {
            "OWNER_NAME": self.name,
            "OWNER_TIMEZONE": self.zone.key,
            "OWNER_HOURS": str(self.hours),
            "OWNER_CURRENCY": self.currency,
            "APPROVAL_THRESHOLD": f"{self.limit:f}",
        }
        return {name: value for name, value in found.items() if value}


def folder_of(text: str) -> Path:
    """Read where the home is to lie.

    Raises:
        InvalidValueError: It cannot lie there.
    """
    path = Path(text).expanduser()
    path = path.resolve()
    taken = next((each for each in (path, *path.parents) if each.exists()), path)
    if not taken.is_dir():
        raise InvalidValueError(f"{taken} is a file, not a folder")
    return path


def name_of(text: str) -> str:
    """Read the business's name.

    Raises:
        InvalidValueError: It is too long, or cannot be printed.
    """
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise InvalidValueError(f"a name has at most {_LONGEST_NAME} characters, all visible")
    return text


def zone_and_hours(text: str, zone: ZoneInfo, hours: Hours) -> tuple[ZoneInfo, Hours]:
    """Read a zone, hours or both, such as ``Europe/Berlin 08:00-18:00``; what is left out stays.

    Raises:
        InvalidValueError: A word is neither; a zone that was perhaps meant is named.
    """
    for word in text.replace(",", " ").split():
        try:
            hours = Hours.parse(word)
        except ValueError:
            zone = _zone(word)
    return zone, hours


def _zone(word: str) -> ZoneInfo:
    zones = {name.casefold(): name for name in available_timezones()}
    if name := zones.get(word.casefold()):
        return ZoneInfo(name)
    if any(char.isdigit() for char in word):
        raise InvalidValueError(f"“{word}” are no hours; write them like 08:00-18:00")
    cities = {name.rpartition("/")[2].casefold(): name for name in sorted(zones.values())}
    near = get_close_matches(word.casefold(), [*cities, *zones], n=1, cutoff=0.6)
    meant = f"; did you mean {zones.get(near[0]) or cities[near[0]]}?" if near else ""
    raise InvalidValueError(
        f"there is no time zone “{word}”{meant or '; write one such as Europe/Berlin'}"
    )


def currency_and_limit(text: str, currency: str, limit: Decimal) -> tuple[str, Decimal]:
    """Read a currency, a limit or both, such as ``EUR 100``; what is left out stays.

    Raises:
        InvalidValueError: A word is neither.
    """
    for word in text.split():
        if word.upper() in CODES:
            currency = word.upper()
        else:
            limit = _limit(word)
    return currency, limit


def _limit(word: str) -> Decimal:
    found = _LIMIT.fullmatch(word)
    if found is None:
        said = f"“{word}” is neither a currency such as EUR nor an amount such as 100 or 99.50"
        raise InvalidValueError(said)
    return Decimal(f"{found[1]}.{found[2] or '0'}").quantize(Decimal("0.01" if found[2] else "1"))
