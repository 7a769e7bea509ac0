"""Sums of money in a text, each with the exact words it was read from and any doubt about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from utils.letters.currencies import CODES, MARKS, MINOR_UNITS, currency_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.letters.reading import Viewpoint

#: No figure may be glued to these: words, digits of any script, and characters nobody sees.
_HIDDEN: Final = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_FREE_LEFT: Final = rf"(?<![\w{_HIDDEN}])(?<![\w{_HIDDEN}][-.,/'’–#])"
_FREE_RIGHT: Final = rf"(?![\w{_HIDDEN}%‰])(?![.,/:'’][0-9])(?![ \t]?%)"
_SPACE: Final = "[ \u00a0\u202f\u2009\t]"

#: Digits with separators, as people write sums; whether it makes sense is judged afterwards.
NUMBER: Final = (
    r"(?:[0-9]{1,3}(?:(?:[.,'’\u00a0\u202f\u2009]|[ ](?=[0-9]{3}(?:[ .,\u00a0]|$"
    r"|[^0-9])))[0-9]{3})+"
    r"(?:[.,][0-9]{1,3})?|[0-9]{1,12}(?:[.,][0-9]{1,6})?)(?![0-9])(?:[.,][-–—]{1,2})?"
)
MARK: Final = "(?:{})".format(
    "|".join(
        rf"{re.escape(mark)}(?![^\W\d_])" if mark[-1].isalpha() else re.escape(mark)
        for mark in MARKS
    )
)
_SIGN: Final = r"(?:(?<![\w)])[-−–])?"
_MARKED: Final = re.compile(
    rf"(?P<sign1>{_SIGN})(?:(?<![^\W\d_])(?P<before>{MARK}){_SPACE}?(?P<sign2>[-−–]?)(?P<n1>"
    rf"{NUMBER})"
    rf"|{_FREE_LEFT}(?P<n2>{NUMBER}){_SPACE}?(?P<after>{MARK})(?!{_SPACE}?[0-9]|{_SPACE}of\b))"
    rf"(?![\w{_HIDDEN}%])",
    re.IGNORECASE,
)
_BARE: Final = re.compile(rf"(?P<sign>{_SIGN}){_FREE_LEFT}(?P<n>{NUMBER}){_FREE_RIGHT}")
_COINS: Final = re.compile(rf"[0-9]{_SPACE}?(BTC|ETH|XMR|USDT|bitcoins?)\b")
_SCALE: Final = re.compile(
    rf"{_SPACE}?(?:k|tsd\.?|thousand|tausend|mille|mil|m|mio\.?|million(?:en|es|s)?|millones|bn"
    r"|billion|hundred|hundert)\b",
    re.IGNORECASE,
)
_RANGE_LEFT: Final = re.compile(
    r"[0-9][ \t]?(?:[€$£][ \t]?)?(?:[-–—]|to|bis|à|or|oder)[ \t]?$", re.IGNORECASE
)
_RANGE_RIGHT: Final = re.compile(
    rf"{_SPACE}?(?:[-–—]|to|bis|or|oder){_SPACE}?(?:{MARK}{_SPACE}?)?[0-9]", re.IGNORECASE
)
_APPROXIMATE: Final = re.compile(
    r"(?:\b(?:about|around|approx(?:\.|imately)?|roughly|circa|ca\.?|etwa|ungefähr|environ"
    r"|alrededor de|aproximadamente|up to|bis zu|at least|maximum|max\.?)|~|≈)[ \t]?$",
    re.IGNORECASE,
)
_GROUPED: Final = re.compile(r"[0-9]{1,3}([.,'’\u00a0\u202f\u2009 ])[0-9]{3}(?:\1[0-9]{3})*")
#: Codes that nobody takes for a word or a name, so that they count in small letters too.
_SMALL_CODES: Final = CODES - frozenset(("CAD", "COP", "MAD", "PEN", "RON", "TRY"))
_COMMA_LANGUAGES: Final = frozenset(("de", "fr", "es", "it", "nl", "pt", "pl", "da", "sv", "nb"))

_SEVERAL_CURRENCIES: Final = "can mean several currencies"


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """A sum of money as it stands in a text."""

    value: Decimal
    #: ISO 4217 code, or "" where none is named or it could be several.
    currency: str
    #: The words themselves.
    quote: str
    #: Where they stand in the text: first character and the one after the last.
    start: int
    end: int
    #: Why it is not plain, half a sentence, or "".
    doubt: str = ""

    @property
    def is_doubtful(self) -> bool:
        """Whether it is open how much it is, and not only in which currency."""
        return bool(self.doubt) and _SEVERAL_CURRENCIES not in self.doubt


def amounts(text: str, view: Viewpoint) -> tuple[Amount, ...]:
    """Return the sums that carry a currency, in the order of the text."""
    return tuple(_marked(text, view))


def bare_amounts(text: str, view: Viewpoint) -> tuple[Amount, ...]:
    """Return every figure that could be a sum, with no currency, in the order of the text."""
    return tuple(_amount(text, found, found["n"], "", view) for found in _BARE.finditer(text))


def number(digits: str, view: Viewpoint) -> Decimal | None:
    """Return a count such as ``10`` or ``2,5``, or None where it is not plain."""
    value, doubt = _value(digits, view, mark_before=False)
    return None if doubt else value


def unknown_currency(text: str) -> str:
    """Return the coin that a figure carries and no ledger knows, such as ``BTC``, or ""."""
    found = _COINS.search(text)
    return found[1] if found else ""


def _marked(text: str, view: Viewpoint) -> Iterator[Amount]:
    for found in _MARKED.finditer(text):
        mark = found["before"] or found["after"]
        if mark.upper() in CODES and mark != mark.upper() and mark.upper() not in _SMALL_CODES:
            continue  # "try 3", "mad 5": a code that is also a word is written in capitals
        digits = found["n1"] or found["n2"]
        yield _amount(text, found, digits, mark, view)


def _amount(text: str, found: re.Match[str], digits: str, mark: str, view: Viewpoint) -> Amount:
    """Return one sum with the first doubt about it that a reader would have."""
    before = mark != "" and found["before"] is not None
    currency = currency_of(mark, home=view.currency) if mark else ""
    value, doubt = _value(digits, view, mark_before=before)
    negative = found.group(0).lstrip().startswith(("-", "−", "–")) or (before and found["sign2"])
    left, right = (
        text[max(0, found.start() - 24) : found.start()],
        text[found.end() : found.end() + 16],
    )
    if _SCALE.match(right):
        doubt = "it goes on with a word such as thousand or k"
    elif _RANGE_LEFT.search(left) or _RANGE_RIGHT.match(right):
        doubt = "it is one end of a range"
    elif negative:
        doubt = "it is negative"
    elif value == 0:
        doubt = "it is zero"
    elif _APPROXIMATE.search(left):
        doubt = "it is only approximate"
    elif not doubt:
        doubt = _minor_units(digits, value, currency)
    if mark and not currency and not doubt:
        doubt = f"“{mark}” {_SEVERAL_CURRENCIES}"
    quote = found.group(0).strip()
    return Amount(
        value=value,
        currency=currency,
        quote=quote,
        start=found.start(),
        end=found.end(),
        doubt=doubt,
    )


def _value(digits: str, view: Viewpoint, *, mark_before: bool) -> tuple[Decimal, str]:
    """Return what the digits say, and the doubt where a separator can be read in two ways."""
    digits = re.sub(r"[.,][-–—]+$", "", digits)
    marks = [char for char in digits if not char.isdigit()]
    plain = re.sub("[^0-9]", "", digits)
    if not marks:
        return Decimal(plain), ""
    last, places = marks[-1], len(digits) - digits.rindex(marks[-1]) - 1
    blank = " " in digits and not mark_before and not re.search(r",[0-9]{2}$", digits)
    if blank or last not in ".,":
        return Decimal(plain), "the blank in it can separate two numbers" if blank else ""
    grouped = _GROUPED.fullmatch(digits) is not None
    if grouped and len(marks) == 1:
        return _three_digits(digits, view, mark_before=mark_before)
    if grouped:
        return Decimal(plain), ""
    doubt = "" if digits.count(last) == 1 else "its separators make no sense"
    return Decimal(f"{plain[:-places]}.{plain[-places:]}"), doubt


def _three_digits(digits: str, view: Viewpoint, *, mark_before: bool) -> tuple[Decimal, str]:
    """Judge ``1,200`` and ``1.200``: thousands, unless the separator could be the decimal one."""
    value = Decimal(re.sub("[^0-9]", "", digits))
    if digits.startswith("0"):
        return Decimal(digits.replace(",", ".")), "it has three decimals"
    point = "." in digits
    if view.decimal_comma is not None and view.decimal_comma is point:
        return value, ""
    english = mark_before or view.language not in _COMMA_LANGUAGES
    if not point and view.decimal_comma is None and english:
        return value, ""
    return value, "the separator can mean thousands or decimals"


def decimal_comma_in(text: str) -> bool | None:
    """Return whether the text writes decimals with a comma; None where it does not show."""
    comma = re.search(r"(?<![0-9])[0-9]{1,3}[.\u00a0 ][0-9]{3},[0-9]{2}(?![0-9])", text)
    point = re.search(r"(?<![0-9])[0-9]{1,3},[0-9]{3}\.[0-9]{2}(?![0-9])", text)
    return None if bool(comma) is bool(point) else bool(comma)


def _minor_units(digits: str, value: Decimal, currency: str) -> str:
    places = -int(value.as_tuple().exponent)
    allowed = MINOR_UNITS.get(currency, 2)
    if places > min(allowed, 2):
        return f"{digits} has more decimals than {currency or 'money'} has"
    if len(str(int(value))) > 9:  # noqa: PLR2004
        return "it is larger than any sum of a small business"
    return ""
