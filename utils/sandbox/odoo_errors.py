"""Odoo's error names and shapes, each with a long made-up traceback that a client must drop."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from utils.sandbox.http_wire import Answer

#: Stands in every `debug` text: where it shows up, somebody passed a traceback on.
CANARY: Final = "canary-4d1f-server-side-traceback"
#: Frames of the made-up traceback, so that it is as long as a real one (1 to 6 kB).
_FRAMES: Final = 18

#: Status of an error by its name; JSON-RPC answers 200 with the same names.
STATUS_BY_NAME: Final = {
    "werkzeug.exceptions.BadRequest": 400,
    "werkzeug.exceptions.Unauthorized": 401,
    "odoo.exceptions.AccessDenied": 403,
    "odoo.exceptions.AccessError": 403,
    "werkzeug.exceptions.NotFound": 404,
    "odoo.exceptions.MissingError": 404,
    "werkzeug.exceptions.RequestEntityTooLarge": 413,
    "werkzeug.exceptions.UnprocessableEntity": 422,
    "odoo.exceptions.UserError": 422,
    "odoo.exceptions.ValidationError": 422,
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
        return STATUS_BY_NAME.get(self.name, 500)

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


def user_error(message: str) -> OdooError:
    """Return the error of a broken business rule."""
    return OdooError("odoo.exceptions.UserError", message)


def validation_error(message: str) -> OdooError:
    """Return the error of a broken constraint."""
    return OdooError("odoo.exceptions.ValidationError", message)


def missing_value(field: str, model: str) -> OdooError:
    """Return the error of a required field left empty."""
    return validation_error(
        "The operation cannot be completed: Missing required value for the field "
        f"'{field}' ({field}).\nModel: '{model}' ({model})"
    )


def access_error(message: str) -> OdooError:
    """Return the error of a missing right."""
    return OdooError("odoo.exceptions.AccessError", message)


def missing_record(model: str, id_: object, uid: int) -> OdooError:
    """Return the error of an id that does not exist."""
    return OdooError(
        "odoo.exceptions.MissingError",
        f"Record does not exist or has been deleted.\n(Record: {model}({id_},), User: {uid})",
    )


def value_error(message: str) -> OdooError:
    """Return the error of a caller's mistake that Odoo does not expect: status 500."""
    return OdooError("builtins.ValueError", message)


def unprocessable(message: str) -> OdooError:
    """Return the error of arguments that do not fit the method."""
    return OdooError("werkzeug.exceptions.UnprocessableEntity", message)


def not_found(message: str) -> OdooError:
    """Return the error of an unknown model, method or path."""
    return OdooError("werkzeug.exceptions.NotFound", message)


def unauthorized(message: str = "Invalid apikey") -> OdooError:
    """Return the error of a key that is wrong, expired or absent."""
    return OdooError("werkzeug.exceptions.Unauthorized", message)


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
