"""Speaking to the pretend Odoo over bare HTTP."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from typing import Any

from utils.sandbox.odoo import PretendOdoo

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
JSON = "application/json"


def clock() -> datetime:
    return NOON


class Answered:
    """An answer as a client got it."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.raw = response.read()
        is_json = self.headers.get("content-type", "").startswith(JSON)
        self.body: Any = json.loads(self.raw) if is_json else self.raw.decode()


def ask(
    service: PretendOdoo,
    method: str,
    path: str,
    body: bytes | None = None,
    *,
    headers: dict[str, str] | None = None,
    timeout_s: float = 5.0,
) -> Answered:
    """Send one request on a connection of its own."""
    port = int(service.url.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    chunked = "Transfer-Encoding" in (headers or {})
    content: Any = iter([body or b""]) if chunked else body
    try:
        connection.request(method, path, content, headers or {}, encode_chunked=chunked)
        return Answered(connection.getresponse())
    finally:
        connection.close()


def call(
    service: PretendOdoo,
    model: str,
    method: str,
    *,
    login: str = "fte_bot",
    timeout_s: float = 5.0,
    **named: Any,
) -> Answered:
    """Call a method on the JSON-2 face."""
    headers = {"Authorization": f"bearer key-{login}", "Content-Type": JSON}
    body = json.dumps(named).encode()
    path = f"/json/2/{model}/{method}"
    return ask(service, "POST", path, body, headers=headers, timeout_s=timeout_s)


def rpc(service: PretendOdoo, args: list[Any]) -> dict[str, Any]:
    params = {"service": "object", "method": "execute_kw", "args": args}
    body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "call", "params": params})
    headers = {"Content-Type": JSON}
    reply: dict[str, Any] = ask(service, "POST", "/jsonrpc", body.encode(), headers=headers).body
    return reply
