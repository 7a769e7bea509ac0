"""Pretend Gmail: the mailbox, its drafts and history, and Google's sign-in, on loopback.

with PretendGmail() as gmail:
    gmail.deliver(sender="ann@cafe.example", subject="Order", body="Two rye, please.")
    settings = load(home, environment=gmail.environment())
"""

from __future__ import annotations

import json
import tempfile
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, override

from utils.sandbox.gmail_box import Box, now
from utils.sandbox.gmail_consent import CLIENT_ID, CLIENT_SECRET, ask_owner, give_token
from utils.sandbox.gmail_routes import Call, error, route
from utils.sandbox.pretend_service import PretendService

if TYPE_CHECKING:
    from datetime import datetime

    from utils.sandbox.http_wire import Answer, Request


#: What Google tells of a sign-in while the consent screen says Testing, in seconds.
_SEVEN_DAYS_S: Final = 604_799


class PretendGmail(PretendService[Box]):
    """Gmail for one owner.

    Args:
        address: The owner's address.
        folder: Where ``environment`` writes the sign-in; None takes a folder of its own that is
            gone when the service stops.
    """

    name: ClassVar[str] = "gmail"
    max_body_bytes: ClassVar[int] = 36 * 1024 * 1024

    def __init__(
        self, *, address: str = "owner@bakery.example", folder: Path | None = None
    ) -> None:
        self._address = address
        self._own = None if folder else tempfile.TemporaryDirectory(prefix="pretend-gmail-")
        self._folder = folder or Path(self._own.name if self._own else "")
        #: Quota units spent since the start, and how many are left before 429 (None: no end).
        self.units = 0
        self.units_left: int | None = None
        super().__init__()

    @override
    def seed(self) -> Box:
        return Box(self._address)

    @override
    def stop(self) -> None:
        super().stop()
        if self._own:
            self._own.cleanup()

    @override
    def environment(self) -> dict[str, str]:
        path = self._folder / "gmail-token.json"
        kept = {
            "refresh_token": self._state.refresh_token,
            "token_uri": f"{self.url}/token",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scopes": list(self._state.scopes),
        }
        path.write_text(json.dumps(kept))
        path.chmod(0o600)
        return {"GMAIL_API_URL": self.url, "GMAIL_TOKEN_FILE": str(path)}

    @override
    def error_answer(self, request: Request, status: int) -> Answer:
        return error(status)

    @override
    def respond(self, request: Request, state: Box) -> Answer:
        if request.path == "/auth":
            return ask_owner(request, state)
        if request.path == "/token":
            return give_token(request, state)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer not in state.access_tokens:
            return error(401)
        found = route(request)
        if found is None:
            return error(404)
        cost, answer, ids = found
        return self._charged(cost) or answer(Call(request, state, self.note), *ids)

    def deliver(
        self,
        raw: bytes | None = None,
        *,
        sender: str = "Ann <ann@cafe.example>",
        subject: str = "",
        body: str = "",
        labels: tuple[str, ...] = ("INBOX", "UNREAD"),
        at: datetime | None = None,
        headers: dict[str, str] | None = None,
    ) -> str:
        """Let a mail arrive and return its id.

        Args:
            raw: The whole mail; None makes one from the values that follow.
            sender: Who it is from.
            subject: Its subject.
            body: Its plain text.
            labels: Where it lies.
            at: When it arrives; None is now.
            headers: Further headers.
        """
        arrived = at or now()
        with self._lock:
            mail_id = self._state.new_id()
            data = raw or _mail(
                {
                    "From": sender,
                    "To": self._address,
                    "Subject": subject,
                    "Date": format_datetime(arrived),
                    "Message-ID": f"<{mail_id}@sender.example>",
                    **(headers or {}),
                },
                body,
            )
            return self._state.add(data, set(labels), arrived).id

    def delete(self, mail_id: str) -> None:
        """Let the owner delete a mail or a draft's mail."""
        with self._lock:
            self._state.remove(mail_id)
            drafts = self._state.drafts
            gone = [draft for draft, mail in drafts.items() if mail == mail_id]
            for draft in gone:
                del drafts[draft]

    def drafts(self) -> dict[str, str]:
        """Return the drafts: id to the id of its mail."""
        with self._lock:
            return dict(self._state.drafts)

    def labels_of(self, mail_id: str) -> frozenset[str]:
        """Return where a mail lies now."""
        with self._lock:
            return frozenset(self._state.mails[mail_id].labels)

    def forget_history(self) -> None:
        """Forget the history up to now, as Gmail does after about a week."""
        with self._lock:
            self._state.history_id += 1
            self._state.history_from = self._state.history_id

    def end_access(self) -> None:
        """Let every access token be over, as after an hour."""
        with self._lock:
            self._state.access_tokens.clear()

    def revoke(self) -> None:
        """Let the owner take the sign-in back."""
        with self._lock:
            self._state.access_tokens.clear()
            self._state.refresh_token = ""

    def allow(self, *scopes: str) -> None:
        """Let the sign-in allow only this, such as ``gmail.readonly``."""
        with self._lock:
            self._state.scopes = tuple(f"https://www.googleapis.com/auth/{one}" for one in scopes)

    def tick(self, *scopes: str) -> None:
        """Let the owner tick only this when he is asked; nothing at all is a no."""
        with self._lock:
            self._state.ticks = tuple(f"https://www.googleapis.com/auth/{one}" for one in scopes)

    def set_testing(self) -> None:
        """Let the consent screen say Testing: from then on a sign-in ends after seven days."""
        with self._lock:
            self._state.lasts_s = _SEVEN_DAYS_S

    def client(self) -> dict[str, Any]:
        """Return the OAuth client as the file that Google Cloud gives out."""
        return {
            "installed": {
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "auth_uri": f"{self.url}/auth",
                "token_uri": f"{self.url}/token",
                "redirect_uris": ["http://localhost"],
            }
        }

    def _charged(self, cost: int) -> Answer | None:
        """Count what a call costs; return the refusal where the quota is used up."""
        if self.units_left is not None:
            if self.units_left < cost:
                return error(429)
            self.units_left -= cost
        self.units += cost
        return None


def _mail(headers: dict[str, str], body: str) -> bytes:
    mail = EmailMessage()
    for name, value in headers.items():
        mail[name] = value
    mail.set_content(body)
    return mail.as_bytes()
