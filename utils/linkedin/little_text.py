"""LinkedIn's "little text": plain words in which fifteen characters must be escaped.

An unescaped one cuts the post without an error. A #hashtag becomes a template, so that it stays
one; everything else is shown as it was written.

Source: LinkedIn, "little text format", version 202607.
"""

from __future__ import annotations

import re
from typing import Final

from utils.posts.links import spans_of_urls

_RESERVED: Final = re.compile(r"[\\|{}@\[\]()<>#*_~]")
#: A hashtag of letters and digits with at least one letter, standing by itself.
_HASHTAG: Final = re.compile(r"(?<![\w&#/])#(?=[^\W_]*[^\W\d_])([^\W_]+)(?![\w#])")
_TEMPLATE: Final = re.compile(r"\{hashtag\|\\#\|([^\W_]+)\}|\\(.)", re.DOTALL)


def as_little_text(text: str) -> str:
    """Return a text in the form that LinkedIn shows as it was written."""
    pieces, at = [], 0
    for start, end in spans_of_urls(text):
        # A # inside a link is no hashtag.
        pieces += [_with_hashtags(text[at:start]), _escaped(text[start:end])]
        at = end
    return "".join([*pieces, _with_hashtags(text[at:])])


def as_plain_text(little: str) -> str:
    """Return what was written, from the form that LinkedIn gives back."""
    return _TEMPLATE.sub(lambda found: f"#{found[1]}" if found[1] else found[2], little)


def _with_hashtags(text: str) -> str:
    pieces, at = [], 0
    for found in _HASHTAG.finditer(text):
        pieces += [_escaped(text[at : found.start()]), f"{{hashtag|\\#|{found[1]}}}"]
        at = found.end()
    return "".join([*pieces, _escaped(text[at:])])


def _escaped(text: str) -> str:
    return _RESERVED.sub(r"\\\g<0>", text)
