"""A draft as it was shown: pinned when it is looked up, compared before anything is done to it.

Odoo posts or cancels a document once only, however often it is asked, and the document itself
shows which. So nothing is staged, and a second look tells what came of the first attempt. But a
draft can be changed by anybody meanwhile, and Odoo would take the changed one just as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.odoo.drafts import FIELDS, MOVE, differences, failed, shown_value
from utils.odoo.moves import CALLED
from utils.odoo.requests import json2_request, shown_context

if TYPE_CHECKING:
    from collections.abc import Iterable

    from utils.core.model import Json, Outcome, Particulars, Request
    from utils.core.operation import Mark
    from utils.odoo.settings import OdooSettings
    from utils.odoo.values import Row
    from utils.odoo_client import OdooClient


def pinned_of(row: Row, names: Iterable[str]) -> Json:
    """Return what is kept of a draft: which it is, its kind, and what these fields show."""
    return {
        "id": row["id"],
        "what": CALLED[row["move_type"]],
        "pinned": {name: shown_value(name, row[name]) for name in names},
    }


def act_once(
    odoo: OdooClient, method: str, pinned: Particulars, mark: Mark, *, done: str
) -> Row | Outcome:
    """Do something to the approved draft, if it still is what was approved.

    Args:
        odoo: The client.
        method: What is called, such as ``action_post``; not where the draft is one no more.
        pinned: What was approved; ``pinned_of`` is in it.
        mark: The attempt.
        done: What the method does, such as ``posted``.

    Returns:
        The document as Odoo has it now; or why nothing was done.

    Raises:
        EmployeeError: Odoo said no, was not reached, or its answer did not come back.
    """
    id_, what = pinned.resolved["id"], pinned.resolved["what"]
    row = odoo.read(MOVE, id_, FIELDS)
    if row is None:
        return failed(f"The {what} is not in Odoo any more; nothing was {done}.")
    if odd := differences(row, pinned.resolved["pinned"]):
        return failed(f"The {what} was changed since: {odd}. It was not {done}.", row)
    if row["state"] == "draft":
        mark.go_on()
        odoo.act(MOVE, method, id_)
        row = odoo.read(MOVE, id_, FIELDS) or row
    return row


def act_request(where: OdooSettings, method: str, text: str, resolved: Json) -> Request:
    """Return the exact call; without a look-up, a document that is named stays a word."""
    known = int(text) if text.isascii() and text.isdigit() else f"<id of {text}>"
    ids = [resolved.get("id", known)]
    return json2_request(where.base, MOVE, method, ids, {"context": shown_context(where)})
