"""The parts of a mail: the text a reader would see, and the files that came along."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import TYPE_CHECKING, Any, Final, override

from utils.mail.charsets import decoded
from utils.mail.headers import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The largest mail that is looked at, in bytes: what Gmail takes in, as it travels.
RAW_LIMIT: Final = 72 * 1024 * 1024
#: How much of one part's text is looked at, in bytes.
_PART_LIMIT: Final = 2 * 1024 * 1024
#: How much of a parameter in an encoding of its own is looked at, in bytes.
_PARAMETER: Final = 2_000
#: How many attachments are looked at, and how deep parts may lie in parts.
_FILES: Final = 50
_DEPTH: Final = 20
#: Above this many parts, a mail is taken for hostile and only its headers are read.
_PARTS: Final = 2_000


@dataclass(frozen=True)
class MailFile:
    """A file that came with a mail."""

    #: The name it was sent under, which may be anything.
    name: str
    #: Such as ``application/pdf``, as the sender says.
    media_type: str
    data: bytes
    #: Its text where it is a plain one, else "".
    text: str = ""


@dataclass(frozen=True)
class Opened:
    """A mail, opened."""

    text: str = ""
    #: How many passages of its HTML no reader could see.
    hidden: int = 0
    files: tuple[MailFile, ...] = ()


class _Part(Message):
    """A part whose parameters, such as a file's name, are texts whatever encoding they claim."""

    @override
    def get_param(self, *args: Any, **named: Any) -> Any:
        # The library's own decoding raises over some encodings and takes minutes over others.
        found = super().get_param(*args, **named)
        if not isinstance(found, tuple):
            return found
        charset, _, value = found
        return decoded(value[:_PARAMETER].encode("latin-1", "replace"), charset or "")


def opened(raw: bytes) -> Opened:
    """Open a mail; what is too large or too nested to be honest counts as empty."""
    if raw.count(b"\n--") > 2 * _PARTS:
        return Opened()
    try:
        message = message_from_bytes(raw[:RAW_LIMIT], _Part, policy=compat32)
        text, hidden = _text(message, 0)
        return Opened(text, hidden, tuple(_files(message))[:_FILES])
    except RecursionError:
        return Opened()


def _text(part: Message, depth: int) -> tuple[str, int]:
    """Return the text of a part and how many hidden passages were left out of it."""
    if depth > _DEPTH or _is_file(part):
        return "", 0
    kind = part.get_content_type()
    if kind.startswith("multipart/"):
        inner = [(child.get_content_type(), *_text(child, depth + 1)) for child in _inside(part)]
        return _best(inner) if kind == "multipart/alternative" else _joined(inner)
    if kind != "text/html":
        return _as_text(part), 0
    from utils.mail.html_text import readable  # noqa: PLC0415 - lxml is slow to load

    return readable(_as_text(part))


def _best(versions: list[tuple[str, str, int]]) -> tuple[str, int]:
    """Return the version without HTML, or the last one that says anything."""
    telling = [version for version in versions if version[1].strip()]
    plain_ones = [version for version in telling if version[0] == "text/plain"]
    return next(((text, hidden) for _, text, hidden in plain_ones or telling[::-1]), ("", 0))


def _joined(pieces: list[tuple[str, str, int]]) -> tuple[str, int]:
    texts = (text.strip("\r\n") for _, text, _ in pieces)
    return "\n\n".join(filter(None, texts)), sum(hidden for _, _, hidden in pieces)


def _files(part: Message, depth: int = 0) -> Iterator[MailFile]:
    if _is_file(part):
        yield _file(part)
    elif part.get_content_maintype() == "multipart" and depth <= _DEPTH:
        for child in _inside(part):
            yield from _files(child, depth + 1)


def _is_file(part: Message) -> bool:
    """Return whether a part is a file rather than text or a picture inside the text."""
    if part.get_content_maintype() == "multipart":
        return False
    disposition = part.get_content_disposition()
    if disposition == "attachment":
        return True
    if part.get_content_maintype() == "image" and part["content-id"]:
        return False
    return part.get_content_maintype() != "text" or bool(part.get_filename())


def _file(part: Message) -> MailFile:
    kind = part.get_content_type()
    name = plain(part.get_filename() or "") or kind.replace("/", ".")
    if part.get_content_maintype() == "message":
        inner = next(iter(_inside(part)), None)
        return MailFile(f"{name}.eml", kind, _whole(inner) if inner else b"")
    return MailFile(name, kind, _data(part), _as_text(part) if kind in _TEXTS else "")


_TEXTS: Final = frozenset({"text/plain", "text/csv"})


def _inside(part: Message) -> list[Message]:
    """Return the parts inside a part; none where it only claims to have some."""
    inside = part.get_payload()
    return (
        [child for child in inside if not isinstance(child, str)]
        if isinstance(inside, list)
        else []
    )


def _whole(message: Message) -> bytes:
    """Return a mail inside a mail as it travelled."""
    try:
        return message.as_bytes()
    except UnicodeEncodeError:
        # The library decodes bytes between the parts that no encoding was stated for.
        return message.as_string().encode("utf-8", "surrogateescape")


def _as_text(part: Message) -> str:
    return decoded(_data(part)[:_PART_LIMIT], part.get_content_charset() or "")


def _data(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
