"""What Odoo knows about a customer or vendor: earlier business, bank account, look-alikes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.core.model import Particulars
from utils.lookalike import resembles
from utils.odoo.values import label_of

if TYPE_CHECKING:
    from utils.odoo.lookup import Partner
    from utils.odoo_client import OdooClient

#: For how long a new or changed bank account is pointed out.
_FRESH: Final = timedelta(days=30)
#: How many contacts with earlier business are compared by name.
_COMPARED: Final = 5000
#: How many characters of an account number may be shown.
_SHOWN: Final = 4
_SALES: Final = ("out_invoice", "out_refund", "out_receipt")
_PURCHASES: Final = ("in_invoice", "in_refund", "in_receipt")


def payee_of(odoo: OdooClient, partner: Partner, *, is_sale: bool, named: str = "") -> Particulars:
    """Return who is billed or paid, with every reason for a second look.

    Args:
        odoo: The client.
        partner: Exactly who.
        is_sale: Whether it is a customer, who pays us, or a vendor, whom we owe.
        named: The bank account that the vendor's bill names, or "".

    Raises:
        EmployeeError: Odoo could not be read.
    """
    account, doubts = ("", ()) if is_sale else _bank_account(odoo, partner, named)
    kinds = _SALES if is_sale else _PURCHASES
    earlier = [
        ["partner_id", "=", partner.id],
        ["state", "=", "posted"],
        ["move_type", "in", list(kinds)],
    ]
    return Particulars(
        payee_id=str(partner.id),
        payee=partner.name,
        payee_mail=partner.email,
        account=account,
        payee_known=odoo.count("account.move", earlier) > 0,
        warnings=(*_look_alikes(odoo, partner), *doubts),
    )


def _look_alikes(odoo: OdooClient, partner: Partner) -> tuple[str, ...]:
    """Return a warning for each contact with earlier business that this one could be taken for."""
    others = odoo.search_read(
        "res.partner",
        [["id", "!=", partner.id], "|", ["customer_rank", ">", 0], ["supplier_rank", ">", 0]],
        ("name", "email"),
        limit=_COMPARED,
        order="id desc",
    )
    return tuple(
        f"{partner.name} (id {partner.id}) is easily taken for {other['name']} "
        f"(id {other['id']}{', ' + other['email'] if other['email'] else ''})."
        for other in others
        if resembles(partner.name, other["name"] or "")
        or _similar_mail(partner.email, other["email"] or "")
    )


def _similar_mail(one: str, other: str) -> bool:
    """Return whether two addresses of different domains look alike."""
    domains = one.partition("@")[2].casefold(), other.partition("@")[2].casefold()
    return domains[0] != domains[1] and resembles(one, other)


def _bank_account(odoo: OdooClient, vendor: Partner, named: str) -> tuple[str, tuple[str, ...]]:
    """Return the end of a vendor's account number, and what is odd about the account."""
    fields = ("acc_number", "create_date", "write_date", "partner_id")
    accounts = odoo.search_read(
        "res.partner.bank", [["partner_id", "=", vendor.id]], fields, order="id"
    )
    if not accounts:
        claimed = f" The bill names {_end_of(named)}; make sure that it is theirs." * bool(named)
        return "", (f"Odoo has no bank account of {vendor.name}.{claimed}",)
    doubts: list[str] = []
    known = {_compact(account["acc_number"]) for account in accounts}
    if named and _compact(named) not in known:
        ends = " and ".join(_end_of(account["acc_number"]) for account in accounts)
        doubts.append(
            f"The bill asks for money to another account: it names {_end_of(named)}, and Odoo has "
            f"{ends} of {vendor.name}. Ask {vendor.name} by a way you know before paying."
        )
    since = (odoo.today() - _FRESH).isoformat()
    for account in accounts:
        end = _end_of(account["acc_number"])
        if max(str(account["create_date"]), str(account["write_date"])) >= since:
            doubts.append(
                f"The bank account {end} of {vendor.name} is new or was changed in the last "
                f"{_FRESH.days} days; ask {vendor.name} by a way you know before paying."
            )
        same = [["acc_number", "=", account["acc_number"]], ["partner_id", "!=", vendor.id]]
        doubts += [
            f"The bank account {end} also belongs to {label_of(other['partner_id'])}."
            for other in odoo.search_read("res.partner.bank", same, fields)
        ]
    return _end_of(accounts[0]["acc_number"]), tuple(doubts)


def _end_of(number: str) -> str:
    return "…" + _compact(number)[-_SHOWN:]


def _compact(number: object) -> str:
    """Return an account number without blanks and signs, in capitals."""
    return "".join(char for char in str(number).upper() if char.isalnum())
