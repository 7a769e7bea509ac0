"""The answer to a mail: to whom, under which subject, in which conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError
from utils.core.model import Particulars
from utils.mail.fields import people
from utils.mail.reading import read_mail
from utils.mail.writing import Answered, written

if TYPE_CHECKING:
    from utils.mail.reading import Mail

#: The longest subject that is answered under, in characters.
_SUBJECT: Final = 240


def answer_to(raw: bytes, *, thread_id: str, is_own: bool) -> Particulars:
    """Return what an answer to a mail means: everything about it except its words.

    Args:
        raw: The mail that is answered.
        thread_id: The conversation it lies in.
        is_own: Whether the owner wrote it himself, so that the answer goes where it went.

    Raises:
        InvalidValueError: It says nobody to whom an answer could go.
    """
    mail = read_mail(raw)
    everybody = _people(mail, is_own=is_own)
    elsewhere = f"The answer goes to {mail.reply_to}, not to the sender {mail.sender}."
    earlier = mail.references or tuple(filter(None, (mail.in_reply_to,)))
    resolved = {
        "to": ", ".join(everybody),
        "subject": _subject(mail.subject[:_SUBJECT]),
        "thread_id": thread_id,
        "message_id": mail.message_id,
        "references": list(earlier),
    }
    return Particulars(
        recipients=everybody,
        warnings=(elsewhere,) if mail.reply_to and not is_own else (),
        shown={"To": str(resolved["to"]), "Subject": str(resolved["subject"])},
        resolved=resolved,
    )


def answer(particulars: Particulars, body: str, key: str) -> bytes:
    """Return the answer as it travels; what is not looked up yet is left out.

    Args:
        particulars: From ``answer_to``, or empty ones in a dry run.
        body: Its words.
        key: The Mark's key.
    """
    found = particulars.resolved
    return written(
        to=found.get("to", ""),
        subject=found.get("subject", ""),
        body=body,
        mark=key,
        answered=Answered(found.get("message_id", ""), tuple(found.get("references", ()))),
    )


def _people(mail: Mail, *, is_own: bool) -> tuple[str, ...]:
    whom = mail.to if is_own else (mail.reply_to or mail.sender,)
    try:
        return people(", ".join(whom))
    except ValueError as error:
        raise InvalidValueError(f"this mail cannot be answered: {error}") from error


def _subject(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}".strip()
