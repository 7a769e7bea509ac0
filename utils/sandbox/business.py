"""The pretend business: a small bakery's letters, for the demo and for tests."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

OWNER: Final = "Maria Rossi"
OWNER_MAIL: Final = "maria@rossi-bakery.example"


def letter(sender: str, subject: str, body: str, *, sent_at: datetime, number: int = 1) -> bytes:
    """Return a mail to the owner as the bytes of an ``.eml`` file.

    Args:
        sender: Name and address, such as ``Ann Lee <ann@acme.example>``.
        subject: The subject line.
        body: Plain text.
        sent_at: When it was sent; aware.
        number: Makes the Message-ID unique.
    """
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, f"{OWNER} <{OWNER_MAIL}>", subject
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = f"<letter-{number}@{sender.partition('@')[2].rstrip('>')}>"
    mail.set_content(body)
    return mail.as_bytes()


def invoice_request(*, sent_at: datetime) -> bytes:
    """Return the letter with which the demo begins: a known customer wants an invoice."""
    body = """\
Hello Maria,

thank you for the bread at our summer party. Could you please send us an invoice for

3 x 40.00 USD bread delivery
1 x 30.00 USD sourdough starter

Our order number is PO-4711, payment within 30 days as usual.

Best regards
Ines Cedar, Cedar Studio
"""
    sender = "Cedar Studio <hello@cedarstudio.example>"
    return letter(sender, "Invoice for the summer party", body, sent_at=sent_at)


def changed_account(*, sent_at: datetime) -> bytes:
    """Return a bill of a known vendor that names another bank account than Odoo knows."""
    body = f"""\
Invoice number: AZ-2209
Invoice date: {sent_at:%Y-%m-%d}
Bill to: {OWNER}

Hosting   1   84.00   84.00
Total due: 84.00 USD
Net 30
Please note our new bank account.
IBAN: GB82 WEST 1234 5698 7654 32
"""
    sender = "Azure Hosting <invoices@azurehosting.example>"
    return letter(sender, "Invoice AZ-2209", body, sent_at=sent_at, number=2)


def chat_export(*, sent_at: datetime) -> str:
    """Return an exported chat in which another customer asks for an invoice."""
    day = f"{sent_at:%d/%m/%Y}"
    before, long_before = (f"{sent_at - timedelta(days=ago):%d/%m/%Y}" for ago in (38, 41))
    return (
        f"{long_before}, 08:58 - Messages and calls are end-to-end encrypted.\n"
        f"{long_before}, 09:00 - Blue Heron Bakery: Do you still have the walnut rolls?\n"
        f"{long_before}, 09:03 - {OWNER}: Until Sunday!\n"
        f"{before}, 17:20 - Blue Heron Bakery: Thank you, see you at the market.\n"
        f"{day}, 09:01 - Blue Heron Bakery: Good morning! The rolls were lovely.\n"
        f"{day}, 09:02 - {OWNER}: Glad to hear it!\n"
        f"{day}, 09:04 - Blue Heron Bakery: Please send us an invoice for\n"
        "2 x 35.00 USD breakfast catering\n"
    )


#: What somebody asks below a post, and what an agent would answer.
QUESTION: Final = "Is your rye bread vegan?"
ANSWER: Final = "Yes: flour, water, salt and patience."
#: The news that the demo announces; it needs no picture, so Instagram cannot take it.
NEWS: Final = "Rye bread is back on Saturday. Doors open at 7."
