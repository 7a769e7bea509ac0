"""Proposals as the tests of notes and vault need them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from utils.core.model import Evidence, Origin, Particulars, Proposal, Source

ZONE: Final = ZoneInfo("Europe/Paris")
NOW: Final = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
EDITABLE: Final = ("message",)


def payment(**changes: Any) -> Proposal:
    """Return a payment with a text, which grew out of a mail."""
    values: dict[str, Any] = {
        "id": "p-abcdefghij",
        "operation": "odoo_record_payment",
        "effect": "spend",
        "fields": {
            "invoice": "INV/2026/0007",
            "amount": "1200.00",
            "parts": 3,
            "final": True,
            "note": None,
            "lines": [{"description": "Rye bread", "quantity": "2", "unit_price": "600.00"}],
            "message": "Thank you.",
        },
        "particulars": Particulars(
            payee_id="47",
            payee="Acme GmbH",
            payee_mail="billing@acme.example",
            account="····1234",
            amount="1200.00",
            currency="EUR",
            recipients=("anna_b@acme.example",),
            shown={"Invoice": "INV/2026/0007"},
        ),
        "headline": "Record a payment from Acme GmbH",
        "origin": Origin(source=Source.GMAIL, item_id="i-1", outside=True),
        "reason": "It is above your limit of 100.00 EUR.",
        "warnings": ("The bank account is not the one used before.",),
        "evidence": (Evidence(what="amount", quote="please pay 1200", where="mail body"),),
        "undo": "Cancel the payment in Odoo.",
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=48),
        "revised_at": NOW,
    }
    return Proposal(**(values | changes))
