"""One call of the Graph, taken apart: node, edge, parameters, and the shape of answers."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from utils.sandbox.graph_errors import GraphError, say_missing, say_no_permission
from utils.sandbox.http_wire import parsed_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from utils.sandbox.graph_state import GraphState, Row, Token
    from utils.sandbox.http_wire import Request

_VERSION: Final = re.compile(r"v[0-9]+\.[0-9]+")
#: A name in `fields`, and what follows it in braces or dots, which is taken as it is.
_FIELD: Final = re.compile(r"([a-z_]+)((?:\.[a-z_]+\([^)]*\))*)(\{[^}]*\})?(?:,|$)")
_LIMIT: Final = 25


@dataclass(slots=True, kw_only=True)
class Call:
    """A call by somebody whom the Graph knows."""

    method: str
    #: What it is about, such as a Page's number, and the edge behind it, or "".
    node: str
    edge: str
    #: Query and form together.
    params: dict[str, str]
    state: GraphState
    token: Token
    now: datetime
    #: Adds an effect to the ledger: kind, id, payload.
    note: Callable[[str, str, Row], None]

    def needed(self, name: str) -> str:
        """Return a parameter that must be there.

        Raises:
            GraphError: It is not.
        """
        if not self.params.get(name):
            say_missing(name)
        return self.params[name]

    def only(self, *names: str) -> None:
        """Refuse parameters that the pretend Graph does not know.

        Raises:
            GraphError: There is one.
        """
        known = {*names, "fields", "access_token", "appsecret_proof"}
        if unknown := sorted(set(self.params) - known):
            raise GraphError(100, f"(#100) Param {unknown[0]} is not supported here")

    def need(self, scope: str) -> None:
        """Refuse a token without a scope.

        Raises:
            GraphError: It lacks it.
        """
        if scope not in self.token.scopes:
            say_no_permission(scope)

    def chosen(self, row: Row, default: str) -> Row:
        """Return the fields of a row that were asked for, the id always.

        Raises:
            GraphError: The row has no such field.
        """
        names = [found[1] for found in _FIELD.finditer(self.params.get("fields") or default)]
        for name in names:
            if name not in row:
                said = f"(#100) Tried accessing nonexisting field ({name})"
                raise GraphError(100, said)
        return {"id": row["id"]} | {name: row[name] for name in names if row[name] is not None}

    def page_of(self, rows: Sequence[Row], default: str) -> Row:
        """Return the page of an edge that was asked for, with cursors."""
        begin = _offset(self.params.get("after", ""))
        end = begin + int(self.params.get("limit", _LIMIT))
        data = [self.chosen(row, default) for row in rows[begin:end]]
        paging: dict[str, Any] = {"cursors": {"before": _cursor(begin), "after": _cursor(end)}}
        if end < len(rows):
            # As with the real one, the next page's address holds the token.
            paging["next"] = f"https://graph.invalid/next?access_token=EAAM&after={_cursor(end)}"
        return {"data": data, "paging": paging} if data else {"data": []}


def taken_apart(request: Request) -> tuple[str, list[str], dict[str, str]]:
    """Return the version asked for, the path's other parts, and all parameters.

    Raises:
        GraphError: The body is not one.
    """
    parts = [part for part in request.path.split("/") if part]
    version = parts.pop(0) if parts and _VERSION.fullmatch(parts[0]) else ""
    return version, parts, request.query | _form(request)


def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "")
    if not kind.startswith("application/json"):
        return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
    try:
        values = parsed_json(request.body)
    except ValueError as error:
        raise GraphError(100, "(#100) Invalid JSON for postcard") from error
    return {name: str(value) for name, value in values.items()}


def newest_first(rows: Iterable[Row], time_field: str) -> list[Row]:
    """Return rows by their time, of the same second the later one first."""
    return sorted(rows, key=lambda row: str(row[time_field]))[::-1]


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"at:{offset}".encode()).decode()


def _offset(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("at:") or 0)
    except ValueError as error:
        raise GraphError(100, "(#100) Invalid cursors values") from error
