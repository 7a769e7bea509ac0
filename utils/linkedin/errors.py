"""What LinkedIn's answers mean, beside what every network means by them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from utils.core.errors import ConfigurationError, RateLimitedError
from utils.http.answer import service_words
from utils.posts.network_errors import network_error, posted_already
from utils.retry_handler import retry_after_s

if TYPE_CHECKING:
    from utils.core.errors import EmployeeError
    from utils.http.answer import Answer

SERVICE: Final = "linkedin"
_UNPROCESSABLE: Final = 422
_SUNSET: Final = 426
_DUPLICATE: Final = "DUPLICATE_POST"
_POST_URN: Final = re.compile(r"urn:li:(?:share|ugcPost):[0-9]+")


def check(answer: Answer, *, now: datetime) -> None:
    """Let an answer pass that is no error.

    Raises:
        EmployeeError: LinkedIn says no, or nobody knows what it did.
    """
    if not answer.is_good:
        error = _error_of(answer, now)
        raise error


def duplicate_of(answer: Answer) -> str:
    """Return the post that LinkedIn says it has already with this very text, or ""."""
    problem = answer.object() or {}
    words = f"{problem.get('code')} {problem.get('message')} {problem.get('errorDetails')}"
    if answer.status != _UNPROCESSABLE or _DUPLICATE not in words:
        return ""
    found = _POST_URN.search(words)
    return found[0] if found else ""


def _error_of(answer: Answer, now: datetime) -> EmployeeError:
    problem = answer.object() or {}
    words = service_words(problem.get("message"))
    if answer.is_too_many:
        return RateLimitedError(words, service=SERVICE, retry_after_s=_wait_of(answer, now))
    if answer.status == _SUNSET:
        return ConfigurationError("LinkedIn does not serve LINKEDIN_VERSION any more")
    if answer.status == _UNPROCESSABLE and _DUPLICATE in str(problem):
        return posted_already(SERVICE)
    return network_error(answer, words, service=SERVICE, address="LINKEDIN_API_URL")


def _wait_of(answer: Answer, now: datetime) -> float:
    """Return how long to wait, in seconds; LinkedIn's limits end at midnight UTC."""
    asked = retry_after_s(answer.headers.get("retry-after"), now=now)
    midnight = datetime.combine(now.astimezone(UTC) + timedelta(days=1), time(), UTC)
    return asked if asked is not None else (midnight - now).total_seconds()
