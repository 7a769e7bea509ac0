"""Crediting an invoice or bill, wholly or in part.

Odoo's reversal wizard makes a new credit note each time it is asked. So the note is made with
``load`` under external ids of ours, naming the document it reverses; posting it then settles the
two against each other. Each step looks first whether it was taken before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.core.model import Outcome
from utils.core.money import as_money
from utils.odoo.drafts import (
    FIELDS,
    MOVE,
    differences,
    done,
    expected_of,
    failed,
    find_draft,
    make_draft,
)
from utils.odoo.payment_steps import apply_line
from utils.odoo.values import number

if TYPE_CHECKING:
    from utils.core.model import Particulars
    from utils.core.operation import Mark
    from utils.odoo.values import Row
    from utils.odoo_client import OdooClient


def credit(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Outcome:
    """Make, post and settle the approved credit note, from wherever an earlier attempt stopped.

    Raises:
        EmployeeError: Odoo said no, was not reached, or its answer did not come back.
    """
    made = make_draft(odoo, pinned, mark)
    if isinstance(made, Outcome):
        return made
    if odd := _odd(made, pinned):
        return failed(f"Not posted, because {odd}; the draft is left in Odoo for you.", made)
    if made["state"] == "draft":
        mark.go_on()
        odoo.act(MOVE, "action_post", made["id"])
    _settle(odoo, made["id"], int(pinned.resolved["draft"]["reversed_entry_id"]))
    return _judged(odoo, odoo.read(MOVE, made["id"], FIELDS) or made, pinned)


def probe_credit(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Outcome | None:
    """Look whether the credit note was made and posted; see ``Operation.probe``."""
    found = find_draft(odoo, mark)
    return found if found is None or isinstance(found, Outcome) else _judged(odoo, found, pinned)


def _judged(odoo: OdooClient, row: Row, pinned: Particulars) -> Outcome:
    if odd := _odd(row, pinned):
        return failed(f"The {pinned.resolved['what']} is in Odoo, but {odd}; look there.", row)
    if row["state"] != "posted":
        return failed(f"The {pinned.resolved['what']} is {row['state']} in Odoo, not posted.", row)
    original = int(pinned.resolved["draft"]["reversed_entry_id"])
    left = number((odoo.read(MOVE, original, FIELDS) or {}).get("amount_residual"))
    sum_ = f"{pinned.currency} {pinned.amount}"
    return done(
        odoo,
        row,
        f"{sum_} of {pinned.reference} ({pinned.payee}) is credited as {row['name']}; "
        f"{pinned.currency} {as_money(left)} of it is open.",
        number=str(row["name"]),
        total=pinned.amount or "",
        open=as_money(left),
        currency=pinned.currency,
    )


def _odd(row: Row, pinned: Particulars) -> str:
    return differences(row, expected_of(pinned.resolved["draft"], pinned.amount or ""))


def _settle(odoo: OdooClient, note_id: int, original_id: int) -> None:
    """Apply what is still open of the note to its document, where posting did not."""
    lines = odoo.search_read(
        "account.move.line",
        [
            ["move_id", "=", note_id],
            ["account_type", "in", ["asset_receivable", "liability_payable"]],
            ["reconciled", "=", False],
        ],
        ("reconciled",),
    )
    original = odoo.read(MOVE, original_id, FIELDS)
    if original and number(original["amount_residual"]) > 0:
        for line in lines:
            apply_line(odoo, original_id, line["id"])
