"""The owner's access to the model: his key, or else his subscription."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from utils.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.claude.settings import ClaudeSettings, ModelSettings

_FOR_SUBSCRIPTIONS: Final = "oauth-2025-04-20"


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where the model answers, and as whom it is asked."""

    base_url: str
    #: Header name to value.
    headers: Mapping[str, str] = field(repr=False)
    #: What is added to the header ``anthropic-beta``, or "".
    beta: str = ""

    @classmethod
    def of(cls, model: ModelSettings, claude: ClaudeSettings) -> Self:
        """Return the owner's access: his key, or else his subscription.

        Raises:
            ConfigurationError: He has given neither.
        """
        base_url = model.base_url.rstrip("/")
        if key := model.api_key.get_secret_value():
            return cls(base_url=base_url, headers={"x-api-key": key})
        if token := claude.code_oauth_token.get_secret_value():
            bearer = {"authorization": f"Bearer {token}"}
            return cls(base_url=base_url, headers=bearer, beta=_FOR_SUBSCRIPTIONS)
        raise ConfigurationError(
            "no access to the model: put ANTHROPIC_API_KEY=… into .env, or for a subscription "
            "CLAUDE_CODE_OAUTH_TOKEN=… with what `claude setup-token` prints"
        )
