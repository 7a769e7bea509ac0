"""The lines of an order: how many of what at which price, from lists, tables and sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from utils.letters.amounts import MARK, NUMBER, amounts, bare_amounts, number

if TYPE_CHECKING:
    from utils.letters.amounts import Amount
    from utils.letters.reading import Viewpoint

_UNIT: Final = (
    r"(?:hours?|hrs?|h|days?|weeks?|months?|pcs|pieces?|units?|items?|kg|boxes|trays|stunden?|std\.?|tagen?|stück|stk\.?|monate?"
    r"|heures?|jours?|mois|pièces?|unités?|horas?|días?|meses|mes|unidades|piezas?)"
)
_EACH: Final = (
    r"(?:[ ]?(?:each|apiece|per|a piece|/|pro|je|par|por|la|l'|l’|the)[ ]?(?:hour|hr|h|day|week|month|piece|unit|item|kg|box|stunde|std|tag|stück"
    r"|monat|heure|jour|pièce|unité|mois|hora|día|unidad|pieza|mes)?s?\b)?"
)
_AT: Final = r"(?:[ ](?:at|à|a|zu(?: je)?|je|für je)[ ]|[ ]?@[ ]?)"
_PRICE: Final = rf"(?P<price>(?:{MARK}[ \u00a0]?)?{NUMBER}(?:[ \u00a0]?{MARK})?)"
_QUANTITY: Final = r"(?<![\w.,/-])(?P<quantity>[0-9]{1,5}(?:[.,][0-9]{1,2})?)"
_DASH: Final = r"[ \t]*(?:[-–—:,]|for|of|für|pour|de|por|para)?[ \t]*"
_TIMES: Final = re.compile(
    rf"{_QUANTITY}[ ]?[x×*✕][ ]?{_PRICE}{_EACH}(?:{_DASH}(?P<what>[^\n,;]{{0,120}}))?",
    re.IGNORECASE,
)
_WHAT_AT: Final = re.compile(
    rf"{_QUANTITY}[ ]?(?:[x×][ ]?)?(?P<unit>{_UNIT}\b)?[ ]?(?P<what>[^\n;0-9@]{{0,80}}?){_AT}{_PRICE}(?![\w%]|[.,][0-9]){_EACH}",
    re.IGNORECASE,
)
_COLUMNS: Final = re.compile(r"[ \t]*\|[ \t]*|\t+|[ \t]{2,}|[ \t]*;[ \t]*")
_LIST_LINE: Final = re.compile(
    rf"^[ \t]*(?:[-*•–]|[0-9]{{1,2}}[.)])?[ \t]*(?P<what>[^\W\d][^\n:|]{{1,100}}?)[ \t]*(?:[:=–—|]|[.]{{2,}}|[ ]-[ ])[ \t]*{_PRICE}[ \t]*\.?$",
    re.IGNORECASE,
)
_FOR: Final = re.compile(
    r"(?:[ \t]+(?:each|in total|net|plus vat|excl\.? vat|ht|netto))?[ \t]+(?:for|für|pour|por|para|als|as)[ \t]+(?P<what>[^\n,;.!?€$£]{2,100})",
    re.IGNORECASE,
)
_SUMMARY: Final = re.compile(
    r"\b(?:sub-?total|total|sum|amount due|balance|gesamt\w*|summe|zwischensumme|insgesamt|endbetrag|rechnungsbetrag|zahlbetrag|importe total|montant total"
    r"|net amount|netto(?:betrag)?|brutto(?:betrag)?|altogether)\b",
    re.IGNORECASE,
)
_TAX: Final = re.compile(
    r"\b(?:vat|tax|taxes|gst|mwst|ust|umsatzsteuer|mehrwertsteuer|tva|iva)\b\.?", re.IGNORECASE
)
_NO_WARE: Final = re.compile(
    r"\b(?:amount|betrag|montant|importe|price|preis|prix|precio|deposit paid|discount|rabatt|remise|descuento|paid|budget|iban|phone|tel|fax|date|datum)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ordered:
    """One line of an order as it stands in the text."""

    #: What is ordered, "" where the words do not say.
    description: str
    quantity: Decimal
    price: Amount
    quote: str


def ordered_lines(text: str, view: Viewpoint) -> tuple[Ordered, ...]:
    """Return the lines of an order in a text, in its order; totals and taxes are left out."""
    return tuple(
        line
        for row in text.split("\n")
        if len(row) <= 400  # noqa: PLR2004
        for line in _row(row, view)
    )


def is_summary(text: str) -> bool:
    """Return whether words speak of a total or a tax, not of a ware."""
    return _SUMMARY.search(text) is not None or _TAX.search(text) is not None


def said_total(text: str, view: Viewpoint) -> tuple[Amount, ...]:
    """Return the sums that the text calls a total, in its order; subtotals and taxes are left out."""
    totals = []
    for sum_ in amounts(text, view) or bare_amounts(text, view):
        left = text[max(0, sum_.start - 30) : sum_.start].rpartition("\n")[2]
        right = text[sum_.end : sum_.end + 24].partition("\n")[0]
        named = re.search(
            r"(?<!sub)(?<!sub-)\b(?:total|sum|gesamt\w*|summe|insgesamt|endbetrag|altogether)\b[^.,;0-9]*$",
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


def _row(row: str, view: Viewpoint) -> tuple[Ordered, ...]:
    if is_summary(row) and not _WHAT_AT.search(row) and not _TIMES.search(row):
        return _with_reasons(row, view)
    return (
        _counted(row, _TIMES, view)
        or _table_row(row, view)
        or _counted(row, _WHAT_AT, view)
        or _list_row(row, view)
        or _with_reasons(row, view)
    )


def _counted(row: str, pattern: re.Pattern[str], view: Viewpoint) -> tuple[Ordered, ...]:
    """Read ``3 x 40.00 bread`` or ``10 hours of consulting at $120``."""
    found = list(pattern.finditer(row))
    lines = []
    for match in found:
        quantity, price = number(match["quantity"], view), _price(match["price"], view)
        if quantity and price:
            what = _tidy(match["what"] or "") or (
                _tidy(_before(row, match.start())) if len(found) == 1 else ""
            )
            unit = match.groupdict().get("unit") or ""
            description = f"{what} ({unit})" if what and unit else what or unit
            lines.append(
                Ordered(
                    description=description, quantity=quantity, price=price, quote=match.group(0)
                )
            )
    return tuple(lines)


def _table_row(row: str, view: Viewpoint) -> tuple[Ordered, ...]:
    """Read one row of a table: a name, a count, a price and, checked, their product."""
    cells = [
        cell.strip() for cell in _COLUMNS.split(row.strip().strip("|").strip()) if cell.strip()
    ]
    names = [cell for cell in cells if re.search(r"[^\W\d_]{3}", cell) and not _price(cell, view)]
    figures = [price for cell in cells if cell not in names and (price := _price(cell, view))]
    if len(names) != 1 or len(figures) not in {2, 3} or len(cells) != 1 + len(figures):
        return ()
    quantity, price = figures[0].value, figures[1]
    product = len(figures) < 3 or quantity * price.value == figures[2].value  # noqa: PLR2004
    plain = not figures[0].currency and product and quantity < 100_000  # noqa: PLR2004
    return (
        (Ordered(description=names[0], quantity=quantity, price=price, quote=row.strip()),)
        if plain
        else ()
    )


def _list_row(row: str, view: Viewpoint) -> tuple[Ordered, ...]:
    """Read ``- Bread delivery: 120.00 EUR``."""
    found = _LIST_LINE.match(row)
    price = _price(found["price"], view) if found else None
    if not found or not price or _NO_WARE.search(found["what"]):
        return ()
    marked = price.currency or price.doubt or "." in price.quote or "," in price.quote
    line = Ordered(
        description=found["what"].strip(), quantity=Decimal(1), price=price, quote=row.strip()
    )
    return (line,) if marked else ()


def _with_reasons(row: str, view: Viewpoint) -> tuple[Ordered, ...]:
    """Read ``$150 for bread and $50 for cakes``: every sum needs its reason."""
    sums = amounts(row, view)
    lines = []
    for at, price in enumerate(sums):
        end = sums[at + 1].start if at + 1 < len(sums) else len(row)
        reason = _FOR.match(row[price.end : end])
        if not reason:
            return ()
        words = re.sub(r"[ \t]+(?:and|und|et|y|plus)[ \t]*$", "", reason["what"])
        lines.append(
            Ordered(
                description=_tidy(words),
                quantity=Decimal(1),
                price=price,
                quote=row[price.start : price.end] + reason.group(0),
            )
        )
    return tuple(lines)


def _price(words: str, view: Viewpoint) -> Amount | None:
    """Return the one sum that the words consist of, or None."""
    found = amounts(words, view) or bare_amounts(words, view)
    whole = len(found) == 1 and found[0].end - found[0].start >= len(words.strip()) - 1
    return found[0] if whole else None


def _before(row: str, start: int) -> str:
    """Return the name that stands before a count, as in ``Bread delivery: 3 x 40``."""
    named = re.search(r"([^\W\d_][^\n,;.!?0-9]{1,80}?)[ \t]*[:–—-][ \t]*$", row[:start])
    return (
        ""
        if not named or _NO_WARE.search(named[1])
        else re.sub(r"^.*\b(?:invoice|bill) (?:us|me)?(?: for)?\b", "", named[1])
    )


def _tidy(what: str) -> str:
    """Drop what belongs to the sentence and not to the ware."""
    cut = re.split(
        r"\b(?:please|thanks|thank you|bitte|danke|merci|gracias|due|net [0-9]|payable|zahlbar|fällig|by the end|by [0-9]|to be paid|within|at your|plus (?:vat|tva|iva)|zzgl"
        r"|total|insgesamt|invoice (?:us|me)|(?:in|as) an? invoice|to [\w.+-]+@)\b|[€$£]|[ ]-[ ]|\.(?:[ ]|$)",
        what,
        maxsplit=1,
        flags=re.IGNORECASE,
    )[0]
    cut = re.sub(
        r"^(?:of|for|the|de la|de|du|des|d'|von|für|pour|por|para|x)[ ]",
        "",
        cut.strip(" \t.,:;-–—|"),
        flags=re.IGNORECASE,
    )
    return cut.strip(" \t.,:;-–—()|")
