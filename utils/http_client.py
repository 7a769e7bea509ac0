"""The one place that speaks HTTP for our own adapters.

It follows no redirect, keeps no cookie and no connection, asks for no compression, believes no
proxy variable, bounds every answer in bytes and in time, and never sends anything twice.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final

from utils.core.errors import OutcomeUnknownError, ServiceError
from utils.http.answer import SERVER_FAULT, Answer
from utils.http.failures import translated
from utils.service_line import line_here
from utils.system.abandoning import forgetting
from utils.system.deadline import Deadline
from utils.system.lifeline import patience

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

#: Largest answer taken, in bytes.
MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024


class HttpClient:
    """Sends requests to one service; safe to use from several threads."""

    def __init__(
        self, service: str, *, timeout_s: float, max_answer_bytes: int = MAX_ANSWER_BYTES
    ) -> None:
        """Make a client; nothing is opened before the first request.

        Args:
            service: The service's name, for errors.
            timeout_s: How long a whole call may take, from connecting to the last byte.
            max_answer_bytes: Largest body taken.
        """
        self._service = service
        self._timeout_s = timeout_s
        self._max_answer_bytes = max_answer_bytes
        self._line = line_here()
        self._lock = threading.Lock()
        self._made: httpx2.Client | None = None
        #: What time it was at the service when it answered last (aware UTC); None where it did
        #: not say, or not yet.
        self.served_at: datetime | None = None

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        address: str = "",
    ) -> Answer:
        """Send one request, once, and return the answer, whatever its status.

        Args:
            method: Such as ``POST``.
            url: Where to.
            headers: Name to value.
            body: Sent as it is.
            address: The IP address to connect to, where the caller has looked the URL's name up
                himself; the name is still asked for, and the certificate must be for it.

        Raises:
            ServiceError: ``RestingError`` where the service is left alone for a while,
                ``UnreachableError`` where the request certainly never left,
                ``OutcomeUnknownError`` where it left and no complete answer came back.
            ConfigurationError: The address or a header cannot be used.
        """
        ended = self._line.begin(self._timeout_s)
        try:
            answer = self._exchange(method, url, headers or {}, body, address)
        except ServiceError as error:
            ended(error.detail.removeprefix(f"{self._service}: "))
            raise
        ended(_outage(answer))
        return answer

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, address: str
    ) -> Answer:
        deadline = Deadline(self._timeout_s)
        with translated(self._service), deadline, patience(self._timeout_s):
            request = self._client().build_request(
                method, url, headers=dict(headers), content=body
            )
            request.extensions = {**request.extensions, "trace": deadline.watch}
            if address:
                request.extensions["sni_hostname"] = request.url.host
                request.url = request.url.copy_with(host=address)
            answer = self._client().send(request, stream=True)
            try:
                received = self._read(answer)
            finally:
                answer.close()
        if deadline.passed:
            raise OutcomeUnknownError("no answer in time", service=self._service)
        named = {name.lower(): value for name, value in answer.headers.items()}
        self.served_at = _moment(named.get("date", ""))
        return Answer(answer.status_code, named, received)

    def close(self) -> None:
        """Give back what the client holds; it can be used again afterwards."""
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None

    def _read(self, answer: httpx2.Response) -> bytes:
        """Return the whole body.

        Raises:
            OutcomeUnknownError: It is larger than allowed, or compressed unasked.
        """
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise OutcomeUnknownError("its answer is compressed", service=self._service)
        pieces = bytearray()
        for piece in answer.iter_raw():
            pieces += piece
            if len(pieces) > self._max_answer_bytes:
                raise OutcomeUnknownError("its answer is too long", service=self._service)
        return bytes(pieces)

    def _client(self) -> httpx2.Client:
        with self._lock:
            if self._made is None:
                self._made = _new_client(self._timeout_s)
            return self._made


def _outage(answer: Answer) -> str:
    """Return what an answer says of an outage of the service, or "" where it says nothing of one.

    A 500 in the service's own form is about this one call: Odoo answers a caller's mistake so.
    """
    is_out = answer.status >= SERVER_FAULT
    about_the_call = answer.status == SERVER_FAULT and answer.is_json
    return f"it answered {answer.status}" if is_out and not about_the_call else ""


def _moment(header: str) -> datetime | None:
    """Return the time in a ``Date`` header, or None where there is none that can be read."""
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _new_client(timeout_s: float) -> httpx2.Client:
    import httpx2  # noqa: PLC0415 - a server answers tools/list before this is loaded

    transport = httpx2.HTTPTransport(
        trust_env=False,
        # A kept connection may be dead already: a write on it would end in "unknown".
        limits=httpx2.Limits(max_keepalive_connections=0),
        socket_options=forgetting(timeout_s),
    )
    return httpx2.Client(
        transport=transport,
        timeout=timeout_s,
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"accept-encoding": "identity", "user-agent": "employee"},
    )
