"""Methods that every model of the pretend Odoo has and that change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_errors import VALUE_ERROR, OdooError
from utils.sandbox.odoo_grouping import formatted_groups, old_groups
from utils.sandbox.odoo_rights import demand_all_fields, may
from utils.sandbox.odoo_schema import MODELS
from utils.sandbox.odoo_values import display_name, read_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.sandbox.odoo_session import Session

#: How `load` asks for ids with labels; anything else gives plain ids.
CLASSIC: Final = "_classic_read"
#: Fields that keep two decimals, as the real one says.
_TWO_DECIMALS: Final = {("account.move.line", "quantity")}


def search(
    session: Session,
    model: str,
    domain: Sequence[Any],
    *,
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
    *,
    load: str | None = CLASSIC,
) -> list[dict[str, object]]:
    """Return rows; ids that do not exist are left out.

    Raises:
        OdooError: The right is missing, a row is another company's, or a field is unknown.
    """
    session.demand(model, "read")
    if not fields:
        demand_all_fields(session.groups, model)
    names = [name for name in fields or MODELS[model].fields if name != "id"]
    for name in names:
        if name not in MODELS[model].fields:
            raise OdooError(VALUE_ERROR, f"Invalid field {name!r} on {model!r}")
    found = session.existing(model, ids)
    labels = load == CLASSIC
    return [read_row(session.store, model, id_, names, labels=labels) for id_ in found]


def search_read(
    session: Session,
    model: str,
    domain: Sequence[Any] | None = None,
    fields: Sequence[str] | None = None,
    *,
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
    load: str | None = CLASSIC,
) -> list[dict[str, object]]:
    """Return the rows that match."""
    ids = search(session, model, domain or [], offset=offset, limit=limit, order=order)
    return read(session, model, ids, fields, load=load)


def name_search(
    session: Session,
    model: str,
    name: str = "",
    domain: Sequence[Any] | None = None,
    *,
    operator: str = "ilike",
    limit: int = 100,
) -> list[list[object]]:
    """Return `[id, label]` of rows whose name matches."""
    wanted = [*(domain or []), ["name", operator, name]] if name else domain or []
    ids = search(session, model, wanted, limit=limit)
    return [[id_, display_name(session.store, model, id_)] for id_ in ids]


def formatted_read_group(
    session: Session,
    model: str,
    domain: Sequence[Any],
    groupby: Sequence[str] = (),
    aggregates: Sequence[str] = (),
    *,
    having: Sequence[Any] = (),
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
) -> list[dict[str, object]]:
    """Return groups; see `odoo_grouping`."""
    session.demand(model, "read")
    rows = formatted_groups(
        session, model, domain, groupby, aggregates, having=having, order=order
    )
    return rows[offset : offset + limit if limit else None]


def read_group(
    session: Session,
    model: str,
    domain: Sequence[Any],
    fields: Sequence[str],
    groupby: Sequence[str] | str,
    *,
    offset: int = 0,
    limit: int | None = None,
    orderby: str | None = None,
    lazy: bool = True,
) -> list[dict[str, object]]:
    """Return groups in the older shape; see `odoo_grouping`."""
    session.demand(model, "read")
    keys = [groupby] if isinstance(groupby, str) else groupby
    rows = old_groups(session, model, domain, fields, keys, order=orderby, lazy=lazy)
    return rows[offset : offset + limit if limit else None]


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
        facts |= {"digits": [16, 2]} if (model, name) in _TWO_DECIMALS else {}
        kept = attributes or facts
        described[name] = {key: fact for key, fact in facts.items() if key in kept}
    return described


def has_access(session: Session, model: str, operation: str) -> bool:
    """Return whether the user may `read`, `write`, `create` or `unlink`."""
    return may(session.groups, model, operation)


def get_external_id(session: Session, model: str, ids: Sequence[int]) -> dict[str, str]:
    """Return the external ids by id; empty where there is none."""
    return {str(id_): session.store.external_id_of(model, id_) for id_ in ids}
