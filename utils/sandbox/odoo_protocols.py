"""What both faces of the pretend Odoo share: server facts, keys, calls, version routes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.http_wire import Answer, Request
from utils.sandbox.odoo_actions import Method, find_method
from utils.sandbox.odoo_errors import (
    ACCESS_ERROR,
    BAD_TYPE,
    UNAUTHORIZED,
    UNPROCESSABLE,
    OdooError,
    to_login,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from utils.sandbox.odoo_session import Session
    from utils.sandbox.odoo_store import Store

#: What runs a call as one transaction: it gets the store and the work to do on it.
type Transaction = Callable[[Store, Callable[[], object]], object]
JSON2: Final = "/json/2/"
_NO_SNIFF: Final = "nosniff"
_FIRST_WITH_JSON2: Final = 19


@dataclass(frozen=True, slots=True)
class Server:
    """What both faces know about the server."""

    #: `18` or `19`.
    version: int
    #: Names of its databases; the first one has the tables.
    databases: list[str]
    #: What runs a call.
    transaction: Transaction

    @property
    def has_json2(self) -> bool:
        """Whether it has the JSON-2 face."""
        return self.version >= _FIRST_WITH_JSON2

    @property
    def version_info(self) -> dict[str, object]:
        """The version as `common.version` gives it."""
        build = {18: "18.0-20250421"}.get(self.version, f"{self.version}.0")
        return {
            "server_version": build,
            "server_version_info": [self.version, 0, 0, "final", 0, ""],
            "server_serie": f"{self.version}.0",
            "protocol_version": 1,
        }


def json_answer(value: object) -> Answer:
    """Return a success as Odoo sends it."""
    return Answer.json(value, x_content_type_options=_NO_SNIFF)


def error_json(error: OdooError) -> Answer:
    """Return an error as the JSON-2 face sends it."""
    more = {"www_authenticate": "Bearer"} if error.name == UNAUTHORIZED else {}
    return Answer.json(error.to_json(), error.status, **more)


def user_of_key(store: Store, key: str, now: str) -> int | None:
    """Return the id of the user whose key this is; `None` when it is wrong or has expired."""
    for _, row in store.rows("res.users.apikeys"):
        expires = row["expiration_date"]
        if row["key"] == key and (not expires or expires > now):
            return int(row["user_id"])
    return None


def public_method(model: str, name: str) -> Method | None:
    """Return a method that may be called from outside, or `None` when there is none.

    Raises:
        OdooError: The method is private.
    """
    if name.startswith("_"):
        message = f"Private methods (such as '{model}.{name}') cannot be called remotely."
        raise OdooError(ACCESS_ERROR, message)
    return find_method(model, name)


def run(
    method: Method,
    session: Session,
    model: str,
    ids: object,
    arguments: Mapping[str, Any],
) -> object:
    """Call a method with arguments from outside.

    Args:
        method: The method.
        session: The call.
        model: The model.
        ids: An id or a list of ids; only for methods that work on records.
        arguments: Further arguments by name.

    Raises:
        OdooError: The arguments do not fit, or the method says no.
    """
    try:
        method.signature.bind(**arguments)
    except TypeError as error:
        raise OdooError(UNPROCESSABLE, str(error)) from error
    records = (ids if isinstance(ids, list) else [ids],) if method.takes_ids else ()
    try:
        return method.function(session, model, *records, **arguments)
    except TypeError as error:
        # A text compared with a number, and the like: the real one fails in its database.
        raise OdooError(BAD_TYPE, str(error)) from error


def version_routes(server: Server, request: Request) -> Answer | None:
    """Answer the routes that need no database and no key, or return `None`."""
    if request.path in {"/json/version", "/web/version"} and server.has_json2:
        info = server.version_info
        value = {"version_info": info["server_version_info"], "version": info["server_version"]}
        return _with_cookie(json_answer(value))
    if request.path == "/web/webclient/version_info":
        return _with_cookie(_rpc_result(server.version_info))
    if request.path == "/web/database/list":
        return _rpc_result(server.databases)
    if request.path.startswith("/json/") and not server.has_json2:
        return to_login(request.target)
    return None


def _rpc_result(value: object) -> Answer:
    return json_answer({"jsonrpc": "2.0", "id": None, "result": value})


def _with_cookie(answer: Answer) -> Answer:
    answer.headers["set-cookie"] = "session_id=pretend; Max-Age=604800; HttpOnly; Path=/"
    return answer


def called_method(request: Request) -> tuple[str, str]:
    """Return model and method of a request on either face; empty texts where there is none."""
    if request.path.startswith(JSON2):
        model, _, name = request.path.removeprefix(JSON2).partition("/")
        return model, name
    if request.path == "/jsonrpc":
        try:
            args = json.loads(request.body)["params"]["args"]
            return str(args[3]), str(args[4])
        except (ValueError, KeyError, IndexError, TypeError):
            return "", ""
    return "", ""
