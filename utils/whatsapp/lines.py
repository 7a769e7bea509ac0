"""The lines of an exported chat: where a message begins, when and by whom it was written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

#: Marks of direction and byte order that WhatsApp and phones put around names and numbers.
_MARKS: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
#: What WhatsApp puts before words of its own on an iPhone.
OWN_MARK: Final = "\u200e"
#: Blanks that phones use in dates.
_BLANKS: Final = re.compile("[\u00a0\u2000-\u200a\u202f\u3000]")
#: The longest beginning of a line that can be a head, in characters.
_HEAD_LENGTH: Final = 90
#: The longest name of a sender (WhatsApp: 25; address books allow more).
_NAME_LENGTH: Final = 120

#: Before noon and after it, as East Asian phones write before the time.
_HALVES: Final = "上午|下午|오전|오후|午前|午後"
_HEAD: Final = re.compile(
    r"(?P<iphone>\[)?"
    r"(?P<first>\d{1,4})(?P<separator>[./-]) ?(?P<second>\d{1,2})(?P=separator) ?"
    r"(?P<third>\d{1,4})\.?,? "
    # A word between date and time, such as the French "à", the Finnish "klo", the Swedish "kl.".
    rf"(?:(?!{_HALVES})[^\W\d_]{{1,4}}\.? )?(?P<early>{_HALVES})? ?"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<seconds>\d{2}))?"
    r"(?: ?(?P<half>[AaPp])\.? ?[Mm]\b\.?)?"
    r"(?(iphone)\] ?| [-–] )"
)
_AFTERNOON: Final = frozenset({"下午", "오후", "午後", "p"})
_MORNING: Final = frozenset({"上午", "오전", "午前", "a"})


@dataclass(frozen=True, kw_only=True)
class Head:
    """When a message was written, as it stands in the file; the order of the date is open."""

    #: The three numbers of the date in the order written, and how many digits each has.
    numbers: tuple[int, int, int]
    digits: tuple[int, int, int]
    separator: str
    #: 0 to 23.
    hour: int
    minute: int
    second: int
    #: Whether the clock has twelve hours.
    twelve: bool


@dataclass(frozen=True, kw_only=True)
class ChatEntry:
    """One entry of the file: a message, or a line of WhatsApp's own."""

    head: Head
    #: The sender as he is called there; "" where the line names none.
    sender: str
    #: Everything after the name, line breaks included.
    text: str
    #: All of it as it stands in the file.
    raw: str


def entries_of(text: str) -> list[ChatEntry]:
    """Return the entries of an exported chat in order; words before the first are no entry.

    A message may imitate the head of the next one, and no reader of the file can tell: nobody's
    words in it are trusted.
    """
    found: list[tuple[Head, int, list[str]]] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        head, length = _head_of(line)
        if head:
            found.append((head, length, [line]))
        elif found:
            found[-1][2].append(line)
    return [_entry(head, length, "\n".join(lines).rstrip()) for head, length, lines in found]


def joined(entry: ChatEntry, more: ChatEntry) -> ChatEntry:
    """Return an entry to which another belongs that only looked like one of its own."""
    return replace(entry, text=f"{entry.text}\n{more.raw}", raw=f"{entry.raw}\n{more.raw}")


def tidy(name: str) -> str:
    """Return a name or number without marks of direction, on plain blanks."""
    return " ".join(_BLANKS.sub(" ", _MARKS.sub("", name)).replace("\u2011", "-").split())


def _head_of(line: str) -> tuple[Head | None, int]:
    """Return a line's head, if it has one, and how many characters of the line it takes."""
    # Only the head is cleaned: what people wrote stays as it is, hidden marks included.
    start = _MARKS.sub("", line[:_HEAD_LENGTH])
    found = _HEAD.match(_BLANKS.sub(" ", start))
    head = _head(found) if found else None
    return (head, _end(line, found.end())) if head and found else (None, 0)


def _end(line: str, length: int) -> int:
    """Return where so many characters of a line end, marks of direction not counted."""
    at = 0
    while length:
        length -= 0 if _MARKS.match(line, at) else 1
        at += 1
    return at


def _head(found: re.Match[str]) -> Head | None:
    numbers = (int(found["first"]), int(found["second"]), int(found["third"]))
    digits = (len(found["first"]), len(found["second"]), len(found["third"]))
    half = (found["half"] or found["early"] or "").lower()
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["seconds"] or 0)
    if half in _AFTERNOON | _MORNING and hour <= 12:  # noqa: PLR2004 - the hours of a clock
        hour = hour % 12 + (12 if half in _AFTERNOON else 0)
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004
        return None
    return Head(
        numbers=numbers,
        digits=digits,
        separator=found["separator"],
        hour=hour,
        minute=minute,
        second=second,
        twelve=bool(half),
    )


def _entry(head: Head, length: int, raw: str) -> ChatEntry:
    rest = raw[length:]
    name, colon, text = rest.partition(":")
    sender = tidy(name)
    named = colon and sender and len(sender) <= _NAME_LENGTH and "\n" not in name
    # After the colon comes a blank or, where a text is empty, nothing.
    if not named or not (text == "" or text[0] in " \n" or text[0] == OWN_MARK):
        return ChatEntry(head=head, sender="", text=rest, raw=raw)
    return ChatEntry(head=head, sender=sender, text=text.removeprefix(" "), raw=raw)
