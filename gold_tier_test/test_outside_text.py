"""Outsiders' text in notes: nothing active and nothing hidden survives, and the words stay.

The judge is a CommonMark parser with tables, and a small detector of what Obsidian and its plugins
add; neither shares a line with the cleaner.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from utils.core.outside_text import as_written, one_line, quote, unlinked, visible

DATA = Path(__file__).parent / "data"
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
INERT = {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
INERT |= {"softbreak", "hardbreak"}
#: What a scan of the raw file finds, escaped or not: plugins read without a Markdown parser.
RAW = ("[[", "%%", "```", "~~~", "- [", "* [", "<", "://", "> [!", "==", "$$", "::", "{{[")
#: What Obsidian acts upon unless it is escaped.
OBSIDIAN = re.compile(r"\[|\]|`|\$|#\w|\^\w|\||&#|&(?!lt;)\w+;")
SCHEMES = re.compile(r"(?i)\b(obsidian|javascript|data|file|vbscript|mailto):\S|\bwww\.\w")
HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}

FRAGMENTS = [
    "obsidian://run?x=1",
    "[x](javascript:alert(1))",
    "data:text/html;base64,AA",
    "file:///etc/passwd",
    "![](https://evil.example/p.png?q=secret)",
    "[a][1]\n\n[1]: https://evil.example",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden -->",
    "<script>x</script>",
    "<% tp.user.run() %>",
    "<https://evil.example>",
    "[[Company_Handbook]]",
    "![[Approvals.base]]",
    "%%hidden%%",
    "- [ ] pay",
    "- [x] approve",
    "> [!success] Approved",
    "```dataviewjs\nx\n```",
    "~~~mermaid\nx\n~~~",
    "```base\n```",
    "---\napproved: true\n---",
    "# Heading",
    "Heading\n===",
    "| a | b |\n|---|---|",
    "a\n:-:",
    "$$\\href{javascript:x}{y}$$",
    "`= this.file`",
    "approved:: true",
    "#approval/odoo",
    "text ^block",
    "==mark==",
    "*a* **b** _c_ ~~d~~",
    "&#8238;abc&zwj;",
    "www.evil.example",
    "1. one\n7. seven",
    "    code",
    "\tcode",
    "\\",
    "\\[",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\u202e",
    "\u200b",
    "\U000e0041",
    "\ufe0f",
    "\u2028",
    "\x00",
    "⟨U+202E⟩",
    "⟨",
]
HOSTILE = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=8).map("".join)


def rendered(markdown: str) -> tuple[set[str], str]:
    """Return the kinds of things a Markdown text holds, and what a reader sees of it."""
    tokens = [
        token for block in PARSER.parse(markdown) for token in (block, *(block.children or []))
    ]
    words = (token.content for token in tokens if token.type.startswith("text"))
    return {token.type for token in tokens}, " ".join(words)


def active(markdown: str) -> list[str]:
    """Return what is still active in a cleaned text."""
    kinds, seen = rendered(markdown)
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", markdown)
    return [
        *(kinds - INERT),
        *(sign for sign in RAW if sign in markdown),
        *OBSIDIAN.findall(bare),
        *(found[0] for found in SCHEMES.finditer(seen)),
        *(["://"] if "://" in seen else []),
    ]


def hidden(text: str) -> list[str]:
    """Return the hidden characters of a text, but for those that shape an emoji."""
    shaping = re.sub("[\u2600-\u27bf\U0001f000-\U0001faff][\ufe0f\u200d]*", "", text)
    return [c for c in shaping if unicodedata.category(c) in HIDDEN and c not in "\n\t"]


def quoted_lines(text: str) -> str:
    """Return a quotation without its title and without its prefix."""
    title, *lines = quote(text).split("\n")
    assert re.fullmatch(r"> \[!quote\]-? In their words", title)
    assert all(line == "> >" or line.startswith("> > ") for line in lines)
    return "\n".join(line.removeprefix("> >").removeprefix(" ") for line in lines)


@given(HOSTILE)
def test_nothing_active_survives_in_a_quotation(text: str) -> None:
    assert active(quoted_lines(text)) == []
    assert rendered(quote(text))[0] <= INERT | {"blockquote_open", "blockquote_close"}


@given(HOSTILE)
def test_nothing_active_survives_in_one_line(text: str) -> None:
    line = one_line(text)
    assert "\n" not in line
    assert active(line) == []


@given(HOSTILE | st.text(st.characters()))
def test_nothing_hidden_survives(text: str) -> None:
    for shown in (quote(text), one_line(text, 10_000), unlinked(text), visible(text)):
        assert hidden(shown) == []


@given(st.text(st.characters() | st.sampled_from("⟨⟩U+2028\u202e\u200d\ufe0f👩🍳"), max_size=40))
@example("⟨U+202E⟩")
@example("⟨⟨U+27E8⟩U+202E⟩")
def test_what_is_made_visible_can_be_made_as_written_again(text: str) -> None:
    assert as_written(visible(text)) == text


@given(st.text(st.sampled_from([chr(code) for code in range(32, 127)] + ["\n"]), max_size=200))
def test_the_words_stay_readable(text: str) -> None:
    def words(shown: str) -> list[str]:
        return re.findall(r"[A-Za-z0-9]+", shown)

    assert words(rendered(quoted_lines(text))[1]) == words(text)


@pytest.mark.parametrize("name", ["injections_dev.jsonl", "benign_dev.jsonl"])
def test_every_message_of_the_corpus_is_inert_and_readable(name: str) -> None:
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()
    ]
    assert len(rows) >= 16
    for row in rows:
        assert active(quoted_lines(row["body"])) == [], row["id"]
        assert active(one_line(row["subject"])) == [], row["id"]
        assert hidden(quote(row["body"])) == [], row["id"]
        seen = re.findall(r"[a-z]{3,}", rendered(quoted_lines(row["body"]))[1])
        plain = unicodedata.normalize("NFC", row["body"])
        assert set(re.findall(r"(?<!&)\b[a-z]{3,}\b", plain)) <= set(seen), row["id"]


def test_length_is_folded_and_never_cut() -> None:
    text = "\n".join(f"line {number}" for number in range(500))
    folded = quote(text, "A long mail")
    assert folded.startswith("> [!quote]- A long mail\n")
    assert folded.count("\n") == 500
    assert quote("short").startswith("> [!quote] ")
    assert quote("short", folded=True).startswith("> [!quote]- ")


def test_one_line_keeps_to_its_limit_as_read() -> None:
    line = one_line("word " * 100, 20)
    assert len(line) <= 20
    assert line.endswith("…")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("anna_b@acme.example", "anna_b@acme.example"),
        ("1200.00", "1200.00"),
        ("Müller & Söhne", "Müller & Söhne"),
        ("Rye, 2 × 500 g (50 %)", "Rye, 2 × 500 g (50 %)"),
        ("👩‍🍳 ❤️ 1️⃣", "👩‍🍳 ❤️ 1️⃣"),
        ("pay\u202ealice", "pay⟨U+202E⟩alice"),
        ("a\ufe00\ufe01b", "a⟨U+FE00⟩⟨U+FE01⟩b"),
    ],
)
def test_ordinary_words_stay_as_they_are(text: str, line: str) -> None:
    assert one_line(text) == line


def test_a_link_cannot_be_followed_from_a_property() -> None:
    assert unlinked("obsidian://open?vault=x") == "obsidian[:]//open?vault=x"
    assert unlinked("[[Approved]]") == "[ [Approved]]"
