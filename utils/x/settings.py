"""What it takes to reach X."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, SecretStr

from utils.settings import ServiceSettings


class XSettings(ServiceSettings):
    """The variables that begin with ``TWITTER_``."""

    prefix: ClassVar[str] = "TWITTER"

    api_key: SecretStr = Field(description="the app's API key (consumer key)")
    api_secret: SecretStr = Field(description="the app's API key secret")
    access_token: SecretStr = Field(
        description="the account's access token, made after the app got Read and write"
    )
    access_secret: SecretStr = Field(description="the account's access token secret")
    bearer_token: SecretStr | None = Field(
        None, description="the app's bearer token; not needed, looks at others' posts use it"
    )
    api_url: str = Field(
        "https://api.x.com",
        pattern=r"^https?://[^\s/]+/?$",
        description="where X's API answers",
    )

    @property
    def base(self) -> str:
        """The address without a slash at the end."""
        return self.api_url.rstrip("/")
