"""Finds in Odoo what a name means: exactly one record, or a sentence that names the candidates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError
from utils.odoo.invoice_totals import Tax
from utils.odoo.values import Row, id_of, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.odoo_client import OdooClient

#: How many candidates are named.
_NAMED: Final = 5
_PARTNER_FIELDS: Final = ("name", "email", "phone", "vat", "is_company")
_TAX_FIELDS: Final = ("name", "amount", "amount_type", "price_include", "type_tax_use")


@dataclass(frozen=True)
class Partner:
    """A customer or vendor as Odoo has it."""

    id: int
    name: str
    email: str
    phone: str = ""
    vat: str = ""
    is_company: bool = False


@dataclass(frozen=True)
class Currency:
    """A currency that Odoo keeps."""

    id: int
    #: ISO 4217 code.
    code: str
    digits: int


def find_partner(odoo: OdooClient, text: str) -> Partner:
    """Return the contact with exactly this id, e-mail address or name.

    Raises:
        InvalidValueError: Nobody is meant, or several could be; the text names them.
    """
    wanted = text.strip()
    if wanted.isascii() and wanted.isdigit():
        rows = odoo.search_read("res.partner", [["id", "=", int(wanted)]], _PARTNER_FIELDS)
    else:
        field = "email" if "@" in wanted else "name"
        found = odoo.search_read("res.partner", [[field, "=ilike", wanted]], _PARTNER_FIELDS)
        # The comparison above knows wildcards; a name may hold one.
        rows = [row for row in found if _folded(row[field]) == _folded(wanted)]
    if len(rows) == 1:
        return _partner(rows[0])
    if rows:
        raise InvalidValueError(f"{wanted} could be {_candidates(rows)}; give the id")
    near = odoo.search_read("res.partner", [["name", "ilike", wanted]], _PARTNER_FIELDS)
    hint = f"; near it are {_candidates(near)}" if near else ""
    raise InvalidValueError(f"Odoo has no contact {wanted}{hint}")


def find_currency(odoo: OdooClient, code: str | None) -> Currency:
    """Return a currency by its code; None takes the company's.

    Raises:
        InvalidValueError: Odoo does not keep it.
    """
    company = odoo.company()
    by = ["name", "=", code] if code else ["id", "=", company.currency_id]
    rows = odoo.search_read("res.currency", [by], ("name", "decimal_places"), limit=1)
    if not rows:
        raise InvalidValueError(f"the currency {code} is not switched on in Odoo")
    row = rows[0]
    return Currency(row["id"], row["name"], int(row["decimal_places"]))


def rate_to_books(odoo: OdooClient, currency_id: int, on: str) -> Decimal | None:
    """Return what one unit of a currency is worth in the books on a date, None without a rate.

    Args:
        odoo: The client.
        currency_id: Its id in Odoo.
        on: The date, as ISO text.
    """
    if currency_id == odoo.company().currency_id:
        return Decimal(1)
    rows = odoo.search_read(
        "res.currency.rate",
        [["currency_id", "=", currency_id], ["name", "<=", on]],
        ("inverse_company_rate",),
        limit=1,
        order="name desc",
    )
    return number(rows[0]["inverse_company_rate"]) if rows else None


def find_taxes(odoo: OdooClient, texts: Sequence[str], use: str) -> tuple[Tax, ...]:
    """Return taxes by their ids or names, in the order given.

    Args:
        odoo: The client.
        texts: Ids or exact names.
        use: ``sale`` or ``purchase``.

    Raises:
        InvalidValueError: A tax is not there, or its total cannot be told beforehand.
    """
    if not texts:
        return ()
    rows = odoo.search_read("account.tax", [["type_tax_use", "=", use]], _TAX_FIELDS, limit=500)
    return tuple(_tax(_only(rows, text, f"{use} tax")) for text in texts)


def default_taxes(odoo: OdooClient, use: str) -> tuple[Tax, ...]:
    """Return what the company takes when nobody says otherwise; empty where it takes none."""
    field = "account_sale_tax_id" if use == "sale" else "account_purchase_tax_id"
    company = odoo.read("res.company", odoo.company().id, (field,)) or {}
    tax_id = id_of(company.get(field))
    return find_taxes(odoo, (str(tax_id),), use) if tax_id else ()


def taxes_by_id(odoo: OdooClient, ids: Sequence[int]) -> dict[int, Tax]:
    """Return taxes by their ids, whatever they are used for, archived ones left out."""
    rows = odoo.search_read("account.tax", [["id", "in", list(ids)]], _TAX_FIELDS, limit=500)
    return {row["id"]: _tax(row) for row in rows}


def find_account(odoo: OdooClient, text: str) -> int:
    """Return the id of an account by its code or id.

    Raises:
        InvalidValueError: There is none.
    """
    code = ["code", "=", text]
    by: list[object] = ["|", code, _by_id(text)] if text.isdigit() else [code]
    rows = odoo.search_read("account.account", by, ("code", "name"))
    exact = [row for row in rows if row["code"] == text] or rows
    if not exact:
        raise InvalidValueError(f"Odoo has no account {text}")
    return int(exact[0]["id"])


def find_product(odoo: OdooClient, text: str, use: str) -> tuple[int, tuple[Tax, ...]]:
    """Return the id of a product by its id, code or name, and the taxes it brings along.

    Raises:
        InvalidValueError: There is none, or several.
    """
    taxes = "taxes_id" if use == "sale" else "supplier_taxes_id"
    by: list[object] = ["|", ["default_code", "=", text], ["name", "=ilike", text]]
    by = [_by_id(text)] if text.isdigit() else by
    row = _only(odoo.search_read("product.product", by, ("name", taxes)), text, "product")
    found = taxes_by_id(odoo, row[taxes]) if row[taxes] else {}
    return int(row["id"]), tuple(found.values())


def find_journal(odoo: OdooClient, text: str | None) -> Row:
    """Return the journal that payments are booked in; None takes the only bank there is.

    Raises:
        InvalidValueError: There is none, or several could be meant.
    """
    rows = odoo.search_read(
        "account.journal",
        [["type", "in", ["bank", "cash"]]],
        ("name", "code", "type", "currency_id"),
    )
    if text is not None:
        return _only(rows, text, "bank or cash journal")
    banks = [row for row in rows if row["type"] == "bank"]
    if len(banks) == 1:
        return banks[0]
    raise InvalidValueError(f"say which journal the payment goes through: {_candidates(rows)}")


def _by_id(text: str) -> list[object]:
    return ["id", "=", int(text)]


def _only(rows: Sequence[Row], text: str, what: str) -> Row:
    """Return the one row with this id, name or code.

    Raises:
        InvalidValueError: There is none, or several.
    """
    wanted = _folded(text)
    by_id = [row for row in rows if str(row["id"]) == wanted]
    by_name = [row for row in rows if wanted in {_folded(row["name"]), _folded(row.get("code"))}]
    found = by_id or by_name or ([rows[0]] if len(rows) == 1 and what == "product" else [])
    if len(found) == 1:
        return found[0]
    some = found or rows
    there_are = f"; there are {_candidates(some)}" if some else ""
    raise InvalidValueError(f"{'several' if found else 'no'} {what} {text} in Odoo{there_are}")


def _tax(row: Row) -> Tax:
    """Return a tax whose total we can tell.

    Raises:
        InvalidValueError: It is of another kind.
    """
    kind = row["amount_type"]
    if kind not in {"percent", "fixed"}:
        what = f"the tax {row['name']} is computed in a way that cannot be told beforehand"
        raise InvalidValueError(f"{what}; make this document in Odoo")
    return Tax(row["id"], row["name"], kind, number(row["amount"]), bool(row["price_include"]))


def _partner(row: Row) -> Partner:
    return Partner(
        row["id"],
        row["name"] or "",
        row["email"] or "",
        row["phone"] or "",
        row["vat"] or "",
        bool(row["is_company"]),
    )


def _candidates(rows: Sequence[Row]) -> str:
    named = [
        f"{row['name']} (id {row['id']}{', ' + row['email'] if row.get('email') else ''})"
        for row in rows[:_NAMED]
    ]
    more = len(rows) - len(named)
    return ", ".join([*named, f"and {more} more"] if more > 0 else named)


def _folded(text: object) -> str:
    return str(text or "").strip().casefold()
