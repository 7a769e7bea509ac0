"""Grouped sums: `formatted_read_group` and the older `read_group`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from utils.sandbox.odoo_aggregates import COUNT, aggregate, holds, in_order
from utils.sandbox.odoo_domain import sort_key
from utils.sandbox.odoo_errors import VALUE_ERROR, OdooError
from utils.sandbox.odoo_periods import end_of, name_of, start_of
from utils.sandbox.odoo_schema import MODELS, Field
from utils.sandbox.odoo_values import raw, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.sandbox.odoo_session import Session


@dataclass(frozen=True, slots=True)
class _Key:
    """One `groupby` entry: a field, for dates with a granularity."""

    spec: str
    field: Field
    granularity: str


@dataclass(slots=True)
class Group:
    """One group: its keys' values and its rows."""

    #: Groupby entry to value: an id, a text, the first day of a period, or `False`.
    values: dict[str, Any]
    ids: list[int]


def formatted_groups(
    session: Session,
    model: str,
    domain: Sequence[Any],
    groupby: Sequence[str],
    aggregates: Sequence[str],
    *,
    having: Sequence[Any] = (),
    order: str | None = None,
) -> list[dict[str, object]]:
    """Answer `formatted_read_group` (19 and later).

    Args:
        session: The call.
        model: Whose rows are grouped.
        domain: Which rows.
        groupby: Fields, dates as `date:month`.
        aggregates: `field:function` or `__count`.
        having: Conditions `[aggregate, operator, value]`, all of which must hold.
        order: Such as `balance:sum desc`; the default is by the groups' values.

    Returns:
        One mapping a group: the keys, `__extra_domain`, the aggregates. Without `groupby` exactly
        one, whose sums are `False` when no row matches; with `groupby` and no rows none.

    Raises:
        OdooError: A field, function or operator is unknown.
    """
    keys = [_key(model, spec) for spec in groupby]
    groups = _groups(session, model, domain, keys)
    rows = [
        {key.spec: _label(session, key, group.values[key.spec]) for key in keys}
        | {"__extra_domain": _joined([_condition(k, group.values[k.spec]) for k in keys])}
        | {name: aggregate(session, model, name, group.ids) for name in aggregates}
        for group in groups
    ]
    rows = [row for row in rows if all(holds(row, condition) for condition in having)]
    return in_order(rows, groupby, order)


def old_groups(
    session: Session,
    model: str,
    domain: Sequence[Any],
    fields: Sequence[str],
    groupby: Sequence[str],
    *,
    order: str | None = None,
    lazy: bool = True,
) -> list[dict[str, object]]:
    """Answer `read_group`: keys without the function's name, `__domain`, `__range` for dates.

    Args:
        session: The call.
        model: Whose rows are grouped.
        domain: Which rows.
        fields: Aggregates, `field:function`; a number's plain name means its sum.
        groupby: As in `formatted_groups`; when lazy only the first counts.
        order: As in `formatted_groups`.
        lazy: Whether one level is grouped and the count is called `<field>_count`.

    Raises:
        OdooError: A field or function is unknown.
    """
    keys = [_key(model, spec) for spec in groupby]
    keys = keys[:1] if lazy else keys
    groups = _groups(session, model, domain, keys)
    known = MODELS[model].fields
    specs = [f if ":" in f else f"{f}:sum" for f in fields if ":" in f or _summable(known, f)]
    count = f"{keys[0].field.name}_count" if lazy and keys else COUNT
    rows = []
    for group in groups:
        row = {k.spec: _old_label(session, k, group.values[k.spec]) for k in keys}
        row |= {count: len(group.ids)}
        row |= {s.partition(":")[0]: aggregate(session, model, s, group.ids) for s in specs}
        conditions = [_condition(key, group.values[key.spec]) for key in keys]
        row["__domain"] = _joined([[part] for part in domain] + conditions) if keys else domain
        ranges = {k.spec: _range(k, group.values[k.spec]) for k in keys if k.granularity}
        rows.append(row | ({"__range": ranges} if ranges else {}))
    return in_order(rows, [key.spec for key in keys], order and order.replace(":sum", ""))


def _summable(fields: dict[str, Field], name: str) -> bool:
    return name in fields and fields[name].is_number and name != "id"


def _key(model: str, spec: str) -> _Key:
    name, _, granularity = spec.partition(":")
    field = MODELS[model].fields.get(name)
    if field is None:
        raise OdooError(VALUE_ERROR, f"Invalid field {name!r} on model {model!r}")
    if field.type in {"date", "datetime"}:
        return _Key(spec, field, granularity or "month")
    return _Key(spec, field, "")


def _groups(
    session: Session, model: str, domain: Sequence[Any], keys: Sequence[_Key]
) -> list[Group]:
    """Return the groups in the order of their values, the empty value last."""
    ids = session.search(model, domain, "id")
    if not keys:
        return [Group({}, ids)]
    found: dict[str, Group] = {}
    for id_ in ids:
        choices: list[dict[str, Any]] = [{}]
        for key in keys:
            value = raw(session.store, model, id_, key.field)
            values = (value or [False]) if isinstance(value, list) else [value]
            choices = [c | {key.spec: _bucket(key, v)} for c in choices for v in values]
        for choice in choices:
            group = found.setdefault(json.dumps(choice), Group(choice, []))
            group.ids.append(id_)
    return sorted(found.values(), key=lambda group: _order_of(session, keys, group.values))


def _order_of(session: Session, keys: Sequence[_Key], values: dict[str, Any]) -> list[Any]:
    return [sort_key(session.store, key.field, values[key.spec]) for key in keys]


def _bucket(key: _Key, value: Any) -> Any:
    return start_of(key.granularity, value) if key.granularity and value else value


def _label(session: Session, key: _Key, value: Any) -> object:
    if key.granularity:
        return value and [value, name_of(key.granularity, value)]
    single = Field(key.field.name, "many2one", key.field.relation)
    field = single if key.field.relation else key.field
    return shown(session.store, field, value, labels=True)


def _old_label(session: Session, key: _Key, value: Any) -> object:
    label = _label(session, key, value)
    return label[1] if key.granularity and isinstance(label, list) else label


def _range(key: _Key, value: Any) -> object:
    if not value:
        return False
    end = end_of(key.granularity, value)
    return {"from": value, "to": end}


def _condition(key: _Key, value: Any) -> list[Any]:
    """Return the conditions that lead to a group: two for a period, else one."""
    name = key.field.name
    if not key.granularity or not value:
        return [[name, "=", value]]
    end = end_of(key.granularity, value)
    return [[name, ">=", value], [name, "<", end]]


def _joined(parts: Sequence[list[Any]]) -> list[Any]:
    flat = [condition for part in parts for condition in part]
    if not flat:
        return [[1, "=", 1]]
    return ["&"] * (len(flat) - 1) + flat
