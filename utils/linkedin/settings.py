"""What it takes to reach LinkedIn."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, SecretStr

from utils.settings import ServiceSettings

_ADDRESS = r"^https?://[^\s/]+/?$"


class LinkedInSettings(ServiceSettings):
    """The variables that begin with ``LINKEDIN_``."""

    prefix: ClassVar[str] = "LINKEDIN"

    token: SecretStr = Field(description="the member's access token; it lasts 60 days")
    author_urn: str = Field(
        pattern=r"^urn:li:(person|organization):[A-Za-z0-9_-]+$",
        description="who posts: urn:li:person:… or, for a company page, urn:li:organization:…",
    )
    api_url: str = Field(
        "https://api.linkedin.com", pattern=_ADDRESS, description="where LinkedIn's API answers"
    )
    version: str = Field(
        "202607",
        pattern=r"^20[0-9]{2}(0[1-9]|1[0-2])$",
        description="the API's version by its month; LinkedIn serves each for a year",
    )
    client_id: str = Field(
        "", description="the app's client id; with the secret, it tells when the token ends"
    )
    client_secret: SecretStr | None = Field(None, description="the app's client secret")
    oauth_url: str = Field(
        "https://www.linkedin.com", pattern=_ADDRESS, description="where LinkedIn signs people in"
    )

    @property
    def base(self) -> str:
        """The address without a slash at the end."""
        return self.api_url.rstrip("/")

    @property
    def oauth_base(self) -> str:
        """The address for signing in, without a slash at the end."""
        return self.oauth_url.rstrip("/")
