"""Pretend Gmail: the mailbox, its drafts and history, and Google's sign-in, on loopback.

with PretendGmail() as gmail:
    gmail.deliver(sender="ann@cafe.example", subject="Order", body="Two rye, please.")
    settings = load(home, environment=gmail.environment())
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import tempfile
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, override
from urllib.parse import parse_qs, urlsplit

from utils.sandbox.gmail_box import LABELS, Box, Kept, now
from utils.sandbox.gmail_search import finds
from utils.sandbox.http_wire import Answer, Request, parsed_json
from utils.sandbox.pretend_service import PretendService

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_ROOT: Final = "/gmail/v1/users/me"
_MARK: Final = "X-Employee-Mark"
#: Method and path to what it costs of the quota and who answers (Gmail's quota page, 2026).
_ROUTES: Final = (
    ("GET", r"/profile", 1, "_profile"),
    ("GET", r"/labels", 1, "_labels"),
    ("GET", r"/history", 2, "_history"),
    ("GET", r"/messages", 5, "_messages"),
    ("GET", r"/messages/(\w+)", 20, "_message"),
    ("GET", r"/threads/(\w+)", 40, "_thread"),
    ("GET", r"/drafts", 5, "_drafts"),
    ("POST", r"/drafts", 10, "_create_draft"),
    ("POST", r"/drafts/send", 100, "_send_draft"),
    ("GET", r"/drafts/([\w-]+)", 20, "_draft"),
    ("PUT", r"/drafts/([\w-]+)", 15, "_update_draft"),
    ("DELETE", r"/drafts/([\w-]+)", 10, "_delete_draft"),
)
_WORDS: Final = {
    400: ("Invalid request", "badRequest", "INVALID_ARGUMENT"),
    401: ("Invalid Credentials", "authError", "UNAUTHENTICATED"),
    403: ("User-rate limit exceeded.", "userRateLimitExceeded", "PERMISSION_DENIED"),
    404: ("Requested entity was not found.", "notFound", "NOT_FOUND"),
    429: ("Too many concurrent requests for user.", "rateLimitExceeded", "RESOURCE_EXHAUSTED"),
    500: ("Internal error encountered.", "backendError", "INTERNAL"),
}


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
            "client_id": "sandbox.apps.googleusercontent.com",
            "client_secret": "GOCSPX-sandbox",
            "scopes": list(self._state.scopes),
        }
        path.write_text(json.dumps(kept))
        path.chmod(0o600)
        return {"GMAIL_API_URL": self.url, "GMAIL_TOKEN_FILE": str(path)}

    @override
    def error_answer(self, request: Request, status: int) -> Answer:
        return _error(status)

    @override
    def respond(self, request: Request, state: Box) -> Answer:
        if request.path == "/token":
            return _token(request, state)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer not in state.access_tokens:
            return _error(401)
        for method, pattern, cost, name in _ROUTES:
            found = re.fullmatch(_ROOT + pattern, request.path)
            if found and method == request.method:
                answer: Callable[..., Answer] = getattr(self, name)
                return self._charged(cost) or answer(request, state, *found.groups())
        return _error(404)

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

    def _charged(self, cost: int) -> Answer | None:
        """Count what a call costs; return the refusal where the quota is used up."""
        if self.units_left is not None:
            if self.units_left < cost:
                return _error(429)
            self.units_left -= cost
        self.units += cost
        return None

    def _profile(self, request: Request, state: Box) -> Answer:
        del request
        total = {"messagesTotal": len(state.mails)}
        history = {"historyId": str(state.history_id)}
        return Answer.json({"emailAddress": state.address} | total | history)

    def _labels(self, request: Request, state: Box) -> Answer:
        del request, state
        rows = [{"id": id_, "name": name, "type": "system"} for id_, name in LABELS.items()]
        return Answer.json({"labels": rows})

    def _history(self, request: Request, state: Box) -> Answer:
        since = request.query.get("startHistoryId", "")
        if not since.isdigit():
            return _error(400)
        if int(since) < state.history_from:
            return _error(404)
        wanted = request.query.get("labelId", "")
        rows = [
            _added(point, state.mails[mail_id])
            for point, mail_id in state.added
            if point > int(since) and mail_id in state.mails
            if not wanted or wanted in state.mails[mail_id].labels
        ]
        return _page(request, "history", rows, historyId=str(state.history_id))

    def _messages(self, request: Request, state: Box) -> Answer:
        query, moment = request.query.get("q", ""), now()
        found = [kept.as_stub() for kept in state.newest() if finds(query, kept, now=moment)]
        return _page(request, "messages", found, resultSizeEstimate=len(found))

    def _message(self, request: Request, state: Box, mail_id: str) -> Answer:
        kept = state.mails.get(mail_id)
        return Answer.json(kept.as_json(*_form(request))) if kept else _error(404)

    def _thread(self, request: Request, state: Box, thread_id: str) -> Answer:
        mails = [kept.as_json(*_form(request)) for kept in state.thread(thread_id)]
        return Answer.json({"id": thread_id, "messages": mails}) if mails else _error(404)

    def _drafts(self, request: Request, state: Box) -> Answer:
        rows = [
            {"id": draft_id, "message": state.mails[mail_id].as_stub()}
            for draft_id, mail_id in reversed(state.drafts.items())
        ]
        return _page(request, "drafts", rows)

    def _draft(self, request: Request, state: Box, draft_id: str) -> Answer:
        if draft_id not in state.drafts:
            return _error(404)
        kept = state.mails[state.drafts[draft_id]]
        return Answer.json({"id": draft_id, "message": kept.as_json(*_form(request))})

    def _create_draft(self, request: Request, state: Box) -> Answer:
        return self._written(request, state, f"r-{state.new_id()}", "draft_created")

    def _update_draft(self, request: Request, state: Box, draft_id: str) -> Answer:
        if draft_id not in state.drafts:
            return _error(404)
        return self._written(request, state, draft_id, "draft_updated")

    def _written(self, request: Request, state: Box, draft_id: str, kind: str) -> Answer:
        """Keep a draft, over an older one of that id."""
        if not _may_write(state):
            return _error(403, "Insufficient Permission", "insufficientPermissions")
        try:
            message = parsed_json(request.body)["message"]
            raw = base64.urlsafe_b64decode(message["raw"])
        except (ValueError, KeyError, TypeError, binascii.Error):
            return _error(400)
        thread_id = message.get("threadId", "")
        if thread_id and not state.thread(thread_id):
            return _error(404)
        joined = thread_id if thread_id and state.joins(raw, thread_id) else ""
        if draft_id in state.drafts:
            state.remove(state.drafts[draft_id])
        kept = state.add(raw, {"DRAFT"}, now(), joined)
        state.drafts[draft_id] = kept.id
        self._note_mail(kind, draft_id, kept)
        return Answer.json({"id": draft_id, "message": kept.as_stub() | {"labelIds": ["DRAFT"]}})

    def _send_draft(self, request: Request, state: Box) -> Answer:
        if not _may_write(state):
            return _error(403, "Insufficient Permission", "insufficientPermissions")
        draft_id = parsed_json(request.body).get("id", "")
        if draft_id not in state.drafts:
            return _error(404)
        if not state.mails[state.drafts[draft_id]].mail["to"]:
            return _error(400, "Recipient address required", "invalidArgument")
        kept = state.send(draft_id, now())
        self._note_mail("mail_sent", kept.id, kept)
        return Answer.json(kept.as_stub() | {"labelIds": ["SENT"]})

    def _delete_draft(self, request: Request, state: Box, draft_id: str) -> Answer:
        del request
        if draft_id not in state.drafts:
            return _error(404)
        state.remove(state.drafts.pop(draft_id))
        return Answer(204)

    def _note_mail(self, kind: str, id_: str, kept: Kept) -> None:
        mail = kept.mail
        names = ("To", "Cc", "Bcc", "Subject", "In-Reply-To", "References", "Message-ID")
        headers = {name.lower().replace("-", "_"): str(mail[name] or "") for name in names}
        files = [part.get_filename() for part in mail.iter_attachments()]
        said = {"thread_id": kept.thread_id, "body": kept.text, "attachments": files}
        self.note(kind, id_, headers | said, str(mail[_MARK] or ""))


def _token(request: Request, state: Box) -> Answer:
    """Give a new access token for a refresh token."""
    form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    if form.get("grant_type") != "refresh_token":
        return Answer.json({"error": "unsupported_grant_type"}, 400)
    if not state.refresh_token or form.get("refresh_token") != state.refresh_token:
        said = {"error_description": "Token has been expired or revoked."}
        return Answer.json({"error": "invalid_grant"} | said, 400)
    access = f"ya29.{secrets.token_hex(12)}"
    state.access_tokens.add(access)
    lasts = {"expires_in": 3599, "token_type": "Bearer", "scope": " ".join(state.scopes)}
    return Answer.json({"access_token": access} | lasts)


def _added(point: int, kept: Kept) -> dict[str, Any]:
    message = kept.as_stub() | {"labelIds": sorted(kept.labels)}
    return {
        "id": str(point),
        "messages": [kept.as_stub()],
        "messagesAdded": [{"message": message}],
    }


def _page(request: Request, name: str, rows: list[dict[str, Any]], **more: object) -> Answer:
    """Return the page of a list that is asked for; an empty list is left out, as Gmail does."""
    size = min(int(request.query.get("maxResults", "100")), 500)
    start = int(request.query.get("pageToken", "0"))
    shown = rows[start : start + size]
    after = {"nextPageToken": str(start + size)} if start + size < len(rows) else {}
    return Answer.json(({name: shown} if shown else {}) | after | more)


def _form(request: Request) -> tuple[str, list[str]]:
    words = parse_qs(urlsplit(request.target).query)
    return words.get("format", ["full"])[0], words.get("metadataHeaders", [])


def _may_write(state: Box) -> bool:
    return any(scope.endswith(("gmail.modify", "gmail.compose")) for scope in state.scopes)


def _mail(headers: dict[str, str], body: str) -> bytes:
    mail = EmailMessage()
    for name, value in headers.items():
        mail[name] = value
    mail.set_content(body)
    return mail.as_bytes()


def _error(status: int, said: str = "", reason: str = "") -> Answer:
    """Return an error in Google's shape."""
    message, usual, word = _WORDS.get(status, _WORDS[500])
    inner = {"message": said or message, "domain": "global", "reason": reason or usual}
    error = {"code": status, "message": inner["message"], "errors": [inner], "status": word}
    return Answer.json({"error": error}, status)
