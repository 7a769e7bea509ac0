"""The two faces of the pretend Odoo: JSON-2 (19 and later) and JSON-RPC (all versions)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.http_wire import Answer, Request, parsed_json
from utils.sandbox.odoo_actions import Method, call, find_method
from utils.sandbox.odoo_errors import (
    OdooError,
    access_error,
    no_database,
    not_found,
    to_login,
    unauthorized,
    unprocessable,
    user_error,
    wrong_content_type,
)
from utils.sandbox.odoo_schema import MODELS
from utils.sandbox.odoo_session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from utils.sandbox.odoo_store import Store

#: What runs a call as one transaction: it gets the store and the work to do on it.
type Transaction = Callable[[Store, Callable[[], object]], object]
_JSON2: Final = "/json/2/"
_NO_SNIFF: Final = "nosniff"
_MODEL_AND_METHOD: Final = 2


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
    unauthorized_status = 401
    more = {"www_authenticate": "Bearer"} if error.status == unauthorized_status else {}
    return Answer.json(error.to_json(), error.status, **more)


def user_of_key(store: Store, key: str, now: str) -> int | None:
    """Return the id of the user whose key this is; `None` when it is wrong or has expired."""
    for _, row in store.rows("res.users.apikeys"):
        expires = row["expiration_date"]
        if row["key"] == key and (not expires or expires > now):
            return int(row["user_id"])
    return None


def json2(server: Server, store: Store, request: Request, now: str) -> Answer:
    """Answer `POST /json/2/<model>/<method>`.

    Args:
        server: Version and databases.
        store: The tables.
        request: The request; a chunked body is ignored, as in the real one.
        now: The time in UTC, as Odoo writes it.
    """
    database = request.headers.get("x-odoo-database", "")
    if not database and len(server.databases) > 1:
        return no_database()
    if database and database not in server.databases:
        return no_database()
    body = b"" if request.chunked else request.body
    if body and not request.headers.get("content-type", "").startswith("application/json"):
        return wrong_content_type()
    try:
        return json_answer(_json2_result(server, store, request, body, now))
    except OdooError as error:
        return error_json(error)


def _json2_result(server: Server, store: Store, request: Request, body: bytes, now: str) -> object:
    parts = request.path.removeprefix(_JSON2).split("/")
    if request.method != "POST" or len(parts) != _MODEL_AND_METHOD:
        raise not_found("Did you mean POST /json/2/<model>/<method>?")
    uid = _bearer(store, request.headers.get("authorization", ""), now)
    values = _arguments(body)
    model, name = parts
    if model not in MODELS:
        raise not_found(f"the model {model!r} does not exist")
    method = _public_method(model, name)
    if method is None:
        raise not_found(f"The method '{model}.{name}' does not exist")
    ids = values.pop("ids", [])
    context = values.pop("context", None) or {}
    if ids and not method.takes_ids:
        raise unprocessable(f"cannot call {model}.{name} with ids")

    def work() -> object:
        session = Session(store, uid, context, request.arrived)
        return _call(method, session, model, ids, (), values)

    return server.transaction(store, work)


def _bearer(store: Store, header: str, now: str) -> int:
    word, _, key = header.partition(" ")
    if word.lower() != "bearer":
        raise unauthorized("User not authenticated, use an API Key with a Bearer header.")
    uid = user_of_key(store, key.strip(), now)
    if uid is None:
        raise unauthorized
    return uid


def _arguments(body: bytes) -> dict[str, Any]:
    try:
        values = parsed_json(body)
    except ValueError as error:
        message = f"could not parse the body as json: {error}"
        raise OdooError("werkzeug.exceptions.BadRequest", message) from error
    return values if isinstance(values, dict) else {}


def _public_method(model: str, name: str) -> Method | None:
    if name.startswith("_"):
        message = f"Private methods (such as '{model}.{name}') cannot be called remotely."
        raise access_error(message)
    return find_method(model, name)


def _call(  # noqa: PLR0913 - one call has that many parts
    method: Method,
    session: Session,
    model: str,
    ids: object,
    positional: Sequence[Any],
    named: dict[str, Any],
) -> object:
    """Call a method; arguments that do not fit become the error that Odoo gives."""
    wanted = ids if isinstance(ids, list) else [ids]
    try:
        method.signature.bind(*positional, **named)
    except TypeError as error:
        raise unprocessable(str(error)) from error
    try:
        return call(method, session, model, wanted, positional, named)
    except TypeError as error:
        # A text compared with a number, and the like: the real one fails in its database.
        raise OdooError("psycopg2.errors.InvalidTextRepresentation", str(error)) from error


def json_rpc(server: Server, store: Store, request: Request, now: str) -> Answer:
    """Answer `POST /jsonrpc`: always 200; an error has a code and the same names as JSON-2.

    Args:
        server: Version and databases.
        store: The tables.
        request: The request.
        now: The time in UTC, as Odoo writes it.
    """
    try:
        envelope = json.loads(request.body)
        params = envelope.get("params", {})
        result = _service(server, store, request, params, now)
    except ValueError:
        return Answer.html("<h1>Bad Request</h1>", 400)
    except OdooError as error:
        code = 200 if server.version < 19 else 0  # noqa: PLR2004 - JSON-2 came with 19
        fault = {"code": code, "message": "Odoo Server Error", "data": error.to_json()}
        return Answer.json({"jsonrpc": "2.0", "id": envelope.get("id"), "error": fault})
    reply = {"jsonrpc": "2.0", "id": envelope.get("id")}
    return json_answer(reply if result is None else reply | {"result": result})


def _service(
    server: Server, store: Store, request: Request, params: dict[str, Any], now: str
) -> object:
    args = params.get("args", [])
    match params.get("service"), params.get("method"):
        case "common", "version":
            return server.version_info
        case "common", "authenticate" | "login":
            _known_database(server, args[0])
            uid = user_of_key(store, args[2], now)
            fits = uid is not None and store.tables["res.users"][uid]["login"] == args[1]
            return uid if fits else False
        case "object", "execute_kw" | "execute":
            return _execute(server, store, request, args, now)
    raise OdooError("builtins.KeyError", str(params.get("service")))


def _execute(server: Server, store: Store, request: Request, args: list[Any], now: str) -> object:
    database, uid, key, model, name, positional, *more = args
    _known_database(server, database)
    if user_of_key(store, str(key), now) != uid:
        raise OdooError("odoo.exceptions.AccessDenied", "Access Denied")
    if model not in MODELS:
        raise user_error(f"Object {model} doesn't exist")
    method = _public_method(model, name)
    if method is None:
        message = f"The method '{model}.{name}' does not exist"
        raise OdooError("builtins.AttributeError", message)
    named = dict(more[0]) if more else {}
    context = named.pop("context", None) or {}
    ids, rest = (positional[0], positional[1:]) if method.takes_ids else ([], positional)

    def work() -> object:
        session = Session(store, uid, context, request.arrived)
        result = _call(method, session, model, ids, rest, named)
        one = name == "create" and isinstance(rest[0], dict)
        return result[0] if one and server.version < 19 and isinstance(result, list) else result  # noqa: PLR2004 - 18 answers one id

    return server.transaction(store, work)


def _known_database(server: Server, database: str) -> None:
    if database not in server.databases:
        message = f'connection to server at "127.0.0.1" failed: FATAL:  database "{database}"'
        raise OdooError("psycopg2.OperationalError", message + " does not exist\n")


def version_routes(server: Server, request: Request) -> Answer | None:
    """Answer the routes that need no database and no key, or return `None`."""
    new = server.version >= 19  # noqa: PLR2004 - JSON-2 came with 19
    if request.path in {"/json/version", "/web/version"} and new:
        info = server.version_info
        value = {"version_info": info["server_version_info"], "version": info["server_version"]}
        return _with_cookie(json_answer(value))
    if request.path == "/web/webclient/version_info":
        return _with_cookie(_rpc_result(server.version_info))
    if request.path == "/web/database/list":
        return _rpc_result(server.databases)
    if request.path.startswith("/json/") and not new:
        return to_login(request.target)
    return None


def _rpc_result(value: object) -> Answer:
    return json_answer({"jsonrpc": "2.0", "id": None, "result": value})


def _with_cookie(answer: Answer) -> Answer:
    answer.headers["set-cookie"] = "session_id=pretend; Max-Age=604800; HttpOnly; Path=/"
    return answer


def called_method(request: Request) -> tuple[str, str]:
    """Return model and method of a request on either face; empty texts where there is none."""
    if request.path.startswith(_JSON2):
        model, _, name = request.path.removeprefix(_JSON2).partition("/")
        return model, name
    if request.path == "/jsonrpc":
        try:
            args = json.loads(request.body)["params"]["args"]
            return str(args[3]), str(args[4])
        except (ValueError, KeyError, IndexError, TypeError):
            return "", ""
    return "", ""
