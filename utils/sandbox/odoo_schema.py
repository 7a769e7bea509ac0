"""The models of the pretend Odoo: fields with their types, labels, orders and access rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: One model per block: `model | label | default order`, then `type: names`. A name may carry
#: `>model` (relation), `>model.inverse` (one2many), `=path` (related, computed by following the
#: path), `=a/b/c` (selection values).
_TABLE: Final = """
res.partner | Contact | name, id
char: name email phone vat ref street city zip lang comment
boolean: is_company active
integer: customer_rank supplier_rank
many2one: parent_id>res.partner country_id>res.country company_id>res.company
many2one: currency_id>res.currency property_payment_term_id>account.payment.term
one2many: bank_ids>res.partner.bank.partner_id child_ids>res.partner.parent_id
monetary: credit debit total_invoiced

res.partner.bank | Bank Accounts | id
char: acc_number bank_name acc_holder_name
boolean: allow_out_payment active
many2one: partner_id>res.partner company_id>res.company currency_id>res.currency

account.move | Journal Entry | date desc, name desc, id desc
char: name ref payment_reference invoice_origin narration
selection: state=draft/posted/cancel auto_post=no/at_date
selection: move_type=entry/out_invoice/out_refund/in_invoice/in_refund/out_receipt/in_receipt
selection: payment_state=not_paid/in_payment/paid/partial/reversed/blocked/invoicing_legacy
selection: status_in_payment=draft/posted/cancel/not_paid/in_payment/paid/partial/reversed
date: invoice_date date invoice_date_due
monetary: amount_untaxed amount_tax amount_total amount_residual amount_untaxed_signed
monetary: amount_tax_signed amount_total_signed amount_residual_signed
monetary: amount_total_in_currency_signed
float: invoice_currency_rate
boolean: is_move_sent made_sequence_gap
many2one: partner_id>res.partner company_id>res.company journal_id>account.journal
many2one: currency_id>res.currency company_currency_id>res.currency invoice_user_id>res.users
many2one: reversed_entry_id>account.move origin_payment_id>account.payment
many2one: partner_bank_id>res.partner.bank commercial_partner_id>res.partner
many2one: invoice_payment_term_id>account.payment.term
one2many: line_ids>account.move.line.move_id invoice_line_ids>account.move.line.move_id
one2many: reversal_move_ids>account.move.reversed_entry_id
many2many: matched_payment_ids>account.payment duplicated_ref_ids>account.move
char: access_url

account.move.line | Journal Item | date desc, move_name desc, id
char: name ref
selection: display_type=product/tax/payment_term/line_note/line_section/epd
selection: account_type=account_id.account_type parent_state=move_id.state
selection: move_type=move_id.move_type account_internal_group=account_id.internal_group
char: move_name=move_id.name
date: date=move_id.date invoice_date=move_id.invoice_date date_maturity
monetary: debit credit balance amount_currency amount_residual amount_residual_currency
monetary: price_subtotal price_total
float: quantity price_unit discount
boolean: reconciled
many2one: move_id>account.move account_id>account.account tax_line_id>account.tax
many2one: partner_id>res.partner=move_id.partner_id currency_id>res.currency=move_id.currency_id
many2one: company_id>res.company=move_id.company_id product_id>product.product
many2one: company_currency_id>res.currency=move_id.company_currency_id
many2one: journal_id>account.journal=move_id.journal_id
many2one: payment_id>account.payment=move_id.origin_payment_id
many2many: tax_ids>account.tax

account.payment | Payments | date desc, name desc, id desc
char: name memo payment_reference
selection: state=draft/in_process/paid/canceled/rejected payment_type=inbound/outbound
selection: partner_type=customer/supplier
monetary: amount amount_signed amount_company_currency_signed
date: date
boolean: is_reconciled is_matched
many2one: partner_id>res.partner company_id>res.company journal_id>account.journal
many2one: currency_id>res.currency move_id>account.move partner_bank_id>res.partner.bank
many2one: outstanding_account_id>account.account destination_account_id>account.account
many2one: company_currency_id>res.currency
many2many: invoice_ids>account.move reconciled_invoice_ids>account.move
many2many: reconciled_bill_ids>account.move

account.payment.register | Pay | id
monetary: amount payment_difference
date: payment_date
char: communication writeoff_label
boolean: group_payment can_edit_wizard
selection: payment_difference_handling=open/reconcile payment_type=inbound/outbound
many2one: journal_id>account.journal currency_id>res.currency partner_id>res.partner
many2one: writeoff_account_id>account.account company_id>res.company
many2many: move_ids>account.move

account.move.reversal | Account Move Reversal | id
date: date
char: reason
many2one: journal_id>account.journal company_id>res.company
monetary: residual
many2many: move_ids>account.move

account.account | Account | code, id
char: code name
selection: account_type=asset_receivable/asset_cash/asset_current/liability_payable/\
liability_current/equity/income/income_other/expense/expense_direct_cost/expense_depreciation/\
expense_other
selection: internal_group=asset/liability/equity/income/expense
boolean: non_trade reconcile active
many2one: company_id>res.company
many2many: company_ids>res.company tax_ids>account.tax

account.payment.term | Payment Terms | id
char: name
integer: days

account.journal | Journal | id
char: name code
selection: type=sale/purchase/bank/cash/general
boolean: active
many2one: company_id>res.company currency_id>res.currency default_account_id>account.account

account.tax | Tax | id
char: name description
float: amount
boolean: active price_include
selection: type_tax_use=sale/purchase/none amount_type=percent/fixed
many2one: company_id>res.company

product.product | Product Variant | name, id
char: name default_code
float: list_price lst_price standard_price
boolean: active sale_ok purchase_ok
selection: type=consu/service/combo
many2one: company_id>res.company
many2many: taxes_id>account.tax supplier_taxes_id>account.tax

res.company | Companies | name, id
char: name chart_template fiscalyear_last_month email vat
integer: fiscalyear_last_day
selection: tax_calculation_rounding_method=round_per_line/round_globally
date: fiscalyear_lock_date tax_lock_date sale_lock_date purchase_lock_date hard_lock_date
many2one: currency_id>res.currency country_id>res.country partner_id>res.partner
many2one: account_sale_tax_id>account.tax account_purchase_tax_id>account.tax

res.country | Country | name
char: name code

res.currency | Currency | id
char: name symbol
float: rate inverse_rate
integer: decimal_places
boolean: active
one2many: rate_ids>res.currency.rate.currency_id

res.currency.rate | Currency Rate | name desc, id
date: name
float: inverse_company_rate
many2one: currency_id>res.currency company_id>res.company

res.users | User | name, login
char: name login lang tz email
boolean: active share
many2one: company_id>res.company partner_id>res.partner
many2many: company_ids>res.company group_ids>res.groups groups_id>res.groups

res.groups | Access Groups | id
char: name full_name

res.users.apikeys | Users API Keys | id
char: name scope
datetime: expiration_date
many2one: user_id>res.users

ir.module.module | Module | id
char: name installed_version shortdesc
selection: state=installed/uninstalled

ir.model.data | Model Data | id
char: module name model complete_name
integer: res_id
"""

#: Fields that every model has.
_EVERYWHERE: Final = {
    "id": "integer",
    "display_name": "char",
    "create_date": "datetime",
    "write_date": "datetime",
    "create_uid": "many2one",
    "write_uid": "many2one",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model."""

    name: str
    #: Odoo's word: `char`, `monetary`, `many2one` …
    type: str
    #: The other model of a relation, else empty.
    relation: str = ""
    #: The field of the other model that points back (one2many), else empty.
    inverse: str = ""
    #: Dotted path that the value is found under, else empty.
    related: str = ""
    #: Allowed keys of a selection, in order; empty for other types.
    selection: tuple[str, ...] = ()

    @property
    def is_many(self) -> bool:
        """Whether the value is a list of ids."""
        return self.type in {"one2many", "many2many"}

    @property
    def is_number(self) -> bool:
        """Whether the empty value is 0 and sums make sense."""
        return self.type in {"integer", "float", "monetary"}

    @property
    def label(self) -> str:
        """The field's label, made from its name."""
        return self.name.removesuffix("_ids").removesuffix("_id").replace("_", " ").title()


@dataclass(frozen=True, slots=True)
class Model:
    """One model."""

    name: str
    #: What people call it.
    label: str
    #: Default order, as in SQL.
    order: str
    #: Field name to field.
    fields: dict[str, Field]


def _field(type_: str, word: str) -> Field:
    name, _, path = word.partition("=")
    name, _, relation = name.partition(">")
    inverse = ""
    if type_ == "one2many":
        relation, _, inverse = relation.rpartition(".")
    if type_ == "selection" and "." not in path:
        return Field(name, type_, selection=tuple(path.split("/")))
    return Field(name, type_, relation, inverse, related=path)


def _model(block: str) -> Model:
    head, *lines = block.splitlines()
    name, label, order = (part.strip() for part in head.split("|"))
    fields = {
        key: Field(key, type_, "res.users" if type_ == "many2one" else "")
        for key, type_ in _EVERYWHERE.items()
    }
    for line in lines:
        type_, _, words = line.partition(":")
        fields |= {field.name: field for field in (_field(type_, w) for w in words.split())}
    return Model(name, label, order, fields)


#: Model name to model.
MODELS: Final[dict[str, Model]] = {
    model.name: model for model in (_model(b) for b in _TABLE.strip().split("\n\n"))
}
