"""Totals and taxes in a text, told from the wares they stand below."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from utils.letters.amounts import amounts, bare_amounts

if TYPE_CHECKING:
    from utils.letters.amounts import Amount
    from utils.letters.reading import Viewpoint

_SUMMARY: Final = re.compile(
    r"\b(?:sub-?total|total|sum|amount due|balance|gesamt\w*|summe|zwischensumme|insgesamt"
    r"|endbetrag|rechnungsbetrag|zahlbetrag|importe total|montant total"
    r"|net amount|netto(?:betrag)?|brutto(?:betrag)?|altogether)\b",
    re.IGNORECASE,
)
_TAX: Final = re.compile(
    r"\b(?:vat|tax|taxes|gst|mwst|ust|umsatzsteuer|mehrwertsteuer|tva|iva)\b\.?", re.IGNORECASE
)


def is_summary(text: str) -> bool:
    """Return whether words speak of a total or a tax, not of a ware."""
    return _SUMMARY.search(text) is not None or _TAX.search(text) is not None


def said_total(text: str, view: Viewpoint) -> tuple[Amount, ...]:
    """Return the sums that the text calls a total, but no subtotals and no taxes."""
    totals = []
    for sum_ in amounts(text, view) or bare_amounts(text, view):
        left = text[max(0, sum_.start - 30) : sum_.start].rpartition("\n")[2]
        right = text[sum_.end : sum_.end + 24].partition("\n")[0]
        named = re.search(
            r"(?<!sub)(?<!sub-)\b(?:total|sum|gesamt\w*|summe|insgesamt|endbetrag"
            r"|altogether)\b[^.,;0-9]*$",
            left,
            re.IGNORECASE,
        )
        if named or re.match(
            r"[ ]*(?:in total|total\b|altogether|insgesamt|au total|en total)",
            right,
            re.IGNORECASE,
        ):
            totals.append(sum_)
    return tuple(totals)
