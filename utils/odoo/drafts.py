"""Drafts in Odoo: from what is asked to the exact rows that are sent, and back to compare.

A draft is made with ``load`` under external ids of ours, on the document and on each line: Odoo's
database keeps them unique, so the same draft made twice is one draft.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.core.model import Outcome, OutcomeKind
from utils.core.money import as_money
from utils.odoo.allowed import MODULE
from utils.odoo.values import id_of, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from utils.core.model import Json, Particulars
    from utils.core.operation import Mark
    from utils.odoo.values import Row
    from utils.odoo_client import OdooClient

MOVE: Final = "account.move"
#: The stage that is over when the draft stands as approved; later differences are a person's.
_DRAFT: Final = "draft"
#: What is read of a document to compare it with what was approved.
FIELDS: Final = (
    "name",
    "state",
    "move_type",
    "partner_id",
    "currency_id",
    "amount_total",
    "amount_residual",
    "payment_state",
    "invoice_date",
    "invoice_date_due",
    "ref",
)
#: A draft's value to the column that carries it, in the order sent.
_HEAD: Final[Mapping[str, str]] = {
    "move_type": "move_type",
    "partner_id": "partner_id/.id",
    "invoice_date": "invoice_date",
    "invoice_date_due": "invoice_date_due",
    "date": "date",
    "currency_id": "currency_id/.id",
    "ref": "ref",
    "reversed_entry_id": "reversed_entry_id/.id",
}
#: Likewise for a line's values.
_LINE: Final[Mapping[str, str]] = {
    "name": "invoice_line_ids/name",
    "quantity": "invoice_line_ids/quantity",
    "price_unit": "invoice_line_ids/price_unit",
    "discount": "invoice_line_ids/discount",
    "tax_ids": "invoice_line_ids/tax_ids/.id",
    "account_id": "invoice_line_ids/account_id/.id",
    "product_id": "invoice_line_ids/product_id/.id",
}
#: What a draft says to what the owner calls it, for naming a difference.
_CALLED: Final[Mapping[str, str]] = {
    "partner_id": "the partner",
    "currency_id": "the currency",
    "amount_total": "the total",
    "invoice_date": "the date",
    "invoice_date_due": "the due date",
    "ref": "the reference",
}


def external_id(key: str, line: int | None = None) -> str:
    """Return our external id of a record, or of one of its lines (1 is the first)."""
    return f"{MODULE}.{key}" if line is None else f"{MODULE}.{key}_l{line}"


def table_of(draft: Json, key: str) -> tuple[list[str], list[list[str]]]:
    """Return a draft as ``load`` takes it: column names, and one row for each line.

    Args:
        draft: ``_HEAD``'s values as text where there are any, and ``lines``: ``_LINE``'s values.
        key: The Mark's key.
    """
    lines: Sequence[Mapping[str, str]] = draft["lines"]
    head = [name for name in _HEAD if name in draft]
    used = [name for name in _LINE if any(name in line for line in lines)]
    columns = ["id", *(_HEAD[name] for name in head), "invoice_line_ids/id"]
    columns += [_LINE[name] for name in used]
    rows: list[list[str]] = []
    for place, line in enumerate(lines, start=1):
        own = [external_id(key), *(draft[name] for name in head)]
        above = own if place == 1 else [""] * len(own)
        rows.append([*above, external_id(key, place), *(line.get(name, "") for name in used)])
    return columns, rows


def make_draft(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Row | Outcome:
    """Make the draft that was approved, or find it where an earlier attempt made it.

    Returns:
        The draft as Odoo has it now; or why there is none that can be trusted.

    Raises:
        EmployeeError: Odoo said no, was not reached, or its answer did not come back.
    """
    draft = pinned.resolved["draft"]
    found = odoo.find_reference(mark.key)
    if found and found.id is None:
        return failed("It was made earlier, but Odoo does not show it to the robot user.")
    mark.go_on()
    # Loading again would undo what a person changed in the draft since.
    id_ = found.id if found and found.id else odoo.load(MOVE, *table_of(draft, mark.key))
    row = odoo.read(MOVE, id_, FIELDS)
    if row and _DRAFT not in mark.staged and row["invoice_date_due"] != draft["invoice_date_due"]:
        _drop_payment_term(odoo, draft, mark.key)
        row = odoo.read(MOVE, id_, FIELDS)
    mark.remember(_DRAFT, str(id_))
    return row or failed("It was made, but Odoo does not show it to the robot user.")


def find_draft(odoo: OdooClient, mark: Mark) -> Row | Outcome | None:
    """Look whether an earlier attempt made the draft.

    Returns:
        The document as Odoo has it; ``failed`` where it was never made; None where Odoo does not
        show it.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    found = odoo.find_reference(mark.key)
    if found is None:
        return failed("Odoo does not have it; nothing was made.")
    return odoo.read(MOVE, found.id, FIELDS) if found.id else None


def expected_of(draft: Json, amount: str) -> Json:
    """Return what Odoo must show of a draft, for ``differences``."""
    return {name: draft[name] for name in _CALLED if name in draft} | {"amount_total": amount}


def differences(row: Row, expected: Json) -> str:
    """Return what differs between a document and what was approved, in words, or ""."""
    shown = {name: shown_value(name, row.get(name)) for name in expected if name in _CALLED}
    return " and ".join(
        f"{_CALLED[name]} is {shown[name] or 'empty'} in Odoo, not {expected[name]}"
        for name in shown
        if shown[name] != expected[name]
    )


def shown_value(name: str, value: Any) -> str:
    """Return a field's value as drafts spell it: ids, dates and amounts as text."""
    if name.endswith("_id"):
        return str(id_of(value) or "")
    return as_money(number(value)) if name.startswith("amount") else str(value or "")


def done(odoo: OdooClient, row: Row, detail: str, model: str = MOVE, **data: str) -> Outcome:
    """Return the Outcome of something that took place."""
    return Outcome(
        kind=OutcomeKind.DONE,
        detail=detail,
        remote_id=str(row["id"]),
        url=odoo.link(model, row["id"]),
        data=data,
    )


def failed(detail: str, row: Row | None = None) -> Outcome:
    """Return the Outcome of something that did not take place as approved."""
    return Outcome(kind=OutcomeKind.FAILED, detail=detail, remote_id=str(row["id"]) if row else "")


def _drop_payment_term(odoo: OdooClient, draft: Json, key: str) -> None:
    """Let the approved due date stand where the partner's payment term has overruled it."""
    columns = ["id", "invoice_payment_term_id/.id", "invoice_date_due"]
    odoo.load(MOVE, columns, [[external_id(key), "", draft["invoice_date_due"]]])
