"""A pretend ntfy server: takes notices as JSON at its root, and keeps each in its ledger."""

from __future__ import annotations

from typing import Any, ClassVar, Final, override

from utils.sandbox.http_wire import Answer, Request, parsed_json
from utils.sandbox.pretend_service import PretendService

#: An access token that the server knows.
TOKEN: Final = "tk_pretend"  # noqa: S105 - good for nothing but this sandbox
TOPIC: Final = "bakery-3f9a1c"
_FIELDS: Final = frozenset({"topic", "title", "message", "priority", "click", "tags", "actions"})
_HIGHEST: Final = 5


class PretendNtfy(PretendService[list[str]]):
    """An ntfy server that asks for a token."""

    name: ClassVar[str] = "ntfy"

    @override
    def seed(self) -> list[str]:
        return []

    @override
    def environment(self) -> dict[str, str]:
        return {"NTFY_URL": self.url, "NTFY_TOPIC": TOPIC, "NTFY_TOKEN": TOKEN}

    @override
    def error_answer(self, request: Request, status: int) -> Answer:
        return _error(status, "The server was told to say this.")

    @override
    def respond(self, request: Request, state: list[str]) -> Answer:
        if (request.method, request.path) == ("GET", "/v1/health"):
            return Answer.json({"healthy": True})
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, "unauthorized")
        if (request.method, request.path) != ("POST", "/"):
            return _error(404, "page not found")
        body = parsed_json(request.body)
        if wrong := _wrong(body):
            return _error(400, wrong)
        id_ = f"n{len(state) + 1:011}"
        state.append(id_)
        self.note("notice", id_, body, "")
        return Answer.json({"id": id_, "event": "message", **body})


def _wrong(body: Any) -> str:
    """Return what the server would not take, or ""."""
    if not isinstance(body, dict) or not body.get("topic") or set(body) - _FIELDS:
        return "invalid request: request body must be valid JSON"
    if not 1 <= body.get("priority", 3) <= _HIGHEST:
        return "invalid priority"
    return ""


def _error(status: int, words: str) -> Answer:
    return Answer.json({"code": status * 100 + 1, "http": status, "error": words}, status)
