"""Checks OAuth 1.0a signatures: HMAC-SHA1 over method, address and parameters (RFC 5849)."""

from __future__ import annotations

import base64
import hmac
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.sandbox.http_wire import Request

_PAIR: Final = re.compile(r'([a-z_]+)="([^"]*)"')


def oauth_values(request: Request) -> dict[str, str]:
    """Return the values of a request's OAuth header; empty where it has none."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme != "OAuth":
        return {}
    return {name: unquote(value) for name, value in _PAIR.findall(rest)}


def is_signed(request: Request, base: str, secrets: Mapping[str, str]) -> bool:
    """Return whether a request is signed with the app's and the account's secrets.

    Args:
        request: As it arrived; its body counts only where it is a form, which ours never is.
        base: The service's address without a slash at the end.
        secrets: ``oauth_consumer_key`` and ``oauth_token`` with their secrets: key to secret.
    """
    values = oauth_values(request)
    signature = values.pop("oauth_signature", "")
    keys = (values.get("oauth_consumer_key", ""), values.get("oauth_token", ""))
    if not signature or any(key not in secrets for key in keys):
        return False
    query = parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
    pairs = sorted((_quoted(name), _quoted(value)) for name, value in [*query, *values.items()])
    parameters = "&".join(f"{name}={value}" for name, value in pairs)
    text = "&".join((request.method, _quoted(base + request.path), _quoted(parameters)))
    secret = "&".join(_quoted(secrets[key]) for key in keys)
    digest = hmac.digest(secret.encode(), text.encode(), "sha1")
    return hmac.compare_digest(base64.b64encode(digest).decode(), signature)


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")
