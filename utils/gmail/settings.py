"""What it takes to reach the owner's mail."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from utils.settings import ServiceSettings


class MailboxSettings(ServiceSettings):
    """How new mail is looked for; nothing here must be set."""

    prefix: ClassVar[str] = "GMAIL"

    poll_seconds: float = Field(
        60, gt=0, le=86_400, description="seconds between two looks for new mail, such as 60"
    )
    source: Literal["api", "imap"] = Field(
        "api", description="api: Gmail's own interface; imap: any mailbox with an app password"
    )
    imap_host: str = Field("imap.gmail.com", description="the IMAP server, for GMAIL_SOURCE=imap")
    imap_port: int = Field(993, ge=1, le=65_535, description="the IMAP server's port")
    imap_user: str = Field("", description="the mailbox's address, for GMAIL_SOURCE=imap")
    imap_app_password: SecretStr = Field(
        SecretStr(""),
        description="the mailbox's app password; it opens the whole mailbox, so keep it safe",
    )


class GmailSettings(MailboxSettings):
    """The variables that begin with ``GMAIL_``."""

    token_file: Path = Field(
        description="where the sign-in with Google is kept; `connect gmail` writes it"
    )
    credentials_file: Path | None = Field(
        None, description="the OAuth client that Google Cloud gave out as a JSON file"
    )
    api_url: str = Field(
        "https://gmail.googleapis.com",
        pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
        description="where Gmail answers",
    )

    @property
    def base(self) -> str:
        """The address of the owner's mailbox, without a slash at the end."""
        return f"{self.api_url.rstrip('/')}/gmail/v1/users/me"

    @property
    def token_path(self) -> Path:
        """Where the sign-in lies; a relative path counts from the employee's home."""
        return self.general.home / self.token_file.expanduser()
