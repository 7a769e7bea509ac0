"""The one way out of the jail: conversations with the model pass, and the key is added here.

It listens on a Unix socket, so that the jail needs no network. Whatever credentials a request
brings are dropped: nobody in the jail talks to the model under another account, or holds a key.
"""

from __future__ import annotations

import json
import logging
import threading
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar, Final, override

from utils.claude.model_requests import (
    PATHS,
    TokenCount,
    conversation_in,
    reaches_further,
    request_in,
)
from utils.system.private_server import PrivateServer, Serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    import httpx2

    from utils.claude.access import Access
    from utils.core.model import Json

_log: Final = logging.getLogger(__name__)
#: The largest request, in bytes (the vendor takes no larger ones), and the largest answer.
REQUEST_LIMIT: Final = 32 * 1024 * 1024
ANSWER_LIMIT: Final = 64 * 1024 * 1024
#: How many conversations go on at once, and how long one may be silent, in seconds.
AT_ONCE: Final = 8
SILENCE_S: Final = 600.0
_CONNECT_S: Final = 30.0
#: Headers that are passed on; everything else of a request stays behind.
_SENT: Final = ("anthropic-version", "anthropic-beta", "user-agent")
_RETURNED: Final = ("content-type", "request-id", "retry-after")


class ModelGate(Serving):
    """Serves the way out for the length of a ``with`` block.

    Args:
        path: The socket; its folder decides who may connect.
        access: The owner's access to the model.
        closed: Tells why nothing more may be asked, or "".
        spent: Takes the number of tokens of each answer.
    """

    def __init__(
        self,
        path: Path,
        access: Access,
        *,
        closed: Callable[[], str] = str,
        spent: Callable[[int], None] | None = None,
    ) -> None:
        self.access = access
        self.closed = closed
        self.spent = spent or (lambda _: None)
        self.places = threading.BoundedSemaphore(AT_ONCE)
        self.client = _client()
        super().__init__(_Server(str(path), partial(_Handler, self)))
        path.chmod(0o600)

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        self.client.close()


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection from the jail."""

    protocol_version = "HTTP/1.1"
    #: How long a request may take to arrive, in seconds.
    timeout: ClassVar[float] = 60.0

    def __init__(self, gate: ModelGate, *connection: Any) -> None:
        self._gate = gate
        self._has_gone = False
        super().__init__(*connection)

    def do_HEAD(self) -> None:
        """Say that somebody is here."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self._refuse(404, "Only conversations with the model go out of the jail.")

    def do_POST(self) -> None:
        # Before the body is read: whoever asks a lot at once must not fill the memory either.
        if not self._gate.places.acquire(blocking=False):
            self._refuse(429, f"More than {AT_ONCE} conversations at once.")
            return
        try:
            self._converse()
        finally:
            self._gate.places.release()

    def _converse(self) -> None:
        body = self._body()
        if body is None:
            return
        request = conversation_in(request_in(body))
        why = self._wrong_with(request) or self._gate.closed()
        if why:
            self._refuse(403, why)
        else:
            # What was judged, not what came: two readers may take the same bytes differently.
            self._pass_on(json.dumps(request, separators=(",", ":")).encode())

    def _body(self) -> bytes | None:
        """Return the request's body; None where it has no length that is taken."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > REQUEST_LIMIT:
            self._refuse(413, f"A request has a length of at most {REQUEST_LIMIT} bytes.")
            return None
        return self.rfile.read(int(length))

    def _wrong_with(self, request: Json) -> str:
        path, _, query = self.path.partition("?")
        if path not in PATHS or query not in {"", "beta=true"}:
            return "Only conversations with the model go out of the jail."
        if not request:
            return "This is not a request in JSON."
        try:
            further = reaches_further(request)
        except RecursionError:
            return "This is not a request in JSON."
        return f"In the jail the model reaches nothing else: {further}." if further else ""

    def _pass_on(self, body: bytes) -> None:
        """Ask the model and stream its answer back."""
        import httpx2  # noqa: PLC0415 - loaded with the gate's client

        access = self._gate.access
        sent = {name: self.headers[name] for name in _SENT if name in self.headers}
        if access.beta:
            sent["anthropic-beta"] = ",".join(
                filter(None, (sent.get("anthropic-beta"), access.beta))
            )
        url = access.base_url + self.path
        headers = {**sent, "content-type": "application/json", **access.headers}
        began = False
        try:
            with self._gate.client.stream("POST", url, content=body, headers=headers) as answer:
                began = True
                self._stream(answer)
        except httpx2.HTTPError as error:
            _log.warning("the model could not be asked: %s", type(error).__name__)
            self.close_connection = True
            if not began:
                self._refuse(502, "The model cannot be reached.")

    def _stream(self, answer: httpx2.Response) -> None:
        count, size = TokenCount(), 0
        try:
            self._tell(lambda: self._begin(answer))
            for piece in answer.iter_raw():
                size += len(piece)
                if size > ANSWER_LIMIT:
                    self.close_connection = True
                    return
                count.feed(piece)
                self._tell(partial(self.wfile.write, b"%x\r\n%b\r\n" % (len(piece), piece)))
            self._tell(partial(self.wfile.write, b"0\r\n\r\n"))
        finally:
            count.end()
            self._gate.spent(count.total)

    def _begin(self, answer: httpx2.Response) -> None:
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name in _RETURNED or name.startswith("anthropic-ratelimit-"):
                self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _tell(self, act: Callable[[], object]) -> None:
        """Send a part of the answer; whoever asked and has gone still has it counted to its end.

        What the answer costs is told in it, so hanging up must not make it free.
        """
        if self._has_gone:
            return
        try:
            act()
        except OSError:
            self._has_gone = self.close_connection = True

    def _refuse(self, status: int, why: str) -> None:
        kind = {"type": "permission_error", "message": why}
        text = json.dumps({"type": "error", "error": kind}).encode()
        self.close_connection = True
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(text)

    @override
    def address_string(self) -> str:
        return "the jail"

    @override
    def log_message(self, *_: object) -> None:
        """Say nothing: what is asked is the owner's."""


class _Server(PrivateServer):
    request_queue_size = 32


def _client() -> httpx2.Client:
    import httpx2  # noqa: PLC0415 - only who opens a gate needs it

    return httpx2.Client(
        timeout=httpx2.Timeout(SILENCE_S, connect=_CONNECT_S),
        trust_env=False,
        follow_redirects=False,
        headers={"accept-encoding": "identity"},
    )
