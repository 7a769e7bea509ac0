"""The lines and the currency of a request, with a question wherever sums do not agree."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from utils.core.money import as_money
from utils.letters.amounts import MARK, amounts, unknown_currency
from utils.letters.currencies import CODES, currency_of
from utils.letters.gathered import several
from utils.letters.lines import Ordered, ordered_lines
from utils.letters.reading import Line, one_each
from utils.letters.sums import plain_sums
from utils.letters.totals import is_summary, said_total
from utils.letters.wares import ware_in

if TYPE_CHECKING:
    from utils.letters.amounts import Amount
    from utils.letters.gathered import Gathered, Message
    from utils.letters.reading import Viewpoint

_STANDS_ALONE: Final = re.compile(
    r"\b(?:{})\b|€|\b(?:euros?|Euros?|US dollars)\b".format("|".join(sorted(CODES - {"TRY"})))
)
_GROSS: Final = re.compile(
    r"\b(?:incl(?:uding|usive(?: of)?|\.)?|inkl(?:usive|\.)?|with) (?:\w+ |[0-9]+ ?% )?(?:vat"
    r"|tax|gst|mwst|ust)\b|\bttc\b|\biva inclu\w+|\bgross\b|\bbrutto\b",
    re.IGNORECASE,
)
_DEDUCTED: Final = re.compile(
    r"\b(?:refund\w*|erstatt\w*|rembours\w*|reembols\w*|minus [0-9]+|[0-9]+ ?% off|discount"
    r"|deposit|down ?payment|credit note|deduct\w*|rabatt|nachlass|skonto|anzahlung|remise"
    r"|acompte|descuento|anticipo)\b[^.\n]{0,40}",
    re.IGNORECASE,
)
#: A sum that is only true of one piece, where nobody says how many.
_PER_PIECE: Final = re.compile(
    r"[ ]?(?:per\b|each\b|apiece\b|/[ ]?[a-z]|pro\b|par\b|je\b|por (?:persona|hora|día"
    r"|unidad)\b|a (?:head|piece)\b|pp\b)",
    re.IGNORECASE,
)
_SAME_AGAIN: Final = re.compile(
    r"\bthe same\b(?! (?:address|company|day|e-?mail))|\b(?:usual|regular|normal"
    r"|same) (?:amount|price|sum|rate|fee)\b"
    r"|\bdas(?:selbe| gleiche)\b|\bla même chose\b|\blo mismo\b",
    re.IGNORECASE,
)
_AS_USUAL: Final = re.compile(
    r"\b(?:usual|same|regular|agreed|normal) (?:amount|price|sum|rate|fee|as (?:last|always"
    r"|usual|before)\w*(?: \w+)?)|\bas (?:agreed|usual|discussed|always|before)\b"
    r"|\bwie (?:immer|üblich|vereinbart|besprochen|gehabt)\b|\bcomme (?:d'habitude|convenu)\b"
    r"|\bcomo siempre\b|\blo acordado\b",
    re.IGNORECASE,
)


def priced_lines(
    message: Message, view: Viewpoint, gathered: Gathered
) -> tuple[tuple[Line, ...], str]:
    """Return the lines of a request and their currency; every disagreement becomes a question."""
    ordered = ordered_lines(message.text, view)
    if ordered:
        _check_sums(message.text, ordered, view, gathered)
    else:
        ordered = _single(message, view, gathered)
    _check_words(message.text, gathered)
    currency = currency_in(message.text, [line.price for line in ordered], view, gathered)
    return tuple(line for each in ordered if (line := _line(each, message, gathered))), currency


def currency_in(text: str, sums: list[Amount], view: Viewpoint, gathered: Gathered) -> str:
    """Return the one currency of some sums, asking where there is none or more than one."""
    named = one_each(sum_.currency for sum_ in sums if sum_.currency)
    if len(named) > 1:
        gathered.ask(
            "currency", f"Several currencies are named ({several(named)}): which one is meant?"
        )
        return ""
    shared = next(
        (
            sum_
            for sum_ in sums
            if not sum_.currency and re.search(MARK, sum_.quote, re.IGNORECASE)
        ),
        None,
    )
    if shared:
        gathered.ask("currency", f"Which currency is meant by “{shared.quote}”?")
        return ""
    if coin := unknown_currency(text):
        gathered.ask(
            "currency", f"“{coin}” is not a currency that can be billed: which one is meant?"
        )
        return ""
    if not named and sums:
        named = one_each(
            filter(
                None,
                (currency_of(found, home=view.currency) for found in _STANDS_ALONE.findall(text)),
            )
        )
    if len(named) == 1:
        gathered.saw("currency", named[0] if named[0] in text else sums[0].quote)
        return named[0]
    if sums:
        gathered.ask(
            "currency", f"No currency is named with {sums[0].quote}: is {view.currency} meant?"
        )
    return ""


def _single(message: Message, view: Viewpoint, gathered: Gathered) -> tuple[Ordered, ...]:
    """Read a request that names one sum."""
    sums = plain_sums(message.text, view) or amounts(message.subject, view)
    values = one_each(sum_.value for sum_ in sums)
    if len(values) > 1:
        quotes = several(one_each(sum_.quote for sum_ in sums))
        gathered.ask(
            "amount",
            f"Several sums are named ({quotes}): which one is to be billed, and for what?",
        )
        return ()
    if not sums and not unknown_currency(message.text):
        usual = _AS_USUAL.search(message.text)
        said = f"The message only says “{usual.group(0)}”. " if usual else "No amount is named. "
        gathered.ask("amount", f"{said}How much is to be billed?")
    if not sums:
        return ()
    if _PER_PIECE.match(message.text[sums[0].end : sums[0].end + 14]):
        gathered.ask(
            "quantity", f"{sums[0].quote} is the price of one: how many are to be billed?"
        )
    what = ware_in(message.text, message.subject)
    return (Ordered(description=what, quantity=Decimal(1), price=sums[0], quote=sums[0].quote),)


def _line(ordered: Ordered, message: Message, gathered: Gathered) -> Line | None:
    price = ordered.price
    if price.doubt:
        if price.currency or price.is_doubtful:
            gathered.ask("amount", f"How much is “{price.quote}”? As written, {price.doubt}.")
        return None
    if ordered.quantity <= 0:
        gathered.ask("quantity", f"How many are meant by “{ordered.quote}”?")
        return None
    description = ordered.description or ware_in(message.text, message.subject)
    if not description:
        gathered.ask("description", f"What is the {price.quote} for?")
        return None
    gathered.saw("amount", price.quote)
    gathered.saw("line", ordered.quote)
    return Line(
        description=description, quantity=ordered.quantity, unit_price=as_money(price.value)
    )


def _check_sums(
    text: str, ordered: tuple[Ordered, ...], view: Viewpoint, gathered: Gathered
) -> None:
    """Ask where a stated total is not what the lines make, or a sum belongs to no line."""
    whole = sum(
        (line.quantity * line.price.value for line in ordered), start=ordered[0].price.value * 0
    )
    totals = said_total(text, view)
    wrong = next((total for total in totals if total.value != whole), None)
    if wrong:
        gathered.ask(
            "amount",
            f"The lines make {as_money(whole)}, but the message says {wrong.quote}:"
            " which is right?",
        )
    known = {whole, *(total.value for total in totals)}
    known |= {line.price.value for line in ordered} | {
        line.price.value * line.quantity for line in ordered
    }
    rest = [
        sum_ for sum_ in amounts(text, view) if sum_.value not in known and not _of_tax(text, sum_)
    ]
    if rest:
        gathered.ask(
            "amount",
            f"The message also names {several([sum_.quote for sum_ in rest])}: what is that for?",
        )


def _check_words(text: str, gathered: Gathered) -> None:
    if same := _SAME_AGAIN.search(text):
        gathered.ask(
            "amount", f"The message only says “{same.group(0)}”. How much is to be billed?"
        )
    if gross := _GROSS.search(text):
        gathered.ask("tax", f"The price is “{gross.group(0)}”: what is the price before tax?")
    if deducted := _DEDUCTED.search(text):
        gathered.ask(
            "amount",
            f"Something may have to be deducted (“{deducted.group(0).strip()}”): what are the "
            "lines to be?",
        )


def _of_tax(text: str, sum_: Amount) -> bool:
    row = text[text.rfind("\n", 0, sum_.start) + 1 : sum_.start]
    return is_summary(row)
