"""From the short token of the Graph API Explorer to a Page's own token, which does not end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from utils.core.errors import AuthenticationError
from utils.graph.facebook_page import SERVICE, facebook_client

if TYPE_CHECKING:
    from utils.core.model import Json
    from utils.graph.settings import FacebookSettings


@dataclass(frozen=True, kw_only=True)
class Page:
    """A Page that the owner may act for."""

    id: str
    name: str
    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Given:
    """The token that the owner pasted."""

    token: str = field(repr=False)
    #: Whether it is a Page's own already.
    is_pages: bool
    #: The number of the app that made it.
    app_id: str


def given(where: FacebookSettings) -> Given:
    """Return what the Graph says of the token of the settings.

    Raises:
        AuthenticationError: It is not valid.
        ServiceError: The Graph does not answer.
    """
    token = where.page_token.get_secret_value()
    told = (
        facebook_client(where, token).read("debug_token", {"input_token": token}).get("data") or {}
    )
    if not told.get("is_valid"):
        raise AuthenticationError("the token is not valid, or not any more", service=SERVICE)
    is_pages = str(told.get("type", "")).upper() == "PAGE"
    return Given(token=token, is_pages=is_pages, app_id=str(told.get("app_id") or ""))


def own_page(where: FacebookSettings, token: str) -> Page:
    """Return the Page whose token this is.

    Raises:
        ServiceError: The Graph does not answer.
    """
    found = facebook_client(where, token).read("me", {"fields": "id,name"})
    return Page(id=str(found["id"]), name=str(found.get("name", "")), token=token)


def lasting(where: FacebookSettings, short: Given, secret: str) -> str:
    """Exchange a user's short token for one of sixty days.

    Args:
        where: Where the Graph answers.
        short: The short token.
        secret: The app's secret.

    Raises:
        ServiceError: The Graph does not take the secret or the token.
    """
    client = facebook_client(where, short.token)
    # In the body: an address is written down in too many places.
    form = {
        "grant_type": "fb_exchange_token",
        "client_id": short.app_id,
        "client_secret": secret,
        "fb_exchange_token": short.token,
    }
    answer: Json = client.request(
        f"{where.graph_version}/oauth/access_token", post_args=form, method="POST"
    )
    return str(answer["access_token"])


def pages_of(where: FacebookSettings, token: str, secret: str) -> tuple[Page, ...]:
    """Return the Pages that a user may act for, each with a token as lasting as his.

    Raises:
        ServiceError: The Graph does not answer.
    """
    wanted = {"fields": "id,name,access_token", "limit": 100}
    found = facebook_client(where, token, secret).read("me/accounts", wanted)
    return tuple(
        Page(id=str(row["id"]), name=str(row.get("name", "")), token=str(row["access_token"]))
        for row in found.get("data") or ()
        if row.get("access_token")
    )
