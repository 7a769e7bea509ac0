"""The webhook for Meta's Cloud API: signed, bounded, and on disk before it is answered.

It listens on this machine only; the owner's tunnel or proxy leads Meta to it over HTTPS.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import socket
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, override
from urllib.parse import parse_qs, urlsplit

from utils.core.errors import ConfigurationError, EmployeeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from utils.whatsapp.settings import WhatsAppSettings

_log: Final = logging.getLogger(__name__)
_LOOPBACK: Final = "127.0.0.1"
#: The largest body that is read, in bytes (Meta: payloads of at most 3 MB).
BODY_LIMIT: Final = 4 * 1024 * 1024
#: How long a caller may take for all that he has to say, in seconds.
_PATIENCE_S: Final = 10.0
#: How long he may take while others wait for his place, in seconds.
_SLOW_S: Final = 1.0
#: How many callers are heard at once; more wait for their turn, or for the place of a slow one.
_AT_ONCE: Final = 32
#: The longest challenge that is given back, in characters (Meta sends ten digits).
_CHALLENGE: Final = 200
_SIGNATURE: Final = "sha256="
_POLL_S: Final = 0.1


class Webhook:
    """Hears what Meta tells.

    Args:
        settings: The port and the secrets.
        receive: Keeps a webhook's JSON value for good before it returns.
    """

    def __init__(self, settings: WhatsAppSettings, receive: Callable[[object], None]) -> None:
        self._settings = settings
        self._receive = receive
        #: Why the last webhook could not be kept, or None.
        self.failure: EmployeeError | None = None
        #: The port it listens on; 0 until it does.
        self.port = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen for the length of a ``with`` block.

        Raises:
            ConfigurationError: The port is taken.
        """
        try:
            server = _Server((_LOOPBACK, self._settings.webhook_port), _Caller)
        except OSError as error:
            port = self._settings.webhook_port
            raise ConfigurationError(f"WHATSAPP_WEBHOOK_PORT {port} is taken") from error
        server.webhook, self.port = self, server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(_POLL_S,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def welcomes(self, mode: str, token: str) -> bool:
        """Return whether a caller who sets the webhook up knows the owner's own words."""
        own = self._settings.verify_token.get_secret_value()
        return mode == "subscribe" and hmac.compare_digest(token.encode(), own.encode())

    def is_signed(self, body: bytes, signature: str) -> bool:
        """Return whether Meta signed exactly these bytes."""
        key = self._settings.app_secret.get_secret_value().encode()
        right = _SIGNATURE + hmac.new(key, body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(signature.encode("utf-8", "replace"), right.encode())

    def take(self, body: bytes) -> int:
        """Keep a signed body and return the status that answers it: 200 once it is on disk."""
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError):
            return 400
        try:
            self._receive(payload)
        except EmployeeError as error:
            # Without a 200 Meta tells it again, for up to seven days.
            self.failure = error
            return 503
        return 200


class _Server(ThreadingHTTPServer):
    """One thread for each caller, and not too many of them; who is slow gives way."""

    # A burst of messages is many connections at once; a refused one comes back minutes later.
    request_queue_size = 256
    daemon_threads = True
    webhook: Webhook

    def __init__(self, address: tuple[str, int], caller: type[BaseHTTPRequestHandler]) -> None:
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        #: Who has not said everything yet, to since when.
        self._talking: dict[Any, float] = {}
        super().__init__(address, caller)

    @override
    def process_request(self, request: Any, client_address: Any) -> None:
        is_free = self._places.acquire(blocking=False)
        while not is_free:
            # Everybody comes from the owner's tunnel, so addresses tell nobody apart.
            self._end_talk(_SLOW_S)
            is_free = self._places.acquire(timeout=_POLL_S)
        with self._lock:
            self._talking[request] = monotonic()
        super().process_request(request, client_address)

    @override
    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.heard(request)
            self._places.release()

    @override
    def service_actions(self) -> None:
        self._end_talk(_PATIENCE_S)

    def heard(self, request: Any) -> None:
        """Take note that a caller has said everything; from now on he is not hung up on."""
        with self._lock:
            self._talking.pop(request, None)

    def _end_talk(self, patience_s: float) -> None:
        """Hang up on everybody who takes longer than that."""
        latest = monotonic() - patience_s
        with self._lock:
            for one in [one for one, since in self._talking.items() if since < latest]:
                del self._talking[one]
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        # A caller who hangs up is no news; anything else is.
        _log.debug("a caller of the webhook was lost", exc_info=True)


class _Caller(BaseHTTPRequestHandler):
    """One request."""

    server: _Server
    timeout = _PATIENCE_S
    server_version = "webhook"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer the handshake with which Meta makes sure whose webhook it is."""
        self.server.heard(self.connection)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        challenge = asked.get("hub.challenge", "")[:_CHALLENGE]
        mode, token = asked.get("hub.mode", ""), asked.get("hub.verify_token", "")
        if self.server.webhook.welcomes(mode, token):
            self._answer(200, challenge)
        else:
            self._answer(403)

    def do_POST(self) -> None:
        """Keep what Meta signed."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self._answer(411)
        elif int(length) > BODY_LIMIT:
            self._answer(413)
        else:
            self._answer(self._status(int(length)))

    def _status(self, length: int) -> int:
        try:
            body = self.rfile.read(length)
        except TimeoutError:
            return 408
        self.server.heard(self.connection)
        signature = self.headers.get("X-Hub-Signature-256", "")
        if len(body) != length:
            return 400
        if not self.server.webhook.is_signed(body, signature):
            return 403 if signature else 401
        return self.server.webhook.take(body)

    def _answer(self, status: int, text: str = "") -> None:
        data = text.encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
        self.connection.shutdown(socket.SHUT_WR)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        # The path of a handshake holds the owner's words.
        _log.debug("webhook: %s %s", self.command, args[1] if len(args) > 1 else "")
