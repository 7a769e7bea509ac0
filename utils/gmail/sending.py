"""How a mail goes out at most once: written as a draft, kept in mind, then sent by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.errors import OutcomeUnknownError
from utils.core.model import Outcome, OutcomeKind
from utils.gmail.errors import SERVICE, GoneError
from utils.gmail.values import header_of
from utils.gmail_client import draft_request
from utils.mail.writing import MARK

if TYPE_CHECKING:
    from utils.core.model import Json
    from utils.core.operation import Mark
    from utils.gmail.values import Draft
    from utils.gmail_client import GmailClient

_WEB: Final = "https://mail.google.com/mail/"
_NOT_SENT: Final = Outcome(
    kind=OutcomeKind.FAILED, detail="It was not sent; a draft of it may lie in Gmail."
)
#: The stages kept on disk; a draft known to be gone is kept as "".
_DRAFT: Final = "draft"
_THREAD: Final = "thread"


def drafted(client: GmailClient, raw: bytes) -> Outcome:
    """Write a draft that a person sends, or not.

    Raises:
        ServiceError: It was not written, or no answer came back.
    """
    return _made(client.write_draft(draft_request(client.settings.base, raw)))


def draft_with(client: GmailClient, mark: Mark) -> Outcome:
    """Look whether a draft with this Mark is among the newest.

    Raises:
        ServiceError: The mailbox could not be read.
    """
    for draft in client.drafts():
        if header_of(client.summary(draft.message_id, MARK), MARK) == mark.key:
            return _made(draft)
    return Outcome(kind=OutcomeKind.FAILED, detail="There is no such draft in Gmail.")


def sent(client: GmailClient, raw: bytes, mark: Mark, *, thread_id: str = "") -> Outcome:
    """Send a mail, once.

    Args:
        client: The mailbox.
        raw: The whole mail.
        mark: Where the draft's id is kept before anything is sent.
        thread_id: The conversation it belongs to; "" begins a new one.

    Raises:
        ServiceError: It was not sent, or it may have been.
    """
    draft = _staged(client, raw, mark, thread_id)
    mark.go_on()
    return _done(client.send_draft(draft.id).id or draft.message_id, draft.thread_id)


def sent_before(client: GmailClient, mark: Mark, *, thread_id: str = "") -> Outcome | None:
    """Look whether a mail went out; see ``Operation.probe``.

    Raises:
        ServiceError: The mailbox could not be read.
    """
    if not mark.staged.get(_THREAD):
        # Nothing is sent before the draft and its conversation are on disk.
        return _NOT_SENT
    draft_id = mark.staged.get(_DRAFT, "")
    if draft_id and client.draft(draft_id):
        return _NOT_SENT
    mark.remember(_DRAFT, "")
    return _found(client, mark, is_new=not thread_id)


def _staged(client: GmailClient, raw: bytes, mark: Mark, thread_id: str) -> Draft:
    """Write the draft, over that of an earlier attempt where there is one.

    Raises:
        OutcomeUnknownError: The earlier one is gone, so it may have been sent.
        ServiceError: It was not written, or no answer came back.
    """
    earlier = mark.staged.get(_DRAFT, "")
    request = draft_request(client.settings.base, raw, thread_id=thread_id, draft_id=earlier)
    try:
        draft: Draft = client.write_draft(request)
    except GoneError as error:
        raise OutcomeUnknownError("the draft is gone", service=SERVICE) from error
    mark.remember(_DRAFT, draft.id)
    mark.remember(_THREAD, draft.thread_id)
    return draft


def _found(client: GmailClient, mark: Mark, *, is_new: bool) -> Outcome | None:
    """Look for the mail that the draft became; in a conversation of its own it is the only one."""
    try:
        mails = client.thread(mark.staged[_THREAD], MARK)
    except GoneError:
        return None
    for mail in mails:
        is_ours = is_new or header_of(mail, MARK) == mark.key
        if is_ours and "SENT" in mail.get("labelIds", ()):
            return _done(str(mail["id"]), mark.staged[_THREAD])
    return None


def _made(draft: Draft) -> Outcome:
    url = f"{_WEB}#drafts/{draft.message_id}"
    return Outcome(kind=OutcomeKind.DONE, remote_id=draft.id, url=url)


def _done(message_id: str, thread_id: str) -> Outcome:
    data: Json = {"thread_id": thread_id}
    url = f"{_WEB}#all/{message_id}"
    return Outcome(kind=OutcomeKind.DONE, remote_id=message_id, url=url, data=data)
