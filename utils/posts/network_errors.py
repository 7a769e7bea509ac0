"""What an answer means that is an error, where networks mean the same by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    OutcomeUnknownError,
    RejectedError,
    ServiceError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.core.errors import EmployeeError
    from utils.http.answer import Answer

#: Statuses with which a network says for certain that nothing was done.
NOTHING_DONE: Final[Mapping[int, type[ServiceError]]] = {
    400: RejectedError,
    401: AuthenticationError,
    403: RejectedError,
    404: RejectedError,
    409: RejectedError,
    413: RejectedError,
    415: RejectedError,
    422: RejectedError,
}


def network_error(
    answer: Answer,
    words: str,
    *,
    service: str,
    address: str,
    nothing_done: Mapping[int, type[ServiceError]] = NOTHING_DONE,
) -> EmployeeError:
    """Return our error for an answer by its status alone.

    Args:
        answer: It is an error.
        words: What the network says in its own words, or "".
        service: The service's name, for the sentence.
        address: The variable that names where the network answers.
        nothing_done: Status to error, where nothing was done for certain.
    """
    if answer.sends_elsewhere:
        return ConfigurationError(f"{address} is wrong: what answers there sends us elsewhere")
    if meaning := nothing_done.get(answer.status):
        return meaning(words or f"it answered {answer.status}", service=service)
    return OutcomeUnknownError(f"it answered {answer.status}", service=service)


def posted_already(service: str) -> OutcomeUnknownError:
    """Return our error for a double: only a look can tell whether the other one is ours."""
    return OutcomeUnknownError("it has a post with this very text already", service=service)
