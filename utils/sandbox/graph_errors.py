"""Errors in the Graph's shape, with the numbers that its reference gives them."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from utils.sandbox.http_wire import Answer

#: A number as in every error, by which Meta's support finds it again.
TRACE: Final = "AbCdEfGhIjKlMnOpQrStUvW"


class GraphError(Exception):
    """Something that the Graph answers with an error; nothing was changed."""

    def __init__(
        self, code: int, message: str, *, subcode: int | None = None, status: int = 400
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.subcode = subcode
        #: HTTP status.
        self.status = status

    def answer(self) -> Answer:
        """Return the error as it goes over the wire."""
        error: dict[str, Any] = {
            "message": self.message,
            "type": "OAuthException" if self.code in {102, 190} else "GraphMethodException",
            "code": self.code,
            "fbtrace_id": TRACE,
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.code in {1, 2}:
            error["is_transient"] = True
        return Answer.json({"error": error}, self.status)


def say_not_there(node: str) -> NoReturn:
    """Say that a node does not exist or may not be seen.

    Raises:
        GraphError: Always.
    """
    message = (
        f"Unsupported request. Object with ID '{node}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation."
    )
    raise GraphError(100, message, subcode=33)


def say_missing(name: str) -> NoReturn:
    """Say that a parameter was not given.

    Raises:
        GraphError: Always.
    """
    raise GraphError(100, f"(#100) The parameter {name} is required")


def say_no_permission(scope: str) -> NoReturn:
    """Say that a token lacks a scope.

    Raises:
        GraphError: Always.
    """
    raise GraphError(200, f"(#200) Requires {scope} permission", status=403)


#: The Graph's error for a fault that names only a status: code, subcode and message.
_BY_STATUS: Final = {
    401: (190, 463, "Error validating access token: Session has expired."),
    403: (200, None, "(#200) Requires pages_manage_posts permission"),
    404: (100, 33, "Unsupported request."),
    429: (4, None, "(#4) Application request limit reached"),
}
_PASSING: Final = (2, None, "An unexpected error has occurred. Please retry your request later.")
_WRONG: Final = (100, None, "(#100) Invalid parameter")
_BAD_GATEWAY, _SERVER_FAULT = 502, 500


def for_status(status: int) -> Answer:
    """Return the answer to a fault that names only a status; 502 comes from a proxy before it."""
    if status == _BAD_GATEWAY:
        return Answer.html("<html><body><h1>502 Bad Gateway</h1></body></html>", status)
    other = _PASSING if status >= _SERVER_FAULT else _WRONG
    code, subcode, message = _BY_STATUS.get(status, other)
    return GraphError(code, message, subcode=subcode, status=status).answer()
