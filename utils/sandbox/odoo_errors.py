"""Odoo's error names and shapes, each with a long made-up traceback that a client must drop."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from utils.sandbox.http_wire import Answer

#: Stands in every `debug` text: where it shows up, somebody passed a traceback on.
CANARY: Final = "canary-4d1f-server-side-traceback"
#: Frames of the made-up traceback, so that it is as long as a real one (1 to 6 kB).
_FRAMES: Final = 18

BAD_REQUEST: Final = "werkzeug.exceptions.BadRequest"
UNAUTHORIZED: Final = "werkzeug.exceptions.Unauthorized"
NOT_FOUND: Final = "werkzeug.exceptions.NotFound"
TOO_LARGE: Final = "werkzeug.exceptions.RequestEntityTooLarge"
#: Arguments that do not fit the method.
UNPROCESSABLE: Final = "werkzeug.exceptions.UnprocessableEntity"
#: A wrong key on the JSON-RPC face.
ACCESS_DENIED: Final = "odoo.exceptions.AccessDenied"
#: A missing right.
ACCESS_ERROR: Final = "odoo.exceptions.AccessError"
#: An id that does not exist.
MISSING_ERROR: Final = "odoo.exceptions.MissingError"
#: A broken business rule.
USER_ERROR: Final = "odoo.exceptions.UserError"
#: A broken constraint.
VALIDATION_ERROR: Final = "odoo.exceptions.ValidationError"
#: A caller's mistake that Odoo does not expect: status 500.
VALUE_ERROR: Final = "builtins.ValueError"
#: A value of the wrong type that only the database notices: status 500.
BAD_TYPE: Final = "psycopg2.errors.InvalidTextRepresentation"

#: Status of an error by its name; JSON-RPC answers 200 with the same names.
_STATUS_BY_NAME: Final = {
    BAD_REQUEST: 400,
    UNAUTHORIZED: 401,
    ACCESS_DENIED: 403,
    ACCESS_ERROR: 403,
    NOT_FOUND: 404,
    MISSING_ERROR: 404,
    TOO_LARGE: 413,
    UNPROCESSABLE: 422,
    USER_ERROR: 422,
    VALIDATION_ERROR: 422,
}


class OdooError(Exception):
    """Something that Odoo answers with an error; the whole call is rolled back."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        #: Python path of the exception class, as on the wire.
        self.name = name
        #: The sentence, also the first of `arguments`.
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status on the JSON-2 face; 500 for everything without one of its own."""
        return _STATUS_BY_NAME.get(self.name, 500)

    def to_json(self) -> dict[str, object]:
        """Return `name`, `message`, `arguments`, `context` and `debug`, as on the wire."""
        web = self.name.startswith("werkzeug.")
        arguments: list[object] = [self.message, self.status] if web else [self.message]
        return {
            "name": self.name,
            "message": self.message,
            "arguments": arguments,
            "context": {},
            "debug": self._debug(),
        }

    def _debug(self) -> str:
        frame = f'  File "/srv/pretend/addons/{CANARY}.py", line 7, in call\n    return call()\n'
        last = f"{self.name.removeprefix('builtins.')}: {self.message}\n"
        return "Traceback (most recent call last):\n" + frame * _FRAMES + last


def no_value(field: str, model: str) -> str:
    """Return what Odoo says about a required field left empty."""
    return (
        "The operation cannot be completed: Missing required value for the field "
        f"'{field}' ({field}).\nModel: '{model}' ({model})"
    )


def no_record(model: str, id_: object, uid: int) -> str:
    """Return what Odoo says about an id that does not exist."""
    return f"Record does not exist or has been deleted.\n(Record: {model}({id_},), User: {uid})"


def no_database() -> Answer:
    """Return the HTML page of a request whose database is not named or not known."""
    page = (
        "<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
        "<p>No database is selected for the requested URL.</p>\n"
    )
    return Answer.html(page, 404)


def wrong_content_type() -> Answer:
    """Return the HTML page for a body that is not announced as JSON."""
    page = "<!doctype html>\n<title>415 Unsupported Media Type</title>\n<h1>Unsupported</h1>\n"
    return Answer.html(page, 415, accept="application/json")


def to_login(target: str) -> Answer:
    """Return the redirect that version 18 gives to paths it does not know under `/json`."""
    location = f"/web/login?redirect={quote(target, safe='')}%3F"
    page = f'<!doctype html>\n<title>Redirecting...</title>\n<a href="{location}">here</a>\n'
    return Answer.html(page, 303, location=location)


def page(status: int) -> Answer:
    """Return an HTML error page, as a proxy in front or the web part gives it."""
    return Answer.html(f"<html><title>{status}</title><h1>Error {status}</h1></html>", status)
