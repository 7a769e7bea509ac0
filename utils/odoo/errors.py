"""What Odoo's errors mean: judged by their name, never by their text or status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    RateLimitedError,
    RejectedError,
    ServiceError,
)
from utils.http.answer import service_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.core.errors import EmployeeError

SERVICE: Final = "odoo"


class OdooFaultError(ServiceError):
    """Odoo did not understand the request, so nothing was done."""

    hint = "Look whether Odoo was updated; `uv run orchestrator.py doctor` shows its version."

    def __init__(self, detail: str = "", *, service: str = SERVICE, name: str = "") -> None:
        #: Odoo's name of the error, such as ``builtins.ValueError``.
        self.name = name
        super().__init__(detail, service=service)


#: Odoo's name of an error to what it means. An answer with such a name was rolled back.
_MEANING: Final[Mapping[str, type[EmployeeError]]] = {
    "werkzeug.exceptions.Unauthorized": AuthenticationError,
    "odoo.exceptions.AccessDenied": AuthenticationError,
    "odoo.http.SessionExpiredException": AuthenticationError,
    "odoo.exceptions.AccessError": RejectedError,
    "odoo.exceptions.MissingError": RejectedError,
    "odoo.exceptions.UserError": RejectedError,
    "odoo.exceptions.ValidationError": RejectedError,
    "odoo.exceptions.RedirectWarning": RejectedError,
    "psycopg2.errors.SerializationFailure": RateLimitedError,
    "psycopg2.errors.LockNotAvailable": RateLimitedError,
    "psycopg2.OperationalError": ConfigurationError,
}
#: What is said in place of Odoo's words where those show how the server is built.
_INSTEAD: Final[Mapping[type[EmployeeError], str]] = {
    AuthenticationError: "the key is wrong or has expired",
    ConfigurationError: "ODOO_DB names no database that Odoo can open",
    RateLimitedError: "somebody else was changing the same thing",
}


def raise_for(name: str, message: str) -> NoReturn:
    """Raise our error for one of Odoo's.

    Raises:
        OdooFaultError: Odoo did not understand the request, or nobody knows this name.
        EmployeeError: The table says which.
    """
    meaning = _MEANING.get(name)
    words = _INSTEAD.get(meaning) if meaning else None
    detail = words or service_words(message)
    if meaning is None:
        raise OdooFaultError(f"{name.rpartition('.')[2]}: {detail}", name=name)
    if issubclass(meaning, ServiceError):
        raise meaning(detail, service=SERVICE)
    raise meaning(detail)
