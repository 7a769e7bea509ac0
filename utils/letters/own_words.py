"""What the sender himself wrote: a message without older mails, quotes and the signature."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: Words further down than this are not read (ours: forty pages; a request has one).
READ_LENGTH: Final = 60_000

_FORWARDED: Final = re.compile(
    r"^[ \t]*(?:-{2,}[ \t]*(?:forwarded message|weitergeleitete nachricht|message transféré"
    r"|mensaje reenviado)\b.*|begin forwarded message:.*|anfang der weitergeleiteten .*:)$",
    re.IGNORECASE | re.MULTILINE,
)
_OLDER: Final = re.compile(
    r"^[ \t]*(?:-{2,}[ \t]*(?:original message|ursprüngliche nachricht|message d'origine"
    r"|mensaje original)[ \t]*-*|_{20,})[ \t]*$"
    r"|^[ \t]*(?:from|von|de):[ \t].+\n(?:.+\n)?[ \t]*(?:sent|date|gesendet|datum|envoyé|enviado"
    r"|fecha):[ \t].+$",
    re.IGNORECASE | re.MULTILINE,
)
_ATTRIBUTION: Final = re.compile(
    r"^[ \t]*(?:on\b[^\n]{3,200}(?:\n[^\n]{1,80})?\bwrote|am\b[^\n]{3,200}(?:\n[^\n]{1,80})?"
    r"\bschrieb\b[^\n]{0,120}|le\b[^\n]{3,200}(?:\n[^\n]{1,80})?\ba écrit"
    r"|el\b[^\n]{3,200}(?:\n[^\n]{1,80})?\bescribió)[ \t]*:[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED: Final = re.compile(r"^[ \t]*(?:>|\|[ \t]*>).*$\n?", re.MULTILINE)
_DASHES: Final = re.compile(r"^--[ \t]?$", re.MULTILINE)
_CLOSING: Final = re.compile(
    r"^[ \t]*(?:(?:(?:with )?(?:best|kind|warm|many|warmest|kindest)(?: regards| wishes| thanks)?"
    r"|(?:warm )?regards|yours(?: sincerely| truly| faithfully)?|sincerely|cheers"
    r"|(?:many |with )?thanks(?: again| and regards| in advance)?|thank you|all the best"
    r"|(?:mit )?(?:freundliche[nr]?|beste[nr]?|viele[nr]?|liebe[nr]?|herzliche[nr]?) gr(?:ü"
    r"|ue)(?:ß|ss)en?"
    r"|mfg|vg|(?:bien )?cordialement|(?:bien à|salutations)[^\n]{0,40}"
    r"|(?:un )?saludos?(?: cordial(?:es)?)?"
    r"|atentamente)[ \t]*[,.!]*|sent from my [^\n]{1,40}|von meinem [^\n]{1,40} gesendet"
    r"|envoyé de mon [^\n]{1,40}|enviado desde mi [^\n]{1,40})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
#: A signature is at most this many lines long; more is text (ours).
_SIGNATURE_LINES: Final = 12
_MONEY_BELOW: Final = re.compile(r"[€$£]|\b(?:EUR|USD|GBP|CHF)\b|[0-9]+[.,][0-9]{2}(?![0-9])")


@dataclass(frozen=True, kw_only=True)
class OwnWords:
    """A message taken apart."""

    #: What the sender wrote himself.
    text: str
    #: What he passed on from somebody else, "" where he did not.
    forwarded: str
    #: Whether the message was longer than what is read.
    cut: bool


def own_words(body: str) -> OwnWords:
    """Take a message apart into the sender's own words and what he forwarded."""
    text = body[:READ_LENGTH].replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    forward = _FORWARDED.search(text)
    forwarded = text[forward.end() :].strip() if forward else ""
    own = text[: forward.start()] if forward else text
    return OwnWords(
        text=_without_signature(_without_quotes(own)).strip(),
        forwarded=_QUOTED.sub("", forwarded).strip(),
        cut=len(body) > READ_LENGTH,
    )


def _without_quotes(text: str) -> str:
    """Drop older mails: all below their header, or, where `>` marks them, just what is marked."""
    if older := _OLDER.search(text):
        text = text[: older.start()]
    if attribution := _ATTRIBUTION.search(text):
        below = text[attribution.end() :]
        marked = below.lstrip().startswith(">")
        text = text[: attribution.start()] + (below if marked else "")
    return _QUOTED.sub("", text)


def _without_signature(text: str) -> str:
    """Drop the signature, unless it is too long for one or speaks of money."""
    ends = [found for found in (_DASHES.search(text), _last_closing(text)) if found]
    for end in sorted(ends, key=lambda found: found.start()):
        below = text[end.end() :]
        lines = [line for line in below.splitlines() if line.strip()]
        if len(lines) <= _SIGNATURE_LINES and not _MONEY_BELOW.search(below):
            return text[: end.start()]
    return text


def _last_closing(text: str) -> re.Match[str] | None:
    return max(_CLOSING.finditer(text), key=lambda found: found.start(), default=None)
