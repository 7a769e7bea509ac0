"""Six weeks of the pretend bakery: what its services hold before the story begins.

Nothing in it stands in a ledger: it was there before, as if the owner had done it by hand.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from datetime import date, datetime

    from utils.sandbox.odoo import PretendOdoo
    from utils.sandbox.street import Street
    from utils.times.weeks import Week

#: Weeks back, amount, vendor's contact and reference: a lease that became dearer, a bill twice.
_BILLS: Final = (
    (8, 64.0, 14, "oven lease 1"),
    (4, 64.0, 14, "oven lease 2"),
    (0, 80.0, 14, "oven lease 3"),
    (0, 89.90, 15, "cloud 7"),
    (0, 89.90, 15, "cloud 7a"),
)
#: Weeks back, amount, customer's contact, and whether it is paid.
_SALES: Final = (
    (5, 310.0, 9, True),
    (5, 96.0, 12, True),
    (4, 188.0, 10, True),
    (4, 240.0, 9, True),
    (3, 220.5, 10, True),
    (3, 74.0, 12, True),
    (2, 405.0, 11, False),
    (2, 132.5, 9, True),
    (1, 150.0, 9, False),
    (1, 86.0, 10, True),
    (0, 512.4, 10, False),
)
#: What people write to a bakery, week by week: who, subject and text.
_MAILS: Final = (
    ("Ines Cedar <hello@cedarstudio.example>", "Thank you", "The rolls were lovely."),
    ("Grain News <news@grain.example>", "Grain News of the week", "Prices of spelt are steady."),
    ("Blue Heron Bakery <orders@blueheron.example>", "Saturday", "See you at the market."),
    ("Tom Reed <tom@reed.example>", "Opening hours", "Good to know that you open at 7."),
    ("Acme Corporation <billing@acme.example>", "Received", "Your invoice has reached us."),
    ("Town Market <office@market.example>", "Stall plan", "Your stall is number 12, as always."),
)
#: What the bakery posted, newest first: Facebook and X in turn.
_POSTS: Final = (
    "Sourdough is out of the oven.",
    "New: walnut rolls, this week only.",
    "We are at the market on Saturday.",
    "Rye is back on Friday.",
    "Thank you for a busy week.",
    "Cinnamon buns from eight o'clock.",
    "The oven is repaired, and so are we.",
    "Spelt bread: baked on Tuesdays.",
    "Plum cake season has begun.",
    "Breakfast boxes: order until Thursday.",
    "Our baguettes rest for two days now.",
    "Good morning from the bakery.",
)
_BETWEEN_POSTS: Final = timedelta(days=3.5)
#: The last of the old mails lies further back than a watcher looks when it begins.
_MAILS_END: Final = timedelta(days=8)
_OLD_MAILS: Final = 40
_BETWEEN_MAILS: Final = timedelta(hours=20)


class Past(NamedTuple):
    """How much stands in the services."""

    invoices: int
    bills: int
    mails: int
    posts: int


def enter_six_weeks(street: Street, week: Week, now: datetime) -> Past:
    """Put six weeks of business, up to a week, into the pretend services.

    Args:
        street: The services.
        week: The last whole week of the story.
        now: The story's time, aware; mails and posts lie before it.
    """
    for back, amount, partner, reference in _BILLS:
        _enter(street.odoo, "in_invoice", week, back, amount, partner_id=partner, ref=reference)
    for back, amount, partner, paid in _SALES:
        id_ = _enter(street.odoo, "out_invoice", week, back, amount, partner_id=partner)
        if paid:
            _pay(street.odoo, id_, partner, amount, _day(week, back) + timedelta(days=4))
    mails = _mails(street, now)
    for place, text in enumerate(_POSTS):
        at = now - timedelta(days=1) - place * _BETWEEN_POSTS
        network = street.graph if place % 2 else street.x
        network.posted_before(text, at)
    return Past(len(_SALES), len(_BILLS), mails, len(_POSTS))


def _mails(street: Street, now: datetime) -> int:
    """Let old mails lie in the mailbox, read; return how many."""
    for place in range(_OLD_MAILS):
        sender, subject, body = _MAILS[place % len(_MAILS)]
        at = now - _MAILS_END - place * _BETWEEN_MAILS
        street.gmail.deliver(sender=sender, subject=subject, body=body, labels=("INBOX",), at=at)
    return _OLD_MAILS


def _day(week: Week, back: int) -> date:
    """Return the day of so many weeks before a week on which things are entered."""
    return week.monday + timedelta(days=2 - 7 * back)


def _enter(odoo: PretendOdoo, kind: str, week: Week, back: int, amount: float, **more: Any) -> int:
    """Enter and post one document, due after two weeks; return its id."""
    day = _day(week, back)
    line = {"name": "goods", "quantity": 1, "price_unit": amount, "tax_ids": [[6, 0, []]]}
    values = {
        "move_type": kind,
        "invoice_date": f"{day}",
        "date": f"{day}",
        "invoice_date_due": f"{day + timedelta(days=14)}",
        "invoice_line_ids": [[0, 0, line]],
    } | more
    ids = odoo.arrange("account.move", "create", company_id=1, vals_list=[values])
    odoo.arrange("account.move", "action_post", company_id=1, ids=ids)
    return int(ids[0])


def _pay(odoo: PretendOdoo, invoice: int, partner: int, amount: float, paid: date) -> None:
    """Record that a customer paid an invoice."""
    columns = ["id", "payment_type", "partner_type", "partner_id/.id", "amount", "date"]
    columns += ["journal_id/.id", "invoice_ids/.id"]
    row = [f"past.p{invoice}", "inbound", "customer", f"{partner}", f"{amount:.2f}", f"{paid}"]
    answer = odoo.arrange(
        "account.payment", "load", company_id=1, fields=columns, data=[[*row, "6", f"{invoice}"]]
    )
    odoo.arrange("account.payment", "action_post", company_id=1, ids=answer["ids"])
    domain = [["payment_id", "in", answer["ids"]], ["account_type", "=", "asset_receivable"]]
    [line] = odoo.arrange("account.move.line", "search", company_id=1, domain=domain)
    odoo.arrange(
        "account.move", "js_assign_outstanding_line", company_id=1, ids=[invoice], line_id=line
    )
