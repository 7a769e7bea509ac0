"""Takes secrets out of text, whatever form they were written in."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What stands where a secret stood; safe inside JSON, YAML strings and Markdown.
REDACTED: Final = "[redacted]"

#: Below this many characters a value is no secret worth hiding, and hiding it would eat words.
_SHORTEST: Final = 4

#: Keys and tokens of the services we speak to, known by how they begin.
_KNOWN: Final = (
    r"\bEAA[A-Za-z0-9]{16,}",
    r"\bIGQ[A-Za-z0-9_-]{16,}",
    r"\bya29\.[A-Za-z0-9_-]+",
    r"\b1(?://|%2[Ff]%2[Ff]|\\/\\/)[A-Za-z0-9_-]{16,}",
    r"\bGOCSPX-[A-Za-z0-9_-]+",
    r"\bsk-ant-[A-Za-z0-9_-]+",
    r"\bA{10}[A-Za-z0-9%_-]+",
)


class Redactor:
    """Knows the secrets and replaces each wherever it stands.

    A secret is found as it is, in a URL, inside a JSON string and inside base64 of a longer text.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._pattern = re.compile("")
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Learn further secrets, such as a token that was fetched while running."""
        self._secrets.update(secret for secret in secrets if len(secret) >= _SHORTEST)
        forms = {form for secret in self._secrets for form in _forms(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join([*map(re.escape, longest_first), *_KNOWN]))

    def clean(self, text: str) -> str:
        """Return the text with every secret replaced."""
        return self._pattern.sub(REDACTED, text)


def _forms(secret: str) -> Iterator[str]:
    """Give every way in which a secret may be written."""
    yield secret
    yield from (quote(secret), quote(secret, safe=""), quote_plus(secret))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield from _in_base64(secret.encode("utf-8", "surrogatepass"))


def _in_base64(secret: bytes) -> Iterator[str]:
    """Give what base64 of any text shows of the secret, by its place within three bytes."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + secret).decode("ascii")
        # The first and last characters depend on the neighbours too.
        last = (before + len(secret)) * 8 // 6
        middle = text[-(-before * 8 // 6) : last]
        if len(middle) >= _SHORTEST:
            yield middle
            yield middle.replace("+", "-").replace("/", "_")
