"""Text that people outside the business wrote, made fit to be shown in a note.

Nothing in it stays active: no link, image, embed, HTML, comment, task box, callout, fence, query,
tag, formula or heading. Nothing in it stays hidden: what a screen would not show is spelled out.
The words stay readable, and length is folded, never cut.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import Final

#: A quotation longer than this, in lines or characters, is folded.
FOLD_LINES: Final = 12
FOLD_CHARS: Final = 800

#: Categories that a screen does not show: controls, formats, private and unassigned, separators.
HIDDEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
#: Characters of other categories that a screen does not show: fillers and variation selectors.
_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_SUSPECT: Final = re.compile("[^\n\t -~]")
_MARK: Final = re.compile(r"⟨U\+([0-9A-F]{4,6})⟩")
_JOINER: Final = "\u200d"
_EMOJI_STYLE: Final = "\ufe0f"
#: Where new emoji appear before Python's tables know them.
_EMOJI_PLANE: Final = range(0x1F000, 0x1FB00)

_SCHEME: Final = re.compile(
    r"(?i)\b(obsidian|javascript|vbscript|data|file|blob|mailto|tel|sms|smb|intent|shell|ms-[a-z-]+)"
    r":(?=\S)"
)
_ALWAYS: Final = r"[\\`\[\]|$#^*~]"
_DOUBLED: Final = r"=(?==)|(?<==)=|%(?=%)|(?<=%)%|:(?=:)|(?<=:):"
_EMPHASIS: Final = r"(?<![^\W_])_|_(?![^\W_])"
_ENTITY: Final = r"&(?=#|\w+;)"
_ACTIVE: Final = re.compile(f"{_ALWAYS}|{_DOUBLED}|{_EMPHASIS}|{_ENTITY}")
_LINE_START: Final = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+>=:%]))")


def visible(text: str) -> str:
    """Return a text in which every character that a screen hides is spelled out (``⟨U+202E⟩``).

    Line breaks, tabs and the joiners inside emoji stay. Different texts give different results;
    ``as_written`` is the way back.
    """
    return _SUSPECT.sub(_shown, text)


def as_written(text: str) -> str:
    """Return the text that ``visible`` made this from."""
    return _MARK.sub(lambda mark: _char(mark[1]), text)


def unlinked(text: str) -> str:
    """Return a text on one line in which nothing is hidden or can be followed as a link."""
    return _defanged(visible(_joined(text))).replace("[[", "[ [")


def one_line(text: str, limit: int = 160) -> str:
    """Return a text as one inactive line of Markdown, for sentences, tables and headlines.

    Args:
        text: Any text; runs of blanks and line breaks become one blank.
        limit: The greatest length as read, in characters; what is longer ends in ``…``.
    """
    line = visible(_joined(text))
    short = line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
    return _inactive(_defanged(short))


def quote(text: str, title: str = "In their words", *, folded: bool = False) -> str:
    """Return a text as a callout with a nested quotation in it, folded where it is long.

    Args:
        text: Any text.
        title: What stands above it; made inactive like the text itself.
        folded: Whether to fold it however short it is.
    """
    plain = _defanged(visible(text.replace("\r\n", "\n").rstrip()))
    lines = [_quoted(line) for line in plain.split("\n")]
    fold = folded or len(lines) > FOLD_LINES or len(plain) > FOLD_CHARS
    return "\n".join([f"> [!quote]{'-' if fold else ''} {one_line(title)}", *lines])


def _quoted(line: str) -> str:
    # Four blanks or a tab would make a code block, in which our escapes were shown.
    return f"> > {_inactive(line.strip())}".rstrip()


def _joined(text: str) -> str:
    return " ".join(text.split())


def _inactive(line: str) -> str:
    """Escape what Markdown or Obsidian could act upon; the line must hold no break."""
    return _LINE_START.sub(r"\1\\", _ACTIVE.sub(r"\\\g<0>", line)).replace("<", "&lt;")


def _defanged(text: str) -> str:
    broken = text.replace("://", "[:]//")
    return re.sub(r"(?i)\bwww\.(?=\S)", "www[.]", _SCHEME.sub(r"\1[:]", broken))


def _shown(found: re.Match[str]) -> str:
    char, text, at = found[0], found.string, found.start()
    if char == "⟨":
        return _spelled(char) if text.startswith("U+", at + 1) else char
    if unicodedata.category(char) not in HIDDEN and not _BLANK.match(char):
        return char
    return char if _in_emoji(text, at) else _spelled(char)


def _spelled(char: str) -> str:
    return f"⟨U+{ord(char):04X}⟩"


def _char(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code <= sys.maxunicode else f"⟨U+{digits}⟩"


def _in_emoji(text: str, at: int) -> bool:
    """Return whether a hidden character only shapes the emoji beside it, or is a new emoji."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    match text[at]:
        case "\u200d":
            return _is_picture(after) and (_is_picture(before) or before == _EMOJI_STYLE)
        case "\ufe0f":
            return before != "" and (before in "#*0123456789" or _is_picture(before))
        case char:
            return unicodedata.category(char) == "Cn" and ord(char) in _EMOJI_PLANE


def _is_picture(char: str) -> bool:
    return char != "" and (
        unicodedata.category(char) in {"So", "Sk", "Sm"} or ord(char) in _EMOJI_PLANE
    )
