"""What goes to the model: a conversation and nothing else, and how much of it is paid for.

The model's own service can fetch pages, read stored files and call other people's servers, each a
way out for whoever may write to it. In the jail only words, pictures and calls of tools that run
in the jail go through.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.core.model import Json

#: Where a conversation goes, and where its length is asked.
PATHS: Final = frozenset({"/v1/messages", "/v1/messages/count_tokens"})
#: The parts of which a conversation consists; whatever else a request brings stays behind, so that
#: a way out which the service learns tomorrow is not open before somebody has judged it.
_CONVERSATION: Final = frozenset(
    {
        *("model", "messages", "system", "tools", "tool_choice", "metadata", "max_tokens"),
        *("thinking", "context_management", "output_config", "stream", "stop_sequences"),
        *("temperature", "top_p", "top_k", "service_tier", "cache_control"),
    }
)
#: How the names of tools begin that run here, where the service knows their schema by itself.
_RUNS_HERE: Final = ("custom", "bash_", "text_editor_", "memory_", "computer_", "tool_search_")
#: Contents that lie within the request itself.
_ENCLOSED: Final = frozenset({"base64", "text", "content"})
#: What reading from the cache costs, as a share of reading anew (the vendor's price list).
_CACHED_SHARE: Final = 10


def request_in(body: bytes) -> Json:
    """Return the request that a body holds, as the model's service is told it; empty if none."""
    try:
        request = json.loads(body)
        # Whatever has no form in JSON, such as a number without end, is none.
        json.dumps(request, allow_nan=False)
    except (ValueError, RecursionError):
        return {}
    return request if isinstance(request, dict) else {}


def conversation_in(request: Json) -> Json:
    """Return the parts of a request that are the conversation, without any other."""
    return {part: value for part, value in request.items() if part in _CONVERSATION}


def reaches_further(request: Json) -> str:
    """Return what in a request has the service reach beyond the conversation, or ""."""
    for tool in _objects(request.get("tools")):
        if not str(tool.get("type") or "custom").startswith(_RUNS_HERE):
            return f"the tool {tool.get('type')}"
    for block in _blocks([request.get("system"), request.get("messages")]):
        if "file_id" in block:
            return "a stored file"
        source = block.get("source")
        if isinstance(source, dict) and source.get("type") not in _ENCLOSED:
            return f"a source of the type {source.get('type')}"
    return ""


def _blocks(node: Any) -> Iterator[Json]:
    """Give every block of a conversation; what a tool is called with is only data."""
    if isinstance(node, list):
        for part in node:
            yield from _blocks(part)
    elif isinstance(node, dict):
        yield node
        for inner in (node.get("content"), node.get("source")):
            yield from _blocks(inner)


def _objects(node: Any) -> list[Json]:
    return [part for part in node if isinstance(part, dict)] if isinstance(node, list) else []


class TokenCount:
    """Counts the tokens that an answer is charged for, while it streams by.

    Reading from the cache counts a tenth, as it is charged.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._read = self._written = 0

    @property
    def total(self) -> int:
        """How many tokens were told so far."""
        return self._read + self._written

    def feed(self, piece: bytes) -> None:
        """Take the next piece of an answer."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._take(line)

    def end(self) -> None:
        """Take what is left when the answer is over."""
        self._take(self._rest)
        self._rest = b""

    def _take(self, line: bytes) -> None:
        if b'"usage"' not in line:
            return
        try:
            told = json.loads(line.removeprefix(b"data:"))
            usage = told.get("usage") or told.get("message", {}).get("usage") or {}
            self._count({name: value for name, value in usage.items() if isinstance(value, int)})
        except (ValueError, AttributeError):
            # An answer that cannot be read is the client's matter; it is passed on as it is.
            return

    def _count(self, usage: dict[str, int]) -> None:
        fresh = usage.get("input_tokens", 0) + usage.get("cache_creation_input_tokens", 0)
        cached = usage.get("cache_read_input_tokens", 0) // _CACHED_SHARE
        # Later counts of one answer repeat and replace the earlier ones.
        self._read = max(self._read, fresh + cached)
        self._written = max(self._written, usage.get("output_tokens", 0))
