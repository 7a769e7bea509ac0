"""What X's answers mean: one table from status to our errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.core.errors import (
    LONGEST_WAIT_S,
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
    from datetime import datetime

    from utils.core.errors import EmployeeError
    from utils.http_client import Answer

SERVICE: Final = "twitter"
#: How much of X's own words is passed on, in characters.
_WORDS: Final = 300
_TOO_MANY: Final = 429
_FORBIDDEN: Final = 403


class NoCreditsError(AuthenticationError):
    """X did nothing, because the account has no credits left."""

    hint = "Buy credits at console.x.com; what is approved waits and goes out once."


#: Statuses with which X says for certain that nothing was done.
_MEANING: Final[Mapping[int, type[ServiceError]]] = {
    400: RejectedError,
    401: AuthenticationError,
    402: NoCreditsError,
    403: RejectedError,
    404: RejectedError,
    409: RejectedError,
    413: RejectedError,
    415: RejectedError,
    422: RejectedError,
}


def value_of(answer: Answer, *, now: datetime) -> dict[str, Any]:
    """Return the JSON object of an answer that is no error.

    Raises:
        EmployeeError: X says no, or the answer cannot be trusted.
    """
    value = _object_of(answer)
    if 200 <= answer.status < 300 and value is not None:  # noqa: PLR2004 - what HTTP calls success
        return value
    error = _error_of(answer, value or {}, now)
    raise error


def _error_of(answer: Answer, problem: Mapping[str, Any], now: datetime) -> EmployeeError:
    words = _words_of(problem)
    if answer.status == _TOO_MANY:
        return RateLimitedError(
            words, service=SERVICE, retry_after_s=_wait_of(answer.headers, now)
        )
    if answer.status == _FORBIDDEN and "duplicate" in words.casefold():
        # Without the id of the other one: only a look at the account can tell whether it is ours.
        return OutcomeUnknownError("it has a post with this very text already", service=SERVICE)
    if 300 <= answer.status < 400:  # noqa: PLR2004 - redirects
        return ConfigurationError(
            "TWITTER_API_URL is wrong: what answers there sends us elsewhere"
        )
    if meaning := _MEANING.get(answer.status):
        return meaning(words or f"it answered {answer.status}", service=SERVICE)
    return OutcomeUnknownError(f"it answered {answer.status}", service=SERVICE)


def _object_of(answer: Answer) -> dict[str, Any] | None:
    try:
        value = answer.json()
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _words_of(problem: Mapping[str, Any]) -> str:
    """Return what a problem says in X's words: its detail, or its errors' messages."""
    errors = problem.get("errors")
    listed = (
        [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    )
    said = [str(error.get("message") or error.get("detail") or "") for error in listed]
    words = " ".join(filter(None, [str(problem.get("detail") or ""), *said]))
    return " ".join(words.split())[:_WORDS]


def _wait_of(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return how long X asks us to wait, in seconds; it names the moment, not the length."""
    reset = headers.get("x-rate-limit-reset", "")
    if reset.isdecimal():
        return min(max(int(reset) - now.timestamp(), 0.0), LONGEST_WAIT_S)
    return retry_after_s(headers.get("retry-after"), now=now)
