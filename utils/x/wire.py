"""Makes tweepy speak through our own HTTP client, to the address that the settings name.

Tweepy signs and shapes requests. It has one fixed host and no time-out, takes any answer and logs
every header; so the host is set before it signs, and our client carries what it has signed.
"""

from __future__ import annotations

import io
import logging
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final, override
from urllib.parse import urlsplit

import requests
import tweepy
from requests.adapters import BaseAdapter

from utils.x.errors import value_of

if TYPE_CHECKING:
    from utils.http_client import HttpClient
    from utils.times.clock import Clock
    from utils.x.settings import XSettings

#: Loggers that print keys, tokens or signed headers at DEBUG.
_TALKATIVE: Final = ("tweepy", "oauthlib", "requests_oauthlib")


def tweepy_client(settings: XSettings, http: HttpClient, clock: Clock) -> Any:
    """Return a ``tweepy.Client`` that answers dictionaries and raises our errors."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.INFO)
    bearer = settings.bearer_token
    client = tweepy.Client(
        bearer_token=bearer.get_secret_value() if bearer else None,
        consumer_key=settings.api_key.get_secret_value(),
        consumer_secret=settings.api_secret.get_secret_value(),
        access_token=settings.access_token.get_secret_value(),
        access_token_secret=settings.access_secret.get_secret_value(),
        return_type=dict,
        # True would sleep for minutes inside a call and then send the same write again.
        wait_on_rate_limit=False,
    )
    client.session = _Session(settings.base, _Carrier(http, clock))
    return client


class _Session(requests.Session):
    """Turns tweepy's fixed host into ours before the request is signed."""

    def __init__(self, base: str, carrier: BaseAdapter) -> None:
        super().__init__()
        self._base = base
        self.trust_env = False
        self.headers["Accept-Encoding"] = "identity"
        self.headers["Connection"] = "close"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.adapters.clear()
        self.mount(base, carrier)

    @override
    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        return super().request(method, self._base + urlsplit(str(url)).path, *args, **kwargs)


class _Carrier(BaseAdapter):
    """Carries a signed request, once, and lets only good answers through."""

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        super().__init__()
        self._http = http
        self._clock = clock

    @override
    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        body = request.body or b""
        answer = self._http.send(
            str(request.method),
            str(request.url),
            headers={name: _text(value) for name, value in request.headers.items()},
            body=body.encode() if isinstance(body, str) else body,
        )
        value_of(answer, now=self._clock())
        response = requests.Response()
        response.status_code = answer.status
        response.raw = io.BytesIO(answer.body)
        response.encoding = "utf-8"
        return response

    @override
    def close(self) -> None:
        self._http.close()


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
