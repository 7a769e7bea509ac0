"""From a Reading to a Plan: one step for each Intent, and the steps that only a person can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.canonical import sha256_of
from utils.core.model import Plan, PlanStep
from utils.letters.intents import intents_of
from utils.letters.reading import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from utils.core.model import Intent, Item
    from utils.letters.reading import Reading

_TITLES: Final = {
    Kind.INVOICE_REQUEST: "Invoice for {who}",
    Kind.BILL: "Bill from {who}",
    Kind.PAYMENT_NOTICE: "Payment of {reference}",
    Kind.QUOTE_REQUEST: "Quote for {sender}",
    Kind.POST_REQUEST: "Post that {sender} asks for",
    Kind.QUESTION: "Question from {sender}",
    Kind.NOISE: "Nothing to do: {subject}",
    Kind.OTHER: "Message from {sender}",
}
#: What a person does before the employee's steps, by kind.
_BEFORE: Final = {
    Kind.PAYMENT_NOTICE: ("See whether the money has arrived in the bank account.",),
}
#: What a person does after them, by kind.
_AFTER: Final = {
    Kind.INVOICE_REQUEST: ("Check the draft in Odoo, then have it posted and sent.",),
    Kind.BILL: ("Check the goods or the work, then pay it at the bank.",),
    Kind.QUOTE_REQUEST: ("Work out the price.", "Answer the sender."),
    Kind.POST_REQUEST: ("Decide whether it fits, and on which pages.", "Have the post drafted."),
    Kind.QUESTION: ("Answer the sender.",),
    Kind.NOISE: ("Put it away once you have seen it; it asks for nothing.",),
    Kind.OTHER: ("Read it and decide whether anything is to be done.",),
}


def plan_for(item: Item, reading: Reading, *, now: datetime) -> Plan:
    """Return what will be done about an Item; the same Item always gets the same Plan id."""
    questions = [f"Answer: {unclear.question}" for unclear in reading.unclear]
    cautions = (
        [f"Mind: {warning}" for warning in reading.warnings]
        if reading.kind is not Kind.NOISE
        else []
    )
    if questions:
        persons = [*cautions, *questions]
        steps = [PlanStep(text=text) for text in persons]
    else:
        before = [*cautions, *_BEFORE.get(reading.kind, ())]
        steps = [PlanStep(text=text) for text in before]
        steps += [
            PlanStep(text=_sentence(intent, reading), intent=intent)
            for intent in intents_of(reading)
        ]
        steps += [
            PlanStep(text=text)
            for text in (*_AFTER.get(reading.kind, ()), *_account_steps(reading))
        ]
    return Plan(
        id=f"pl-{sha256_of(item.id)[:10]}",
        item_id=item.id,
        title=_title(item, reading),
        created_at=now,
        steps=tuple(steps),
    )


def _title(item: Item, reading: Reading) -> str:
    sender = item.sender_name or item.sender or "nobody named"
    return _TITLES[reading.kind].format(
        who=reading.who or sender,
        reference=reading.reference or "an invoice",
        sender=sender,
        subject=item.subject or "no subject",
    )[:120]


def _sentence(intent: Intent, reading: Reading) -> str:
    """Return what an Intent would do, as the owner says it."""
    until = f", due {reading.due_date.isoformat()}" if reading.due_date else ""
    if reading.kind is Kind.PAYMENT_NOTICE:
        return f"Record {reading.amount} {reading.currency} as paid on {reading.reference}."
    lines = "; ".join(
        f"{line.quantity.normalize():f} × {line.unit_price} {line.description}"
        for line in reading.lines
    )
    what = (
        "Draft an invoice to" if intent.operation == "odoo_create_invoice" else "Enter the bill of"
    )
    return f"{what} {reading.who}: {lines} ({reading.currency}{until})."


def _account_steps(reading: Reading) -> tuple[str, ...]:
    """Return the check that a bank account on a bill calls for."""
    if not reading.iban:
        return ()
    return (
        f"Before paying, compare the account ending in {reading.iban[-4:]} with the one on file.",
    )
