"""Reading a request for an invoice: to whom, for what, how much, by when."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from utils.letters.gathered import Gathered, several
from utils.letters.names import MAIL, companies_named, customers_named
from utils.letters.prices import priced_lines
from utils.letters.reading import Kind, Reading

if TYPE_CHECKING:
    from utils.letters.gathered import Message
    from utils.letters.reading import Viewpoint


def read_request(message: Message, view: Viewpoint) -> Reading:
    """Return what a request for an invoice says."""
    gathered = Gathered(where=message.where)
    who = customer_of(message, view, gathered)
    lines, currency = priced_lines(message, view, gathered)
    due_date = gathered.due_date(message, view, None)
    reference = gathered.order_number(message)
    return Reading(
        kind=Kind.INVOICE_REQUEST,
        who=who,
        lines=lines,
        currency=currency,
        due_date=due_date,
        reference=reference,
        evidence=tuple(gathered.evidence),
        unclear=tuple(gathered.unclear),
    )


def customer_of(message: Message, view: Viewpoint, gathered: Gathered) -> str:
    """Return whom the invoice goes to: who is named, else the sender; asked where that is open."""
    named = customers_named(message.text, view)
    if len(named) > 1:
        gathered.ask("customer", f"Several customers are named ({several(named)}): who is billed?")
        return ""
    if named:
        gathered.saw("customer", named[0])
        return named[0]
    own = {name.casefold() for name in view.own_names}
    address = re.fullmatch(MAIL, message.sender) and message.sender.casefold() not in own
    who = message.sender if address else message.sender_name
    if not who or who.casefold() in own:
        gathered.ask(
            "customer", "The message does not say who is to be billed: who is the customer?"
        )
        return ""
    if companies := companies_named(message.text, view):
        question = f"Who is billed: the sender {who}, or {several(companies)}, which is named?"
        gathered.ask("customer", question)
        return ""
    gathered.saw("customer", who, "sender")
    return who
