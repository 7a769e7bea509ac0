"""Answers over HTTP, and what a status means wherever it comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.core.model import Json

_DONE: Final = range(200, 300)
_ELSEWHERE: Final = range(300, 400)
_TOO_MANY: Final = 429
#: From here on a status says that the fault is the server's.
SERVER_FAULT: Final = 500
#: How much of a service's own words is passed on, in characters.
_WORDS: Final = 300


@dataclass(frozen=True)
class Answer:
    """What came back, whatever the status."""

    status: int
    #: Header name in small letters to value.
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_good(self) -> bool:
        """Whether its status says that what was asked is done."""
        return self.status in _DONE

    @property
    def sends_elsewhere(self) -> bool:
        """Whether it names another address; nobody follows it there."""
        return self.status in _ELSEWHERE

    @property
    def is_too_many(self) -> bool:
        """Whether it asks us to come back later."""
        return self.status == _TOO_MANY

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == "application/json" or kind.endswith("+json")

    def json(self) -> Any:
        """Return the body as a JSON value.

        Raises:
            ValueError: It is not JSON, whatever it says.
        """
        return json.loads(self.body)

    def object(self) -> Json | None:
        """Return the body as a JSON object, or None where it is none."""
        try:
            value = self.json()
        except ValueError:
            return None
        return value if isinstance(value, dict) else None


def service_words(text: object) -> str:
    """Return what a service says in its own words, on one line and no longer than is passed on."""
    return " ".join(str(text or "").split())[:_WORDS]
