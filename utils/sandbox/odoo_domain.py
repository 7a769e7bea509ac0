"""Odoo's domains: lists of conditions in prefix notation, and orders."""

from __future__ import annotations

import re
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.odoo_errors import BAD_TYPE, VALUE_ERROR, OdooError
from utils.sandbox.odoo_schema import MODELS, Field
from utils.sandbox.odoo_values import display_name, raw, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from utils.sandbox.odoo_store import Store

#: A condition: does this row match?
type Test = Callable[[int], bool]
_LEAF_PARTS: Final = 3
_CHOICES: Final = frozenset({"=", "in"})
_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def compiled(store: Store, model: str, domain: Sequence[object]) -> Test:
    """Turn a domain into a test of one row's id.

    Args:
        store: The tables.
        model: The model whose rows are tested.
        domain: Conditions `[path, operator, value]` and the signs `&`, `|`, `!` before them;
            conditions without a sign are joined by "and". Empty matches everything.

    Raises:
        OdooError: A field or an operator is unknown, or the domain is malformed.
    """
    stack: list[Test] = []
    for part in reversed(domain):
        if part == "!":
            stack.append(_negated(stack.pop()))
        elif part in ("&", "|"):
            stack.append(_joined(str(part), stack.pop(), stack.pop()))
        else:
            stack.append(_leaf(store, model, part))
    tests = tuple(reversed(stack))

    def matches(id_: int) -> bool:
        for test in tests:  # noqa: SIM110 - asked of every row: `all` takes twice as long
            if not test(id_):
                return False
        return True

    return matches


def _negated(test: Test) -> Test:
    return lambda id_: not test(id_)


def _joined(sign: str, left: Test, right: Test) -> Test:
    if sign == "&":
        return lambda id_: left(id_) and right(id_)
    return lambda id_: left(id_) or right(id_)


def _leaf(store: Store, model: str, part: object) -> Test:
    if not isinstance(part, list | tuple) or len(part) != _LEAF_PARTS:
        raise OdooError(VALUE_ERROR, f"Invalid leaf {part!r}")
    path, operator, value = part
    if not isinstance(path, str):
        return lambda _: (path == value) == (operator == "=")
    fields = _fields_of(model, path, part)
    if operator not in _OPERATORS:
        raise OdooError(VALUE_ERROR, f"Invalid operator in condition {tuple(part)!r}")
    wanted = _wanted(store, fields[-1], value)
    quick = _quick(operator, wanted)
    if quick and all(field.type == "many2one" for field in fields[:-1]) and not fields[-1].is_many:
        read = reader(store, model, path.split("."))
        return lambda id_: quick(read(id_))
    compare = _OPERATORS[operator]
    return lambda id_: compare(_found(store, model, id_, fields, operator), wanted)


def _quick(operator: str, wanted: Any) -> Callable[[Any], bool] | None:
    """Return the test of a single value for the usual conditions; None for all others."""
    items = wanted if isinstance(wanted, list | tuple) else [wanted]
    if operator in _CHOICES and all(type(item) in {str, int, float} for item in items):
        choices = frozenset(items) - {""}
        return None if "" in items else lambda found: found in choices and type(found) is not bool
    if operator in _ORDERS and type(wanted) in {str, int, float}:
        compare = _ORDERS[operator]
        # An empty date compares with nothing; an empty number is 0 and compares.
        return lambda found: (
            found not in (None, "") and found is not False and compare(found, wanted)
        )
    return None


def _fields_of(model: str, path: str, part: Sequence[object]) -> list[Field]:
    fields: list[Field] = []
    for name in path.split("."):
        field = MODELS[model].fields.get(name) if model in MODELS else None
        if field is None:
            raise OdooError(
                VALUE_ERROR, f"Invalid field {model}.{name} in condition {tuple(part)!r}"
            )
        fields.append(field)
        model = field.relation
    return fields


def _wanted(store: Store, field: Field, value: Any) -> Any:
    if field.type == "date" and value == "today":
        return store.today().isoformat()
    if field.type == "integer" and isinstance(value, str):
        raise OdooError(BAD_TYPE, f"invalid input syntax for type integer: {value!r}")
    return value


def _found(store: Store, model: str, id_: int, fields: list[Field], operator: str) -> list[Any]:
    """Return the values at the end of the path; none for an empty relation."""
    first, *rest = fields
    value = raw(store, model, id_, first)
    values = value if isinstance(value, list) else [value]
    if rest:
        known = store.tables[first.relation]
        return [
            found
            for other in values
            if other and other in known
            for found in _found(store, first.relation, other, rest, operator)
        ] or [False]
    if first.relation and "like" in operator:
        return [display_name(store, first.relation, other) for other in values if other]
    if first.is_number or first.type == "boolean":
        return values
    return [False if item in ("", None) else item for item in values]


def _equal(found: list[Any], wanted: Any) -> bool:
    if isinstance(wanted, list | tuple):
        return _inside(found, wanted)
    if wanted is False or wanted is None or wanted == "":
        return not found or any(item is False or item == 0 for item in found)
    return any(item == wanted and not isinstance(item, bool) for item in found) or (
        wanted is True and any(item is not False and bool(item) for item in found)
    )


def _inside(found: list[Any], wanted: Any) -> bool:
    items = wanted if isinstance(wanted, list | tuple) else [wanted]
    return any(_equal(found, item) for item in items)


def _like(found: list[Any], wanted: Any) -> bool:
    return any(item is not False and str(wanted) in str(item) for item in found)


def _ilike(found: list[Any], wanted: Any) -> bool:
    needle = str(wanted).casefold()
    return any(item is not False and needle in str(item).casefold() for item in found)


def _equal_ilike(found: list[Any], wanted: Any) -> bool:
    """Compare with the whole value; `%` stands for any text and `_` for one character."""
    parts = {"%": ".*", "_": "."}
    pattern = "".join(parts.get(char, re.escape(char)) for char in str(wanted))
    return any(
        re.fullmatch(pattern, str(item), re.IGNORECASE | re.DOTALL) for item in found if item
    )


def _ordered_by(compare: Callable[[Any, Any], bool]) -> Callable[[list[Any], Any], bool]:
    def test(found: list[Any], wanted: Any) -> bool:
        # An empty date compares with nothing; an empty number is 0 and compares.
        return any(item is not False and compare(item, wanted) for item in found)

    return test


_OPERATORS: Final[dict[str, Callable[[list[Any], Any], bool]]] = {
    "=": _equal,
    "!=": lambda found, wanted: not _equal(found, wanted),
    "in": _inside,
    "not in": lambda found, wanted: not _inside(found, wanted),
    **{sign: _ordered_by(compare) for sign, compare in _ORDERS.items()},
    "like": _like,
    "not like": lambda found, wanted: not _like(found, wanted),
    "ilike": _ilike,
    "not ilike": lambda found, wanted: not _ilike(found, wanted),
    "=ilike": _equal_ilike,
    "=like": lambda found, wanted: any(item == wanted for item in found),
}


def mentions(domain: Sequence[object], field: str) -> bool:
    """Return whether a domain has a condition on the field."""
    return any(isinstance(part, list | tuple) and part and part[0] == field for part in domain)


def ordered(store: Store, model: str, ids: list[int], order: str | None) -> list[int]:
    """Return ids in an order like `date desc, id`; empty values come last, or first with `desc`.

    Raises:
        OdooError: A field is unknown.
    """
    for term in reversed((order or MODELS[model].order).split(",")):
        name, _, direction = term.strip().partition(" ")
        field = MODELS[model].fields.get(name)
        if field is None:
            raise OdooError(VALUE_ERROR, f"Invalid field {name!r} on model {model!r}")
        if name == "id":
            ids = sorted(ids, reverse=descends(direction))
            continue
        read = reader(store, model, [name])
        keys = {id_: sort_key(store, field, read(id_)) for id_ in ids}
        ids = sorted(ids, key=keys.__getitem__, reverse=descends(direction))
    return ids


def descends(direction: str) -> bool:
    """Return whether the word behind a name in an order is `desc`."""
    return direction.strip().lower().startswith("desc")


def sort_key(store: Store, field: Field, value: Any) -> tuple[bool, Any]:
    """Return a key that sorts a field's values, empty ones last."""
    if field.is_number or field.type == "boolean":
        return (False, value)
    if value is False or value is None:
        return (True, "")
    if field.type == "many2one":
        code = store.tables[field.relation].get(value, {}).get("code")
        return (False, str(code or display_name(store, field.relation, value)).casefold())
    return (False, str(value))
