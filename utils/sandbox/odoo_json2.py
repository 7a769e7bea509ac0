"""The JSON-2 face of the pretend Odoo: 19 and later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.sandbox.http_wire import Answer, Request, parsed_json
from utils.sandbox.odoo_errors import (
    BAD_REQUEST,
    NOT_FOUND,
    UNAUTHORIZED,
    UNPROCESSABLE,
    OdooError,
    no_database,
    wrong_content_type,
)
from utils.sandbox.odoo_protocols import (
    JSON2,
    Server,
    error_json,
    json_answer,
    public_method,
    run,
    user_of_key,
)
from utils.sandbox.odoo_schema import MODELS
from utils.sandbox.odoo_session import Session

if TYPE_CHECKING:
    from utils.sandbox.odoo_store import Store

_MODEL_AND_METHOD: Final = 2


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
    parts = request.path.removeprefix(JSON2).split("/")
    if request.method != "POST" or len(parts) != _MODEL_AND_METHOD:
        raise OdooError(NOT_FOUND, "Did you mean POST /json/2/<model>/<method>?")
    uid = _bearer(store, request.headers.get("authorization", ""), now)
    values = _arguments(body)
    model, name = parts
    if model not in MODELS:
        raise OdooError(NOT_FOUND, f"the model {model!r} does not exist")
    method = public_method(model, name)
    if method is None:
        raise OdooError(NOT_FOUND, f"The method '{model}.{name}' does not exist")
    ids = values.pop("ids", [])
    context = values.pop("context", None) or {}
    if ids and not method.takes_ids:
        raise OdooError(UNPROCESSABLE, f"cannot call {model}.{name} with ids")

    def work() -> object:
        session = Session(store, uid, context, request.arrived)
        return run(method, session, model, ids, values)

    return server.transaction(store, work)


def _bearer(store: Store, header: str, now: str) -> int:
    word, _, key = header.partition(" ")
    if word.lower() != "bearer":
        raise OdooError(
            UNAUTHORIZED, "User not authenticated, use an API Key with a Bearer header."
        )
    uid = user_of_key(store, key.strip(), now)
    if uid is None:
        raise OdooError(UNAUTHORIZED, "Invalid apikey")
    return uid


def _arguments(body: bytes) -> dict[str, Any]:
    try:
        values = parsed_json(body)
    except ValueError as error:
        message = f"could not parse the body as json: {error}"
        raise OdooError(BAD_REQUEST, message) from error
    return values if isinstance(values, dict) else {}
