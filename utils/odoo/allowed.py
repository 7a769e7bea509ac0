"""What the program may do in Odoo, whatever an Operation says: models, methods and fields.

A generic "update record" is a posting tool in Odoo, because writing ``state`` posts. So there is
none: whatever is not listed here is never sent.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The module part of our external ids.
MODULE: Final = "employee"


class Pin(Enum):
    """How records of a model belong to a company."""

    #: To exactly one.
    ONE = "one"
    #: To one, or to all.
    SHARED = "shared"
    #: To several.
    SEVERAL = "several"
    #: The record is the company.
    ITSELF = "itself"
    #: To none.
    NONE = "none"


#: Every model that is read, and how its company is pinned.
PINS: Final[Mapping[str, Pin]] = {
    "account.account": Pin.SEVERAL,
    "account.journal": Pin.ONE,
    "account.move": Pin.ONE,
    "account.move.line": Pin.ONE,
    "account.payment": Pin.ONE,
    "account.tax": Pin.ONE,
    "product.product": Pin.SHARED,
    "res.company": Pin.ITSELF,
    "res.currency": Pin.NONE,
    "res.currency.rate": Pin.SHARED,
    "res.partner": Pin.SHARED,
    "res.partner.bank": Pin.SHARED,
    "res.users.apikeys": Pin.NONE,
}

_LINES: Final = "invoice_line_ids/"
_MOVE_FIELDS: Final = frozenset(
    {
        "id",
        "move_type",
        "partner_id/.id",
        "invoice_date",
        "invoice_date_due",
        "date",
        "currency_id/.id",
        "ref",
        "reversed_entry_id/.id",
        "invoice_payment_term_id/.id",
        "invoice_line_ids/id",
        "invoice_line_ids/name",
        "invoice_line_ids/quantity",
        "invoice_line_ids/price_unit",
        "invoice_line_ids/discount",
        "invoice_line_ids/tax_ids/.id",
        "invoice_line_ids/account_id/.id",
        "invoice_line_ids/product_id/.id",
    }
)
_PAYMENT_FIELDS: Final = frozenset(
    {
        "id",
        "payment_type",
        "partner_type",
        "partner_id/.id",
        "amount",
        "date",
        "memo",
        "journal_id/.id",
        "currency_id/.id",
        "invoice_ids/.id",
    }
)
#: Every call that changes something: model and method to its field or argument names.
WRITES: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("account.move", "load"): _MOVE_FIELDS,
    ("account.move", "action_post"): frozenset(),
    ("account.move", "button_cancel"): frozenset(),
    ("account.move", "js_assign_outstanding_line"): frozenset({"line_id"}),
    ("account.payment", "load"): _PAYMENT_FIELDS,
    ("account.payment", "action_post"): frozenset(),
    ("res.partner", "load"): frozenset({"id", "name", "email", "phone", "vat", "is_company"}),
}


def domain_of(model: str, company_id: int) -> list[Any]:
    """Return the conditions that keep a model's records to one company."""
    match PINS[model]:
        case Pin.ONE:
            return [["company_id", "=", company_id]]
        case Pin.SHARED:
            return [["company_id", "in", [False, company_id]]]
        case Pin.SEVERAL:
            return [["company_ids", "in", [company_id]]]
        case Pin.ITSELF:
            return [["id", "=", company_id]]
        case Pin.NONE:
            return []


def all_named(fields: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the record and each of its lines carry external ids of ours.

    A record without one is made again by every replay, and so is a line.
    """
    lines = [name for name in fields if name.startswith(_LINES)]
    wanted = ["id", *([f"{_LINES}id"] if lines else [])]
    if not rows or not set(wanted) <= set(fields):
        return False
    cells = [rows[0][fields.index("id")]]
    cells += [row[fields.index(name)] for name in wanted[1:] for row in rows]
    return all(cell.startswith(f"{MODULE}.") for cell in cells)
