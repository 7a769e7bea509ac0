"""A model that plays a script: just enough of the Messages API for Claude Code to talk to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Final, Self, override

type Block = dict[str, Any]
#: What the model says when it has seen a conversation.
type Script = Callable[[Conversation], list[Block]]

#: What a conversation says that has outlived its script.
OVER: Final = "That was all."
_LONGEST_REQUEST: Final = 32 * 2**20


def says(text: str) -> Block:
    """Return a block of the model's words."""
    return {"type": "text", "text": text}


def calls(tool: str, **arguments: Any) -> Block:
    """Return a block with which the model calls a tool."""
    return {"type": "tool_use", "name": tool, "input": arguments}


@dataclass(frozen=True)
class Answer:
    """What a tool answered: its call, its text, and whether Claude Code calls it an error."""

    tool: str
    arguments: dict[str, Any]
    text: str
    is_error: bool


@dataclass(frozen=True)
class Conversation:
    """One request to the model, as a test wants to read it."""

    request: dict[str, Any]

    @property
    def turn(self) -> int:
        """How often the model has spoken before; a repeated request has the same number."""
        return sum(message["role"] == "assistant" for message in self.request["messages"])

    @property
    def tools(self) -> dict[str, dict[str, Any]]:
        """The tools that were offered, by name."""
        return {tool["name"]: tool for tool in self.request.get("tools", []) if "name" in tool}

    @property
    def answers(self) -> list[Answer]:
        """Every tool's answer so far, in order."""
        asked: dict[str, Block] = {}
        found: list[Answer] = []
        for block in self._blocks():
            if block["type"] == "tool_use":
                asked[block["id"]] = block
            elif block["type"] == "tool_result":
                call = asked[block["tool_use_id"]]
                wrong = bool(block.get("is_error"))
                found.append(Answer(call["name"], call["input"], _text(block), wrong))
        return found

    @property
    def seen(self) -> str:
        """Everything the model was shown, as one text."""
        return json.dumps(self.request, ensure_ascii=False)

    def _blocks(self) -> Iterator[Block]:
        for message in self.request["messages"]:
            if not isinstance(message["content"], str):
                yield from message["content"]


def _text(block: Block) -> str:
    content = block.get("content", "")
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def in_turns(*turns: list[Block]) -> Script:
    """Return a script that says one thing after the other, whatever is answered."""

    def script(conversation: Conversation) -> list[Block]:
        return turns[conversation.turn] if conversation.turn < len(turns) else [says(OVER)]

    return script


@dataclass
class ScriptedModel:
    """Answers on loopback.

    Args:
        script: What it says to a conversation in which tools are offered.
    """

    script: Script
    #: Every conversation in which tools were offered, oldest first.
    conversations: list[Conversation] = field(default_factory=list)
    #: Every other address that was asked for.
    strays: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Begin to answer on a free port."""
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"model": self})
        )
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def answers(self) -> list[Answer]:
        """Every tool's answer in the longest conversation."""
        return max((one.answers for one in self.conversations), key=len, default=[])

    def reply(self, request: dict[str, Any]) -> list[Block]:
        """Return what the model says to a request."""
        if not request.get("tools"):
            # Titles and summaries, which nobody reads here.
            return [says("ok")]
        conversation = Conversation(request)
        self.conversations.append(conversation)
        return self.script(conversation)


class _Handler(BaseHTTPRequestHandler):
    """Hands each request to the model that its class was made for."""

    model: ClassVar[ScriptedModel]
    protocol_version = "HTTP/1.1"

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_HEAD(self) -> None:
        self._answer(200, "application/json", b"")

    def do_GET(self) -> None:
        self.model.strays.append(self.path)
        self._answer(404, "application/json", b"{}")

    def do_POST(self) -> None:
        length = min(int(self.headers.get("content-length") or 0), _LONGEST_REQUEST)
        body = self.rfile.read(length)
        path = self.path.partition("?")[0]
        if path.endswith("/count_tokens"):
            self._answer(200, "application/json", b'{"input_tokens": 10}')
        elif path == "/v1/messages":
            self._speak(json.loads(body))
        else:
            self.model.strays.append(self.path)
            self._answer(404, "application/json", b"{}")

    def _speak(self, request: dict[str, Any]) -> None:
        message = _message(request, self.model.reply(request))
        if request.get("stream"):
            self._answer(200, "text/event-stream", b"".join(_events(message)))
        else:
            self._answer(200, "application/json", json.dumps(message).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _message(request: dict[str, Any], blocks: list[Block]) -> dict[str, Any]:
    turn = sum(message["role"] == "assistant" for message in request["messages"])
    content = [
        block | {"id": f"toolu_{turn:04d}_{place}"} if block["type"] == "tool_use" else block
        for place, block in enumerate(blocks)
    ]
    uses = any(block["type"] == "tool_use" for block in content)
    return {
        "id": f"msg_{turn:04d}",
        "type": "message",
        "role": "assistant",
        "model": request.get("model", "scripted"),
        "content": content,
        "stop_reason": "tool_use" if uses else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 10},
    }


def _events(message: dict[str, Any]) -> Iterator[bytes]:
    """Yield a message the way it is streamed."""
    yield _event("message_start", message=message | {"content": [], "stop_reason": None})
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            empty, delta = block | {"text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            told = json.dumps(block["input"])
            empty, delta = (
                block | {"input": {}},
                {"type": "input_json_delta", "partial_json": told},
            )
        yield _event("content_block_start", index=index, content_block=empty)
        yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield _event("message_delta", delta=ending, usage={"output_tokens": 10})
    yield _event("message_stop")


def _event(kind: str, **values: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind} | values)}\n\n".encode()
