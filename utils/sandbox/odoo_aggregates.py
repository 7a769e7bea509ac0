"""Aggregates of groups: what `field:function` comes to, conditions on it, and the order by it."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_domain import descends
from utils.sandbox.odoo_errors import VALUE_ERROR, OdooError
from utils.sandbox.odoo_schema import MODELS
from utils.sandbox.odoo_values import cents, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from utils.sandbox.odoo_session import Session

#: The aggregate that counts rows.
COUNT: Final = "__count"
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


def aggregate(session: Session, model: str, spec: str, ids: Sequence[int]) -> object:
    """Return what an aggregate comes to over some rows.

    Raises:
        OdooError: The field or the function is unknown.
    """
    if spec == COUNT:
        return len(ids)
    name, _, function = spec.partition(":")
    field = MODELS[model].fields.get(name)
    if field is None or function not in _FUNCTIONS:
        raise OdooError(VALUE_ERROR, f"Invalid aggregate {spec!r} on model {model!r}")
    return _FUNCTIONS[function](list(map(reader(session.store, model, [name]), ids)))


def holds(row: dict[str, object], condition: Sequence[Any]) -> bool:
    """Return whether a group's row meets a condition `[aggregate, operator, value]`.

    Raises:
        OdooError: The aggregate or the operator is unknown.
    """
    name, operator, wanted = condition
    if name not in row or operator not in _COMPARE:
        raise OdooError(VALUE_ERROR, f"Invalid having clause {condition!r}")
    return _COMPARE[operator](row[name], wanted)


def in_order(
    rows: list[dict[str, object]], specs: Collection[str], order: str | None
) -> list[dict[str, object]]:
    """Return rows by aggregates or keys; they stand in the order of their keys already.

    Args:
        rows: One for each group.
        specs: The keys, as they were asked for.
        order: Such as `balance:sum desc`, or None.

    Raises:
        OdooError: The order names neither.
    """
    if not order:
        return rows
    for term in reversed(order.split(",")):
        name, _, direction = term.strip().partition(" ")
        if name not in specs and rows and name not in rows[0]:
            raise OdooError(VALUE_ERROR, f"Invalid order {name!r} for a grouped read")
        keyed = [(_sortable(row[name]), row) for row in rows]
        keyed.sort(key=itemgetter(0), reverse=descends(direction))
        rows = [row for _, row in keyed]
    return rows


def _sortable(value: Any) -> tuple[bool, Any]:
    if isinstance(value, list):
        return (False, value[1])
    return (True, 0) if value is False else (False, value)
