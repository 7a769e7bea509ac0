"""An exported WhatsApp chat as messages: who wrote what when, from any phone's export.

WhatsApp writes dates as the phone's region does and says nowhere how; the file itself shows it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.canonical import canonical, sha256_of
from utils.whatsapp.dates import times_of
from utils.whatsapp.lines import entries_of, joined, tidy
from utils.whatsapp.notices import is_notice, is_owners, spoken

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from utils.whatsapp.lines import ChatEntry

#: How phones name the file of an exported chat; the other side's name stands at its end.
_TITLE: Final = re.compile(
    r"(?:.*\bwhats ?app\b.*?(?:\b(?:with|mit|avec|con|com|met|z|ile|med)\b|[-–]) )(?P<name>.+)",
    re.IGNORECASE,
)
_COPY: Final = re.compile(r" ?\(\d{1,3}\)$")
#: What stands for a file that came with a message: a name in brackets, or one before them.
_ATTACHED: Final = re.compile(
    r"<[^<>:\n]{2,25}: ?(?P<inside>[^<>:/\\\n]{1,160}\.\w{1,8})>"
    r"|(?P<before>[^<>:/\\\n]{1,160}\.\w{1,8}) \([^()\n]{3,30}\)(?=\n|$)"
)
#: How phones show that a name is only what a stranger calls himself.
_SELF_NAMED: Final = "~"


@dataclass(frozen=True, kw_only=True)
class ChatMessage:
    """One message of an exported chat; every text in it was written by outsiders."""

    #: The same for the same message in every export of the chat.
    key: str
    #: The name in the owner's address book, or a number, or what the sender calls himself.
    sender: str
    #: Aware, in the owner's zone.
    at: datetime
    text: str
    #: Names of files that came with it, as the export calls them.
    files: tuple[str, ...] = ()
    #: Whether the owner wrote it.
    is_own: bool = False
    #: Whether the sender stands in no address book, so that the name is his own choice.
    self_named: bool = False


@dataclass(frozen=True, kw_only=True)
class Chat:
    """An exported chat."""

    #: Whom it is with, or the group's name; "" where the file's name does not say.
    title: str
    #: In the file's order.
    messages: tuple[ChatMessage, ...]
    #: Whether it shows which messages are the owner's own.
    owner_known: bool


def read_chat(
    text: str, *, file_name: str, own_names: Collection[str], zone: ZoneInfo, now: datetime
) -> Chat:
    """Read an exported chat; a text that is none has no messages.

    Args:
        text: The file's text.
        file_name: Its name, which tells whom the chat is with.
        own_names: The owner's names.
        zone: The owner's zone, which is taken for the phone's.
        now: The present time.
    """
    title = title_of(file_name)
    entries = entries_of(text)
    times = times_of([entry.head for entry in entries], zone, now=now)
    dated = _dated(entries, times)
    said = [
        (entry, at)
        for place, (entry, at) in enumerate(dated)
        if not is_notice(entry.sender, entry.text, first=place == 0)
    ]
    senders = {entry.sender for entry, _ in said}
    own = _own(senders, title, own_names)
    messages = tuple(_messages(said, own))
    return Chat(title=title, messages=messages, owner_known=bool(own) or len(senders) <= 1)


def title_of(file_name: str) -> str:
    """Return whom a chat is with by the name of its file, or ""."""
    stem = file_name.rpartition(".")[0] or file_name
    found = _TITLE.fullmatch(tidy(stem))
    return _COPY.sub("", found["name"]).strip() if found else ""


def _dated(
    entries: list[ChatEntry], times: list[datetime | None]
) -> list[tuple[ChatEntry, datetime]]:
    """Return each entry with its time; what bears no date belongs to the entry before it."""
    found: list[tuple[ChatEntry, datetime]] = []
    for entry, at in zip(entries, times, strict=True):
        if at:
            found.append((entry, at))
        elif found:
            before, its_time = found[-1]
            found[-1] = joined(before, entry), its_time
    return found


def _own(senders: Collection[str], title: str, own_names: Collection[str]) -> set[str]:
    """Return under which names the owner appears."""
    names = {name.casefold() for name in own_names}
    own = {sender for sender in senders if is_owners(sender) or sender.casefold() in names}
    others = set(senders) - {title}
    # In a chat of two, whoever is not the one it is with is the owner.
    return own or (others if title in senders and len(others) == 1 else set())


def _messages(
    said: list[tuple[ChatEntry, datetime]], own: Collection[str]
) -> Iterator[ChatMessage]:
    seen: Counter[str] = Counter()
    for entry, at in said:
        local = at.replace(tzinfo=None).isoformat()
        digest = sha256_of(canonical([entry.sender, local, entry.text]))
        seen[digest] += 1
        words = spoken(entry.text)
        yield ChatMessage(
            # The same words twice in one minute are two messages.
            key=f"{digest[:32]}-{seen[digest]}",
            sender=entry.sender.removeprefix(_SELF_NAMED).strip() or entry.sender,
            at=at,
            text=words,
            files=tuple(tidy(name) for name in _file_names(words)),
            is_own=entry.sender in own,
            self_named=entry.sender.startswith(_SELF_NAMED),
        )


def _file_names(words: str) -> Iterator[str]:
    for found in _ATTACHED.finditer(words):
        yield (found["inside"] or found["before"]).strip()
