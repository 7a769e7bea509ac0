"""What LinkedIn's answers mean: one table from status to our errors."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    ServiceError,
)
from utils.retry_handler import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.core.errors import EmployeeError
    from utils.http_client import Answer

SERVICE: Final = "linkedin"
#: How much of LinkedIn's own words is passed on, in characters.
_WORDS: Final = 300
_UNPROCESSABLE: Final = 422
_TOO_MANY: Final = 429
_SUNSET: Final = 426
_DUPLICATE: Final = "DUPLICATE_POST"
_POST_URN: Final = re.compile(r"urn:li:(?:share|ugcPost):[0-9]+")
#: Statuses with which LinkedIn says for certain that nothing was done.
_MEANING: Final[Mapping[int, type[ServiceError]]] = {
    400: RejectedError,
    401: AuthenticationError,
    403: RejectedError,
    404: RejectedError,
    409: RejectedError,
    413: RejectedError,
    422: RejectedError,
}


def check(answer: Answer, *, now: datetime) -> None:
    """Let an answer pass that is no error.

    Raises:
        EmployeeError: LinkedIn says no, or nobody knows what it did.
    """
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - what HTTP calls success
        error = _error_of(answer, now)
        raise error


def duplicate_of(answer: Answer) -> str:
    """Return the post that LinkedIn says it has already with this very text, or ""."""
    problem = object_of(answer)
    words = f"{problem.get('code')} {problem.get('message')} {problem.get('errorDetails')}"
    if answer.status != _UNPROCESSABLE or _DUPLICATE not in words:
        return ""
    found = _POST_URN.search(words)
    return found[0] if found else ""


def object_of(answer: Answer) -> Mapping[str, Any]:
    """Return the JSON object of an answer; an empty one where it has none."""
    try:
        value = answer.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _error_of(answer: Answer, now: datetime) -> EmployeeError:
    problem = object_of(answer)
    words = " ".join(str(problem.get("message") or "").split())[:_WORDS]
    if answer.status == _TOO_MANY:
        return RateLimitedError(words, service=SERVICE, retry_after_s=_wait_of(answer, now))
    if answer.status == _SUNSET:
        return ConfigurationError("LinkedIn does not serve LINKEDIN_VERSION any more")
    if answer.status == _UNPROCESSABLE and _DUPLICATE in str(problem):
        return OutcomeUnknownError("it has a post with this very text already", service=SERVICE)
    if 300 <= answer.status < 400:  # noqa: PLR2004 - redirects
        return ConfigurationError(
            "LINKEDIN_API_URL is wrong: what answers there sends us elsewhere"
        )
    if meaning := _MEANING.get(answer.status):
        return meaning(words or f"it answered {answer.status}", service=SERVICE)
    return OutcomeUnknownError(f"it answered {answer.status}", service=SERVICE)


def _wait_of(answer: Answer, now: datetime) -> float:
    """Return how long to wait, in seconds; LinkedIn's limits end at midnight UTC."""
    asked = retry_after_s(answer.headers.get("retry-after"), now=now)
    midnight = datetime.combine(now.astimezone(UTC) + timedelta(days=1), time(), UTC)
    return asked if asked is not None else (midnight - now).total_seconds()
