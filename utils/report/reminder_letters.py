"""Reminders to customers who are late: when the next one may be written, and in which words.

The first is friendly, the later ones are firmer. There are never two within seven days to one
customer, and none about what is paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.core.model import Evidence, Intent
from utils.report.figures import money_shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from utils.report.books import Document

#: The tool that a reminder is asked for with: a draft, which a person still sends.
TOOL: Final = "gmail_create_draft"
#: The shortest time between two reminders to one customer.
REST: Final = timedelta(days=7)
#: An invoice is not chased before it is this late (ours).
_GRACE: Final = timedelta(days=3)
#: What each reminder is called; after the last a person takes over (ours).
_CALLED: Final = ("Reminder", "Second reminder", "Last reminder")
_MOST: Final = len(_CALLED)

#: What a reminder rests on: the invoice, and how much of it was open.
INVOICE: Final = "invoice"
OPEN: Final = "open"

_FRIENDLY: Final = """\
Hello,

perhaps it slipped your notice: our invoice {number} over {sum} was due on {due}.
If you have paid in the meantime, please take no notice of this mail.

Many thanks and best regards
{owner}
"""
_FIRM: Final = """\
Hello,

we have written to you before about our invoice {number} over {sum}, which was due on {due}.
Please pay it within seven days, or tell us what stands in the way.

Best regards
{owner}
"""

#: How many new ones the owner is asked about at once (ours): he has other things to decide.
_AT_ONCE: Final = 10


@dataclass(frozen=True)
class Earlier:
    """A reminder that was proposed before."""

    #: The invoice's address.
    url: str
    at: datetime
    #: Whether the draft was made, and not refused or left unanswered.
    done: bool


def due_reminders(
    overdue: Iterable[Document],
    earlier: Sequence[Earlier],
    addresses: Mapping[int, str],
    *,
    today: date,
    now: datetime,
    owner: str,
) -> tuple[Intent, ...]:
    """Return the reminders that may be proposed now, in the order of the invoices.

    A customer gets one at a time, whatever he owes, and the owner a few.

    Args:
        overdue: Customers' unpaid invoices past their due date.
        earlier: Reminders proposed before, whatever became of them.
        addresses: Contact to mail address; who has none is not written to.
        today: The owner's date.
        now: The present time.
        owner: The name that letters are signed with.
    """
    found: list[Intent] = []
    overdue = tuple(overdue)
    owing = {document.url: document.partner_id for document in overdue}
    written_to = {owing.get(each.url) for each in earlier if now - each.at < REST}
    for document in overdue:
        past = [each for each in earlier if each.url == document.url]
        written = sum(each.done for each in past)
        to = addresses.get(document.partner_id, "")
        rested = all(now - each.at >= REST for each in past)
        late = document.due is not None and today - document.due >= _GRACE
        first = document.partner_id not in written_to
        if to and late and rested and first and written < _MOST and document.open > 0:
            found.append(_letter(document, to, written, owner))
            written_to.add(document.partner_id)
    return tuple(found[:_AT_ONCE])


def no_longer_true(evidence: Iterable[Evidence], now_open: Mapping[str, Document]) -> str:
    """Return why a reminder must not go out as it was written, one sentence, or "".

    Args:
        evidence: What the reminder rests on.
        now_open: Address to invoice, as the books have it now.
    """
    for each in evidence:
        document = now_open.get(each.where)
        if each.what == INVOICE and (document is None or document.open <= 0):
            return f"Withdrawn: the invoice {each.quote} was paid or cancelled meanwhile."
        if each.what == OPEN and document:
            sum_ = money_shown(document.open, document.currency)
            if sum_ != each.quote:
                return f"Withdrawn: {sum_} are open now, and no longer {each.quote}."
    return ""


def _letter(document: Document, to: str, before: int, owner: str) -> Intent:
    words = _FIRM if before else _FRIENDLY
    sum_ = money_shown(document.open, document.currency)
    body = words.format(number=document.number, sum=sum_, due=document.due, owner=owner)
    kind = _CALLED[before]
    why = f"{document.partner} owes {sum_} since {document.due}."
    evidence = (
        Evidence(what=INVOICE, quote=document.number, where=document.url),
        Evidence(what=OPEN, quote=sum_, where=document.url),
    )
    return Intent(
        operation=TOOL,
        values={"to": to, "subject": f"{kind}: invoice {document.number}", "body": body.rstrip()},
        why=why,
        evidence=evidence,
    )
