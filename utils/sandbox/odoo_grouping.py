"""Grouped sums: `formatted_read_group` and the older `read_group`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_domain import sort_key
from utils.sandbox.odoo_errors import value_error
from utils.sandbox.odoo_schema import MODELS, Field
from utils.sandbox.odoo_values import cents, raw, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from utils.sandbox.odoo_session import Session

_COUNT: Final = "__count"
_DECEMBER: Final = 12
_FUNCTIONS: Final[dict[str, Callable[[list[Any]], object]]] = {
    "sum": lambda values: cents(sum(values)) if values else False,
    "avg": lambda values: sum(values) / len(values) if values else False,
    "min": lambda values: min((v for v in values if v is not False), default=False),
    "max": lambda values: max((v for v in values if v is not False), default=False),
    "count": lambda values: sum(value is not False for value in values),
    "count_distinct": lambda values: len({v for v in values if v is not False}),
    "array_agg": list,
}
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


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


def formatted_groups(  # noqa: PLR0913 - Odoo's own signature
    session: Session,
    model: str,
    domain: Sequence[Any],
    groupby: Sequence[str],
    aggregates: Sequence[str],
    having: Sequence[Any] = (),
    offset: int = 0,
    limit: int | None = None,
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
        offset: Groups left out at the beginning.
        limit: Most groups.
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
        | {name: _aggregate(session, model, name, group.ids) for name in aggregates}
        for group in groups
    ]
    rows = [row for row in rows if all(_holds(row, condition) for condition in having)]
    rows = _sorted(rows, keys, order)
    return rows[offset : None if limit is None else offset + limit]


def old_groups(  # noqa: PLR0913 - Odoo's own signature
    session: Session,
    model: str,
    domain: Sequence[Any],
    fields: Sequence[str],
    groupby: Sequence[str],
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
    *,
    lazy: bool = True,
) -> list[dict[str, object]]:
    """Answer `read_group`: keys without the function's name, `__domain`, `__range` for dates.

    Args:
        session: The call.
        model: Whose rows are grouped.
        domain: Which rows.
        fields: Aggregates, `field:function`; a number's plain name means its sum.
        groupby: As in `formatted_groups`; when lazy only the first counts.
        offset: Groups left out at the beginning.
        limit: Most groups.
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
    count = f"{keys[0].field.name}_count" if lazy and keys else _COUNT
    rows = []
    for group in groups:
        row = {k.spec: _old_label(session, k, group.values[k.spec]) for k in keys}
        row |= {count: len(group.ids)}
        row |= {s.partition(":")[0]: _aggregate(session, model, s, group.ids) for s in specs}
        conditions = [_condition(key, group.values[key.spec]) for key in keys]
        row["__domain"] = _joined([[part] for part in domain] + conditions) if keys else domain
        ranges = {k.spec: _range(k, group.values[k.spec]) for k in keys if k.granularity}
        rows.append(row | ({"__range": ranges} if ranges else {}))
    rows = _sorted(rows, keys, order and order.replace(":sum", ""))
    return rows[offset : None if limit is None else offset + limit]


def _summable(fields: dict[str, Field], name: str) -> bool:
    return name in fields and fields[name].is_number and name != "id"


def _key(model: str, spec: str) -> _Key:
    name, _, granularity = spec.partition(":")
    field = MODELS[model].fields.get(name)
    if field is None:
        raise value_error(f"Invalid field {name!r} on model {model!r}")
    if field.type in {"date", "datetime"}:
        return _Key(spec, field, granularity or "month")
    return _Key(spec, field, "")


def _groups(
    session: Session, model: str, domain: Sequence[Any], keys: Sequence[_Key]
) -> list[Group]:
    """Return the groups in the order of their values, the empty value last."""
    found: dict[str, Group] = {} if keys else {"": Group({}, [])}
    for id_ in session.search(model, domain, "id"):
        choices: list[dict[str, Any]] = [{}]
        for key in keys:
            value = raw(session.store, model, id_, key.field)
            values = (value or [False]) if isinstance(value, list) else [value]
            choices = [c | {key.spec: _bucket(key, v)} for c in choices for v in values]
        for choice in choices:
            group = found.setdefault(json.dumps(choice) if keys else "", Group(choice, []))
            group.ids.append(id_)
    return sorted(found.values(), key=lambda group: _order_of(session, keys, group.values))


def _order_of(session: Session, keys: Sequence[_Key], values: dict[str, Any]) -> list[Any]:
    return [sort_key(session.store, key.field, values[key.spec]) for key in keys]


def _bucket(key: _Key, value: Any) -> Any:  # noqa: ANN401 - any field type
    return _start(key.granularity, value).isoformat() if key.granularity and value else value


def _start(granularity: str, text: str) -> date:
    day = date.fromisoformat(text[:10])
    match granularity:
        case "year":
            return day.replace(month=1, day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "month":
            return day.replace(day=1)
        case "week":
            return day - timedelta(days=day.weekday())
        case "day":
            return day
    raise value_error(f"{granularity!r} is not a valid granularity")


def _end(granularity: str, start: date) -> date:
    days = {"day": 1, "week": 7}.get(granularity)
    if days:
        return start + timedelta(days=days)
    months = {"month": 1, "quarter": 3, "year": 12}[granularity]
    month = start.month + months
    return start.replace(year=start.year + (month - 1) // _DECEMBER, month=(month - 1) % 12 + 1)


def _period_name(granularity: str, start: date) -> str:
    match granularity:
        case "year":
            return f"{start:%Y}"
        case "quarter":
            return f"Q{(start.month + 2) // 3} {start:%Y}"
        case "month":
            return f"{start:%B %Y}"
        case "week":
            return f"W{start.isocalendar().week} {start.isocalendar().year}"
    return f"{start:%d %b %Y}"


def _label(session: Session, key: _Key, value: Any) -> object:  # noqa: ANN401 - any field type
    if key.granularity:
        return value and [value, _period_name(key.granularity, date.fromisoformat(value))]
    single = Field(key.field.name, "many2one", key.field.relation)
    field = single if key.field.relation else key.field
    return shown(session.store, field, value, labels=True)


def _old_label(session: Session, key: _Key, value: Any) -> object:  # noqa: ANN401 - any field type
    label = _label(session, key, value)
    return label[1] if key.granularity and isinstance(label, list) else label


def _range(key: _Key, value: Any) -> object:  # noqa: ANN401 - any field type
    if not value:
        return False
    end = _end(key.granularity, date.fromisoformat(value)).isoformat()
    return {"from": value, "to": end}


def _condition(key: _Key, value: Any) -> list[Any]:  # noqa: ANN401 - any field type
    """Return the conditions that lead to a group: two for a period, else one."""
    name = key.field.name
    if not key.granularity or not value:
        return [[name, "=", value]]
    end = _end(key.granularity, date.fromisoformat(value)).isoformat()
    return [[name, ">=", value], [name, "<", end]]


def _joined(parts: Sequence[list[Any]]) -> list[Any]:
    flat = [condition for part in parts for condition in part]
    if not flat:
        return [[1, "=", 1]]
    return ["&"] * (len(flat) - 1) + flat


def _aggregate(session: Session, model: str, spec: str, ids: list[int]) -> object:
    if spec == _COUNT:
        return len(ids)
    name, _, function = spec.partition(":")
    field = MODELS[model].fields.get(name)
    if field is None or function not in _FUNCTIONS:
        raise value_error(f"Invalid aggregate {spec!r} on model {model!r}")
    return _FUNCTIONS[function]([raw(session.store, model, id_, field) for id_ in ids])


def _holds(row: dict[str, object], condition: Sequence[Any]) -> bool:
    name, operator, wanted = condition
    if name not in row or operator not in _COMPARE:
        raise value_error(f"Invalid having clause {condition!r}")
    return _COMPARE[operator](row[name], wanted)


def _sorted(
    rows: list[dict[str, object]], keys: Sequence[_Key], order: str | None
) -> list[dict[str, object]]:
    """Sort by aggregates or keys; rows already stand in the order of their keys."""
    if not order:
        return rows
    specs = {key.spec: key for key in keys}
    for term in reversed(order.split(",")):
        name, _, direction = term.strip().partition(" ")
        if name not in specs and rows and name not in rows[0]:
            raise value_error(f"Invalid order {name!r} for a grouped read")
        rows = sorted(
            rows,
            key=lambda row, name=name: _sortable(row[name]),
            reverse=direction.strip().lower().startswith("desc"),
        )
    return rows


def _sortable(value: Any) -> tuple[bool, Any]:  # noqa: ANN401 - any field type
    if isinstance(value, list):
        return (False, value[1])
    return (True, 0) if value is False else (False, value)
