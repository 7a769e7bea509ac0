"""Finds an invoice, bill or credit note by its number, its id or its reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError
from utils.core.money import as_money
from utils.odoo.drafts import FIELDS, MOVE
from utils.odoo.lookup import find_partner
from utils.odoo.values import label_of, name_of, number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from utils.core.model import Json
    from utils.odoo.lookup import Partner
    from utils.odoo.values import Row
    from utils.odoo_client import OdooClient

#: What a kind of document is called.
CALLED: Final = {
    "out_invoice": "invoice",
    "in_invoice": "bill",
    "out_refund": "credit note",
    "in_refund": "vendor's credit note",
}


def find_move(odoo: OdooClient, text: str, kinds: Sequence[str]) -> Row:
    """Return the document with exactly this number, id or reference, in that order.

    Args:
        odoo: The client.
        text: As somebody wrote it.
        kinds: Which of ``CALLED`` can be meant.

    Raises:
        InvalidValueError: None is meant, or several could be; the text names them.
        EmployeeError: Odoo could not be read.
    """
    wanted = text.strip()
    ways: list[list[object]] = [["name", "=", wanted], ["ref", "=", wanted]]
    if wanted.isascii() and wanted.isdigit():
        ways.insert(1, ["id", "=", int(wanted)])
    for way in ways:
        rows = odoo.search_read(MOVE, [way, ["move_type", "in", list(kinds)]], FIELDS, limit=6)
        if len(rows) == 1:
            return rows[0]
        if rows:
            named = ", ".join(described(row) for row in rows)
            raise InvalidValueError(f"{wanted} could be {named}; give the id")
    raise InvalidValueError(f"Odoo has no {' or '.join(CALLED[kind] for kind in kinds)} {wanted}")


def partner_of(odoo: OdooClient, row: Row) -> Partner:
    """Return whom a document is with.

    Raises:
        InvalidValueError: It names nobody.
        EmployeeError: Odoo could not be read.
    """
    if not row["partner_id"]:
        raise InvalidValueError(f"{described(row)} names nobody it is with")
    return find_partner(odoo, str(row["partner_id"][0]))


def described(row: Row) -> str:
    """Return a document in a few words: number, total, date and id."""
    total = f"{label_of(row['currency_id'])} {as_money(number(row['amount_total']))}"
    name = name_of(row["name"]) or "draft"
    return f"{name} of {total} dated {row['invoice_date'] or 'nowhere'} (id {row['id']})"


def is_sale(row: Row) -> bool:
    """Return whether a document is with a customer."""
    return str(row["move_type"]).startswith("out_")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which documents are to be listed; None stands for any."""

    kind: str
    partner_id: int | None = None
    state: str | None = None
    payment: str | None = None
    since: date | None = None
    until: date | None = None

    def conditions(self) -> list[list[object]]:
        """Return what Odoo is to look for."""
        every = (
            ("move_type", "=", self.kind),
            ("partner_id", "=", self.partner_id),
            ("state", "=", self.state),
            ("payment_state", "=", self.payment),
            ("invoice_date", ">=", self.since and self.since.isoformat()),
            ("invoice_date", "<=", self.until and self.until.isoformat()),
        )
        return [list(condition) for condition in every if condition[2] is not None]


def listed(odoo: OdooClient, wanted: Wanted, *, limit: int, offset: int) -> Json:
    """Return documents, newest first, a page at a time.

    Args:
        odoo: The client.
        wanted: Which of them.
        limit: How many at most.
        offset: How many are left out at the beginning.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    conditions = wanted.conditions()
    rows = odoo.search_read(
        MOVE, conditions, FIELDS, limit=limit, offset=offset, order="invoice_date desc, id desc"
    )
    count = odoo.count(MOVE, conditions)
    return {"count": count, "invoices": [_shown(row) for row in rows]} | more(
        count, offset + len(rows)
    )


def more(count: int, shown: int) -> Json:
    """Return how to get the rest of a list, or nothing where there is none."""
    return {"more": f"call again with offset {shown}"} if shown < count else {}


def _shown(row: Row) -> Json:
    currency = label_of(row["currency_id"])
    return {
        "id": row["id"],
        "number": name_of(row["name"]),
        "kind": CALLED.get(row["move_type"], row["move_type"]),
        "partner": label_of(row["partner_id"]),
        "state": row["state"],
        "payment": row["payment_state"],
        "date": row["invoice_date"] or "",
        "due": row["invoice_date_due"] or "",
        "total": {currency: as_money(number(row["amount_total"]))},
        "open": {currency: as_money(number(row["amount_residual"]))},
        "reference": row["ref"] or "",
    }
