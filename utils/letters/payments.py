"""Reading a notice that an invoice was paid: which one, how much, when."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.core.money import as_money
from utils.letters.dates import days
from utils.letters.gathered import Gathered, several
from utils.letters.kinds import RECEIVED
from utils.letters.names import invoice_numbers
from utils.letters.prices import currency_in
from utils.letters.reading import Kind, Reading, one_each
from utils.letters.sums import plain_sums

if TYPE_CHECKING:
    from datetime import date

    from utils.letters.gathered import Message
    from utils.letters.reading import Viewpoint


#: A day without a year is the first one from this long ago (ours: notices come within months).
_LOOK_BACK_DAYS: Final = 183
_NO_PROOF: Final = (
    "A message is never proof of payment: see that the money is in the bank account first."
)
_LATELY: Final = re.compile(
    r"\b(?:today|heute|aujourd'hui|hoy|(?P<yesterday>yesterday|gestern|hier|ayer))\b",
    re.IGNORECASE,
)


def read_payment(message: Message, view: Viewpoint) -> Reading:
    """Return what a notice of payment says."""
    gathered = Gathered(where=message.where)
    numbers = invoice_numbers(message.text) or invoice_numbers(message.subject)
    reference = gathered.only(
        "invoice", numbers, "Several invoices are named ({}): which one was paid with how much?"
    )
    if not numbers:
        gathered.ask("invoice", "The message names no invoice number: which invoice was paid?")
    paid = gathered.sum_of(
        plain_sums(message.text, view),
        which="Several sums are named ({}): which one was paid?",
        none="No amount is named: how much was paid?",
    )
    currency = currency_in(message.text, [paid] if paid else [], view, gathered)
    if currency not in {"", view.currency}:
        gathered.ask(
            "currency",
            f"{currency} was paid, not {view.currency}: in which currency is the invoice?",
        )
    if received := RECEIVED.search(message.text):
        gathered.ask(
            "direction",
            f"“{received.group(0)}” leaves open who paid whom: was one of our invoices paid?",
        )
    return Reading(
        kind=Kind.PAYMENT_NOTICE,
        who=message.sender,
        currency=currency,
        amount=as_money(paid.value) if paid else None,
        dated=_paid_on(message, view, gathered),
        reference=reference,
        evidence=tuple(gathered.evidence),
        unclear=tuple(gathered.unclear),
        warnings=(_NO_PROOF,),
    )


def _paid_on(message: Message, view: Viewpoint, gathered: Gathered) -> date | None:
    """Return the one day that is named; none is no question, for the owner's bank tells it."""
    if said := _LATELY.search(message.text):
        gathered.saw("payment date", said.group(0))
        return message.today - timedelta(days=1 if said["yesterday"] else 0)
    found = days(message.text, view, today=message.today - timedelta(days=_LOOK_BACK_DAYS))
    values = one_each(day.value for day in found)
    if len(values) > 1 or (values and values[0] is None):
        gathered.ask(
            "payment date",
            f"On which day was it paid? The message says {several([day.quote for day in found])}.",
        )
        return None
    if found:
        gathered.saw("payment date", found[0].quote)
    return values[0] if values else None
