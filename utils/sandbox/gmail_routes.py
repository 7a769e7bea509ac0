"""What pretend Gmail answers at each address of the owner's mailbox."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from utils.sandbox.gmail_box import LABELS, Box, Kept, now
from utils.sandbox.gmail_search import finds
from utils.sandbox.http_wire import Answer, Request, parsed_json

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOT: Final = "/gmail/v1/users/me"
_MARK: Final = "X-Employee-Mark"
_WORDS: Final = {
    400: ("Invalid request", "badRequest", "INVALID_ARGUMENT"),
    401: ("Invalid Credentials", "authError", "UNAUTHENTICATED"),
    403: ("User-rate limit exceeded.", "userRateLimitExceeded", "PERMISSION_DENIED"),
    404: ("Requested entity was not found.", "notFound", "NOT_FOUND"),
    429: ("Too many concurrent requests for user.", "rateLimitExceeded", "RESOURCE_EXHAUSTED"),
    500: ("Internal error encountered.", "backendError", "INTERNAL"),
}


@dataclass(frozen=True)
class Call:
    """A request to the mailbox."""

    request: Request
    box: Box
    #: Adds an effect to the ledger: kind, id, payload, reference.
    note: Callable[[str, str, dict[str, Any], str], None]


def error(status: int, said: str = "", reason: str = "") -> Answer:
    """Return an error in Google's shape."""
    message, usual, word = _WORDS.get(status, _WORDS[500])
    inner = {"message": said or message, "domain": "global", "reason": reason or usual}
    value = {"code": status, "message": inner["message"], "errors": [inner], "status": word}
    return Answer.json({"error": value}, status)


def route(request: Request) -> tuple[int, Callable[..., Answer], tuple[str, ...]] | None:
    """Return what a request costs of the quota, who answers it and the ids in it, or None."""
    for method, pattern, cost, answer in _ROUTES:
        found = re.fullmatch(_ROOT + pattern, request.path)
        if found and method == request.method:
            return cost, answer, found.groups()
    return None


def _profile(call: Call) -> Answer:
    total = {"messagesTotal": len(call.box.mails)}
    history = {"historyId": str(call.box.history_id)}
    return Answer.json({"emailAddress": call.box.address} | total | history)


def _labels(call: Call) -> Answer:
    del call
    rows = [{"id": id_, "name": name, "type": "system"} for id_, name in LABELS.items()]
    return Answer.json({"labels": rows})


def _history(call: Call) -> Answer:
    since = call.request.query.get("startHistoryId", "")
    if not since.isdigit():
        return error(400)
    if int(since) < call.box.history_from:
        return error(404)
    wanted = call.request.query.get("labelId", "")
    rows = [
        _added(point, call.box.mails[mail_id])
        for point, mail_id in call.box.added
        if point > int(since) and mail_id in call.box.mails
        if not wanted or wanted in call.box.mails[mail_id].labels
    ]
    return _page(call.request, "history", rows, historyId=str(call.box.history_id))


def _messages(call: Call) -> Answer:
    query, moment = call.request.query.get("q", ""), now()
    found = [kept.as_stub() for kept in call.box.newest() if finds(query, kept, now=moment)]
    return _page(call.request, "messages", found, resultSizeEstimate=len(found))


def _message(call: Call, mail_id: str) -> Answer:
    kept = call.box.mails.get(mail_id)
    return Answer.json(kept.as_json(*_form(call.request))) if kept else error(404)


def _thread(call: Call, thread_id: str) -> Answer:
    mails = [kept.as_json(*_form(call.request)) for kept in call.box.thread(thread_id)]
    return Answer.json({"id": thread_id, "messages": mails}) if mails else error(404)


def _drafts(call: Call) -> Answer:
    rows = [
        {"id": draft_id, "message": call.box.mails[mail_id].as_stub()}
        for draft_id, mail_id in reversed(call.box.drafts.items())
    ]
    return _page(call.request, "drafts", rows)


def _draft(call: Call, draft_id: str) -> Answer:
    if draft_id not in call.box.drafts:
        return error(404)
    kept = call.box.mails[call.box.drafts[draft_id]]
    return Answer.json({"id": draft_id, "message": kept.as_json(*_form(call.request))})


def _create_draft(call: Call) -> Answer:
    return _written(call, f"r-{call.box.new_id()}", "draft_created")


def _update_draft(call: Call, draft_id: str) -> Answer:
    if draft_id not in call.box.drafts:
        return error(404)
    return _written(call, draft_id, "draft_updated")


def _written(call: Call, draft_id: str, kind: str) -> Answer:
    """Keep a draft, over an older one of that id."""
    if not _may_write(call.box):
        return error(403, "Insufficient Permission", "insufficientPermissions")
    try:
        message = parsed_json(call.request.body)["message"]
        raw = base64.urlsafe_b64decode(message["raw"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        return error(400)
    thread_id = message.get("threadId", "")
    if thread_id and not call.box.thread(thread_id):
        return error(404)
    joined = thread_id if thread_id and call.box.joins(raw, thread_id) else ""
    if draft_id in call.box.drafts:
        call.box.remove(call.box.drafts[draft_id])
    kept = call.box.add(raw, {"DRAFT"}, now(), joined)
    call.box.drafts[draft_id] = kept.id
    _note_mail(call, kind, draft_id, kept)
    return Answer.json({"id": draft_id, "message": kept.as_stub() | {"labelIds": ["DRAFT"]}})


def _send_draft(call: Call) -> Answer:
    if not _may_write(call.box):
        return error(403, "Insufficient Permission", "insufficientPermissions")
    draft_id = parsed_json(call.request.body).get("id", "")
    if draft_id not in call.box.drafts:
        return error(404)
    if not call.box.mails[call.box.drafts[draft_id]].mail["to"]:
        return error(400, "Recipient address required", "invalidArgument")
    kept = call.box.send(draft_id, now())
    _note_mail(call, "mail_sent", kept.id, kept)
    return Answer.json(kept.as_stub() | {"labelIds": ["SENT"]})


def _delete_draft(call: Call, draft_id: str) -> Answer:
    if draft_id not in call.box.drafts:
        return error(404)
    call.box.remove(call.box.drafts.pop(draft_id))
    return Answer(204)


def _note_mail(call: Call, kind: str, id_: str, kept: Kept) -> None:
    mail = kept.mail
    names = ("To", "Cc", "Bcc", "Subject", "In-Reply-To", "References", "Message-ID")
    headers = {name.lower().replace("-", "_"): str(mail[name] or "") for name in names}
    files = [part.get_filename() for part in mail.iter_attachments()]
    said = {"thread_id": kept.thread_id, "body": kept.text, "attachments": files}
    call.note(kind, id_, headers | said, str(mail[_MARK] or ""))


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


#: Method and path to what it costs of the quota and who answers (Gmail's quota page, 2026).
_ROUTES: Final[tuple[tuple[str, str, int, Callable[..., Answer]], ...]] = (
    ("GET", r"/profile", 1, _profile),
    ("GET", r"/labels", 1, _labels),
    ("GET", r"/history", 2, _history),
    ("GET", r"/messages", 5, _messages),
    ("GET", r"/messages/(\w+)", 20, _message),
    ("GET", r"/threads/(\w+)", 40, _thread),
    ("GET", r"/drafts", 5, _drafts),
    ("POST", r"/drafts", 10, _create_draft),
    ("POST", r"/drafts/send", 100, _send_draft),
    ("GET", r"/drafts/([\w-]+)", 20, _draft),
    ("PUT", r"/drafts/([\w-]+)", 15, _update_draft),
    ("DELETE", r"/drafts/([\w-]+)", 10, _delete_draft),
)
