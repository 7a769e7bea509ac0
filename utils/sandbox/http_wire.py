"""Requests and answers of HTTP/1.1 as bytes on a socket: small, fast, one send per answer."""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

#: How much one read takes from the socket, in bytes.
_READ_BYTES: Final = 65536
#: Longest request line and headers together, in bytes; a longer head closes the connection.
_HEAD_BYTES: Final = 65536
#: The end of a request's head.
_END_OF_HEAD: Final = b"\r\n\r\n"
#: A request line has method, target and protocol.
_REQUEST_LINE_PARTS: Final = 3
_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}


class BodyTooLargeError(Exception):
    """The announced body is larger than the service takes."""


@dataclass(slots=True)
class Request:
    """One request as it arrived."""

    #: `GET`, `POST` …, in capitals.
    method: str
    #: Path and query string exactly as sent.
    target: str
    #: Header name in small letters to value; of a repeated header the last one.
    headers: dict[str, str]
    #: The body, with chunks already put together.
    body: bytes = b""
    #: Whether the body came in chunks, without a length.
    chunked: bool = False
    #: The service's mark when it arrived: what was changed later, it has not seen.
    arrived: int = 0

    @property
    def path(self) -> str:
        """The target without its query string."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The query string's names and values; of a repeated name the last value."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def keeps_alive(self) -> bool:
        """Whether the client wants to use the connection again."""
        return self.headers.get("connection", "").lower() != "close"


@dataclass(slots=True)
class Answer:
    """One answer, ready to be sent."""

    #: HTTP status.
    status: int = 200
    #: The body as it goes over the wire.
    body: bytes = b""
    #: Further headers; `content-length` is added when sending.
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: object, status: int = 200, **headers: str) -> Answer:
        """Return an answer with a JSON body.

        Args:
            value: Anything that `json.dumps` takes.
            status: HTTP status.
            headers: Further headers, with `_` in place of `-`.
        """
        more = {name.replace("_", "-"): text for name, text in headers.items()}
        kind = {"content-type": "application/json; charset=utf-8"}
        return cls(status, json.dumps(value).encode(), kind | more)

    @classmethod
    def html(cls, page: str, status: int, **headers: str) -> Answer:
        """Return an answer with an HTML page; `headers` as in `json`."""
        more = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, page.encode(), {"content-type": "text/html; charset=utf-8"} | more)

    def to_bytes(self, *, close: bool) -> bytes:
        """Return head and body as one piece; `close` announces the connection's end."""
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {text}" for name, text in self.headers.items()]
        lines += [f"content-length: {len(self.body)}"]
        lines += ["connection: close"] if close else []
        return "\r\n".join(lines).encode("latin-1") + _END_OF_HEAD + self.body


class Connection:
    """One client's connection: reads requests, sends answers, can be cut."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = b""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read_request(self, max_body_bytes: int) -> Request | None:
        """Wait for the next request; `None` when the client has gone or talks nonsense.

        Raises:
            BodyTooLargeError: The announced length is above `max_body_bytes`.
        """
        head = self._read_until(_END_OF_HEAD)
        if head is None:
            return None
        first, *rest = head.decode("latin-1").split("\r\n")
        words = first.split(" ")
        if len(words) != _REQUEST_LINE_PARTS:
            return None
        pairs = (line.partition(":") for line in rest)
        headers = {name.strip().lower(): text.strip() for name, _, text in pairs}
        request = Request(words[0], words[1], headers)
        if headers.get("expect", "").lower() == "100-continue":
            self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return request if self._read_body(request, max_body_bytes) else None

    def send(self, answer: Answer, *, close: bool) -> None:
        """Send the answer in one piece; a client that has gone is no error."""
        try:
            self._socket.sendall(answer.to_bytes(close=close))
        except OSError:
            self._buffer = b""

    def stop_reading(self) -> None:
        """Let a pending or later read see the end, without hindering an answer on its way."""
        try:
            self._socket.shutdown(socket.SHUT_RD)
        except OSError:
            return

    def close(self) -> None:
        """End the connection politely."""
        self._socket.close()

    def reset(self) -> None:
        """End the connection with a TCP reset: the client sees it broken off."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def _read_body(self, request: Request, max_body_bytes: int) -> bool:
        if "chunked" in request.headers.get("transfer-encoding", "").lower():
            request.chunked = True
            return self._read_chunks(request, max_body_bytes)
        length = request.headers.get("content-length", "0")
        if not length.isdigit():
            return False
        if int(length) > max_body_bytes:
            raise BodyTooLargeError
        body = self._read_exactly(int(length))
        request.body = body or b""
        return body is not None

    def _read_chunks(self, request: Request, max_body_bytes: int) -> bool:
        chunks: list[bytes] = []
        while (line := self._read_until(b"\r\n")) is not None:
            size = int(line.partition(b";")[0], 16)
            chunk = self._read_exactly(size + 2)
            if chunk is None or sum(map(len, chunks)) > max_body_bytes:
                return False
            if not size:
                request.body = b"".join(chunks)
                return True
            chunks.append(chunk[:-2])
        return False

    def _read_until(self, mark: bytes) -> bytes | None:
        while mark not in self._buffer:
            if len(self._buffer) > _HEAD_BYTES or not self._fill():
                return None
        part, _, self._buffer = self._buffer.partition(mark)
        return part

    def _read_exactly(self, size: int) -> bytes | None:
        pieces, missing = [self._buffer], size - len(self._buffer)
        while missing > 0:
            self._buffer = b""
            if not self._fill():
                return None
            pieces.append(self._buffer)
            missing -= len(self._buffer)
        everything = b"".join(pieces)
        self._buffer = everything[size:]
        return everything[:size]

    def _fill(self) -> bool:
        """Read once more; `False` at the end of the stream."""
        try:
            piece = self._socket.recv(_READ_BYTES)
        except OSError:
            return False
        self._buffer += piece
        return bool(piece)


def parsed_json(body: bytes) -> Any:
    """Return the body as JSON; an empty body counts as an empty object.

    Raises:
        ValueError: The body is neither empty nor JSON.
    """
    return json.loads(body) if body.strip() else {}
