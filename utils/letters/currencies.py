"""What people write for a currency, and which one is meant."""

from __future__ import annotations

from typing import Final

#: ISO 4217 codes we read; minor units other than two stand in `MINOR_UNITS`.
CODES: Final = frozenset(
    [
        "AED",
        "AUD",
        "BGN",
        "BHD",
        "BRL",
        "CAD",
        "CHF",
        "CLP",
        "CNY",
        "COP",
        "CZK",
        "DKK",
        "EGP",
        "EUR",
        "GBP",
        "HKD",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "ISK",
        "JPY",
        "KES",
        "KRW",
        "KWD",
        "MAD",
        "MXN",
        "MYR",
        "NGN",
        "NOK",
        "NZD",
        "OMR",
        "PEN",
        "PHP",
        "PKR",
        "PLN",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "SAR",
        "SEK",
        "SGD",
        "THB",
        "TND",
        "TRY",
        "TWD",
        "UAH",
        "USD",
        "UYU",
        "VND",
        "ZAR",
    ]
)
MINOR_UNITS: Final = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "VND"), 0),
    **dict.fromkeys(("BHD", "KWD", "OMR", "TND"), 3),
}
_DOLLARS: Final = frozenset(("USD", "AUD", "CAD", "HKD", "NZD", "SGD", "TWD"))
_PESOS: Final = frozenset(("MXN", "CLP", "COP", "PHP", "UYU"))
_CROWNS: Final = frozenset(("SEK", "NOK", "DKK", "ISK", "CZK"))
_POUNDS: Final = frozenset(("GBP", "EGP"))

#: Marks that can only mean one currency.
_PLAIN: Final = {
    **{code.lower(): code for code in CODES},
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "£": "GBP",
    "pounds sterling": "GBP",
    "us$": "USD",
    "us dollars": "USD",
    "us-dollar": "USD",
    "a$": "AUD",
    "au$": "AUD",
    "c$": "CAD",
    "ca$": "CAD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "r$": "BRL",
    "sfr": "CHF",
    "fr.": "CHF",
    "franken": "CHF",
    "zł": "PLN",
    "kč": "CZK",
    "₹": "INR",
    "₺": "TRY",
    "₽": "RUB",
    "₴": "UAH",
    "₪": "ILS",
    "₩": "KRW",
    "chf.": "CHF",
}
#: Marks that several currencies share, and which these are.
_SHARED: Final = {
    **dict.fromkeys(("$", "dollar", "dollars", "bucks", "dólares", "dólar"), _DOLLARS | _PESOS),
    **dict.fromkeys(("pound", "pounds", "quid", "pfund", "livres"), _POUNDS),
    **dict.fromkeys(("peso", "pesos"), _PESOS),
    **dict.fromkeys(("kr", "kr.", "kronor", "kroner"), _CROWNS),
    **dict.fromkeys(("¥", "yen"), frozenset(("JPY", "CNY"))),
    **dict.fromkeys(("franc", "francs", "francos"), frozenset(("CHF",))),
}
#: Every mark, the longest first, for a pattern.
MARKS: Final = tuple(sorted((*_PLAIN, *_SHARED), key=len, reverse=True))


def currency_of(mark: str, *, home: str) -> str:
    """Return the ISO code that a mark means, or "" where it could be several.

    Args:
        mark: Such as ``€``, ``USD`` or ``dollars``.
        home: The owner's currency; a shared mark means it if it is one of those that share it.
    """
    lowered = mark.lower()
    if lowered in _PLAIN:
        return _PLAIN[lowered]
    return home if home in _SHARED.get(lowered, frozenset()) else ""
