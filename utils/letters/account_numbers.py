"""Bank accounts and cards in a text, told from other long numbers by their check digits."""

from __future__ import annotations

import re
from typing import Final

_IBAN: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?(?![A-Za-z"
    r"0-9])"
)
_CARD: Final = re.compile(r"(?<![\w.])(?:[0-9][ -]?){12,18}[0-9](?![\w])")
#: First digits and lengths that the card networks use (ISO/IEC 7812 and their own ranges).
_CARD_SHAPE: Final = re.compile(
    r"3[47][0-9]{13}|4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|(?:5[1-5]|2[2-7])[0-9]{14}"
    r"|6(?:011|4[4-9]|5)[0-9]{12,16}"
)
#: Length of an IBAN by country (the registry of SWIFT, release 99); others pass by check digits.
_LENGTHS: Final = {
    "AT": 20,
    "BE": 16,
    "CH": 21,
    "CZ": 24,
    "DE": 22,
    "DK": 18,
    "ES": 24,
    "FI": 18,
    "FR": 27,
    "GB": 22,
    "IE": 22,
    "IT": 27,
    "LU": 20,
    "NL": 18,
    "NO": 15,
    "PL": 28,
    "PT": 25,
    "SE": 24,
}


def ibans(text: str) -> tuple[str, ...]:
    """Return the valid IBANs in a text, without blanks, in its order."""
    return tuple(filter(None, (_longest_valid(found.group(0)) for found in _IBAN.finditer(text))))


def broken_ibans(text: str) -> tuple[str, ...]:
    """Return what is called an IBAN in the text but fails its check digits."""
    named = re.compile(r"\bIBAN\b[ \t]*[:.]?[ \t]*([A-Z]{2}[0-9]{2}[A-Z0-9 ]{8,40})")
    return tuple(
        found[1].strip() for found in named.finditer(text) if not _longest_valid(found[1].strip())
    )


def card_numbers(text: str) -> tuple[str, ...]:
    """Return the card numbers in a text as they stand there: right start, right check digit."""
    return tuple(found.group(0) for found in _CARD.finditer(text) if _is_card(found.group(0)))


def _longest_valid(written: str) -> str:
    """Return the longest beginning, cut at blanks, that is an IBAN, or ""."""
    groups = written.split(" ")
    for count in range(len(groups), 0, -1):
        compact = "".join(groups[:count])
        if _is_iban(compact):
            return compact
    return ""


def _is_iban(compact: str) -> bool:
    if len(compact) != _LENGTHS.get(compact[:2], len(compact)) or not 15 <= len(compact) <= 34:  # noqa: PLR2004
        return False
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


def _is_card(written: str) -> bool:
    digits = re.sub("[^0-9]", "", written)
    if not _CARD_SHAPE.fullmatch(digits) or len(set(digits)) == 1:
        return False
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(part - 9 if part > 9 else part for part in doubled) % 10 == 0  # noqa: PLR2004
