"""Notes as text and as values: what goes in comes out, and every trick is refused."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from effort import effort
from hypothesis import given
from hypothesis import strategies as st

from utils.core import notes
from utils.core.errors import NoteError
from utils.core.front_matter import DEPTH_LIMIT

ANY_TEXT = st.text(st.characters(), max_size=80)
KEYS = st.from_regex(r"\A[a-z][a-z0-9_]{0,8}\Z")
VALUES = st.recursive(
    ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max((depth(inner) for inner in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth(inner) for inner in value), default=0)
    return 0


@given(front=st.dictionaries(KEYS, VALUES, max_size=5), body=ANY_TEXT)
def test_what_is_rendered_is_parsed_back(front: dict[str, Any], body: str) -> None:
    body = f"A line.\n{body}"
    if depth(front) > DEPTH_LIMIT:
        with pytest.raises(NoteError):
            notes.render(front, body)
        return
    note = notes.parse(notes.render(front, body))
    assert note.front == front
    assert list(note.front) == list(front)
    assert note.body == body.replace("\r\n", "\n")


@given(ANY_TEXT)
def test_a_value_stays_on_its_line_and_shows_no_hidden_character(text: str) -> None:
    lines = notes.render({"subject": text}, "").split("\n")
    assert [line[:8] for line in lines] == ["---", "subject:", "---", ""]
    assert len(lines[1].splitlines()) == 1
    assert not [c for c in lines[1] if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs"}]


def test_booleans_and_numbers_are_written_plainly_and_read_as_text() -> None:
    text = notes.render({"version": 3, "approve": False, "reject": True, "warnings": []}, "")
    assert text == "---\nversion: 3\napprove: false\nreject: true\nwarnings: []\n---\n"
    note = notes.parse(text)
    assert note.front == {"version": "3", "approve": "false", "reject": "true", "warnings": []}


@pytest.mark.parametrize(
    ("value", "is_ticked"),
    [
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("true # yes", True),
        ('"true"', False),
        ("'true'", False),
        ("yes", False),
        ("on", False),
        ("1", False),
        ("[true]", False),
        ("|\n  true", False),
        ("", False),
        ("false", False),
    ],
)
def test_only_the_boolean_true_ticks_a_box(value: str, *, is_ticked: bool) -> None:
    note = notes.parse(f"---\napprove: {value}\n---\n")
    assert ("approve" in note.ticked) is is_ticked


def test_a_box_inside_a_field_is_not_the_owners() -> None:
    note = notes.parse("---\nfields:\n  approve: true\ncomment: |\n  approve: true\n---\n")
    assert note.ticked == frozenset()


def test_what_a_windows_editor_adds_is_taken_off() -> None:
    plain = notes.render({"id": "p-1", "comment": "fine"}, "Hello\nthere\n")
    windows = "\ufeff" + plain.replace("\n", "\r\n").replace("---\r\n", "---  \r\n")
    assert notes.parse(windows) == notes.parse(plain)


@pytest.mark.parametrize(
    ("scalar", "text"),
    [
        ("0042", "0042"),
        ("12e4", "12e4"),
        ("1:30", "1:30"),
        ("NO", "NO"),
        ("~", "~"),
        (".nan", ".nan"),
        ("2026-02-30", "2026-02-30"),
        ("1200.10", "1200.10"),
    ],
)
def test_every_scalar_stays_the_text_it_was(scalar: str, text: str) -> None:
    assert notes.parse(f"---\nx: {scalar}\n---\n").front == {"x": text}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id: p-1\n", "does not begin"),
        ("\n---\nid: p-1\n---\n", "does not begin"),
        (" ---\nid: p-1\n---\n", "does not begin"),
        ("---\nid: p-1\n", "never end"),
        ("---\nid: p-1\n---\n---\nid: p-2\n---\n", "second block"),
        ("---\nid: p-1\n---\n\n\n---\nid: p-2\n---\n", "second block"),
        ("---\nid: p-1\n...\nid: p-2\n---\n", "second block"),
        ("---\n%YAML 1.1\n--- \nid: p-1\n---\n", "cannot be read"),
        ("---\na: &x 1\n---\n", "anchor"),
        ("---\na: 1\nb: *a\n---\n", "anchor"),
        ("---\na: !!str 1\n---\n", "anchor"),
        ("---\na: ! 1\n---\n", "anchor"),
        ("---\n&x a: 1\n---\n", "anchor"),
        ("---\n!x\na: 1\n---\n", "anchor"),
        ("---\n<<: {a: 1}\n---\n", "plain letters"),
        ("---\na: 1\na: 2\n---\n", "twice"),
        ("---\nAmount: 1\namount: 2\n---\n", "twice"),
        ("---\namount: 1\nAmount: 2\n---\n", "twice"),
        ('---\n"amount": 1\namount: 2\n---\n', "twice"),
        ("---\n\u0430mount: 1\n---\n", "plain letters"),
        ('---\n"\\u0430mount": 1\n---\n', "plain letters"),
        ("---\n? [a]\n: 1\n---\n", "plain letters"),
        ("---\na:\n\t- b\n---\n", "tab"),
        ("---\na: \x07\n---\n", "control"),
        ("---\na: x\x85b: 1\n---\n", "control"),
        ("---\na: x\u2028b: 1\n---\n", "control"),
        ("---\n- a\n---\n", "name: value"),
        ("---\nword\n---\n", "name: value"),
        ("---\ncomment: a: b\n---\n", "Line 2 of the note"),
        ("---\na: [[[[[[[1]]]]]]]\n---\n", "deeply"),
        ("---\na: " + "[" * 60_000 + "\n---\n", "deeply"),
        ("---\na: " + "x" * 70_000 + "\n---\n", "64 KB"),
        ("---\na: 1\n---\n" + "x" * 270_000, "256 KB"),
    ],
)
def test_whatever_yaml_offers_beyond_plain_values_is_refused(text: str, says: str) -> None:
    with pytest.raises(NoteError, match=says) as caught:
        notes.parse(text)
    assert "\n" not in str(caught.value)
    assert effort(lambda: notes.parse(text)) < 2


@given(st.text(st.characters() | st.sampled_from("---\n: &*!{}[]|>'\"#%\t"), max_size=60))
def test_any_text_is_a_note_or_a_sentence(text: str) -> None:
    for candidate in (text, f"---\n{text}\n---\n"):
        try:
            note = notes.parse(candidate)
        except NoteError:
            continue
        assert all(isinstance(key, str) for key in note.front)


def test_a_note_without_values_is_read() -> None:
    assert notes.parse("---\n---\nHello\n") == notes.Note({}, "Hello\n")


@pytest.mark.parametrize("key", ["", "a:b", "\u0430", "a\nb", "<<", "x" * 65])
def test_a_name_that_could_not_be_read_back_is_never_written(key: str) -> None:
    with pytest.raises(NoteError):
        notes.render({key: "x"}, "")


def test_what_would_be_too_long_to_read_is_never_written() -> None:
    with pytest.raises(NoteError):
        notes.render({"memo": "x" * 70_000}, "")
    with pytest.raises(NoteError):
        notes.render({}, "x" * 270_000)


# --- the limits, to the byte --------------------------------------------------------------------


def note_of(size_bytes: int) -> str:
    head = "---\na: b\n---\n"
    return head + "x" * (size_bytes - len(head))


def test_a_note_may_be_as_large_as_its_limit_and_not_a_byte_larger() -> None:
    assert notes.parse(note_of(256 * 1024)).front == {"a": "b"}
    with pytest.raises(NoteError, match="larger than 256 KB"):
        notes.parse(note_of(256 * 1024 + 1))


def test_properties_may_be_as_large_as_their_limit_and_not_a_byte_larger() -> None:
    room = 64 * 1024 - len("a: \n")
    assert notes.parse(f"---\na: {'x' * room}\n---\n").front == {"a": "x" * room}
    with pytest.raises(NoteError, match="larger than 64 KB"):
        notes.parse(f"---\na: {'x' * (room + 1)}\n---\n")


@pytest.mark.parametrize("part", ["properties", "note"])
def test_what_is_written_may_be_as_large_as_what_is_read_and_not_a_byte_larger(part: str) -> None:
    front, body = {"a": ""}, ""
    frame = len(notes.render(front, body))
    if part == "properties":
        room = 64 * 1024 - (frame - len("---\n---\n"))
        most, more = ({"a": "x" * size} for size in (room, room + 1))
        assert notes.parse(notes.render(most, body)).front == most
        with pytest.raises(NoteError, match="too long"):
            notes.render(more, body)
    else:
        room = 256 * 1024 - frame
        assert notes.parse(notes.render(front, "x" * room)).body == "x" * room
        with pytest.raises(NoteError, match="too long"):
            notes.render(front, "x" * (room + 1))


@pytest.mark.parametrize("depth", [DEPTH_LIMIT, DEPTH_LIMIT + 1])
def test_properties_may_be_nested_as_deeply_as_their_limit(depth: int) -> None:
    """The mapping itself is the first level."""
    text = f"---\na: {'[' * (depth - 1)}b{']' * (depth - 1)}\n---\n"
    if depth == DEPTH_LIMIT:
        assert notes.parse(text).front["a"]
    else:
        with pytest.raises(NoteError, match="nested too deeply"):
            notes.parse(text)


@pytest.mark.parametrize("front", ["--- {a: b}", "%YAML 1.2\n--- {a: b}"])
def test_properties_that_begin_like_a_document_of_their_own_are_refused(front: str) -> None:
    with pytest.raises(NoteError, match="YAML directive"):
        notes.parse(f"---\n{front}\n---\n")


def test_a_text_that_is_folded_over_lines_is_one_text_and_holds_nothing_else() -> None:
    assert notes.parse("---\nmemo: >-\n  rye\n  bread\n---\n").front == {"memo": "rye bread"}


def test_an_escape_of_a_character_that_does_not_exist_is_told_in_a_sentence() -> None:
    with pytest.raises(NoteError):
        notes.parse('---\na: "\\U00110000"\n---\n')
