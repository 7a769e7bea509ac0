"""One user's call on the pretend Odoo: what he may see, and values checked before storing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from utils.sandbox.odoo_domain import compiled, mentions, ordered
from utils.sandbox.odoo_errors import (
    ACCESS_ERROR,
    BAD_TYPE,
    MISSING_ERROR,
    USER_ERROR,
    VALUE_ERROR,
    OdooError,
    no_record,
)
from utils.sandbox.odoo_rights import USERS, demand
from utils.sandbox.odoo_schema import MODELS, Field
from utils.sandbox.odoo_values import reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from utils.sandbox.odoo_store import Row, Store


class Session:
    """The tables as one user sees them during one call."""

    def __init__(self, store: Store, uid: int, context: Mapping[str, Any], arrived: int) -> None:
        """Open a call.

        Args:
            store: The tables.
            uid: The calling user's id.
            context: The call's context; `allowed_company_ids` and `lang` are checked.
            arrived: The store's commits when the request arrived.

        Raises:
            OdooError: The context names a company that is not the user's, or an unknown language.
        """
        user = store.tables["res.users"][uid]
        self.store = store
        self.uid = uid
        self.context = context
        self.arrived = arrived
        self.groups = USERS[user["login"]]
        mine: list[int] = user["company_ids"]
        #: Companies whose rows are visible.
        self.company_ids: list[int] = list(context.get("allowed_company_ids") or mine)
        if not set(self.company_ids) <= set(mine):
            raise OdooError(ACCESS_ERROR, "Access to unauthorized or invalid companies.")
        #: The company that new rows belong to.
        self.company_id: int = (
            self.company_ids[0] if "allowed_company_ids" in context else user["company_id"]
        )
        if context.get("lang", "en_US") not in {"en_US", "en_GB", False, None}:
            raise OdooError(USER_ERROR, f"Invalid language code: {context['lang']}")

    @property
    def today(self) -> str:
        """The server's date, ISO-8601."""
        return self.store.today().isoformat()

    def demand(self, model: str, operation: str) -> None:
        """Insist on a right; raises `AccessError`."""
        demand(self.groups, model, operation)

    def row(self, model: str, id_: int) -> Row:
        """Return a stored row.

        Raises:
            OdooError: There is no such row (`MissingError`).
        """
        row = self.store.tables[model].get(id_)
        if row is None:
            raise OdooError(MISSING_ERROR, no_record(model, id_, self.uid))
        return row

    def update(self, model: str, id_: int, **values: object) -> bool:
        """Change a stored row; return whether anything is different now."""
        return self.store.update(model, id_, **values)

    def visible(self, model: str, id_: int) -> bool:
        """Return whether the user may see a row."""
        return self._sight(model)(id_)

    def _sight(self, model: str) -> Callable[[int], bool]:
        """Return the test whether the user's companies and ownership let him see a row."""
        if model == "res.users.apikeys":
            keys, is_admin = self.store.tables[model], "base.group_system" in self.groups
            return lambda id_: keys[id_]["user_id"] == self.uid or is_admin
        if model == "res.company":
            return lambda id_: id_ in self.company_ids
        if "company_id" not in MODELS[model].fields:
            return lambda _: True
        company, theirs = reader(self.store, model, ["company_id"]), frozenset(self.company_ids)
        return lambda id_: not (found := company(id_)) or found in theirs

    def existing(self, model: str, ids: Iterable[int]) -> list[int]:
        """Return the ids that exist, after checking that all of them may be seen.

        Raises:
            OdooError: A row belongs to another company (`AccessError`).
        """
        found = [id_ for id_ in ids if id_ in self.store.tables[model]]
        is_visible = self._sight(model)
        for id_ in found:
            if not is_visible(id_):
                raise OdooError(
                    ACCESS_ERROR,
                    f"User id={self.uid} does not have access to {MODELS[model].label} ({model}) "
                    f"record {id_}. This seems to be a multi-company issue.",
                )
        return found

    def all_of(self, model: str, ids: Iterable[int]) -> list[int]:
        """Return the ids after checking that each exists and may be seen.

        Raises:
            OdooError: One does not exist or belongs to another company.
        """
        ids = list(ids)
        found = self.existing(model, ids)
        for id_ in ids:
            if id_ not in found:
                raise OdooError(MISSING_ERROR, no_record(model, id_, self.uid))
        return found

    def search(
        self, model: str, domain: Sequence[object] | None, order: str | None = None
    ) -> list[int]:
        """Return the ids that match and may be seen, in order.

        Raises:
            OdooError: The domain or the order is wrong.
        """
        domain = domain or []
        test, is_visible = compiled(self.store, model, domain), self._sight(model)
        hide = (
            "active" in MODELS[model].fields
            and self.context.get("active_test", True)
            and not mentions(domain, "active")
        )
        ids = [
            id_
            for id_, row in self.store.rows(model)
            if not (hide and row.get("active") is False) and is_visible(id_) and test(id_)
        ]
        return ordered(self.store, model, ids, order)

    def checked(self, model: str, values: Mapping[str, object]) -> Row:
        """Return values fit for storing; commands of x2many fields are left alone.

        Raises:
            OdooError: A field is unknown or a value does not fit it.
        """
        fields = MODELS[model].fields
        for name in values:
            if name not in fields:
                raise OdooError(VALUE_ERROR, f"Invalid field {name!r} in {model!r}")
        return {name: self._fitting(model, fields[name], value) for name, value in values.items()}

    def _fitting(self, model: str, field: Field, value: Any) -> object:
        if field.is_many:
            return value
        if value is None or value is False or value == "":
            return 0.0 if field.is_number else False
        match field.type:
            case "selection" if value not in field.selection:
                raise OdooError(VALUE_ERROR, f"Wrong value for {model}.{field.name}: {value!r}")
            case "many2one":
                return self._existing_id(field, value)
            case "date" | "datetime":
                return _day(str(value)) if field.type == "date" else str(value)
            case "float" | "monetary":
                return _number(value)
            case "integer":
                return int(_number(value))
            case "boolean":
                return bool(value)
            case _:
                return str(value)

    def _existing_id(self, field: Field, value: object) -> int:
        if not isinstance(value, int):
            raise OdooError(BAD_TYPE, f"invalid input syntax for type integer: {str(value)!r}")
        if value not in self.store.tables[field.relation]:
            raise OdooError(MISSING_ERROR, no_record(field.relation, value, self.uid))
        return value


def ids_after(commands: object, before: Sequence[int]) -> list[int]:
    """Return the ids that a many2many field has after commands such as `[6, 0, ids]`.

    Args:
        commands: Odoo's commands, or plain ids.
        before: The ids until now.

    Raises:
        OdooError: A command is unknown.
    """
    ids = list(before)
    for command in commands if isinstance(commands, list | tuple) else []:
        match command:
            case int():
                ids.append(command)
            case [6, _, list() as new]:
                ids = list(new)
            case [5, *_]:
                ids = []
            case [4, int() as new, *_]:
                ids.append(new)
            case [3 | 2, int() as old, *_]:
                ids = [id_ for id_ in ids if id_ != old]
            case _:
                raise OdooError(VALUE_ERROR, f"Invalid command {command!r}")
    return list(dict.fromkeys(ids))


def _day(text: str) -> str:
    day = text[:10]
    try:
        return datetime.strptime(day, "%Y-%m-%d").date().isoformat()  # noqa: DTZ007 - a date only
    except ValueError as error:
        message = f"time data {day!r} does not match format '%Y-%m-%d'"
        raise OdooError(VALUE_ERROR, message) from error


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError as error:
        raise OdooError(VALUE_ERROR, f"could not convert string to float: {value!r}") from error
