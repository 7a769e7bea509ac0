"""What Gmail's answers mean, in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.core.errors import (
    LONGEST_WAIT_S,
    AuthenticationError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    ServiceError,
)
from utils.http.answer import SERVER_FAULT, service_words
from utils.retry_handler import retry_after_s
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from utils.core.model import Json
    from utils.http.answer import Answer

SERVICE: Final = "gmail"
#: Reasons of 403 that mean "too fast", and "not again today".
_TOO_FAST: Final = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_TODAY: Final = frozenset({"dailyLimitExceeded", "quotaExceeded", "dailyLimitExceededUnreg"})
#: Reasons of 403 that the owner has to mend.
_NOT_ALLOWED: Final = frozenset({"insufficientPermissions", "domainPolicy", "accessNotConfigured"})


class GoneError(RejectedError):
    """The mailbox does not hold this any more."""

    hint = "It was deleted, or its number is not one of this mailbox's."


def value_of(answer: Answer) -> Json:
    """Return the JSON object of an answer that is no error.

    Raises:
        ServiceError: It is an error, of the kind that the table below says.
        OutcomeUnknownError: It is no answer, so what it is about may have happened.
    """
    value = answer.object() if answer.is_json else None
    if answer.is_good and value is not None:
        return value
    error = (value or {}).get("error")
    if isinstance(error, dict) and answer.status < SERVER_FAULT and answer.status != 408:  # noqa: PLR2004
        said: ServiceError = _error_of(answer, error)
        raise said
    if answer.is_too_many:
        # Said by a machine in between.
        too_fast: ServiceError = _too_fast(answer)
        raise too_fast
    raise OutcomeUnknownError(f"it answered {answer.status} without saying why", service=SERVICE)


def _error_of(answer: Answer, error: dict[str, Any]) -> ServiceError:
    reasons = {
        str(one.get("reason")) for one in error.get("errors") or () if isinstance(one, dict)
    }
    said = service_words(error.get("message"))
    match answer.status:
        case 401:
            return AuthenticationError("the sign-in is not accepted", service=SERVICE)
        case 403 if reasons & _TODAY:
            return RateLimitedError(service=SERVICE, retry_after_s=LONGEST_WAIT_S)
        case 403 if reasons & _TOO_FAST:
            return _too_fast(answer)
        case 403 if reasons & _NOT_ALLOWED:
            return AuthenticationError("the sign-in does not allow this", service=SERVICE)
        case 404:
            return GoneError(said, service=SERVICE)
        case 429:
            return _too_fast(answer)
        case _:
            return RejectedError(said, service=SERVICE)


def _too_fast(answer: Answer) -> RateLimitedError:
    asked = retry_after_s(answer.headers.get("retry-after"), now=utc_now())
    return RateLimitedError(service=SERVICE, retry_after_s=asked)
