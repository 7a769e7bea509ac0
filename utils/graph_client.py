"""Speaks to Meta's Graph through facebook-sdk, whose way of sending is replaced by ours.

The library stands still since 2018: it puts tokens into addresses, waits for ever, loses statuses
and takes some errors for successes. What it still gives is the way paths are put together. The
token travels in a header, a write is sent once, and an error becomes one of ours.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, override
from urllib.parse import urlencode

from utils.core.errors import AuthenticationError, RejectedError, ServiceError
from utils.graph.errors import error_of, unreadable
from utils.graph.heard import Heard, heard_in
from utils.http_client import HttpClient
from utils.redaction import Redactor
from utils.retry_handler import PATIENCE_S, read_with_retries

with warnings.catch_warnings():
    # Compiled for the first time, it warns about a pattern of its own.
    warnings.simplefilter("ignore", SyntaxWarning)
    import facebook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.core.model import Json, Request
    from utils.http.answer import Answer

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, kw_only=True)
class GraphAccess:
    """Where the Graph answers and as whom we speak.

    Args:
        service: The service's name, for errors.
        base: The Graph's address without a slash at the end.
        version: Such as ``v26.0``.
        token: The access token.
        secret: The app's secret, or "" to send no proof.
        timeout_s: How long a whole call may take, in seconds.
    """

    service: str
    base: str
    version: str
    token: str = field(repr=False)
    secret: str = field(default="", repr=False)
    timeout_s: float


class GraphClient(facebook.GraphAPI):  # type: ignore[misc]  # the library has no types
    """The Graph as one account sees it. Reads are tried again, writes never."""

    def __init__(self, access: GraphAccess) -> None:
        super().__init__(access_token=access.token, timeout=access.timeout_s)
        # Its own argument for it ends at 3.1.
        self.version = access.version
        self.heard = Heard(status=0)
        self._access = access
        self._http = HttpClient(access.service, timeout_s=access.timeout_s)
        self._redactor = Redactor((access.token, access.secret))

    def read(
        self, path: str, query: Mapping[str, object], *, patience_s: float = PATIENCE_S
    ) -> Json:
        """Return a node or an edge, such as ``17/published_posts``.

        Args:
            path: Below the version.
            query: Names to values; None leaves a name out.
            patience_s: How long to try, in seconds.

        Raises:
            ServiceError: As ``graph.errors`` and ``http_client`` say.
        """
        found: Json = read_with_retries(
            lambda: self.get_object(path, **query), patience_s=patience_s
        )
        return found

    def send(self, request: Request) -> Json:
        """Send a write, once, exactly as it was shown.

        Raises:
            ServiceError: As ``graph.errors`` and ``http_client`` say.
        """
        path = request.url.removeprefix(f"{self._access.base}/")
        done: Json = self.request(path, post_args=dict(request.body), method=request.method)
        return done

    def token_expiry(self) -> datetime | None:
        """Return when the token, or the access it gives to data, ends (aware UTC).

        Returns:
            None where it does not end, or where the Graph cannot tell, as on Instagram's own host.

        Raises:
            AuthenticationError: It has ended already.
            ServiceError: The Graph could not be read.
        """
        try:
            told = self.read("debug_token", {"input_token": self._own})["data"]
        except RejectedError:
            return None
        if not told.get("is_valid"):
            raise AuthenticationError("the token is not valid any more", service=self._service)
        ends = (told.get("expires_at"), told.get("data_access_expires_at"))
        return min((datetime.fromtimestamp(end, UTC) for end in ends if end), default=None)

    @override
    def get_version(self) -> str:
        """Return the version that answers, without the ``v``."""
        self.read("me", {"fields": "id"})
        return self.heard.version.removeprefix("v")

    @override
    def request(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        post_args: Mapping[str, object] | None = None,
        files: None = None,
        method: str | None = None,
    ) -> Json:
        """Send one request, once; every call of the library ends up here.

        Raises:
            ServiceError: As ``graph.errors`` and ``http_client`` say.
        """
        del files
        verb = method or ("GET" if post_args is None else "POST")
        query, form = dict(args or {}), dict(post_args or {})
        # Some calls of the library name another token; it too belongs into the header.
        token = str(form.pop("access_token", "") or query.pop("access_token", "") or self._own)
        query |= self._proof(token)
        body = urlencode(_texts(form)).encode() if verb == "POST" else b""
        address = f"{self._access.base}/{path}"
        answer = self._http.send(
            verb,
            f"{address}?{urlencode(_texts(query))}" if query else address,
            headers={"Authorization": f"Bearer {token}", **(_FORM if body else {})},
            body=body,
        )
        self.heard = heard_in(answer)
        return self._value_of(answer)

    @property
    def served_at(self) -> datetime | None:
        """What time it was at the Graph when it answered last; None where it did not say."""
        return self._http.served_at

    @property
    def _service(self) -> str:
        return self._access.service

    @property
    def _own(self) -> str:
        return self._access.token

    def _proof(self, token: str) -> dict[str, str]:
        """Return the proof that the caller holds the app's secret, if we do."""
        # The app's own token consists of its secret and needs no proof.
        if not self._access.secret or "|" in token:
            return {}
        key = self._access.secret.encode()
        return {"appsecret_proof": hmac.new(key, token.encode(), hashlib.sha256).hexdigest()}

    def _value_of(self, answer: Answer) -> Json:
        """Return the content of an answer.

        Raises:
            ServiceError: It is an error, or nothing that the Graph would say.
        """
        try:
            value = json.loads(answer.body)
        except ValueError:
            value = None
        value = {"success": True} if value is True else value
        is_plain = isinstance(value, dict) and "error" not in value
        if is_plain and answer.is_good:
            plain: Json = value
            return plain
        error: ServiceError = self._error_in(value, answer.status)
        raise error

    def _error_in(self, value: object, status: int) -> ServiceError:
        """Return our error for an answer that is not what was asked for."""
        error = value.get("error") if isinstance(value, dict) else None
        if not isinstance(error, dict):
            return unreadable(status, service=self._service, wait_s=self.heard.wait_s)
        # It may repeat what it was sent, a secret included.
        clean = json.loads(self._redactor.clean(json.dumps(error)))
        return error_of(clean, status=status, service=self._service, wait_s=self.heard.wait_s)


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    """Return values as the Graph reads them: lists, objects and truth values as JSON."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
        if value is not None
    }
