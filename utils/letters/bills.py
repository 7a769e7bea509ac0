"""Reading a bill sent to the owner: who bills, how much, by when, to which account."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from utils.core.money import as_money
from utils.letters.account_numbers import broken_ibans, ibans
from utils.letters.amounts import amounts, bare_amounts
from utils.letters.dates import days
from utils.letters.gathered import Gathered, several
from utils.letters.lines import ordered_lines
from utils.letters.names import MAIL, invoice_numbers, vendors_named
from utils.letters.prices import currency_in
from utils.letters.reading import Kind, Line, Reading, one_each

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from utils.letters.amounts import Amount
    from utils.letters.gathered import Message
    from utils.letters.reading import Viewpoint

#: Labels of the whole sum, the strongest first: what is left to pay, then the total, then "total".
_TOTALS: Final = (
    (
        r"amount due|balance due|total due|amount payable|total to pay|zahlbetrag|rechnungsbetrag"
        r"|endbetrag|zu zahlen|(?:montant|total|net) (?:à payer|dû)|total a pagar|importe a pagar"
    ),
    (
        r"grand total|invoice total|total amount|gesamtbetrag|gesamtsumme|bruttobetrag|total ttc"
        r"|montant total|importe total|total factura"
    ),
    r"(?<!sub)(?<!sub-)(?<!sub )total|gesamt|summe|insgesamt|amount|betrag|montant|importe",
)
_NET: Final = (
    r"sub-?total|net(?: amount| total)?|netto\w*|nettobetrag|zwischensumme|total ht"
    r"|montant ht|base imponible|subtotal"
)
_TAX: Final = r"vat|sales tax|tax|gst|mwst\.?|ust\.?|umsatzsteuer|tva|iva"
_DATED: Final = re.compile(
    r"\b(?<!due )(?:invoice date|bill date|date of (?:issue|invoice)|issue date"
    r"|issued(?: on)?|dated?|rechnungsdatum|datum|ausgestellt am|vom|date (?:de "
    r"|d')(?:la )?(?:facture|facturation|émission)"
    r"|le|fecha(?: de (?:la )?(?:factura|emisión|expedición))?)[ \t]*[:=]?[ \t]*$",
    re.IGNORECASE,
)


_SETTLED: Final = re.compile(
    r"(?<!be )(?<!not )\bpaid\b(?! by| within| in)|\breceipt\b(?! of)"
    r"|\b(?:bereits )?bezahlt\b|\bquittung\b|\bacquittée?\b|\bpagad[oa]\b",
    re.IGNORECASE,
)


def read_bill(message: Message, view: Viewpoint) -> Reading:
    """Return what a bill says."""
    gathered = Gathered(where=message.where)
    dated = _dated(message, view, gathered)
    total = _total(message.text, view, gathered)
    reference = gathered.only(
        "reference",
        _numbers(message),
        "Several invoice numbers are named ({}): which one is this bill's?",
    )
    if not reference and "reference" not in {unclear.what for unclear in gathered.unclear}:
        gathered.ask("reference", "No invoice number is named: what is the bill's number?")
    currency = currency_in(message.text, [total] if total else [], view, gathered)
    if currency not in {"", view.currency}:
        gathered.ask(
            "currency",
            f"The bill is in {currency}, not in {view.currency}: how shall it be entered?",
        )
    if settled := _SETTLED.search(message.text):
        gathered.ask(
            "paid", f"The bill says “{settled.group(0)}”: is it paid, and still to be entered?"
        )
    vendor = _vendor(message, view, gathered)
    return Reading(
        kind=Kind.BILL,
        who=vendor,
        lines=_lines(message.text, view, total, reference, gathered),
        currency=currency,
        amount=as_money(total.value) if total else None,
        due_date=gathered.due_date(message, view, dated),
        dated=dated,
        reference=reference,
        iban=_account(message.text, gathered),
        evidence=tuple(gathered.evidence),
        unclear=tuple(gathered.unclear),
    )


def _numbers(message: Message) -> tuple[str, ...]:
    return invoice_numbers(message.text) or invoice_numbers(message.subject)


def _dated(message: Message, view: Viewpoint, gathered: Gathered) -> date | None:
    text = message.text
    found = [
        day
        for day in days(text, view, today=message.today)
        if _DATED.search(text[max(0, day.start - 40) : day.start])
    ]
    values = one_each(day.value for day in found)
    if len(values) != 1 or values[0] is None:
        quotes = several([day.quote for day in found]) if found else ""
        said = (
            f"The bill's date is not plain ({quotes}): which day"
            if quotes
            else "The bill bears no date: which day"
        )
        gathered.ask("bill date", f"{said} is it dated?")
        return None
    gathered.saw("bill date", found[0].quote)
    return values[0]


def _labelled(text: str, labels: str, view: Viewpoint) -> tuple[Amount, ...]:
    """Return the sums that follow one of the labels on the same line."""
    percent = r"(?:[0-9]{1,2}(?:[.,][0-9])? ?%[^\n0-9€$£]{0,12})?"
    pattern = re.compile(
        rf"\b(?:{labels})\b[^\n0-9€$£]{{0,30}}{percent}(?=(?P<rest>[^\n]{{1,40}}))",
        re.IGNORECASE,
    )
    found = []
    for match in pattern.finditer(text):
        row_start = match.start()
        row = text[row_start : match.end() + len(match["rest"])]
        sums = amounts(row, view) or bare_amounts(row, view)
        found += [sum_ for sum_ in sums if sum_.start >= match.end() - row_start - 12][:1]
    return tuple(found)


def _total(text: str, view: Viewpoint, gathered: Gathered) -> Amount | None:
    """Return the whole sum: the one that the strongest label names."""
    for labels in _TOTALS:
        found = _labelled(text, labels, view)
        if found:
            break
    else:
        found = amounts(text, view)
    return gathered.sum_of(
        found,
        which="Several totals are named ({}): which one is to be paid?",
        none="No total is named: how much does the bill come to?",
    )


def _vendor(message: Message, view: Viewpoint, gathered: Gathered) -> str:
    """Return who bills: named in the document, else the sender's address."""
    named = vendors_named(message.text, view)[:1]
    if not named and re.fullmatch(MAIL, message.sender):
        gathered.saw("vendor", message.sender, "sender")
        return message.sender
    if not named:
        gathered.ask("vendor", "The bill does not say who sent it: who is the vendor?")
        return ""
    gathered.saw("vendor", named[0])
    return named[0]


def _lines(
    text: str, view: Viewpoint, total: Amount | None, reference: str, gathered: Gathered
) -> tuple[Line, ...]:
    """Return the bill's lines before tax: its own where they add up, else one."""
    if total is None:
        return ()
    net = _before_tax(text, view, total, gathered)
    if net is None:
        return ()
    ordered = [
        line for line in ordered_lines(text, view) if line.description and not line.price.doubt
    ]
    if ordered and sum(line.quantity * line.price.value for line in ordered) == net:
        for line in ordered:
            gathered.saw("line", line.quote)
        return tuple(
            Line(
                description=line.description,
                quantity=line.quantity,
                unit_price=as_money(line.price.value),
            )
            for line in ordered
        )
    if ordered:
        quotes = several([line.quote.strip() for line in ordered])
        gathered.ask(
            "lines", f"The lines ({quotes}) do not add up to {as_money(net)}: what is right?"
        )
        return ()
    return (Line(description=f"Invoice {reference}".strip(), unit_price=as_money(net)),)


def _before_tax(text: str, view: Viewpoint, total: Amount, gathered: Gathered) -> Decimal | None:
    """Return the sum before tax; the whole where no tax is shown; None where it is open."""
    taxes, nets = _labelled(text, _TAX, view), _labelled(text, _NET, view)
    tax = taxes[0].value if len(one_each(sum_.value for sum_ in taxes)) == 1 else None
    if not taxes or tax == 0:
        return total.value
    for net in (sum_.value for sum_ in nets):
        if tax is not None and net + tax == total.value:
            return net
    if tax is not None and not nets:
        return total.value - tax
    gathered.ask(
        "tax", f"Net, tax and total {total.quote} do not add up: what is the sum before tax?"
    )
    return None


def _account(text: str, gathered: Gathered) -> str:
    found = one_each(ibans(text))
    if broken := broken_ibans(text):
        gathered.ask(
            "iban",
            f"The account {broken[0]} cannot exist (its check digits are wrong): what is"
            " the right one?",
        )
        return ""
    return gathered.only(
        "iban", found, "Several bank accounts are named ({}): which one is the vendor's?"
    )
