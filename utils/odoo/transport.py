"""The two ways of speaking to Odoo behind one interface: JSON-2 from 19 on, JSON-RPC before."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, Protocol

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    OutcomeUnknownError,
    RateLimitedError,
)
from utils.odoo.errors import SERVICE, raise_for
from utils.odoo.requests import json2_request
from utils.retry_handler import retry_after_s
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from utils.http.answer import Answer
    from utils.http_client import HttpClient
    from utils.odoo.settings import OdooSettings

#: The first version that speaks JSON-2.
JSON2_FROM: Final = 19
_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}
_NOT_ODOO: Final = "ODOO_URL or ODOO_DB is wrong: what answers there is not that database of Odoo"


class Transport(Protocol):
    """Calls one method of one model."""

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        *,
        is_read: bool,
    ) -> Any:
        """Call it once and return what it returned, None included.

        Args:
            model: Such as ``account.move``.
            method: Such as ``search_read``.
            ids: The records it works on; None for a method of the model itself.
            arguments: Its named arguments, ``context`` among them.
            is_read: Whether it changes nothing.

        Raises:
            EmployeeError: As ``odoo.errors`` and ``http_client`` say.
        """


def find_version(http: HttpClient, base: str) -> tuple[int, int]:
    """Ask Odoo for its version, such as (19, 0); no key is needed.

    Raises:
        ConfigurationError: What answers there is not Odoo.
        ServiceError: Nothing answers.
    """
    asked = http.send("GET", f"{base}/json/version")
    if asked.status == 200 and asked.is_json:  # noqa: PLR2004 - OK
        return _version(asked.json().get("version_info"))
    older = http.send("POST", f"{base}/web/webclient/version_info", headers=_JSON, body=b"{}")
    found = value_of(older, is_read=True)
    result = found.get("result") if isinstance(found, dict) else None
    return _version((result or {}).get("server_version_info"))


def transport_for(version: tuple[int, int], settings: OdooSettings, http: HttpClient) -> Transport:
    """Return the way to speak to that version."""
    return Json2(settings, http) if version[0] >= JSON2_FROM else JsonRpc(settings, http)


class Json2:
    """JSON-2: one address per method, the key in a header."""

    def __init__(self, settings: OdooSettings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        *,
        is_read: bool,
    ) -> Any:
        """Call it; see ``Transport``."""
        request = json2_request(self._settings.base, model, method, ids, dict(arguments))
        headers = _JSON | {
            "Authorization": f"bearer {self._settings.api_key.get_secret_value()}",
            # Optional only while the server has one database, so it is always sent.
            "X-Odoo-Database": self._settings.db,
        }
        body = json.dumps(request.body).encode()
        return value_of(
            self._http.send(request.method, request.url, headers=headers, body=body),
            is_read=is_read,
        )


class JsonRpc:
    """JSON-RPC: one address for everything, the key where a password was."""

    def __init__(self, settings: OdooSettings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http
        self._uid = 0

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        *,
        is_read: bool,
    ) -> Any:
        """Call it; see ``Transport``."""
        who = [self._settings.db, self._signed_in(), self._key]
        records = [] if ids is None else [list(ids)]
        what = [model, method, records, dict(arguments)]
        return self._send("object", "execute_kw", [*who, *what], is_read=is_read)

    @property
    def _key(self) -> str:
        return self._settings.api_key.get_secret_value()

    def _signed_in(self) -> int:
        """Return the robot user's number.

        Raises:
            AuthenticationError: Odoo does not know the name or the key.
            ConfigurationError: The name is not set.
        """
        if not self._settings.username:
            raise ConfigurationError("not set: ODOO_USERNAME, which Odoo 18 and older need")
        if not self._uid:
            who = [self._settings.db, self._settings.username, self._key, {}]
            self._uid = self._send("common", "authenticate", who, is_read=True) or 0
        if not self._uid:
            raise AuthenticationError("the name or the key is wrong", service=SERVICE)
        return self._uid

    def _send(self, service: str, method: str, args: list[Any], *, is_read: bool) -> Any:
        params = {"service": service, "method": method, "args": args}
        call = {"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}
        body = json.dumps(call).encode()
        url = f"{self._settings.base}/jsonrpc"
        answer = value_of(self._http.send("POST", url, headers=_JSON, body=body), is_read=is_read)
        if "error" in answer:
            data = answer["error"].get("data") or {}
            raise_for(str(data.get("name")), str(data.get("message")))
        # A method that returns None answers with neither result nor error.
        return answer.get("result")


def value_of(answer: Answer, *, is_read: bool) -> Any:
    """Return the JSON value of an answer that is none of Odoo's errors.

    Raises:
        ConfigurationError: Something else than this database of Odoo answered.
        OutcomeUnknownError: The answer says nothing, so what was asked may have happened.
        RateLimitedError: Odoo, or what stands before it, asks us to come back later.
        EmployeeError: Odoo says no; ``odoo.errors`` tells what it means.
    """
    value = _json_of(answer)
    if answer.is_too_many:
        asked = retry_after_s(answer.headers.get("retry-after"), now=utc_now())
        raise RateLimitedError(service=SERVICE, retry_after_s=asked)
    if answer.is_good and value is not _NOTHING:
        return value
    if isinstance(value, dict) and "name" in value:
        # Its "debug" is the server's whole traceback: dropped here, before any log sees it.
        raise_for(str(value["name"]), str(value.get("message", "")))
    nobody_there = answer.sends_elsewhere or answer.status in {404, 415}
    if nobody_there or (answer.is_good and is_read):
        raise ConfigurationError(_NOT_ODOO)
    raise OutcomeUnknownError(f"it answered {answer.status} without saying why", service=SERVICE)


#: Stands for "this was no JSON"; None is a value that methods return.
_NOTHING: Final = object()


def _json_of(answer: Answer) -> Any:
    if not answer.is_json:
        return _NOTHING
    try:
        return answer.json()
    except ValueError as error:
        raise OutcomeUnknownError("its answer is garbled", service=SERVICE) from error


def _version(info: Any) -> tuple[int, int]:
    """Read ``version_info``; hosted versions write ``saas~18`` for 18.

    Raises:
        ConfigurationError: It is none.
    """
    match info:
        case [major, int(minor), *_] if found := re.search(r"[0-9]+", str(major)):
            return int(found[0]), minor
    raise ConfigurationError(_NOT_ODOO)
