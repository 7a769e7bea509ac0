"""What a tool answers: the shape of answers, their size, and errors as sentences."""

from __future__ import annotations

import json
import logging
import secrets
from typing import TYPE_CHECKING, Final

from utils.core.errors import EmployeeError, InvalidValueError
from utils.core.outside_text import visible

if TYPE_CHECKING:
    from utils.core.model import Json

_log: Final = logging.getLogger(__name__)
#: Clients put longer answers into a file, and the model then sees only the beginning of it.
ANSWER_LIMIT: Final = 50_000
_TEXT: Final[Json] = {"type": "string"}
#: The schema of what every tool but a read answers.
ANSWER: Final[Json] = {
    "type": "object",
    "properties": {
        "status": {
            "enum": [
                *("previewed", "pending", "granted", "refused"),
                *("done", "failed", "unknown", "waiting"),
            ]
        },
        "proposal_id": _TEXT,
        "note": _TEXT,
        "summary": _TEXT,
        "request": {
            "type": "object",
            "properties": {"method": _TEXT, "url": _TEXT, "body": {"type": "object"}},
            "required": ["method", "url", "body"],
        },
        "reason": _TEXT,
    },
    "required": ["status", "summary", "request", "reason"],
}


def as_text(answer: Json) -> str:
    """Return an answer as compact JSON that fits and that any client can read.

    What a screen would hide, such as a mark that turns the text around, is spelled out: the model
    is to see what the owner would see.

    Raises:
        InvalidValueError: It is too long.
    """
    text = visible(json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    if len(text) > ANSWER_LIMIT:
        raise InvalidValueError(
            f"the answer has {len(text)} characters and {ANSWER_LIMIT} fit; "
            "ask for less, such as a smaller limit or a shorter period"
        )
    return text


def without_long_body(answer: Json) -> Json:
    """Return an answer to a change that fits: a very long request body is only counted.

    An error about length would hide that something was submitted, and it would be asked for twice.
    """
    size = len(json.dumps(answer, ensure_ascii=False))
    if size <= ANSWER_LIMIT:
        return answer
    left_out = {"left_out": f"too long to show here ({size} characters)"}
    return answer | {"request": answer["request"] | {"body": left_out}}


def sentence_of(error: Exception, *, during: str) -> str:
    """Return what may be said about an error: its own sentence and hint, or a mark to look up.

    Only errors of our own were written to be shown. Of any other, the text and the traceback go to
    the log alone, because they may hold a key, a path or a stranger's words.
    """
    if isinstance(error, EmployeeError):
        return visible(f"{error} {error.hint}")
    mark = secrets.token_hex(4)
    _log.error("%s failed, mark %s", during, mark, exc_info=error)
    return f"Internal error, see the log under {mark}."
