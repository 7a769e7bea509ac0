"""What it takes to reach Meta's Graph, for a Page on Facebook and an account on Instagram."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from utils.settings import ServiceSettings

#: An address that a token may travel to: encrypted, or this machine for pretend services.
_Address = Annotated[
    str,
    Field(pattern=r"^(https://[^\s/?#@]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?)$"),
]
_Version = Annotated[
    str,
    Field(
        pattern=r"^v[0-9]{1,3}\.[0-9]{1,2}$",
        description="the Graph's version; v26.0 is current since 2026-07-29",
    ),
]
_Number = Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]


class FacebookSettings(ServiceSettings):
    """The variables that begin with ``FACEBOOK_``."""

    prefix: ClassVar[str] = "FACEBOOK"

    page_id: _Number = Field(description="the Page's number")
    page_token: SecretStr = Field(description="the Page's access token")
    app_secret: SecretStr | None = Field(
        None, description="the app's secret; with it every call proves that it comes from the app"
    )
    graph_url: _Address = Field(
        "https://graph.facebook.com", description="where the Graph answers"
    )
    graph_version: _Version = "v26.0"

    @property
    def address(self) -> str:
        """Where the Page's node lies, without a slash at the end."""
        return f"{self.root}/{self.page_id}"

    @property
    def root(self) -> str:
        """Where the Graph answers in our version, without a slash at the end."""
        return f"{self.graph_url}/{self.graph_version}"


class InstagramSettings(ServiceSettings):
    """The variables that begin with ``INSTAGRAM_``."""

    prefix: ClassVar[str] = "INSTAGRAM"

    account_id: _Number = Field(description="the professional account's number")
    token: SecretStr = Field(description="the account's long-lived access token, good for 60 days")
    graph_url: _Address = Field(
        "https://graph.instagram.com", description="where Instagram's Graph answers"
    )
    graph_version: _Version = "v26.0"

    @property
    def address(self) -> str:
        """Where the account's node lies, without a slash at the end."""
        return f"{self.root}/{self.account_id}"

    @property
    def root(self) -> str:
        """Where the Graph answers in our version, without a slash at the end."""
        return f"{self.graph_url}/{self.graph_version}"
