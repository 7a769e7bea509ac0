"""Values of fields as Odoo shows them: stored, followed along a path, or computed."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_schema import MODELS, Field

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from utils.sandbox.odoo_store import Row, Store

_INVOICE_LINES: Final = {"product", "line_note", "line_section"}
_CENT: Final = Decimal("0.01")


def cents(amount: float) -> float:
    """Return an amount rounded to two decimals, half away from zero."""
    return float(Decimal(str(amount)).quantize(_CENT, ROUND_HALF_UP)) + 0.0


def raw(store: Store, model: str, id_: int, field: Field) -> Any:
    """Return a field's value: ids for relations, `False` for what is empty.

    Args:
        store: The tables.
        model: The row's model.
        id_: The row's id; it must exist.
        field: One of the model's fields.
    """
    if field.name == "id":
        return id_
    compute = _COMPUTED.get((model, field.name))
    if compute is not None:
        return compute(store, id_, store.tables[model][id_])
    if field.related:
        return follow(store, model, id_, field.related)
    if field.type == "one2many":
        rows = store.rows(field.relation)
        return [other for other, row in rows if row.get(field.inverse) == id_]
    if field.name == "display_name":
        return display_name(store, model, id_)
    return store.tables[model][id_].get(field.name, _empty(field))


def follow(store: Store, model: str, id_: int, path: str) -> Any:
    """Return the value at the end of a dotted path, `False` where a link is missing.

    Args:
        store: The tables.
        model: The row's model.
        id_: The row's id.
        path: Field names; all but the last are many2one fields of existing models.
    """
    first, _, rest = path.partition(".")
    field = MODELS[model].fields[first]
    value = raw(store, model, id_, field)
    if not rest:
        return value
    if not value or value not in store.tables[field.relation]:
        return False
    return follow(store, field.relation, value, rest)


def reader(store: Store, model: str, path: Sequence[str]) -> Callable[[int], Any]:
    """Return what reads one field of row after row as ``raw`` does, its way found only once.

    Args:
        store: The tables.
        model: The rows' model.
        path: Names of fields; all but the last are many2one fields.
    """
    first, *rest = path
    field = MODELS[model].fields[first]
    here = _reader(store, model, field)
    if not rest:
        return here
    there, known = reader(store, field.relation, rest), store.tables[field.relation]

    def along(id_: int) -> Any:
        other = here(id_)
        return there(other) if other and other in known else False

    return along


def _reader(store: Store, model: str, field: Field) -> Callable[[int], Any]:
    is_made = (model, field.name) in _COMPUTED or field.name in {"id", "display_name"}
    if is_made or field.is_many:
        return lambda id_: raw(store, model, id_, field)
    if field.related:
        return reader(store, model, field.related.split("."))
    table, name, empty = store.tables[model], field.name, _empty(field)
    return lambda id_: table[id_].get(name, empty)


def display_name(store: Store, model: str, id_: int) -> str:
    """Return the label of a row, as many2one values carry it."""
    row = store.tables[model].get(id_, {})
    if model == "account.move":
        return _move_name(id_, row)
    name = row.get("name") or row.get("acc_number") or row.get("complete_name")
    return str(name or f"{model},{id_}")


def shown(store: Store, field: Field, value: object, *, labels: bool) -> object:
    """Return a value as `read` gives it.

    Args:
        store: The tables.
        field: The field it belongs to.
        value: What `raw` returned.
        labels: Whether a many2one becomes `[id, label]` instead of the id.
    """
    if field.type == "many2one" and labels and isinstance(value, int) and value:
        return [value, display_name(store, field.relation, value)]
    return list(value) if isinstance(value, list | tuple) else value


def read_row(
    store: Store, model: str, id_: int, names: Sequence[str], *, labels: bool
) -> dict[str, object]:
    """Return `id` and the named fields of one row; the names must be known."""
    fields = MODELS[model].fields
    result: dict[str, object] = {"id": id_}
    for name in names:
        field = fields[name]
        result[name] = shown(store, field, raw(store, model, id_, field), labels=labels)
    return result


def rate(store: Store, currency_id: int, on: str) -> float:
    """Return what one unit of a currency is worth in company currency on a day."""
    rates = [
        (row["name"], row["inverse_company_rate"])
        for _, row in store.rows("res.currency.rate")
        if row["currency_id"] == currency_id
    ]
    if not rates:
        return 1.0
    past = [entry for entry in rates if entry[0] <= on] or [min(rates)]
    return float(max(past)[1])


def _empty(field: Field) -> object:
    if field.is_many:
        return []
    if field.type == "integer":
        return 0
    return 0.0 if field.is_number else False


def _move_name(id_: int, row: Row) -> str:
    number = row.get("name")
    name = number if number and number != "/" else f"Draft (* {id_})"
    return f"{name} ({row['ref']})" if row.get("ref") else str(name)


def _invoice_lines(store: Store, _: int, row: Row) -> list[int]:
    lines = store.tables["account.move.line"]
    return [i for i in row.get("line_ids", []) if lines[i].get("display_type") in _INVOICE_LINES]


def _matched_payments(store: Store, id_: int, _: Row) -> list[int]:
    payments = [i for i, p in store.rows("account.payment") if id_ in p.get("invoice_ids", ())]
    return payments[::-1]


def _duplicates(store: Store, id_: int, row: Row) -> list[int]:
    if row.get("move_type") not in {"in_invoice", "in_refund"} or not row.get("ref"):
        return []
    key = [row.get(name) for name in ("ref", "partner_id", "move_type", "company_id")]
    return [
        other
        for other, candidate in store.rows("account.move")
        if other != id_
        and candidate.get("state") != "cancel"
        and [candidate.get(n) for n in ("ref", "partner_id", "move_type", "company_id")] == key
    ]


def _open_sum(account_type: str, sign: int) -> Callable[[Store, int, Row], float]:
    def compute(store: Store, id_: int, _: Row) -> float:
        accounts = store.tables["account.account"]
        moves = store.tables["account.move"]
        total = sum(
            line.get("amount_residual", 0.0)
            for _, line in store.rows("account.move.line")
            if line.get("account_id")
            and accounts[line["account_id"]]["account_type"] == account_type
            and moves[line["move_id"]].get("state") == "posted"
            and moves[line["move_id"]].get("partner_id") == id_
        )
        return cents(sign * total)

    return compute


def _total_invoiced(store: Store, id_: int, _: Row) -> float:
    moves = (row for _, row in store.rows("account.move") if row.get("partner_id") == id_)
    sales = (m for m in moves if m["move_type"].startswith("out_") and m["state"] == "posted")
    return cents(sum(m.get("amount_untaxed_signed", 0.0) for m in sales))


def _payment_sign(_: Store, __: int, row: Row) -> float:
    return float(row["amount"] if row["payment_type"] == "inbound" else -row["amount"])


def _payment_company_amount(store: Store, id_: int, row: Row) -> float:
    return cents(_payment_sign(store, id_, row) * rate(store, row["currency_id"], row["date"]))


def _reconciled(sale: bool) -> Callable[[Store, int, Row], list[int]]:  # noqa: FBT001 - private
    def compute(store: Store, _: int, row: Row) -> list[int]:
        moves = store.tables["account.move"]
        ids = sorted(row.get("invoice_ids", ()), reverse=True)
        return [i for i in ids if moves[i]["move_type"].startswith("out_") is sale]

    return compute


#: Model and field to what computes it from the tables, the id and the row.
_COMPUTED: Final[dict[tuple[str, str], Callable[[Store, int, Row], Any]]] = {
    ("account.move", "line_ids"): lambda _, __, row: row.get("line_ids", []),
    ("account.move", "invoice_line_ids"): _invoice_lines,
    ("account.move", "matched_payment_ids"): _matched_payments,
    ("account.move", "duplicated_ref_ids"): _duplicates,
    ("account.move", "access_url"): lambda _, id_, __: f"/my/invoices/{id_}",
    ("res.partner", "credit"): _open_sum("asset_receivable", 1),
    ("res.partner", "debit"): _open_sum("liability_payable", -1),
    ("res.partner", "total_invoiced"): _total_invoiced,
    ("account.payment", "amount_signed"): _payment_sign,
    ("account.payment", "amount_company_currency_signed"): _payment_company_amount,
    ("account.payment", "reconciled_invoice_ids"): _reconciled(sale=True),
    ("account.payment", "reconciled_bill_ids"): _reconciled(sale=False),
    ("ir.model.data", "complete_name"): lambda _, __, row: f"{row['module']}.{row['name']}",
}
