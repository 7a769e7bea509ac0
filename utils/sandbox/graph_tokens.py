"""The part of the pretend Graph that is about tokens: who calls, debugging, exchanging."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.sandbox.graph_errors import GraphError, say_missing, say_not_there
from utils.sandbox.graph_state import (
    ACCOUNT,
    APP_ID,
    APP_KEY,
    PAGE,
    PAGE_ID,
    PAGE_NAME,
    TOKENS,
    USER,
    GraphState,
    Token,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from utils.sandbox.graph_call import Call
    from utils.sandbox.graph_state import Row
    from utils.sandbox.http_wire import Request

#: How long an exchanged token is good.
_SIXTY_DAYS: Final = timedelta(days=60)
#: How long access to data lasts without the owner using the app again.
_DATA_ACCESS: Final = timedelta(days=90)
_DEAD: Final = {
    458: "The user has not authorized application.",
    460: "The session has been invalidated because the user changed their password.",
    463: "Session has expired.",
}


def caller(request: Request, params: Mapping[str, str], state: GraphState, now: datetime) -> Token:
    """Return the token of a call.

    Raises:
        GraphError: There is none, or it is not good any more.
    """
    given = given_token(request, params)
    if not given:
        raise GraphError(104, "An access token is required to request this resource.", status=401)
    token = state.tokens.get(given)
    if given == f"{APP_ID}|{APP_KEY}":
        return Token("app", set())
    if token is None:
        said = f"Malformed access token {given}"
        raise GraphError(190, said, status=401)
    if subcode := death_of(token, now):
        said = f"Error validating access token: {_DEAD.get(subcode, 'It is not valid.')}"
        raise GraphError(190, said, subcode=subcode, status=401)
    return token


def given_token(request: Request, params: Mapping[str, str]) -> str:
    """Return the token as it was sent, in the header or among the parameters."""
    header = request.headers.get("authorization", "")
    bearer = header.partition(" ")[2] if header.lower().startswith("bearer ") else ""
    return bearer or params.get("access_token", "")


def death_of(token: Token, now: datetime) -> int | None:
    """Return why a token is not good any more, as the subcode of error 190, or `None`."""
    if token.dead is not None:
        return token.dead
    return 463 if token.expires_at and token.expires_at <= now else None


def check_proof(proof: str | None, token: str, *, required: bool) -> None:
    """Refuse a call without the proof of the app's secret, or with a wrong one.

    Raises:
        GraphError: It is so.
    """
    if proof is None:
        if required:
            said = "API calls from the server require an appsecret_proof argument"
            raise GraphError(100, said)
        return
    wanted = hmac.new(APP_KEY.encode(), token.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(proof, wanted):
        raise GraphError(100, "Invalid appsecret_proof provided in the API argument")


def debug(call: Call) -> Row:
    """Tell about a token; Instagram's own host has no such endpoint."""
    if call.token.kind == ACCOUNT:
        say_not_there("debug_token")
    token = call.state.tokens.get(call.needed("input_token"))
    if token is None or token.kind == ACCOUNT:
        said = "The access token could not be decrypted"
        return {"data": {"is_valid": False, "error": {"code": 190, "message": said}}}
    ends = int(token.expires_at.timestamp()) if token.expires_at else 0
    return {
        "data": {
            "app_id": APP_ID,
            "type": token.kind.upper(),
            "application": "Ada's employee",
            "is_valid": death_of(token, call.now) is None,
            "expires_at": ends,
            "data_access_expires_at": int((call.now + _DATA_ACCESS).timestamp()),
            "scopes": sorted(token.scopes),
        }
    }


def app(call: Call) -> Row:
    """Tell about the app, to nobody but itself.

    Raises:
        GraphError: The caller is somebody else.
    """
    if call.token.kind != "app":
        raise GraphError(190, "This method must be called with an app access_token.", status=400)
    policy = "https://bakery.example/privacy" if call.state.app_is_live else ""
    return call.chosen({"id": APP_ID, "privacy_policy_url": policy}, "id")


def accounts(call: Call) -> Row:
    """List the Pages of a user, each with its token.

    Raises:
        GraphError: The caller is no user.
    """
    if call.token.kind != USER:
        raise GraphError(100, "(#100) Tried accessing nonexisting field (accounts)")
    given, soon = TOKENS[PAGE], call.now + timedelta(hours=3)
    if call.token.expires_at and call.token.expires_at < soon:
        # Of a user's short token only a short Page token is made.
        given = f"{given}Short"
        call.state.tokens[given] = Token(PAGE, call.token.scopes, expires_at=soon)
    return {
        "data": [
            {
                "id": PAGE_ID,
                "name": PAGE_NAME,
                "access_token": given,
                "category": "Bakery",
                "tasks": ["CREATE_CONTENT", "MODERATE", "ANALYZE"],
            }
        ]
    }


def exchange(params: Mapping[str, str], state: GraphState, now: datetime) -> Row:
    """Exchange a token for one that lives longer; a code counts as a user's token.

    Raises:
        GraphError: The app, its secret or the token is wrong.
    """
    match params.get("grant_type"):
        case "fb_exchange_token":
            old = params.get("fb_exchange_token", "")
            is_app = (params.get("client_id"), params.get("client_secret")) == (APP_ID, APP_KEY)
        case "ig_exchange_token":
            old = params.get("access_token", "")
            is_app = params.get("client_secret") == APP_KEY
        case "ig_refresh_token":
            old, is_app = params.get("access_token", ""), True
        case _:
            say_missing("grant_type")
    if not is_app:
        raise GraphError(101, "Error validating application.")
    token = state.tokens.get(old)
    if token is None or death_of(token, now):
        raise GraphError(190, "Invalid OAuth access token.", status=401)
    new = f"{old}Lasts" if token.kind == USER else old
    lasts = Token(token.kind, token.scopes, expires_at=now + _SIXTY_DAYS)
    state.tokens[new] = lasts
    seconds = int(_SIXTY_DAYS.total_seconds())
    return {"access_token": new, "token_type": "bearer", "expires_in": seconds}
