"""What the Graph's errors mean: one table, judged by their numbers and never by their text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from utils.core.errors import (
    AuthenticationError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    ServiceError,
)
from utils.http.answer import SERVER_FAULT, service_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class NotThereError(RejectedError):
    """The service knows nothing of that number, or does not let us see it."""

    hint = "Check the number; it stands in the lists that the service gives."


type Meaning = tuple[type[ServiceError], str]


def _each(numbers: Iterable[int], kind: type[ServiceError], words: str) -> dict[int, Meaning]:
    return {number: (kind, words.format(number=number)) for number in numbers}


_BLOCKED: Final = "it has blocked this; look at your account before anything else is posted"
_PICTURE: Final = "it could not load the picture, or the picture's server forbids it"
_PASSING: Final = "a fault of its own"
#: The Graph's subcode to what it means; it is more exact than the code.
_BY_SUBCODE: Final[Mapping[int, Meaning]] = {
    33: (NotThereError, ""),
    458: (AuthenticationError, "the app was removed from the account"),
    459: (AuthenticationError, "the account must pass a security check first"),
    460: (AuthenticationError, "the password was changed"),
    463: (AuthenticationError, "the token has expired"),
    464: (AuthenticationError, "the account is not confirmed"),
    467: (AuthenticationError, "the token is not valid any more"),
    1404078: (AuthenticationError, "you must confirm there that you may publish for the Page"),
    2207042: (RateLimitedError, "the day's number of posts is used up"),
    1366051: (OutcomeUnknownError, "it says that these pictures were posted already"),
    **_each((1390008, 1404112, 1404006, 4854002), RejectedError, _BLOCKED),
    **_each((2207001, 2207050, 2207051), RejectedError, _BLOCKED),
    **_each((2207003, 2207052), RejectedError, _PICTURE),
    **_each((2207008, 2207020), RejectedError, "the picture was handed over too long ago"),
    **_each((1363047, 1609010, 2207032, 2207082), OutcomeUnknownError, _PASSING),
}
#: The Graph's code to what it means.
_BY_CODE: Final[Mapping[int, Meaning]] = {
    **_each((102, 190), AuthenticationError, "the token is not valid any more"),
    **_each((3, 10, *range(200, 300)), AuthenticationError, "the token lacks a permission"),
    **_each((4, 17, 32, 613, 80001, 80002, 80006), RateLimitedError, "too many calls"),
    9: (RateLimitedError, "the day's number of posts is used up"),
    368: (RejectedError, _BLOCKED),
    9004: (RejectedError, _PICTURE),
    506: (OutcomeUnknownError, "it says that this was posted already"),
    **_each((1, 2), OutcomeUnknownError, _PASSING),
}


def error_of(
    error: Mapping[str, Any], *, status: int, service: str, wait_s: float | None
) -> ServiceError:
    """Return our error for one of the Graph's.

    Args:
        error: The object under ``error`` in its answer, without secrets.
        status: The answer's HTTP status.
        service: The service's name, for the sentence.
        wait_s: How long the service asks us to wait, in seconds; None where it does not say.
    """
    kind, words = _meaning(error, status)
    said = service_words(error.get("error_user_msg") or error.get("message"))
    detail = ": ".join(filter(None, (words, said)))
    if kind is RateLimitedError:
        return RateLimitedError(detail, service=service, retry_after_s=wait_s)
    return kind(detail, service=service)


def unreadable(status: int, *, service: str, wait_s: float | None) -> ServiceError:
    """Return our error for an answer that is not the Graph's own."""
    if status == 429:  # noqa: PLR2004 - Too Many Requests
        return RateLimitedError("too many calls", service=service, retry_after_s=wait_s)
    return OutcomeUnknownError(f"an unreadable answer, status {status}", service=service)


def _meaning(error: Mapping[str, Any], status: int) -> Meaning:
    by_subcode = _BY_SUBCODE.get(error.get("error_subcode") or 0)
    known = by_subcode or _BY_CODE.get(error.get("code") or 0)
    if known:
        return known
    if status >= SERVER_FAULT or error.get("is_transient"):
        return OutcomeUnknownError, _PASSING
    return RejectedError, ""
