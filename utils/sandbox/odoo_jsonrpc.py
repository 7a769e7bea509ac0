"""The JSON-RPC face of the pretend Odoo: all versions, the only one up to 18."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from utils.sandbox.http_wire import Answer, Request
from utils.sandbox.odoo_errors import ACCESS_DENIED, USER_ERROR, OdooError
from utils.sandbox.odoo_protocols import Server, json_answer, public_method, run, user_of_key
from utils.sandbox.odoo_schema import MODELS
from utils.sandbox.odoo_session import Session

if TYPE_CHECKING:
    from utils.sandbox.odoo_store import Store


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
        code = 0 if server.has_json2 else 200
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
        case _:
            raise OdooError("builtins.KeyError", str(params.get("service")))


def _execute(server: Server, store: Store, request: Request, args: list[Any], now: str) -> object:
    database, uid, key, model, name, positional, *more = args
    _known_database(server, database)
    if user_of_key(store, str(key), now) != uid:
        raise OdooError(ACCESS_DENIED, "Access Denied")
    if model not in MODELS:
        raise OdooError(USER_ERROR, f"Object {model} doesn't exist")
    method = public_method(model, name)
    if method is None:
        message = f"The method '{model}.{name}' does not exist"
        raise OdooError("builtins.AttributeError", message)
    named = dict(more[0]) if more else {}
    context = named.pop("context", None) or {}
    ids, rest = (positional[0], positional[1:]) if method.takes_ids else ([], positional)

    def work() -> object:
        session = Session(store, uid, context, request.arrived)
        arguments = dict(zip(method.signature.parameters, rest, strict=False)) | named
        result = run(method, session, model, ids, arguments)
        one = name == "create" and isinstance(rest[0], dict) and not server.has_json2
        return result[0] if one and isinstance(result, list) else result

    return server.transaction(store, work)


def _known_database(server: Server, database: str) -> None:
    if database not in server.databases:
        message = f'connection to server at "127.0.0.1" failed: FATAL:  database "{database}"'
        raise OdooError("psycopg2.OperationalError", message + " does not exist\n")
