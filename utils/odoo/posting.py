"""Posting a draft: from here on it counts, and it has a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError
from utils.core.model import Outcome
from utils.core.money import as_money
from utils.odoo.drafts import (
    FIELDS,
    MOVE,
    differences,
    done,
    failed,
)
from utils.odoo.lines import in_owners_currency
from utils.odoo.lookup import rate_to_books
from utils.odoo.moves import CALLED, described, find_move, is_sale, partner_of
from utils.odoo.payee import payee_of
from utils.odoo.recipe import Recipe
from utils.odoo.shown_draft import act_once, act_request, pinned_of
from utils.odoo.values import label_of, number

if TYPE_CHECKING:
    from utils.core.model import Json, Particulars, Request
    from utils.core.operation import Mark
    from utils.odoo.settings import OdooSettings
    from utils.odoo.values import Row
    from utils.odoo_client import OdooClient

_METHOD: Final = "action_post"
#: What is pinned of a draft.
_PINNED = ("partner_id", "currency_id", "amount_total", "invoice_date", "invoice_date_due", "ref")


def look_up_posting(odoo: OdooClient, text: str) -> Particulars:
    """Return what posting a draft means: with whom, how much, when due.

    Raises:
        InvalidValueError: There is no such draft, or it is not fit to be posted.
        EmployeeError: Odoo could not be read.
    """
    row = find_move(odoo, text, tuple(CALLED))
    _check_postable(row)
    payee = payee_of(odoo, partner_of(odoo, row), is_sale=is_sale(row))
    total = number(row["amount_total"])
    rate = rate_to_books(odoo, row["currency_id"][0], str(row["invoice_date"]))
    return payee.model_copy(
        update={
            "amount": as_money(total),
            "currency": label_of(row["currency_id"]),
            "base_amount": in_owners_currency(odoo, total, rate),
            "reference": row["ref"] or "",
            "warnings": (*payee.warnings, *_doubles(odoo, row)),
            "shown": {
                "Document": described(row),
                "Date": row["invoice_date"],
                "Due": row["invoice_date_due"],
            },
            "resolved": pinned_of(row, _PINNED),
        }
    )


def post(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Outcome:
    """Post the approved draft, if it still is what was approved.

    Raises:
        EmployeeError: Odoo said no, was not reached, or its answer did not come back.
    """
    row = act_once(odoo, _METHOD, pinned, mark, done="posted")
    return row if isinstance(row, Outcome) else _judged(odoo, row, pinned)


def probe_posting(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Outcome | None:
    """Look whether the draft was posted; see ``Operation.probe``."""
    del mark
    row = odoo.read(MOVE, pinned.resolved["id"], FIELDS)
    return _judged(odoo, row, pinned) if row else None


def _judged(odoo: OdooClient, row: Row, pinned: Particulars) -> Outcome:
    what = pinned.resolved["what"]
    if row["state"] != "posted":
        return failed(f"The {what} is {row['state']} in Odoo, not posted.", row)
    if odd := differences(row, pinned.resolved["pinned"]):
        return failed(f"The {what} {row['name']} is posted, but {odd}; look at it in Odoo.", row)
    sum_ = f"{pinned.currency} {pinned.amount}"
    return done(
        odoo,
        row,
        f"The {what} {row['name']} of {sum_} for {pinned.payee} is posted.",
        number=str(row["name"]),
        total=pinned.amount or "",
        currency=pinned.currency,
        due=str(row["invoice_date_due"]),
    )


def _check_postable(row: Row) -> None:
    """Refuse what Odoo would post although it should not be.

    Raises:
        InvalidValueError: It is no draft, comes to nothing, or lacks a sound date.
    """
    if row["state"] != "draft":
        raise InvalidValueError(f"{described(row)} is {row['state']} already")
    if number(row["amount_total"]) <= 0:
        raise InvalidValueError(f"{described(row)} comes to nothing")
    if not row["invoice_date"] or not row["invoice_date_due"]:
        raise InvalidValueError(f"{described(row)} lacks its date or due date; set both in Odoo")
    if row["invoice_date_due"] < row["invoice_date"]:
        raise InvalidValueError(f"{described(row)} would be due before its date")


def _doubles(odoo: OdooClient, row: Row) -> tuple[str, ...]:
    """Return a warning for each document of the same partner with the same reference."""
    if not row["ref"]:
        return ()
    same = [["id", "!=", row["id"]], ["partner_id", "=", row["partner_id"][0]]]
    same += [["ref", "=", row["ref"]], ["move_type", "=", row["move_type"]]]
    same += [["state", "!=", "cancel"]]
    return tuple(
        f"{label_of(other['partner_id'])} already has one with the reference {row['ref']}: "
        f"{described(other)}, {other['state']}."
        for other in odoo.search_read(MOVE, same, FIELDS)
    )


def _headline(text: str, found: Particulars) -> str:
    if not found.amount:
        return f"Post {text}"
    sum_ = f"{found.currency} {found.amount}"
    return f"Post the {found.resolved['what']} of {sum_} for {found.payee}"


def _request(where: OdooSettings, text: str, resolved: Json, key: str) -> Request:
    del key
    return act_request(where, _METHOD, text, resolved)


RECIPE: Final = Recipe(
    headline=_headline,
    request=_request,
    look_up=look_up_posting,
    carry_out=post,
    probe=probe_posting,
)
