"""Cancelling a draft: it stays in Odoo, marked as cancelled, and can be set back to draft there.

Odoo takes a posted document back as well, so it is asked only for what has just been seen to be a
draft.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError
from utils.core.model import Outcome, Particulars
from utils.core.money import as_money
from utils.odoo.drafts import FIELDS, MOVE, done, failed, shown_value
from utils.odoo.moves import CALLED, described, find_move
from utils.odoo.recipe import Recipe
from utils.odoo.shown_draft import act_once, act_request, pinned_of
from utils.odoo.values import label_of, number

if TYPE_CHECKING:
    from utils.core.model import Json, Request
    from utils.core.operation import Mark
    from utils.odoo.settings import OdooSettings
    from utils.odoo.values import Row
    from utils.odoo_client import OdooClient

_METHOD: Final = "button_cancel"
#: What is pinned of a draft: that it is still the one which was shown.
_PINNED = ("partner_id", "amount_total")


def look_up_cancelling(odoo: OdooClient, text: str) -> Particulars:
    """Return which draft would be cancelled: with whom and how much.

    Raises:
        InvalidValueError: There is no such document, or it is no draft.
        EmployeeError: Odoo could not be read.
    """
    row = find_move(odoo, text, tuple(CALLED))
    if row["state"] == "posted":
        raise InvalidValueError(f"{described(row)} is posted; a credit note takes it back")
    if row["state"] != "draft":
        raise InvalidValueError(f"{described(row)} is cancelled already")
    total = as_money(number(row["amount_total"]))
    return Particulars(
        payee_id=shown_value("partner_id", row["partner_id"]),
        payee=label_of(row["partner_id"]),
        payee_known=True,
        reference=row["ref"] or "",
        shown={
            "Document": described(row),
            "Total": f"{label_of(row['currency_id'])} {total}",
            "Date": str(row["invoice_date"] or ""),
        },
        resolved=pinned_of(row, _PINNED),
    )


def cancel(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Outcome:
    """Cancel the approved draft, if it still is what was approved.

    Raises:
        EmployeeError: Odoo said no, was not reached, or its answer did not come back.
    """
    row = act_once(odoo, _METHOD, pinned, mark, done="cancelled")
    return row if isinstance(row, Outcome) else _judged(odoo, row, pinned)


def probe_cancelling(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Outcome | None:
    """Look whether the draft was cancelled; see ``Operation.probe``."""
    del mark
    row = odoo.read(MOVE, pinned.resolved["id"], FIELDS)
    return _judged(odoo, row, pinned) if row else None


def _judged(odoo: OdooClient, row: Row, pinned: Particulars) -> Outcome:
    what = pinned.resolved["what"]
    if row["state"] != "cancel":
        return failed(f"The {what} is {row['state']} in Odoo, not cancelled.", row)
    return done(odoo, row, f"The draft {what} for {pinned.payee} (id {row['id']}) is cancelled.")


def _headline(text: str, found: Particulars) -> str:
    if not found.resolved:
        return f"Cancel the draft {text}"
    return f"Cancel the draft {found.resolved['what']} for {found.payee}: {found.shown['Total']}"


def _request(where: OdooSettings, text: str, resolved: Json, key: str) -> Request:
    del key
    return act_request(where, _METHOD, text, resolved)


RECIPE: Final = Recipe(
    headline=_headline,
    request=_request,
    look_up=look_up_cancelling,
    carry_out=cancel,
    probe=probe_cancelling,
)
