"""Contacts: making one under an external id of ours, and telling what Odoo has on one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.model import Particulars
from utils.core.money import as_money
from utils.lookalike import resembles
from utils.odoo.drafts import done, external_id, failed
from utils.odoo.lookup import find_partner
from utils.odoo.recipe import Recipe
from utils.odoo.requests import load_request
from utils.odoo.values import number

if TYPE_CHECKING:
    from utils.core.model import Json, Outcome, Request
    from utils.core.operation import Mark
    from utils.odoo.settings import OdooSettings
    from utils.odoo_client import OdooClient

PARTNER: Final = "res.partner"
_FIELDS: Final = ("name", "email", "phone", "vat", "is_company")
_OPEN: Final = ("asset_receivable", "liability_payable")
#: How many contacts are compared by name before a new one is made.
_COMPARED: Final = 5000


def contact_table(contact: Json, key: str) -> tuple[list[str], list[list[str]]]:
    """Return a contact as ``load`` takes it; values that are empty are left out."""
    given = {name: str(contact[name]) for name in _FIELDS if contact.get(name)}
    given["is_company"] = "1" if contact.get("is_company") else "0"
    return ["id", *given], [[external_id(key), *given.values()]]


def look_up_contact(odoo: OdooClient, contact: Json) -> Particulars:
    """Return what is to be made, with a warning for each contact that it resembles.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    mail = str(contact.get("email") or "").casefold()
    others = odoo.search_read(PARTNER, [], ("name", "email"), limit=_COMPARED, order="id desc")
    near = [
        other
        for other in others
        if resembles(str(contact["name"]), other["name"] or "")
        or (mail and mail == str(other["email"] or "").casefold())
    ]
    return Particulars(
        payee=str(contact["name"]),
        payee_mail=str(contact.get("email") or ""),
        warnings=tuple(
            f"Odoo already has {other['name']} (id {other['id']}"
            f"{', ' + other['email'] if other['email'] else ''})."
            for other in near
        ),
        shown={name.capitalize(): str(contact[name]) for name in _FIELDS if contact.get(name)},
        resolved={"contact": contact},
    )


def make_contact(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Outcome:
    """Make the approved contact, once.

    Raises:
        EmployeeError: Odoo said no, was not reached, or its answer did not come back.
    """
    if odoo.find_reference(mark.key) is None:
        mark.go_on()
        odoo.load(PARTNER, *contact_table(pinned.resolved["contact"], mark.key))
    return probe_contact(odoo, pinned, mark) or failed(
        "It was made, but Odoo does not show it to the robot user."
    )


def probe_contact(odoo: OdooClient, pinned: Particulars, mark: Mark) -> Outcome | None:
    """Look whether an earlier attempt made the contact; see ``Operation.probe``."""
    found = odoo.find_reference(mark.key)
    if found is None:
        return failed("Odoo does not have the contact; nothing was made.")
    row = odoo.read(PARTNER, found.id, _FIELDS) if found.id else None
    if row is None:
        return None
    asked = pinned.resolved["contact"]
    if row["name"] != asked["name"]:
        return failed(f"The contact is in Odoo, but it is called {row['name']}.", row)
    return done(odoo, row, f"{row['name']} is a contact in Odoo (id {row['id']}).", PARTNER)


def known_contacts(odoo: OdooClient) -> frozenset[str] | None:
    """Return the names and e-mail addresses of all contacts in small letters; None: too many.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    rows = odoo.search_read(PARTNER, [], ("name", "email"), limit=_COMPARED, order="id desc")
    if len(rows) == _COMPARED:
        return None
    return frozenset(str(row[name]).casefold() for row in rows for name in ("name", "email"))


def contact_card(odoo: OdooClient, text: str) -> Json:
    """Return what Odoo has on a contact: address, what is open, how many documents.

    Raises:
        InvalidValueError: Nobody is meant, or several could be.
        EmployeeError: Odoo could not be read.
    """
    partner = find_partner(odoo, text)
    mine: list[object] = [["partner_id", "=", partner.id], ["parent_state", "=", "posted"]]
    lines = odoo.groups(
        "account.move.line",
        [*mine, ["reconciled", "=", False], ["account_type", "in", list(_OPEN)]],
        ("amount_residual",),
        by=("account_type",),
    )
    left = {line["account_type"]: number(line["amount_residual"]) for line in lines}
    posted = [["partner_id", "=", partner.id], ["state", "=", "posted"]]
    currency = odoo.company().currency
    return {
        "id": partner.id,
        "name": partner.name,
        "email": partner.email,
        "phone": partner.phone,
        "vat": partner.vat,
        "is_company": partner.is_company,
        "posted_documents": odoo.count("account.move", posted),
        "owes_us": {currency: as_money(left.get("asset_receivable", number(0)))},
        "we_owe": {currency: as_money(-left.get("liability_payable", number(0)))},
    }


def _headline(contact: Json, found: Particulars) -> str:
    del found
    mail = f" <{contact['email']}>" if contact.get("email") else ""
    return f"Make the contact {contact['name']}{mail}"


def _request(where: OdooSettings, contact: Json, resolved: Json, key: str) -> Request:
    del resolved
    return load_request(where, PARTNER, contact_table(contact, key))


RECIPE: Final = Recipe(
    headline=_headline,
    request=_request,
    look_up=look_up_contact,
    carry_out=make_contact,
    probe=probe_contact,
)
