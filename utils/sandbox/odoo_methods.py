"""Methods that every model of the pretend Odoo has: search, read, create, write, load …"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_errors import missing_value, validation_error, value_error
from utils.sandbox.odoo_grouping import formatted_groups, old_groups
from utils.sandbox.odoo_loading import load as load_rows
from utils.sandbox.odoo_moves import LINE, MOVE, create_move, rebuild, write_line, write_move
from utils.sandbox.odoo_payments import (
    PAYMENT,
    REGISTER,
    create_payment,
    create_register,
    write_payment,
)
from utils.sandbox.odoo_posting import REVERSAL, create_reversal, delete_moves, write_state
from utils.sandbox.odoo_rights import demand_all_fields, may
from utils.sandbox.odoo_schema import MODELS
from utils.sandbox.odoo_session import Session, ids_after
from utils.sandbox.odoo_values import display_name, read_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from utils.sandbox.odoo_store import Row

#: How `load` asks for ids with labels; anything else gives plain ids.
CLASSIC: Final = "_classic_read"
_REQUIRED: Final = {"res.partner": "name", "product.product": "name", "res.users": "login"}


def search(
    session: Session,
    model: str,
    domain: Sequence[Any],
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
) -> list[int]:
    """Return ids."""
    session.demand(model, "read")
    ids = session.search(model, domain, order)
    return ids[offset : offset + limit if limit else None]


def search_count(
    session: Session, model: str, domain: Sequence[Any], limit: int | None = None
) -> int:
    """Return how many rows match."""
    session.demand(model, "read")
    count = len(session.search(model, domain))
    return min(count, limit) if limit else count


def read(
    session: Session,
    model: str,
    ids: Sequence[int],
    fields: Sequence[str] | None = None,
    load: str | None = CLASSIC,
) -> list[dict[str, object]]:
    """Return rows; ids that do not exist are left out."""
    session.demand(model, "read")
    if not fields:
        demand_all_fields(session.groups, model)
    names = [name for name in fields or MODELS[model].fields if name != "id"]
    for name in names:
        if name not in MODELS[model].fields:
            raise value_error(f"Invalid field {name!r} on {model!r}")
    found = session.existing(model, ids)
    labels = load == CLASSIC
    return [read_row(session.store, model, id_, names, labels=labels) for id_ in found]


def search_read(  # noqa: PLR0913 - Odoo's own signature
    session: Session,
    model: str,
    domain: Sequence[Any] | None = None,
    fields: Sequence[str] | None = None,
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
    load: str | None = CLASSIC,
) -> list[dict[str, object]]:
    """Return the rows that match."""
    ids = search(session, model, domain or [], offset, limit, order)
    return read(session, model, ids, fields, load)


def name_search(
    session: Session,
    model: str,
    name: str = "",
    domain: Sequence[Any] | None = None,
    operator: str = "ilike",
    limit: int = 100,
) -> list[list[object]]:
    """Return `[id, label]` of rows whose name matches."""
    wanted = [*(domain or []), ["name", operator, name]] if name else domain or []
    ids = search(session, model, wanted, 0, limit)
    return [[id_, display_name(session.store, model, id_)] for id_ in ids]


def formatted_read_group(  # noqa: PLR0913 - Odoo's own signature
    session: Session,
    model: str,
    domain: Sequence[Any],
    groupby: Sequence[str] = (),
    aggregates: Sequence[str] = (),
    having: Sequence[Any] = (),
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
) -> list[dict[str, object]]:
    """Return groups; see `odoo_grouping`."""
    session.demand(model, "read")
    return formatted_groups(
        session, model, domain, groupby, aggregates, having, offset, limit, order
    )


def read_group(  # noqa: PLR0913 - Odoo's own signature
    session: Session,
    model: str,
    domain: Sequence[Any],
    fields: Sequence[str],
    groupby: Sequence[str] | str,
    offset: int = 0,
    limit: int | None = None,
    orderby: str | None = None,
    *,
    lazy: bool = True,
) -> list[dict[str, object]]:
    """Return groups in the older shape; see `odoo_grouping`."""
    session.demand(model, "read")
    keys = [groupby] if isinstance(groupby, str) else groupby
    return old_groups(session, model, domain, fields, keys, offset, limit, orderby, lazy=lazy)


def fields_get(
    session: Session,  # noqa: ARG001 - the same for everybody
    model: str,
    allfields: Sequence[str] | None = None,
    attributes: Sequence[str] | None = None,
) -> dict[str, dict[str, object]]:
    """Return the description of fields, by name."""
    described: dict[str, dict[str, object]] = {}
    for name, field in MODELS[model].fields.items():
        if allfields and name not in allfields:
            continue
        facts: dict[str, object] = {"string": field.label, "type": field.type, "store": True}
        facts |= {"readonly": bool(field.related), "searchable": True, "sortable": True}
        facts |= {"groupable": not field.is_number}
        facts |= {"relation": field.relation} if field.relation else {}
        if field.selection:
            facts["selection"] = [[key, key.replace("_", " ").title()] for key in field.selection]
        kept = attributes or facts
        described[name] = {key: fact for key, fact in facts.items() if key in kept}
    return described


def has_access(session: Session, model: str, operation: str) -> bool:
    """Return whether the user may `read`, `write`, `create` or `unlink`."""
    return may(session.groups, model, operation)


def get_external_id(session: Session, model: str, ids: Sequence[int]) -> dict[str, str]:
    """Return the external ids by id; empty where there is none."""
    return {str(id_): session.store.external_id_of(model, id_) for id_ in ids}


def create(
    session: Session, model: str, vals_list: Sequence[Mapping[str, Any]] | Mapping[str, Any]
) -> list[int]:
    """Create rows and return their ids."""
    session.demand(model, "create")
    given = [vals_list] if isinstance(vals_list, dict) else vals_list
    return [create_one(session, model, dict(values)) for values in given]


def create_one(session: Session, model: str, values: Row) -> int:
    """Create one row of any model and return its id; rights are the caller's affair."""
    match model:
        case "account.move":
            return create_move(session, values)
        case "account.payment":
            return create_payment(session, values)
        case "account.payment.register":
            return create_register(session, values)
        case "account.move.reversal":
            return create_reversal(session, values)
    return _create_plain(session, model, values)


def write(session: Session, model: str, ids: Sequence[int], vals: Mapping[str, Any]) -> bool:
    """Change rows."""
    session.demand(model, "write")
    for id_ in session.all_of(model, ids):
        write_one(session, model, id_, dict(vals))
    return True


def write_one(session: Session, model: str, id_: int, values: Row) -> None:
    """Change one row of any model and note it when it differs."""
    state = values.pop("state", None) if model == MOVE else None
    match model:
        case "account.move":
            changed = write_move(session, id_, values)
        case "account.move.line":
            changed = write_line(session, id_, values)
            move_id = session.row(LINE, id_)["move_id"]
            if changed and session.row(MOVE, move_id)["state"] == "draft":
                rebuild(session, move_id)
        case "account.payment":
            changed = write_payment(session, id_, values)
        case _:
            changed = _write_plain(session, model, id_, values)
    if changed and model not in {REGISTER, REVERSAL}:
        session.store.note("written", model, id_, model=model, values=values)
    if state is not None:
        write_state(session, id_, session.checked(MOVE, {"state": state})["state"])


def unlink(session: Session, model: str, ids: Sequence[int]) -> bool:
    """Delete rows."""
    session.demand(model, "unlink")
    if model == MOVE:
        return delete_moves(session, ids)
    for id_ in session.all_of(model, ids):
        if model == "res.partner" and _partner_in_use(session, id_):
            raise validation_error("Another model is using the record you are trying to delete.")
        if model == PAYMENT and session.row(PAYMENT, id_)["state"] != "draft":
            raise validation_error("A posted payment cannot be deleted.")
        session.store.note("deleted", model, id_, model=model)
        session.store.delete(model, id_)
    return True


def load(
    session: Session, model: str, fields: Sequence[str], data: Sequence[Sequence[str]]
) -> dict[str, object]:
    """Create or update rows by external id; see `odoo_loading`."""

    def save(id_: int, values: Row) -> int:
        session.demand(model, "write" if id_ else "create")
        if not id_:
            return create_one(session, model, values)
        session.all_of(model, [id_])
        write_one(session, model, id_, values)
        return id_

    return load_rows(session, model, fields, data, save)


def _create_plain(session: Session, model: str, values: Row) -> int:
    checked = _checked_plain(session, model, values, {})
    required = _REQUIRED.get(model)
    if required and not checked.get(required):
        raise missing_value(required, model)
    if model == "res.users":
        logins = {row["login"] for _, row in session.store.rows(model)}
        if checked["login"] in logins:
            raise validation_error("You can not have two users with the same login!")
    defaults = {"active": True} if "active" in MODELS[model].fields else {}
    id_ = session.store.insert(model, defaults | {"create_uid": session.uid} | checked)
    kind = "partner_created" if model == "res.partner" else "created"
    session.store.note(kind, model, id_)
    return id_


def _write_plain(session: Session, model: str, id_: int, values: Row) -> bool:
    checked = _checked_plain(session, model, values, session.row(model, id_))
    if model == "res.partner" and checked.get("parent_id") == id_:
        raise validation_error("You cannot create recursive Partner hierarchies.")
    return session.update(model, id_, **checked)


def _checked_plain(session: Session, model: str, values: Row, before: Row) -> Row:
    checked = session.checked(model, values)
    fields = MODELS[model].fields
    for name in [name for name in checked if fields[name].is_many]:
        checked[name] = ids_after(checked[name], before.get(name, []))
    return checked


def _partner_in_use(session: Session, id_: int) -> bool:
    return any(
        row.get("partner_id") == id_
        for model in ("res.users", MOVE, PAYMENT)
        for _, row in session.store.rows(model)
    )
