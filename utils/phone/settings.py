"""What it takes to reach the owner's phone."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator

from utils.settings import ServiceSettings


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

    @field_validator("details", mode="before")
    @classmethod
    def _yes_or_no(cls, given: Any) -> Any:
        return {"true": True, "false": False}.get(str(given).lower(), given)
