"""The connection to Gmail: who we are, what a call costs, and which calls are tried again."""

from __future__ import annotations

import json
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from utils.core.errors import OutcomeUnknownError
from utils.gmail.errors import SERVICE, value_of
from utils.retry_handler import read_with_retries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from utils.core.model import Json, Request
    from utils.gmail.google_token import GoogleToken
    from utils.http.answer import Answer
    from utils.http_client import HttpClient

#: What a call costs of the 6,000 units a minute (Gmail's quota page, 2026): path to units.
_UNITS: Final[Mapping[tuple[str, str], int]] = {
    ("GET", "profile"): 1,
    ("GET", "history"): 2,
    ("GET", "messages"): 5,
    ("GET", "messages/"): 20,
    ("GET", "threads/"): 40,
    ("GET", "labels"): 1,
    ("GET", "drafts"): 5,
    ("GET", "drafts/"): 20,
    ("POST", "drafts"): 10,
    ("PUT", "drafts/"): 15,
    ("POST", "drafts/send"): 100,
}


class GmailConnection:
    """Sends requests for one mailbox.

    Args:
        base: The mailbox's address, without a slash at the end.
        http: Sends the requests.
        token: Says who we are.
        sleep: Waits between two attempts of a read.
    """

    def __init__(
        self,
        base: str,
        http: HttpClient,
        token: GoogleToken,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base = base
        self._http = http
        self._token = token
        self._retrying = partial(read_with_retries, sleep=sleep)
        self._lock = threading.Lock()
        #: How many quota units were spent so far.
        self.units = 0

    @property
    def token(self) -> GoogleToken:
        """Says who we are, what we may do and until when."""
        return self._token

    def read(self, path: str, query: Mapping[str, str | Sequence[str]] | None = None) -> Json:
        """Return what lies at a path of the mailbox, after several attempts where that helps.

        Raises:
            ServiceError: It could not be read.
        """
        words = f"?{urlencode(query, doseq=True)}" if query else ""
        url = f"{self.base}/{path}{words}"
        return self._retrying(lambda: value_of(self._send("GET", url)))

    def write(self, request: Request) -> Json:
        """Carry out a request, once, and return what it made.

        Raises:
            ServiceError: It was not carried out.
            OutcomeUnknownError: No answer came back that can be trusted.
        """
        body = json.dumps(request.body).encode()
        found = value_of(self._send(request.method, request.url, body))
        if not found.get("id"):
            raise OutcomeUnknownError("its answer names nothing", service=SERVICE)
        return found

    def _send(self, method: str, url: str, body: bytes = b"") -> Answer:
        access = self._token.access()
        answer = self._once(method, url, access, body)
        if answer.status != 401:  # noqa: PLR2004 - Unauthorized
            return answer
        # Who is turned down has done nothing, so even a write may go once more under a new token.
        self._token.forget(access)
        return self._once(method, url, self._token.access(), body)

    def _once(self, method: str, url: str, access: str, body: bytes) -> Answer:
        self._count(method, url)
        headers = {"Authorization": f"Bearer {access}", "Accept": "application/json"}
        headers |= {"Content-Type": "application/json"} if body else {}
        return self._http.send(method, url, headers=headers, body=body)

    def _count(self, method: str, url: str) -> None:
        path = url.removeprefix(f"{self.base}/").partition("?")[0]
        kind = path if (method, path) in _UNITS else f"{path.partition('/')[0]}/"
        with self._lock:
            self.units += _UNITS[method, kind]
