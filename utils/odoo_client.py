"""The typed client for Odoo: one company, reads by name, and no write that is not listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from utils.core.errors import RateLimitedError, RefusedError, RejectedError
from utils.odoo.allowed import MODULE, PINS, WRITES, all_named, domain_of
from utils.odoo.connection import OdooConnection
from utils.odoo.errors import SERVICE, OdooFaultError
from utils.odoo.transport import JSON2_FROM
from utils.odoo.values import Row, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from utils.core.model import Json

#: A condition list as Odoo reads it.
type Domain = Sequence[Any]

_VALUE_ERROR: Final = "builtins.ValueError"
#: What Odoo says inside ``load`` when two calls made the same record at once.
_RACE: Final = "could not serialize access"


@dataclass(frozen=True)
class Reference:
    """What an external id points to."""

    model: str
    #: None where it exists but our user cannot see it.
    id: int | None


class OdooClient(OdooConnection):
    """Reads from one company of one Odoo, and makes the few calls that the recipes need."""

    def search_read(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        limit: int = 80,
        offset: int = 0,
        order: str = "",
    ) -> list[Row]:
        """Return records of our company with the named fields and ``id``.

        Raises:
            EmployeeError: They could not be read.
        """
        arguments: Json = {"domain": self._pinned(model, domain), "fields": list(fields)}
        arguments |= {"limit": limit, "offset": offset} | ({"order": order} if order else {})
        rows: list[Row] = self._read(model, "search_read", None, arguments)
        return rows

    def read(self, model: str, id_: int, fields: Sequence[str]) -> Row | None:
        """Return one record of our company, or None where there is none.

        Raises:
            EmployeeError: It could not be read.
        """
        return next(iter(self.search_read(model, [["id", "=", id_]], fields, limit=1)), None)

    def count(self, model: str, domain: Domain) -> int:
        """Return how many records of our company there are.

        Raises:
            EmployeeError: They could not be counted.
        """
        arguments = {"domain": self._pinned(model, domain)}
        return int(self._read(model, "search_count", None, arguments))

    def groups(
        self,
        model: str,
        domain: Domain,
        sums: Sequence[str],
        *,
        by: Sequence[str] = (),
    ) -> list[Row]:
        """Add up records of our company on the server.

        Returns:
            One row per group: the fields of ``by`` as Odoo shows them, and each field of ``sums``
            as Decimal. Without ``by`` exactly one row; with ``by`` and no records none.

        Raises:
            EmployeeError: They could not be read.
        """
        pinned = self._pinned(model, domain)
        names = [f"{field}:sum" for field in sums]
        if self.version()[0] >= JSON2_FROM:
            arguments: Json = {"domain": pinned, "groupby": list(by), "aggregates": names}
            rows = self._read(model, "formatted_read_group", None, arguments)
        else:
            arguments = {"domain": pinned, "fields": names, "groupby": list(by), "lazy": False}
            rows = self._read(model, "read_group", None, arguments)
        return [
            {field: row[field] for field in by}
            | {field: number(row.get(f"{field}:sum", row.get(field))) for field in sums}
            for row in rows
        ]

    def digits_of(self, model: str, field: str) -> int | None:
        """Return how many decimals Odoo keeps of a field, None where it keeps them all.

        Raises:
            EmployeeError: It could not be read.
        """
        arguments = {"allfields": [field], "attributes": ["digits"]}
        known = self._read(model, "fields_get", None, arguments)
        digits = known[field].get("digits")
        return int(digits[1]) if digits else None

    def find_reference(self, name: str) -> Reference | None:
        """Return what our external id of that name points to, or None where nothing has it.

        Raises:
            OdooFaultError: Odoo did not understand the question.
            EmployeeError: Odoo could not be asked.
        """
        arguments = {"module": MODULE, "xml_id": name}
        try:
            model, id_ = self._read("ir.model.data", "check_object_reference", None, arguments)
        except OdooFaultError as error:
            # This is how Odoo says "there is none", with status 500.
            if error.name == _VALUE_ERROR:
                return None
            raise
        return Reference(model, id_ or None)

    def load(self, model: str, fields: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
        """Make one record with its lines, or find it again by its external id; return its id.

        Raises:
            RefusedError: A field or the external ids are not what the list below allows.
            RateLimitedError: Another call was making the same record; nothing was done.
            RejectedError: Odoo says what is wrong with a value; nothing was done.
            EmployeeError: It was not reached, or its answer did not come back.
        """
        if not all_named(fields, rows):
            raise RefusedError(f"{model}.load without ids of ours", rule="odoo_calls")
        arguments = {"fields": list(fields), "data": [list(row) for row in rows]}
        answer = self._write(model, "load", None, arguments, fields)
        ids, messages = answer.get("ids"), answer.get("messages") or []
        if ids and not messages:
            return int(ids[0])
        said = "; ".join(str(message.get("message", "")) for message in messages)
        if _RACE in said:
            raise RateLimitedError("the same record was being made", service=SERVICE)
        raise RejectedError(" ".join(said.split()) or "it made nothing", service=SERVICE)

    def act(self, model: str, method: str, id_: int, **arguments: int) -> None:
        """Call a listed method on one record; what it returns means nothing, so read again.

        Raises:
            RefusedError: The method is not listed.
            EmployeeError: Odoo said no, was not reached, or its answer did not come back.
        """
        self._write(model, method, [id_], arguments, arguments)

    def _read(
        self, model: str, method: str, ids: Sequence[int] | None, arguments: Mapping[str, Any]
    ) -> Any:
        named = {**arguments, "context": self.context()}
        if model == "ir.model.data":
            # Its method takes no context by name before 19, and needs none.
            named.pop("context")
        return self.call_read(model, method, ids, named)

    def _write(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        fields: Sequence[str] | Mapping[str, int],
    ) -> Any:
        """Make one listed call, once.

        Raises:
            RefusedError: It is not listed with these fields.
        """
        allowed = WRITES.get((model, method))
        if allowed is None or not allowed.issuperset(fields):
            more = set(fields) - (allowed or frozenset())
            what = f"{model}.{method}({', '.join(sorted(more))})"
            raise RefusedError(f"{what} is no call that this program makes", rule="odoo_calls")
        named = {**arguments, "context": self.context()}
        return self.call_write(model, method, ids, named)

    def _pinned(self, model: str, domain: Domain) -> list[Any]:
        """Return the conditions with our company in front.

        Raises:
            RefusedError: The model is none that this program reads.
        """
        if model not in PINS:
            raise RefusedError(f"{model} is not read by this program", rule="odoo_calls")
        return [*domain_of(model, self.company().id), *domain]
