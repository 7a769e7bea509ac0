"""What Meta's Cloud API tells in a webhook: who wrote what; everything else is passed over.

Fields that are missing, new or of another kind than expected are no reason to lose a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from utils.core.canonical import canonical, sha256_of
from utils.mail.charsets import whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.core.model import Json

#: The only kind of change that carries what others wrote. Echoes of what the owner wrote in his
#: own app (``smb_message_echoes``), old talk (``history``) and the like have names of their own.
_MESSAGES: Final = "messages"
#: Kinds of messages in which nobody says anything.
_SILENT: Final = frozenset({"reaction", "system", "ephemeral", "request_welcome"})
#: Longest text and name that are taken, in characters (WhatsApp: 4,096 and 25).
_TEXT: Final = 60_000
_NAME: Final = 120
_ID: Final = 300


@dataclass(frozen=True, kw_only=True)
class CloudMessage:
    """One message that came in; every text in it was written by outsiders."""

    #: WhatsApp's own id (``wamid…``).
    id: str
    #: The number with its ``+``, or the id that stands for a person who hides his number.
    sender: str
    #: What the sender calls himself, or "".
    name: str
    #: Aware UTC.
    at: datetime
    text: str


def messages_in(payload: object, *, now: datetime) -> list[CloudMessage]:
    """Return the messages that others wrote, in order.

    Args:
        payload: The webhook's JSON value, whatever it is.
        now: When it came; taken where a message bears no time.
    """
    return [
        _message(raw, value, now)
        for entry in _objects(_field(payload, "entry"))
        for change in _objects(entry.get("changes"))
        if change.get("field") == _MESSAGES
        for value in _objects([change.get("value")])
        for raw in _objects(value.get("messages"))
        if raw.get("type") not in _SILENT and not _is_own(raw, value)
    ]


def _is_own(raw: Json, value: Json) -> bool:
    """Return whether the business itself wrote a message."""
    numbers = "".join(
        filter(str.isdigit, _text(_field(value, "metadata"), "display_phone_number"))
    )
    return bool(numbers) and _text(raw, "from") == numbers


def _message(raw: Json, value: Json, now: datetime) -> CloudMessage:
    phone, person = _text(raw, "from"), _text(raw, "from_user_id") or _text(raw, "user_id")
    contact = _contact(value, phone, person)
    person = person or _text(contact, "user_id")
    return CloudMessage(
        id=_text(raw, "id")[:_ID] or f"sha256.{sha256_of(canonical(raw))}",
        sender=f"+{phone}" if phone.isdigit() else (phone or person)[:_NAME],
        name=" ".join(_text(contact.get("profile"), "name").split())[:_NAME],
        at=_time(raw.get("timestamp"), now),
        text=_said(raw)[:_TEXT],
    )


def _contact(value: Json, phone: str, person: str) -> Json:
    """Return what is told of the sender beside the message."""
    contacts = list(_objects(value.get("contacts")))
    for contact in contacts:
        known_by = {_text(contact, "wa_id"), _text(contact, "user_id")} - {""}
        if known_by & {phone, person}:
            return contact
    return contacts[0] if len(contacts) == 1 and not (phone or person) else {}


def _said(raw: Json) -> str:
    """Return a message's words; what is no text is named in brackets."""
    kind = _text(raw, "type") or "unknown"
    content = _field(raw, kind)
    words = (
        _text(content, "body")
        or _text(content, "text")
        or _text(content, "caption")
        or next((_text(reply, "title") for reply in _objects(_values(content))), "")
    )
    name = _text(content, "filename")
    if kind in {"text", "button"} or (kind == "interactive" and words):
        return words
    what = " ".join(filter(None, (kind.replace("_", " ")[:40], name[:_NAME])))
    return "\n".join(filter(None, (words, f"[{what}: it stays in WhatsApp]")))


def _time(stamp: object, now: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(int(str(stamp)), UTC)
    except (ValueError, OverflowError, OSError):
        return now


def _objects(value: object) -> Iterator[Json]:
    """Yield the objects in a JSON list; nothing where it is no list."""
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def _values(value: object) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else []


def _field(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _text(value: object, name: str) -> str:
    """Return a text in an object, or ""."""
    found = _field(value, name)
    return whole(found) if isinstance(found, str) else ""
