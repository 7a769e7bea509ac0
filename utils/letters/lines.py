"""The lines of an order: how many of what at which price, from lists, tables and sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from utils.letters.amounts import MARK, NUMBER, amounts, bare_amounts, number
from utils.letters.totals import is_summary

if TYPE_CHECKING:
    from utils.letters.amounts import Amount
    from utils.letters.reading import Viewpoint

_UNIT: Final = (
    r"(?:hours?|hrs?|h|days?|weeks?|months?|pcs|pieces?|units?|items?|kg|boxes|trays|stunden?"
    r"|std\.?|tagen?|stück|stk\.?|monate?"
    r"|heures?|jours?|mois|pièces?|unités?|horas?|días?|meses|mes|unidades|piezas?)"
)
_EACH: Final = (
    r"(?:[ ]?(?:each|apiece|per|a piece|/|pro|je|par|por|la|l'|l’|the)[ ]?(?:hour|hr|h|day"
    r"|week|month|piece|unit|item|kg|box|stunde|std|tag|stück"
    r"|monat|heure|jour|pièce|unité|mois|hora|día|unidad|pieza|mes)?s?\b)?"
)
_AT: Final = r"(?:[ ](?:at|à|a|zu(?: je)?|je|für je)[ ]|[ ]?@[ ]?)"
#: What makes a figure after “at” no price: 14 days, 9 am, 18 Uhr.
_TIME: Final = (
    r"(?:(?:days?|weeks?|months?|tagen?|wochen|jours|semaines|días|am|pm|a\.m|p\.m|o'clock"
    r"|uhr|heures?|h)\b|%)"
)
_PRICE: Final = rf"(?P<price>(?:{MARK}[ \u00a0]?)?{NUMBER}(?:[ \u00a0]?{MARK})?)"
_QUANTITY: Final = (
    r"(?<![\w.,/-])(?<![0-9][ \u00a0])(?P<quantity>[0-9]{1,5}(?:[.,][0-9]{1,2})?)"
    rf"(?![ \u00a0]?{MARK})"
)
_DASH: Final = r"[ \t]*(?:[-–—:,]|for|of|für|pour|de|por|para)?[ \t]*"
_TIMES: Final = re.compile(
    rf"{_QUANTITY}(?:[ ]{_UNIT}\b)?[ ]?[x×*✕][ ]?{_PRICE}{_EACH}"
    rf"(?:{_DASH}(?P<what>(?:(?![ ](?:and|und|et|y|plus)[ ][0-9])[^\n,;]){{0,120}}))?",
    re.IGNORECASE,
)
_WHAT_AT: Final = re.compile(
    rf"{_QUANTITY}[ ]?(?:[x×][ ]?)?(?P<unit>{_UNIT}\b)?[ ]?(?P<what>[^\n;0-9@]{{0,80}}?){_AT}"
    rf"{_PRICE}(?![\w%]|[.,:][0-9]|[ ]?{_TIME}){_EACH}",
    re.IGNORECASE,
)
_WHAT_TIMES: Final = re.compile(
    rf"(?P<what>[^\W\d_][^\n,;:0-9@]{{1,60}}?)[ ][x×][ ]?{_QUANTITY}{_AT}{_PRICE}(?![\w%]"
    rf"|[.,:][0-9]){_EACH}",
    re.IGNORECASE,
)
_COLUMNS: Final = re.compile(r"[ \t]*\|[ \t]*|\t+|[ \t]{2,}|[ \t]*;[ \t]*")
_LIST_LINE: Final = re.compile(
    rf"^[ \t]*(?:[-*•–]|[0-9]{{1,2}}[.)])?[ \t]*(?P<what>[^\W\d][^\n:"
    rf"|]{{1,100}}?)[ \t]*(?:[:=–—|]|[.]{{2,}}|[ ]-[ ]|[ ]{{2,}}|\t)[ \t]*{_PRICE}[ \t]*\.?$",
    re.IGNORECASE,
)
_FOR: Final = re.compile(
    r"(?:[ \t]+(?:each|in total|net|netto|plus|zzgl\.?|excl\.?|hors|ht|\+|[0-9]{1,2} ?%|vat"
    r"|tax|mwst\.?|ust\.?|tva|iva)){0,5}"
    r"(?:[ \t]+(?:for|für|pour|por|para|als|as)|[ \t]*[-–—])[ \t]+(?P<what>(?:[^\n,;.!?€$£]"
    r"|\.(?=[0-9])){2,100})",
    re.IGNORECASE,
)
_NO_WARE: Final = re.compile(
    r"\b(?:amount|betrag|montant|importe|price|preis|prix|precio|deposit paid|discount|rabatt"
    r"|remise|descuento|paid|budget|iban|phone|tel|fax|date|datum)\b",
    re.IGNORECASE,
)

_DOCUMENT_WORD: Final = re.compile(
    r"\b(?:invoice|bill|rechnung|facture[rz]?|facturar?)\b", re.IGNORECASE
)
#: "Please invoice us for the cake: …" names the ware after the request.
_ASKING: Final = re.compile(
    rf"^.*{_DOCUMENT_WORD.pattern}.{{0,24}}?\b(?:for|für|pour|por|para)\b[ ]?(?:the |die "
    r"|das |den |le |la |el )?",
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


def _row(row: str, view: Viewpoint) -> tuple[Ordered, ...]:
    if is_summary(row) and not _WHAT_AT.search(row) and not _TIMES.search(row):
        return _with_reasons(row, view)
    return (
        _counted(row, _TIMES, view)
        or _counted(row, _WHAT_TIMES, view)
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
            what = without_sentence(match["what"] or "") or (
                without_sentence(_before(row, match.start())) if len(found) == 1 else ""
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
    what = _ASKING.sub("", found["what"]).strip()
    marked = price.currency or price.doubt or "." in price.quote or "," in price.quote
    if not what or not marked or _DOCUMENT_WORD.search(what):
        return ()
    return (Ordered(description=what, quantity=Decimal(1), price=price, quote=row.strip()),)


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
                description=without_sentence(words),
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
    named = re.search(r"([^\W\d_][^\n,;.!?0-9]{1,80}?)[ \t]*[:(–—-][ \t]*$", row[:start])
    what = _ASKING.sub("", named[1]) if named else ""
    return "" if _NO_WARE.search(what) or _DOCUMENT_WORD.search(what) else what


def without_sentence(what: str) -> str:
    """Drop what belongs to the sentence and not to the ware."""
    cut = re.split(
        r"\b(?:please|thanks|thank you|bitte|danke|merci|gracias|due|net [0-9]+|payable"
        r"|zahlbar|fällig|by the end|by [0-9]+|to be paid|within|at your|plus (?:vat|tva|iva)"
        r"|zzgl"
        r"|total|insgesamt|invoice (?:us|me)|(?:in|as) an? invoice|in rechnung"
        r"|to [\w.+-]+@)\b|[€$£]|[ ]-[ ]|\.(?:[ ]|$)",
        what,
        maxsplit=1,
        flags=re.IGNORECASE,
    )[0]
    cut = re.sub(
        r"^(?:(?:of|for|the|de la|de|du|des|von|für|pour|por|para|x|die|der|das|den|dem|le|la"
        r"|les|el|los|las|l')[ ])+",
        "",
        cut.strip(" \t.,:;-–—|"),
        flags=re.IGNORECASE,
    )
    return cut.strip(" \t.,:;-–—()|")
