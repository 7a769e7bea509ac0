"""A pretend Cloud API: it signs webhooks as Meta does and tells them again until they are taken.

with a webhook listening on 127.0.0.1:
    meta = PretendMeta("http://127.0.0.1:8790", app_secret="…")
    meta.deliver(meta.text("Hello", sender="491701234567", name="Ines"))
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT_S: Final = 10.0
_ACCOUNT: Final = "102290129340398"
#: The business's own number, as Meta shows and as it sends it.
OWN_NUMBER: Final = "15550783881"
_TAKEN: Final = 200


@dataclass
class PretendMeta:
    """Meta's side of the webhook.

    Args:
        url: Where the webhook listens.
        app_secret: Signs what is told.
    """

    url: str
    app_secret: str
    #: Status of each delivery, in order; 0 where nobody answered.
    statuses: list[int] = field(default_factory=list)
    _count: int = 0

    def handshake(self, token: str, challenge: str = "1158201444") -> tuple[int, str]:
        """Set the webhook up as the owner's app page does; return status and answer."""
        asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
        return self._send("GET", f"/?{urlencode(asked)}", b"", {})

    def deliver(self, payload: object, *, signature: str | None = None) -> int:
        """Tell something once and return the status, 0 where nobody answered."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
        signed = self.sign(body) if signature is None else signature
        headers |= {"X-Hub-Signature-256": signed} if signed else {}
        status, _ = self._send("POST", "/", body, headers)
        self.statuses.append(status)
        return status

    def deliver_until_taken(self, payload: object, *, most: int = 5) -> int:
        """Tell something again until it is taken; return how often it was told."""
        for times in range(1, most + 1):
            if self.deliver(payload) == _TAKEN:
                return times
        return most

    def sign(self, body: bytes) -> str:
        """Return the signature of a body as it stands in the header."""
        digest = hmac.new(self.app_secret.encode(), body, hashlib.sha256)
        return f"sha256={digest.hexdigest()}"

    # --- what can be told ------------------------------------------------------------------

    def text(self, words: str, *, sender: str, name: str = "", **more: Any) -> dict[str, Any]:
        """Return a webhook with one text message."""
        return self.message({"type": "text", "text": {"body": words}} | more, sender, name)

    def message(self, content: Mapping[str, Any], sender: str, name: str = "") -> dict[str, Any]:
        """Return a webhook with one message of any kind; it has an id and a time unless given."""
        self._count += 1
        told = {"from": sender, "id": f"wamid.{self._count:06}", "timestamp": "1795339800"}
        contact = {"profile": {"name": name}, "wa_id": sender}
        return self.change("messages", {"contacts": [contact], "messages": [told | dict(content)]})

    def status(self, wamid: str, state: str = "delivered") -> dict[str, Any]:
        """Return a webhook that tells what became of a message of ours."""
        told = {"id": wamid, "status": state, "timestamp": "1795339800", "recipient_id": "49"}
        return self.change("messages", {"statuses": [told]})

    def echo(self, words: str, *, to: str) -> dict[str, Any]:
        """Return a webhook that echoes what the owner wrote in his own app."""
        told = {"from": OWN_NUMBER, "to": to, "id": "wamid.echo", "timestamp": "1795339800"}
        told |= {"type": "text"}
        return self.change(
            "smb_message_echoes", {"message_echoes": [{**told, "text": {"body": words}}]}
        )

    def change(self, name: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return a webhook with one change of any kind."""
        known = {"display_phone_number": OWN_NUMBER, "phone_number_id": "106540352242922"}
        full = {"messaging_product": "whatsapp", "metadata": known, **value}
        entry = {"id": _ACCOUNT, "changes": [{"field": name, "value": full}]}
        return {"object": "whatsapp_business_account", "entry": [entry]}

    def _send(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, str]:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=_TIMEOUT_S)
        try:
            connection.request(method, path, body=body or None, headers=dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, HTTPException):
            return 0, ""
        finally:
            connection.close()
