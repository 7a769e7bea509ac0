"""What it takes to hear of the owner's chats on WhatsApp."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, SecretStr, model_validator

from utils.core.errors import ConfigurationError
from utils.settings import ServiceSettings


class WhatsAppSettings(ServiceSettings):
    """The variables that begin with ``WHATSAPP_``; nothing here must be set."""

    prefix: ClassVar[str] = "WHATSAPP"

    source: Literal["export", "cloud"] = Field(
        "export", description="export: chats exported in the app; cloud: Meta's Cloud API"
    )
    export_dir: Path | None = Field(
        None, description="a folder for exported chats; left out, they are dropped into Inbox"
    )
    verify_token: SecretStr = Field(
        SecretStr(""),
        description="any words of your own, given to Meta with the webhook's address",
    )
    app_secret: SecretStr = Field(
        SecretStr(""), description="the Meta app's secret, with which every webhook is signed"
    )
    webhook_port: int = Field(
        8790, ge=0, le=65_535, description="the port on this machine that the webhook listens on"
    )

    @model_validator(mode="after")
    def _signed(self) -> Self:
        needed = {"verify_token": self.verify_token, "app_secret": self.app_secret}
        missing = [name for name, value in needed.items() if not value.get_secret_value()]
        if self.source == "cloud" and missing:
            names = ", ".join(self.variable_of(name) for name in missing)
            raise ConfigurationError(f"not set: {names}")
        return self

    @property
    def export_path(self) -> Path | None:
        """The folder of exported chats; a relative path counts from the employee's home."""
        return self.export_dir and self.general.home / self.export_dir.expanduser()
