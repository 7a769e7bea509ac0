"""What Odoo lets our robot user do, asked of Odoo itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.operation import Ailment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.odoo_client import OdooClient

#: From this version on a model says itself what may be done with it.
_HAS_ACCESS_FROM: Final = 18
#: What the Operations need: model and right to what for, and the group that gives it.
_NEEDED: Final = {
    ("account.move", "read"): ("reading invoices", "Invoicing"),
    ("account.move", "create"): ("making invoices and bills", "Invoicing"),
    ("account.payment", "create"): ("recording payments", "Invoicing"),
    ("res.partner", "create"): ("making contacts", "Contact Creation"),
}


def odoo_rights(odoo: OdooClient) -> str:
    """Return what the robot user may do, in one line.

    Raises:
        EmployeeError: Odoo could not be asked.
    """
    words = [what_for for need, (what_for, _) in _NEEDED.items() if _may(odoo, *need)]
    return ", ".join(words) or "nothing that is needed here"


def odoo_ailments(odoo: OdooClient) -> Iterator[Ailment]:
    """Yield an ailment for each right that the robot user lacks.

    Raises:
        EmployeeError: Odoo could not be asked.
    """
    for need, (what_for, group) in _NEEDED.items():
        if not _may(odoo, *need):
            yield Ailment(
                what=f"The robot user lacks the right for {what_for}",
                remedy=f"In Odoo, Settings, Users: give it {group}",
            )


def _may(odoo: OdooClient, model: str, right: str) -> bool:
    if odoo.version()[0] >= _HAS_ACCESS_FROM:
        return bool(odoo.call_read(model, "has_access", None, {"operation": right}))
    named = {"operation": right, "raise_exception": False}
    return bool(odoo.call_read(model, "check_access_rights", None, named))
