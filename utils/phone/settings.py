"""What it takes to reach the owner's phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, override

from pydantic import Field, SecretStr, field_validator

from utils.core.errors import ConfigurationError
from utils.posts.web_address import is_loopback
from utils.settings import ServiceSettings

if TYPE_CHECKING:
    from utils.settings import Settings


class NtfySettings(ServiceSettings):
    """The variables that begin with ``NTFY_``; without a topic there are no notices."""

    prefix: ClassVar[str] = "NTFY"

    topic: str = Field(
        pattern=r"^[-_A-Za-z0-9]{1,64}$",
        description="where notices go; long and random, for whoever knows it reads them",
    )
    url: str = Field(
        "https://ntfy.sh", pattern=r"^https?://[^\s/]+/?$", description="the ntfy server's address"
    )
    token: SecretStr = Field(SecretStr(""), description="an access token, where the server asks")
    details: bool = Field(default=False, description="whether names and amounts may stand in them")

    @override
    @classmethod
    def read(cls, settings: Settings) -> Self:
        """Return the settings.

        Raises:
            ConfigurationError: A variable does not fit, or the token could be read on its way.
        """
        found = super().read(settings)
        is_plain = found.url.startswith("http://") and not is_loopback(found.url)
        if is_plain and found.token.get_secret_value():
            raise ConfigurationError(
                "NTFY_TOKEN is not sent over plain http, where anybody on the way could read it: "
                "begin NTFY_URL with https://"
            )
        return found

    @field_validator("details", mode="before")
    @classmethod
    def _yes_or_no(cls, given: Any) -> Any:
        return {"true": True, "false": False}.get(str(given).lower(), given)
