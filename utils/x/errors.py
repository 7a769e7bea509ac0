"""What X's answers mean, beside what every network means by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.core.errors import LONGEST_WAIT_S, AuthenticationError, RateLimitedError
from utils.http.answer import service_words
from utils.posts.network_errors import NOTHING_DONE, network_error, posted_already
from utils.retry_handler import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from utils.core.errors import EmployeeError, ServiceError
    from utils.http.answer import Answer

SERVICE: Final = "twitter"
_FORBIDDEN: Final = 403


class NoCreditsError(AuthenticationError):
    """X did nothing, because the account has no credits left."""

    hint = "Buy credits at console.x.com; what is approved waits and goes out once."


_NOTHING_DONE: Final[Mapping[int, type[ServiceError]]] = {**NOTHING_DONE, 402: NoCreditsError}


def value_of(answer: Answer, *, now: datetime) -> dict[str, Any]:
    """Return the JSON object of an answer that is no error.

    Raises:
        EmployeeError: X says no, or the answer cannot be trusted.
    """
    value = answer.object()
    if answer.is_good and value is not None:
        return value
    error = _error_of(answer, value or {}, now)
    raise error


def _error_of(answer: Answer, problem: Mapping[str, Any], now: datetime) -> EmployeeError:
    words = _words_of(problem)
    if answer.is_too_many:
        wait_s = _wait_of(answer.headers, now)
        return RateLimitedError(words, service=SERVICE, retry_after_s=wait_s)
    if answer.status == _FORBIDDEN and "duplicate" in words.casefold():
        # It does not name the other one.
        return posted_already(SERVICE)
    return network_error(
        answer, words, service=SERVICE, address="TWITTER_API_URL", nothing_done=_NOTHING_DONE
    )


def _words_of(problem: Mapping[str, Any]) -> str:
    """Return what a problem says in X's words: its detail, or its errors' messages."""
    errors = problem.get("errors")
    listed = (
        [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    )
    said = [str(error.get("message") or error.get("detail") or "") for error in listed]
    return service_words(" ".join(filter(None, [str(problem.get("detail") or ""), *said])))


def _wait_of(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return how long X asks us to wait, in seconds; it names the moment, not the length."""
    reset = headers.get("x-rate-limit-reset", "")
    if reset.isdecimal():
        return min(max(int(reset) - now.timestamp(), 0.0), LONGEST_WAIT_S)
    return retry_after_s(headers.get("retry-after"), now=now)
