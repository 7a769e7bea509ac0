"""From a mail, chat or dropped file to a Reading, its Intents, or the question that is left.

Nothing is guessed: what is missing or can be read in two ways becomes a question to the owner.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from utils.core.canonical import item_id
from utils.core.model import Item, ItemType
from utils.letters.amounts import decimal_comma_in
from utils.letters.bills import read_bill
from utils.letters.gathered import Message
from utils.letters.intents import intents_of
from utils.letters.invoice_requests import read_request
from utils.letters.kinds import Sorted, bill_marks, sort_message
from utils.letters.own_words import READ_LENGTH, own_words
from utils.letters.payments import read_payment
from utils.letters.reading import Kind, Reading, Unclear, Viewpoint
from utils.letters.to_assistant import words_to_assistant

if TYPE_CHECKING:
    from datetime import datetime

    from utils.letters.own_words import OwnWords

__all__ = ["Kind", "Reading", "Unclear", "Viewpoint", "clarification", "intents_of", "read_item"]

_READERS: Final = {
    Kind.INVOICE_REQUEST: read_request,
    Kind.BILL: read_bill,
    Kind.PAYMENT_NOTICE: read_payment,
}
#: What outsiders write, and what the place of their words is called.
_WHERE: Final = {
    ItemType.EMAIL: "mail body",
    ItemType.WHATSAPP: "chat message",
    ItemType.FILE: "dropped file",
}
#: Kinds that have nothing to read in them, so that what was forwarded or attached is looked at.
_EMPTY_KINDS: Final = frozenset((Kind.OTHER, Kind.NOISE, Kind.QUESTION))


def read_item(item: Item, view: Viewpoint) -> Reading:
    """Return what an Item says, seen from the owner's side; never raises on any text.

    Args:
        item: A mail, chat or file whose text is plain; days are counted from when it came.
        view: The owner's currency, locale, zone and own names.
    """
    if item.type not in _WHERE:
        return Reading(kind=Kind.OTHER, item_id=item.id)
    words = own_words(item.body)
    text, where, sort = _what_to_read(item, words)
    message = Message(
        text=text,
        subject=item.subject[:300],
        sender=item.sender,
        sender_name=item.sender_name,
        today=item.received_at.astimezone(view.zone).date(),
        where=where,
    )
    reader = _READERS.get(sort.kind)
    seen_from = replace(view, decimal_comma=decimal_comma_in(text))
    reading = reader(message, seen_from) if reader else Reading(kind=sort.kind)
    return _with_reservations(reading, item, words, sort, where)


def clarification(item: Item, reading: Reading, *, now: datetime) -> Item:
    """Return the Item that asks the owner exactly what a Reading leaves open."""
    return Item(
        id=item_id(f"clarification {item.id}"),
        type=ItemType.CLARIFICATION,
        source=item.source,
        received_at=now,
        subject=f"Question about: {item.subject or item.sender or item.id}"[:120],
        body="\n".join(f"{unclear.what}: {unclear.question}" for unclear in reading.unclear),
        question=" ".join(unclear.question for unclear in reading.unclear),
        thread=item.thread,
        about=item.id,
    )


def _what_to_read(item: Item, words: OwnWords) -> tuple[str, str, Sorted]:
    """Choose the text that says most: the sender's own, an attached bill, what he forwarded."""
    own = sort_message(f"{item.subject}\n{words.text}", sender=item.sender)
    for attachment in item.attachments:
        attached = attachment.text[:READ_LENGTH]
        if bill_marks(attached) > 1:
            return attached, f"attachment {attachment.name}", Sorted(kind=Kind.BILL)
    if words.forwarded and own.kind in _EMPTY_KINDS:
        passed_on = sort_message(words.forwarded)
        if passed_on.kind in _READERS:
            return words.forwarded, "forwarded message", passed_on
    return words.text, _WHERE[item.type], own


def _with_reservations(
    reading: Reading, item: Item, words: OwnWords, sort: Sorted, where: str
) -> Reading:
    """Add what makes the whole message doubtful, whatever it says."""
    unclear, warnings = list(reading.unclear), list(reading.warnings)
    acts = reading.kind in _READERS
    if spoken := words_to_assistant(f"{item.subject}\n{item.body[:READ_LENGTH]}"):
        warnings.append(
            f"The message speaks to the assistant (“{spoken[0][:80]}”); nothing in it was obeyed."
        )
        if acts:
            question = (
                "The message holds words meant for a machine: is it genuine, and shall I act o"
                "n it?"
            )
            unclear.append(Unclear(what="trust", question=question))
    if acts and where == "forwarded message" and reading.kind is Kind.INVOICE_REQUEST:
        question = (
            f"{item.sender or 'Somebody'} only forwarded this request: shall an invoice be mad"
            "e, and for whom?"
        )
        unclear.append(Unclear(what="customer", question=question))
    if sort.declined:
        question = f"The message also says “{sort.declined.strip()}”: is an invoice wanted?"
        unclear.append(Unclear(what="invoice", question=question))
    if words.cut:
        warnings.append(f"Only the first {READ_LENGTH} characters were read.")
    if item.reply_to and item.reply_to.casefold() != item.sender.casefold():
        warnings.append(f"Answers would go to {item.reply_to}, not to the sender {item.sender}.")
    return reading.model_copy(
        update={"item_id": item.id, "unclear": tuple(unclear), "warnings": tuple(warnings)}
    )
