"""Every number that a text says, in figures or in words, as a reader takes it.

A number that can be read in two ways has two readings. One whose form is not known has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from utils.words.number_words import said_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANK: Final = "[ \u00a0\u2009\u202f]"
_GROUPED: Final = rf"\d{{1,3}}(?:{_BLANK}\d{{3}})+(?:[.,]\d+)?(?!\d)"
#: Codes that an owner may meet; other words of three letters are words.
_CODES: Final = (
    "AED|AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|ILS|INR|JPY|KRW|MXN|NOK|NZD|PLN|SEK|SGD|USD"
)
_CURRENCY: Final = rf"[€$£¥₹]|(?<![A-Za-z])(?i:{_CODES})(?![A-Za-z])"
_NAMED: Final = r"(?i:dollars?|euros?|pounds?)\b"
_TIMES: Final = {
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "million": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "billion": 10**9,
    "tn": 10**12,
    "trillion": 10**12,
    "grand": 10**3,
    "tsd": 10**3,
    "mio": 10**6,
    "mrd": 10**9,
    "lakh": 10**5,
    "crore": 10**7,
    "hundred": 100,
    "dozen": 12,
}
#: What multiplies; "mil" is a thousand to some and a million to others, a zillion to nobody.
_MULTIPLES: Final = "|".join((*_TIMES, "mil", "zillion", "quadrillion"))
_PER_CENT: Final = re.compile(rf"{_BLANK}?(?:%|(?i:per{_BLANK}?cent\b|pct\b|percentage\b))")
#: The sign in words.
_BELOW_ZERO: Final = rf"\b(?i:minus|negative){_BLANK}"
_NEGATED: Final = re.compile(rf"{_BELOW_ZERO}$")
_NUMBER: Final = re.compile(
    rf"""(?P<before>{_CURRENCY})?{_BLANK}?
    (?:(?P<sign>(?<![\w)])[-−–+]|{_BELOW_ZERO})(?P<signed>{_CURRENCY})?)?
    (?P<glued>(?<![A-Za-z])(?!(?:{_CURRENCY})\d)[A-Za-z][\w/-]*?)?
    (?P<core>{_GROUPED}|\d+(?:[.,'’]\d+)*)
    (?:
        (?P<percent>{_PER_CENT.pattern})
      | {_BLANK}?(?P<times>(?i:{_MULTIPLES})\b)
      | (?P<ordinal>(?:st|nd|rd|th)\b)
      | (?P<tail>[/:^*_]?[A-Za-z\d][\w/:^*'’-]*)
    )?
    (?:{_BLANK}?(?P<after>{_CURRENCY}|{_NAMED})(?!{_BLANK}?\d))?""",
    re.VERBOSE,
)
_SYMBOLS: Final = {
    "dollar": "$",
    "dollars": "$",
    "euro": "€",
    "euros": "€",
    "pound": "£",
    "pounds": "£",
}
_SIGN_OF: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
_THREE: Final = 3
#: How many characters the sign in words has at most.
_LONGEST_SIGN: Final = len("negative ")


@dataclass(frozen=True)
class Number:
    """One number in a text."""

    #: As it stands there.
    text: str
    #: What a reader may take it for; none where its form is not known.
    readings: frozenset[Decimal]
    #: Whether it is said to be per cent.
    percent: bool = False
    #: The currency beside it, a symbol or a code of three letters, or "".
    currency: str = ""


def numbers_in(text: str) -> Iterator[Number]:
    """Yield every number of a text, those in words last."""
    for found in _NUMBER.finditer(text):
        yield _number(found)
    for place, words, value in said_in_words(text):
        below_zero = _NEGATED.search(text, max(0, place - _LONGEST_SIGN), place) is not None
        readings = frozenset() if value is None else frozenset({-value if below_zero else value})
        percent = _PER_CENT.match(text, place + len(words)) is not None
        yield Number(words, readings, percent)


def readings_of(core: str) -> frozenset[Decimal]:
    """Return what a row of digits with separators may mean; nothing where it has no known form.

    A comma before three digits separates thousands, as on our pages; a point there may do
    either.
    """
    plain = re.sub(_BLANK, "'", core).replace("’", "'")
    whole, mark, fraction = _split(plain)
    readings = {_value(whole, fraction, grouped=_other(mark))}
    if mark and len(fraction) == _THREE and _other(mark) not in whole and "'" not in whole:
        grouped = _value(plain, "", grouped=mark)
        if plain.count(mark) > 1 or mark == ",":
            readings = {grouped}
        elif not whole.startswith("0"):
            readings.add(grouped)
    return frozenset(value for value in readings if value is not None)


def currency_of(text: str) -> str:
    """Return the one name under which a currency is compared."""
    word = text.strip()
    return _SIGN_OF.get(word.upper()) or _SYMBOLS.get(word.casefold(), word.upper())


def _number(found: re.Match[str]) -> Number:
    readings = readings_of(found["core"])
    # "30th" names a day or a rank, and which one cannot be told.
    if found["glued"] or found["tail"] or found["ordinal"]:
        readings = frozenset()
    if times := found["times"]:
        times_by = _TIMES.get(times.casefold())
        readings = frozenset(each * times_by for each in readings if times_by)
    if (found["sign"] or "+")[0] != "+":
        readings = frozenset(-each for each in readings)
    beside = found["before"] or found["signed"] or found["after"] or ""
    text = found[0].strip()
    return Number(text, readings, bool(found["percent"]), currency_of(beside))


def _split(plain: str) -> tuple[str, str, str]:
    """Return what stands before the last point or comma, which of them it is, and what follows."""
    place = max(plain.rfind("."), plain.rfind(","))
    return (plain[:place], plain[place], plain[place + 1 :]) if place >= 0 else (plain, "", "")


def _other(mark: str) -> str:
    return {".": ",", ",": "."}.get(mark, "")


def _value(whole: str, fraction: str, *, grouped: str) -> Decimal | None:
    """Return a value whose thousands are separated by ``grouped`` or an apostrophe, or None."""
    marks = {char for char in whole if not char.isdigit()}
    if len(marks) > 1 or marks - {grouped, "'"}:
        return None
    first, *rest = re.split(r"[.,']", whole)
    if rest and (not 1 <= len(first) <= _THREE or any(len(part) != _THREE for part in rest)):
        return None
    return Decimal(f"{first}{''.join(rest)}.{fraction or 0}")
