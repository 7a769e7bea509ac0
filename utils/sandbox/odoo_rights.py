"""Who may do what in the pretend Odoo: users, groups, rights per model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.sandbox.odoo_errors import ACCESS_ERROR, OdooError
from utils.sandbox.odoo_schema import MODELS

if TYPE_CHECKING:
    from collections.abc import Collection

#: External id of a group to its label.
GROUPS: Final = {
    "base.group_user": "Role / User",
    "base.group_system": "Role / Administrator",
    "account.group_account_readonly": "Show Accounting Features - Readonly",
    "account.group_account_invoice": "Accounting/Invoicing",
    "account.group_account_manager": "Accounting/Administrator",
    "base.group_partner_manager": "Contact/Creation",
}
_USER: Final = "base.group_user"
_SYSTEM: Final = "base.group_system"
_READONLY: Final = "account.group_account_readonly"
_INVOICE: Final = "account.group_account_invoice"
_PARTNER: Final = "base.group_partner_manager"

#: Login to the groups of the five users; everybody is an internal user.
USERS: Final = {
    "admin": tuple(GROUPS),
    "billing": (_USER, _INVOICE),
    "auditor": (_USER, _READONLY),
    "plain": (_USER,),
    "fte_bot": (_USER, _INVOICE, _PARTNER),
}

_EVERYBODY: Final = frozenset({_USER})
_ACCOUNTANTS: Final = frozenset({_READONLY, _INVOICE})
_INVOICERS: Final = frozenset({_INVOICE})
_ADMINS: Final = frozenset({_SYSTEM})
_LEDGER_MODELS: Final = {"account.move", "account.move.line", "account.payment"}
_WIZARDS: Final = {"account.payment.register", "account.move.reversal"}
_SETUP_MODELS: Final = {"account.journal", "account.account", "account.tax"}
_VERBS: Final = {"read": "access", "write": "modify", "create": "create", "unlink": "delete"}


def groups_for(model: str, operation: str) -> frozenset[str]:
    """Return the groups that may do `read`, `write`, `create` or `unlink` on a model."""
    if model == "ir.model.data":
        return _ADMINS
    if model in _WIZARDS:
        return _INVOICERS
    if operation == "read":
        return _ACCOUNTANTS if model in _LEDGER_MODELS | _SETUP_MODELS else _EVERYBODY
    if model in _LEDGER_MODELS:
        return _INVOICERS
    if model in {"res.partner", "res.partner.bank"}:
        return frozenset({_PARTNER})
    return _ADMINS


def may(groups: Collection[str], model: str, operation: str) -> bool:
    """Return whether a user with these groups has the right."""
    return _SYSTEM in groups or not groups_for(model, operation).isdisjoint(groups)


def demand(groups: Collection[str], model: str, operation: str) -> None:
    """Insist on a right.

    Raises:
        OdooError: No group of the user gives it (`AccessError`, 403).
    """
    if may(groups, model, operation):
        return
    names = "\n".join(f"\t- {GROUPS[group]}" for group in sorted(groups_for(model, operation)))
    raise OdooError(
        ACCESS_ERROR,
        f"You are not allowed to {_VERBS[operation]} '{MODELS[model].label}' ({model}) records."
        f"\n\nThis operation is allowed for the following groups:\n{names}"
        "\n\nContact your administrator to request access if necessary.",
    )


def demand_all_fields(groups: Collection[str], model: str) -> None:
    """Insist on the right to read a model without naming fields.

    Raises:
        OdooError: The user is read-only, and one of the model's fields is forbidden to him.
    """
    if model in _LEDGER_MODELS and groups_for(model, "write").isdisjoint(groups):
        raise OdooError(
            ACCESS_ERROR, f"You do not have enough rights to access a field of {model}."
        )
