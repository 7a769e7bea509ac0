"""Notes as text and as values: the one parser of front matter, and the one that writes notes.

Every scalar is read as text (YAML 1.2); the caller's schema says what it means. Whatever YAML
offers beyond plain keys, texts, lists and mappings is refused, and limits hold before anything
is built.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from utils.core.errors import NoteError
from utils.core.front_matter import DEPTH_LIMIT, KEY, Front, emitted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The largest note that is read or written, in bytes of UTF-8.
NOTE_LIMIT: Final = 256 * 1024
#: The largest front matter, in bytes of UTF-8.
FRONT_LIMIT: Final = 64 * 1024

#: A value as it is read: text, a list or a mapping of such.
type Tree = str | list[Tree] | dict[str, Tree]

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_TAB_INDENT: Final = re.compile(r"^ *\t", re.MULTILINE)
_FENCE: Final = re.compile(r"^---[ \t]*$", re.MULTILINE)
_TRUE: Final = frozenset({"true", "True", "TRUE"})


@dataclass(frozen=True)
class Note:
    """A note as values."""

    front: dict[str, Tree]
    body: str
    #: Top-level keys whose value is YAML's boolean ``true``: the ticked checkboxes. The quoted
    #: text "true" is not one.
    ticked: frozenset[str] = frozenset()


def split(text: str) -> tuple[str, str]:
    """Split a note into the text of its front matter and its body, in canonical form.

    A byte-order mark is dropped and Windows line ends become plain ones.

    Raises:
        NoteError: The note is too large, does not begin with front matter, has none that ends,
            or has a second one.
    """
    if _size(text) > NOTE_LIMIT:
        raise NoteError("The note is larger than 256 KB.")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    opening = _FENCE.match(text)
    if not opening:
        raise NoteError("The note does not begin with its properties (a line with ---).")
    closing = _FENCE.search(text, opening.end() + 1)
    if not closing:
        raise NoteError(
            "The properties on top of the note never end (a line with --- is missing)."
        )
    body = text[closing.end() + 1 :]
    if _FENCE.match(body.lstrip()):
        raise NoteError("The note has a second block of properties.")
    return text[opening.end() + 1 : closing.start()], body


def parse(text: str) -> Note:
    """Read a note.

    Raises:
        NoteError: The note is not exactly one block of plain properties and a body; the
            sentence says what is in the way.
    """
    front, body = split(text)
    _check_plain(front)
    builder = _Builder(front)
    try:
        values = builder.document()
    except YAMLError as error:
        raise NoteError(_where(error)) from error
    except ValueError as error:
        # The library lets some broken escapes through to Python's own conversions.
        raise NoteError("A property holds a character that does not exist.") from error
    return Note(values, body, frozenset(builder.ticked))


def render(front: Mapping[str, Front], body: str) -> str:
    """Write a note; ``parse`` gives back the same values and the same body.

    Raises:
        NoteError: The values are too large or nested too deeply for a note.
    """
    block = emitted(front)
    text = f"---\n{block}---\n{body}"
    if _size(block) > FRONT_LIMIT or _size(text) > NOTE_LIMIT:
        raise NoteError("This is too long for one note.")
    return text


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _check_plain(front: str) -> None:
    if _size(front) > FRONT_LIMIT:
        raise NoteError("The properties on top of the note are larger than 64 KB.")
    if _CONTROL.search(front):
        raise NoteError("The properties on top of the note contain a control character.")
    if _TAB_INDENT.search(front):
        raise NoteError("A line of the properties begins with a tab; use spaces.")


def _where(error: YAMLError) -> str:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    line = f"Line {mark.line + 2} of the note" if mark else "A line of the properties"
    return f"{line} cannot be read; put text with a colon or a # into double quotes."


class _Builder:
    """Builds values from YAML's events, one level at a time, and refuses every trick."""

    def __init__(self, front: str) -> None:
        self._events: Iterator[Any] = YAML(typ="base", pure=True).parse(front)
        self.ticked: set[str] = set()

    def document(self) -> dict[str, Tree]:
        """Return the values of the one document there is.

        Raises:
            NoteError: It is not one block of plain properties.
            YAMLError: It is not YAML.
        """
        self._expect(StreamStartEvent)
        event = next(self._events)
        if isinstance(event, StreamEndEvent):
            return {}
        if not isinstance(event, DocumentStartEvent) or event.explicit:
            raise NoteError("The properties on top of the note hold a YAML directive.")
        event = next(self._events)
        self._refuse_tricks(event)
        if not isinstance(event, MappingStartEvent):
            raise NoteError("The properties on top of the note are not lines of “name: value”.")
        values = self._mapping(1)
        self._expect(DocumentEndEvent)
        self._expect(StreamEndEvent)
        return values

    def _expect(self, kind: type[Any]) -> None:
        if not isinstance(next(self._events), kind):
            raise NoteError("The note has a second block of properties.")

    def _until(self, end: type[Any]) -> Iterator[Any]:
        while not isinstance(event := next(self._events), end):
            self._refuse_tricks(event)
            yield event

    @staticmethod
    def _refuse_tricks(event: Any) -> None:
        if isinstance(event, AliasEvent) or event.anchor or event.tag:
            raise NoteError("The properties use an anchor, alias or tag (&, * or !).")

    def _tree(self, event: Any, depth: int) -> Tree:
        if isinstance(event, ScalarEvent):
            return str(event.value)
        if depth > DEPTH_LIMIT:
            raise NoteError("The properties on top of the note are nested too deeply.")
        if isinstance(event, SequenceStartEvent):
            return [self._tree(inner, depth + 1) for inner in self._until(SequenceEndEvent)]
        return self._mapping(depth)

    def _mapping(self, depth: int) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        names: set[str] = set()
        for event in self._until(MappingEndEvent):
            key = self._key(event, names)
            value = next(self._events)
            self._refuse_tricks(value)
            if depth == 1 and isinstance(value, ScalarEvent) and value.style is None:
                self.ticked |= {key} if value.value in _TRUE else set()
            found[key] = self._tree(value, depth + 1)
        return found

    @staticmethod
    def _key(event: Any, names: set[str]) -> str:
        key = str(event.value) if isinstance(event, ScalarEvent) else ""
        if not KEY.fullmatch(key):
            raise NoteError("A property's name is not made of plain letters and digits.")
        if key.casefold() in names:
            raise NoteError(f"The property “{key}” stands there twice.")
        names.add(key.casefold())
        return key
