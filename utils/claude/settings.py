"""What it takes to reach the model, and to find Claude Code."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, SecretStr

from utils.settings import ServiceSettings


class ModelSettings(ServiceSettings):
    """The variables that begin with ``ANTHROPIC_``; none must be set."""

    prefix: ClassVar[str] = "ANTHROPIC"

    api_key: SecretStr = Field(
        SecretStr(""), description="the key for the model that Claude Code works with"
    )
    base_url: str = Field(
        "https://api.anthropic.com",
        pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
        description="where the model answers; nothing else is reached from the jail",
    )


class ClaudeSettings(ServiceSettings):
    """The variables that begin with ``CLAUDE_`` and concern the program; none must be set."""

    prefix: ClassVar[str] = "CLAUDE"

    command: str = Field("claude", description="Claude Code's command, or where it lies")
    code_oauth_token: SecretStr = Field(
        SecretStr(""),
        description="for a subscription instead of a key: what `claude setup-token` prints",
    )
