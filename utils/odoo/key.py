"""How long the robot user's key is good for; Odoo deletes it without a word when it expires."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from utils.odoo_client import OdooClient


def key_expires_at(odoo: OdooClient) -> datetime | None:
    """Return when the first of the robot user's keys expires, None where none does.

    Odoo does not say which key a call was made with, so the first that expires counts.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    rows = odoo.search_read("res.users.apikeys", [], ("expiration_date",))
    times = [str(row["expiration_date"]) for row in rows if row["expiration_date"]]
    return datetime.fromisoformat(min(times)).replace(tzinfo=UTC) if times else None
