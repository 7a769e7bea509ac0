"""The sums of a text, also where none of them carries a currency."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from utils.letters.amounts import amounts, bare_amounts
from utils.letters.dates import days
from utils.letters.names import invoice_numbers, order_numbers

if TYPE_CHECKING:
    from utils.letters.amounts import Amount
    from utils.letters.reading import Viewpoint

#: Where only the place of a date matters, any day will do.
_ANY_DAY: Final = date(2000, 1, 1)
_BARE_LABEL: Final = re.compile(
    r"(?:\b(?:amount|total|sum|price|betrag|summe|preis|montant|prix|importe|precio|us|me|uns"
    r"|of|for|at|over|über|von|de|por)\b"
    r"[ \t]*[:=]?|[:=])[ \t]*$",
    re.IGNORECASE,
)
_BARE_NEXT: Final = re.compile(
    r"[ \t]*(?:$|[.,;!?)\n]|(?:for|für|pour|por|para|please|bitte|net|plus|in total)\b)",
    re.IGNORECASE,
)


def plain_sums(text: str, view: Viewpoint) -> tuple[Amount, ...]:
    """Return the sums of a text, without a currency where no sum has one."""
    return amounts(text, view) or _bare_sums(text, view)


def _bare_sums(text: str, view: Viewpoint) -> tuple[Amount, ...]:
    """Return figures without a currency that stand where a sum stands."""
    return tuple(
        figure
        for figure in bare_amounts(_without_numbers(text, view), view)
        if _BARE_LABEL.search(text[max(0, figure.start - 16) : figure.start])
        and (
            _BARE_NEXT.match(text[figure.end : figure.end + 12])
            or re.search(r"[.,][0-9]{2}$", figure.quote)
        )
    )


def _without_numbers(text: str, view: Viewpoint) -> str:
    """Blank out days and document numbers, which are figures but no sums."""
    for day in days(text, view, today=_ANY_DAY):
        text = text[: day.start] + "_" * (day.end - day.start) + text[day.end :]
    for token in (*invoice_numbers(text), *order_numbers(text)):
        text = text.replace(token, "_" * len(token))
    return text
