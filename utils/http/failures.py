"""What a failure of the HTTP library means, in one table, and what to tell the owner about it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from utils.core.errors import (
    ConfigurationError,
    EmployeeError,
    OutcomeUnknownError,
    ServiceError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What a failure of the library means, by its class's name; the nearest class in its ancestry
#: counts. Whatever is not named may have left this machine.
_MEANING: Final[Mapping[str, type[EmployeeError]]] = {
    "ConnectError": UnreachableError,
    "ConnectTimeout": UnreachableError,
    "PoolTimeout": UnreachableError,
    "UnsupportedProtocol": ConfigurationError,
    "LocalProtocolError": ConfigurationError,
    "InvalidURL": ConfigurationError,
    "UnicodeError": ConfigurationError,
    "HTTPError": OutcomeUnknownError,
    "OSError": OutcomeUnknownError,
}
#: What to tell the owner about a failure, likewise; the library's own text may hold an address.
_WORDS: Final[Mapping[str, str]] = {
    "ConnectTimeout": "it did not pick up in time",
    "ConnectError": "no connection",
    "PoolTimeout": "too many calls at once",
    "UnsupportedProtocol": "its address must begin with https:// or http://",
    "LocalProtocolError": "its address or key holds characters that cannot be sent",
    "InvalidURL": "its address is not one",
    "WriteTimeout": "it stopped listening",
    "ReadTimeout": "no answer in time",
    "UnicodeError": "its address or key holds characters that cannot be sent",
    "HTTPError": "the connection broke before the answer was complete",
    "OSError": "the connection broke before the answer was complete",
}


@contextmanager
def translated(service: str) -> Iterator[None]:
    """Turn the library's failures into ours.

    Raises:
        EmployeeError: As ``_MEANING`` says.
    """
    import httpx2  # noqa: PLC0415 - a server answers tools/list before this is loaded

    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        meaning = next(_MEANING[name] for name in names if name in _MEANING)
        words = next(_WORDS[name] for name in names if name in _WORDS)
        if issubclass(meaning, ServiceError):
            raise meaning(words, service=service) from error
        raise meaning(f"{service}: {words}") from error
