"""Google's sign-in as the sandbox plays it: the owner's yes, a code, and the tokens for it."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from utils.sandbox.http_wire import Answer, Request

if TYPE_CHECKING:
    from utils.sandbox.gmail_box import Box

CLIENT_ID: Final = "sandbox.apps.googleusercontent.com"
CLIENT_SECRET: Final = "GOCSPX-sandbox"  # noqa: S105 - good for nothing but this sandbox
#: What an app on a computer must send along, or it gets neither a code nor a lasting sign-in.
_ASKED: Final = {
    "response_type": "code",
    "client_id": CLIENT_ID,
    "access_type": "offline",
    "code_challenge_method": "S256",
}
#: Where a code may be sent: only to this machine.
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def ask_owner(request: Request, state: Box) -> Answer:
    """Send the browser back at once: with a code, or with the owner's no."""
    asked = request.query
    back = asked.get("redirect_uri", "")
    fits = all(asked.get(name) == value for name, value in _ASKED.items())
    if not fits or urlsplit(back).hostname not in _LOOPBACK:
        return Answer.html("<h1>Error 400: redirect_uri_mismatch</h1>", 400)
    wanted = asked.get("scope", "").split()
    ticked = [one for one in wanted if state.ticks is None or one in state.ticks]
    answer = {"state": asked.get("state", "")}
    if not ticked:
        return _sent_to(back, answer | {"error": "access_denied"})
    code = f"4/{secrets.token_hex(12)}"
    state.codes[code] = asked | {"granted": " ".join(ticked)}
    return _sent_to(back, answer | {"code": code, "scope": " ".join(ticked)})


def give_token(request: Request, state: Box) -> Answer:
    """Give an access token for a code or for a refresh token."""
    form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    match form.get("grant_type"):
        case "refresh_token":
            return _renewed(form, state)
        case "authorization_code":
            return _redeemed(form, state)
        case _:
            return Answer.json({"error": "unsupported_grant_type"}, 400)


def _renewed(form: dict[str, str], state: Box) -> Answer:
    if not state.refresh_token or form.get("refresh_token") != state.refresh_token:
        return _refused("invalid_grant", "Token has been expired or revoked.")
    return Answer.json(_access(state))


def _redeemed(form: dict[str, str], state: Box) -> Answer:
    """Take a code once, from the one who asked for it (RFC 7636), and sign the owner in."""
    if form.get("client_secret") != CLIENT_SECRET:
        return _refused("invalid_client", "The provided client secret is invalid.", 401)
    asked = state.codes.pop(form.get("code", ""), None)
    proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(proof).decode().rstrip("=")
    if asked is None or asked.get("code_challenge") != challenge:
        return _refused("invalid_grant", "Malformed auth code.")
    if asked["redirect_uri"] != form.get("redirect_uri"):
        return _refused("redirect_uri_mismatch", "Bad Request")
    state.scopes = tuple(asked["granted"].split())
    state.refresh_token = f"1//{secrets.token_hex(16)}"
    ends = {"refresh_token_expires_in": state.lasts_s} if state.lasts_s else {}
    return Answer.json(_access(state) | {"refresh_token": state.refresh_token} | ends)


def _access(state: Box) -> dict[str, object]:
    access = f"ya29.{secrets.token_hex(12)}"
    state.access_tokens.add(access)
    lasts = {"expires_in": 3599, "token_type": "Bearer", "scope": " ".join(state.scopes)}
    return {"access_token": access} | lasts


def _refused(error: str, why: str, status: int = 400) -> Answer:
    return Answer.json({"error": error, "error_description": why}, status)


def _sent_to(back: str, words: dict[str, str]) -> Answer:
    return Answer(302, headers={"location": f"{back}?{urlencode(words)}"})
