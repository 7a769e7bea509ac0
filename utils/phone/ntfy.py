"""Notices to the owner's phone by ntfy: one request out for each, and nothing ever comes in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from utils.core.errors import (
    AuthenticationError,
    OutcomeUnknownError,
    RejectedError,
    UnreachableError,
)
from utils.core.lifecycle import DASHBOARD, Folder
from utils.http.answer import SERVER_FAULT
from utils.http_client import HttpClient

if TYPE_CHECKING:
    from utils.http.answer import Answer
    from utils.phone.notices import Notice
    from utils.phone.settings import NtfySettings

_NAME: Final = "ntfy"
#: How long a notice may take; nothing waits for it longer, in seconds.
_PATIENCE_S: Final = 5.0
_URGENT: Final = 4
_USUAL: Final = 3
_NOT_TAKEN: Final = (429, 503)


def publish(notice: Notice, settings: NtfySettings) -> None:
    """Send a notice, once.

    Raises:
        UnreachableError: It certainly did not go out.
        OutcomeUnknownError: It may have gone out.
        AuthenticationError: The server does not know the token.
        RejectedError: The server said no.
    """
    headers = {"content-type": "application/json"}
    if token := settings.token.get_secret_value():
        headers["authorization"] = f"Bearer {token}"
    client = HttpClient(_NAME, timeout_s=_PATIENCE_S)
    try:
        body = json.dumps(_body(notice, settings)).encode()
        _judge(client.send("POST", settings.url, headers=headers, body=body))
    finally:
        client.close()


def _body(notice: Notice, settings: NtfySettings) -> dict[str, Any]:
    return {
        "topic": settings.topic,
        "title": notice.title,
        "message": notice.text,
        "priority": _URGENT if notice.urgent else _USUAL,
        "click": _link(notice, settings.general.vault_dir.name),
    }


def _link(notice: Notice, vault: str) -> str:
    """Return a link that opens a page of the vault; opening is all that it can do."""
    page = f"{Folder.PENDING}/{notice.note}" if notice.note else DASHBOARD.removesuffix(".md")
    return f"obsidian://open?vault={quote(vault, safe='')}&file={quote(page, safe='')}"


def _judge(answer: Answer) -> None:
    """Raise what an answer means.

    Raises:
        UnreachableError: It was not taken for now.
        AuthenticationError: The token is not good.
        RejectedError: It said no.
        OutcomeUnknownError: Its own fault came in between.
    """
    if answer.is_good:
        return
    said = f"it answered {answer.status}"
    if answer.status in _NOT_TAKEN:
        raise UnreachableError(said, service=_NAME)
    if answer.status in {401, 403}:
        raise AuthenticationError("the topic or NTFY_TOKEN is not accepted", service=_NAME)
    if answer.status >= SERVER_FAULT:
        raise OutcomeUnknownError(said, service=_NAME)
    raise RejectedError(said, service=_NAME)
