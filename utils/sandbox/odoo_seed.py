"""What the pretend Odoo begins with: two companies, users, partners, accounts, a little history.

Figures of the history, in US dollars, `today` being the server's date (see `HISTORY`):
company 1: open receivables 2,450.00, of which 1,200.00 overdue; open payables 480.00.
company 2: open receivables 910.00, none overdue; open payables 75.00.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from utils.sandbox.odoo_moves import create_move
from utils.sandbox.odoo_posting import post_moves
from utils.sandbox.odoo_rights import GROUPS, USERS
from utils.sandbox.odoo_session import Session
from utils.sandbox.odoo_store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from utils.sandbox.odoo_store import Row

#: The administrator's user id.
ADMIN: Final = 2
USD: Final = 1
EUR: Final = 126
_KEY_DAYS: Final = 89
#: Login to user id.
USER_IDS: Final = {"admin": 2, "billing": 7, "auditor": 8, "plain": 9, "fte_bot": 10}
_COMPANIES: Final = {1: "Fennel & Sons Design", 2: "Fennel Workshop LLC"}
#: Company to (id, code, type, name, default account).
_JOURNALS: Final = {
    1: (
        (1, "INV", "sale", "Sales", 27),
        (2, "BILL", "purchase", "Purchases", 32),
        (6, "BNK1", "bank", "Bank", 45),
        (3, "MISC", "general", "Miscellaneous Operations", False),
    ),
    2: (
        (7, "INV", "sale", "Sales", 89),
        (8, "BILL", "purchase", "Purchases", 139),
        (12, "BNK1", "bank", "Bank", 150),
        (9, "MISC", "general", "Miscellaneous Operations", False),
    ),
}
#: Company to (id, code, name, type, non-trade). The first of a type is the one used by default.
_ACCOUNTS: Final = {
    1: (
        (5, "121000", "Account Receivable", "asset_receivable", False),
        (14, "211000", "Account Payable", "liability_payable", False),
        (20, "251000", "Tax Received", "liability_current", False),
        (27, "400000", "Product Sales", "income", False),
        (28, "450000", "Other Income", "income_other", False),
        (31, "500000", "Cost of Goods Sold", "expense_direct_cost", False),
        (32, "600000", "Expenses", "expense", False),
        (33, "612000", "Rent", "expense", False),
        (40, "300000", "Capital", "equity", False),
        (45, "101401", "Bank", "asset_cash", False),
        (46, "101402", "Outstanding Receipts", "asset_current", False),
        (47, "101403", "Outstanding Payments", "asset_current", False),
        (50, "122000", "Owner's Current Account", "asset_receivable", True),
    ),
    2: (
        (56, "121000", "Accounts Receivable", "asset_receivable", False),
        (58, "122000", "Owner's Current Account", "asset_receivable", True),
        (76, "211000", "Accounts Payable", "liability_payable", False),
        (83, "252000", "Sales Tax", "liability_current", False),
        (89, "400000", "Product Sales", "income", False),
        (95, "601000", "Raw Materials", "expense_direct_cost", False),
        (139, "690000", "Miscellaneous Expenses", "expense", False),
        (148, "300000", "Capital", "equity", False),
        (150, "101401", "Bank", "asset_cash", False),
        (153, "101402", "Outstanding Receipts", "asset_current", False),
        (154, "101403", "Outstanding Payments", "asset_current", False),
    ),
}
#: Version to how its new companies round taxes.
_ROUNDING: Final = {18: "round_per_line", 19: "round_globally"}
#: Id, company, name, percent, use.
_TAXES: Final = (
    (1, 1, "15%", 15.0, "sale"),
    (2, 1, "15% P", 15.0, "purchase"),
    (6, 2, "2.9%", 2.9, "sale"),
)


class Seed(NamedTuple):
    """What a pretend Odoo is asked to begin with."""

    #: The server's date.
    today: Callable[[], date]
    #: `18` or `19`.
    version: int
    #: Login to API key.
    keys: dict[str, str]
    #: Company of all users but the administrator, who has both.
    company_id: int
    #: Whether the 15 % tax is company 1's default for sales.
    default_sale_tax: bool
    #: Whether the ledger has documents from before.
    history: bool


#: Id to name, e-mail, company?, customer rank, supplier rank, further values.
PARTNERS: Final[dict[int, tuple[str, str, bool, int, int, Row]]] = {
    9: ("Acme Corporation", "billing@acme.example", True, 4, 0, {"vat": "US12345673"}),
    10: ("Blue Heron Bakery", "orders@blueheron.example", True, 2, 0, {}),
    11: ("Cedar Studio", "hello@cedarstudio.example", True, 1, 0, {}),
    12: ("Maria Lopez", "maria@lopez.example", False, 1, 0, {}),
    13: ("Maria Lopez", "m.lopez@northwind.example", False, 1, 0, {}),
    14: ("Paper Mill Supplies", "accounts@papermill.example", True, 0, 3, {}),
    15: ("Azure Hosting", "invoices@azurehosting.example", True, 0, 5, {}),
    16: ("Acme Corporatlon", "billing@acme-corp.example", True, 0, 0, {}),
    17: ("Old Harbour Trading", "info@oldharbour.example", True, 1, 0, {"active": False}),
    18: ("Granite Landlord LLC", "rent@granite.example", True, 0, 6, {}),
}
#: Id to partner, account number, bank.
_BANKS: Final = {
    1: (14, "US64SVBKUS6S3300958879", "First Example Bank"),
    2: (15, "DE89370400440532013000", "Example Bank AG"),
    3: (18, "GB29NWBK60161331926819", "Example Bank plc"),
}
#: Company, type, partner, days ago issued, days from today due, amount, reference.
HISTORY: Final = (
    (1, "out_invoice", 9, 45, -15, 1200.00, "PO-1001"),
    (1, "out_invoice", 10, 20, 10, 750.00, "PO-1002"),
    (1, "out_invoice", 11, 5, 25, 500.00, "PO-1003"),
    (1, "in_invoice", 15, 12, 18, 80.00, "AZ-2201"),
    (1, "in_invoice", 18, 10, 4, 400.00, "RENT-11"),
    (2, "out_invoice", 12, 8, 22, 910.00, "W-17"),
    (2, "in_invoice", 14, 6, 24, 75.00, "PM-90"),
)


def seeded(seed: Seed) -> Store:
    """Return new tables; nothing in them counts as an effect."""
    store = Store(seed.today, seed.version)
    _add_companies(store, seed)
    _add_people(store, seed)
    _add_things(store)
    if seed.history:
        _add_history(store)
    store.commit()
    return store


def _add_companies(store: Store, seed: Seed) -> None:
    store.insert_at("res.country", 233, {"name": "United States", "code": "US"})
    _add_currencies(store, seed.today())
    for id_, name in _COMPANIES.items():
        tax = 1 if id_ == 1 and seed.default_sale_tax else False
        row = {"name": name, "currency_id": USD, "country_id": 233, "fiscalyear_last_month": "12"}
        row |= {"fiscalyear_last_day": 31, "chart_template": "generic_coa"}
        row["tax_calculation_rounding_method"] = _ROUNDING[seed.version]
        store.insert_at("res.company", id_, row | {"account_sale_tax_id": tax})
        for journal, code, type_, label, account in _JOURNALS[id_]:
            row = {"code": code, "type": type_, "name": label, "default_account_id": account}
            store.insert_at("account.journal", journal, row | {"company_id": id_, "active": True})
        for facts in _ACCOUNTS[id_]:
            _add_account(store, id_, facts)
    for id_, company, name, percent, use in _TAXES:
        row = {"company_id": company, "name": name, "amount": percent, "type_tax_use": use}
        store.insert_at("account.tax", id_, row | {"amount_type": "percent", "active": True})


def _add_account(store: Store, company: int, account: tuple[int, str, str, str, bool]) -> None:
    id_, code, name, kind, non_trade = account
    open_items = kind in {"asset_receivable", "liability_payable"} or "Outstanding" in name
    row = {"code": code, "name": name, "account_type": kind, "non_trade": non_trade}
    row |= {"internal_group": kind.partition("_")[0], "reconcile": open_items}
    row |= {"company_id": company, "company_ids": [company], "active": True}
    store.insert_at("account.account", id_, row)


def _add_currencies(store: Store, today: date) -> None:
    for id_, name, symbol, worth in ((USD, "USD", "$", 1.0), (EUR, "EUR", "€", 1.1)):
        row = {"name": name, "symbol": symbol, "decimal_places": 2, "active": True}
        store.insert_at("res.currency", id_, row | {"rate": 1 / worth, "inverse_rate": worth})
    start = today.replace(month=1, day=1).isoformat()
    row = {"currency_id": EUR, "name": start, "inverse_company_rate": 1.1}
    store.insert("res.currency.rate", row)


def _add_people(store: Store, seed: Seed) -> None:
    groups = dict(enumerate(GROUPS, start=1))
    for id_, group in groups.items():
        store.insert_at("res.groups", id_, {"name": GROUPS[group], "full_name": group})
    expires = datetime.combine(seed.today(), time(12), UTC) + timedelta(days=_KEY_DAYS)
    for login, uid in USER_IDS.items():
        admin = login == "admin"
        mine = [id_ for id_, group in groups.items() if group in USERS[login]]
        partner = store.insert_at("res.partner", 30 + uid, {"name": login.title(), "active": True})
        companies = [1, 2] if admin else [seed.company_id]
        row = {"name": login.replace("_", " ").title(), "login": login, "partner_id": partner}
        row |= {"lang": "en_US", "tz": "Europe/Brussels", "active": True, "share": False}
        row |= {"company_id": 1 if admin else seed.company_id, "company_ids": companies}
        store.insert_at("res.users", uid, row | {"group_ids": mine, "groups_id": mine})
        until = False if admin else expires.strftime("%Y-%m-%d %H:%M:%S")
        key = {"name": f"key {login}", "scope": "rpc", "user_id": uid, "key": seed.keys[login]}
        store.insert("res.users.apikeys", key | {"expiration_date": until})


def _add_things(store: Store) -> None:
    for id_, (name, email, company, customer, supplier, more) in PARTNERS.items():
        row = {"name": name, "email": email, "is_company": company, "active": True}
        ranks = {"customer_rank": customer, "supplier_rank": supplier}
        store.insert_at("res.partner", id_, row | ranks | {"currency_id": USD} | more)
    for id_, (partner, number, bank) in _BANKS.items():
        row = {"partner_id": partner, "acc_number": number, "bank_name": bank}
        store.insert_at(
            "res.partner.bank", id_, row | {"active": True, "allow_out_payment": False}
        )
    for id_, name, price, cost in ((1, "Consulting hour", 120.0, 0.0), (2, "Paper", 12.0, 7.5)):
        row = {"name": name, "list_price": price, "lst_price": price, "standard_price": cost}
        row |= {"taxes_id": [], "supplier_taxes_id": [], "sale_ok": True, "purchase_ok": True}
        store.insert_at("product.product", id_, row | {"active": True, "type": "service"})
    for id_, name in ((1, "account"), (53, "contacts"), (60, "l10n_us")):
        row = {"name": name, "state": "installed", "installed_version": "19.0.1.0"}
        store.insert_at("ir.module.module", id_, row)


def _add_history(store: Store) -> None:
    today = store.today()
    for company, kind, partner, ago, due, amount, ref in HISTORY:
        session = Session(store, ADMIN, {"allowed_company_ids": [company]}, 0)
        issued = (today - timedelta(days=ago)).isoformat()
        line: dict[str, Any] = {"name": ref, "quantity": 1, "price_unit": amount}
        line["tax_ids"] = [[6, 0, []]]
        values = {
            "move_type": kind,
            "partner_id": partner,
            "invoice_date": issued,
            "date": issued,
            "invoice_date_due": (today + timedelta(days=due)).isoformat(),
            "ref": ref,
            "invoice_line_ids": [[0, 0, line]],
        }
        post_moves(session, [create_move(session, values)])
