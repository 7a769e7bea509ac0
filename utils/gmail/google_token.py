"""The sign-in with Google: an access token for an hour at a time, renewed when it is over."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    OutcomeUnknownError,
    UnreachableError,
)
from utils.gmail.errors import SERVICE
from utils.times.clock import Clock, utc_now

if TYPE_CHECKING:
    from pathlib import Path

    from utils.core.model import Json
    from utils.http_client import HttpClient

_TOKEN_URL: Final = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_NEEDED: Final = ("refresh_token", "client_id", "client_secret")
#: A token that ends sooner than this counts as over.
_MARGIN: Final = timedelta(seconds=60)
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_OVER: Final = "the sign-in has ended or was taken back"
_TESTING: Final = (
    "; Google ends it after 7 days while the consent screen says Testing: press Publish app there"
)


class GoogleToken:
    """Gives the access token; the file that it grew from is never written.

    Args:
        path: The file that Google's sign-in left.
        http: Sends the renewal.
        clock: The time.
    """

    def __init__(self, path: Path, http: HttpClient, *, clock: Clock = utc_now) -> None:
        self._path = path
        self._http = http
        self._clock = clock
        self._lock = threading.Lock()
        self._access = ""
        self._until = clock()

    def access(self) -> str:
        """Return a token that is good for at least a minute.

        Raises:
            AuthenticationError: The owner has to sign in again.
            ConfigurationError: The file is missing or is none of Google's.
            UnreachableError: Google could not be asked; nothing else was sent.
        """
        with self._lock:
            if self._clock() >= self._until:
                self._renew()
            return self._access

    def forget(self, access: str) -> None:
        """Renew at the next call, because this token was turned down."""
        with self._lock:
            if access == self._access:
                self._until = self._clock()

    def scopes(self) -> tuple[str, ...]:
        """Return what the owner allowed, as far as the file says.

        Raises:
            ConfigurationError: The file is missing or is none of Google's.
        """
        found = self._file().get("scopes") or ()
        return tuple(map(str, found)) if isinstance(found, list) else ()

    def ends_at(self) -> datetime | None:
        """Return when the sign-in ends (aware UTC), None where Google named no end.

        Raises:
            ConfigurationError: The file is missing or is none of Google's.
        """
        try:
            return datetime.fromisoformat(str(self._file().get("ends_at") or ""))
        except ValueError:
            return None

    def _renew(self) -> None:
        kept = self._file()
        form = {name: kept[name] for name in _NEEDED} | {"grant_type": "refresh_token"}
        answer = self._ask(str(kept.get("token_uri") or _TOKEN_URL), urlencode(form).encode())
        self._access = str(answer["access_token"])
        lasts = timedelta(seconds=float(answer.get("expires_in") or 0))
        self._until = self._clock() + lasts - _MARGIN

    def _ask(self, url: str, body: bytes) -> Json:
        """Send the renewal.

        Raises:
            AuthenticationError: Google says that the sign-in is over.
            UnreachableError: Google gave no answer; whatever was to follow was not sent.
        """
        try:
            answer = self._http.send("POST", url, headers=_FORM, body=body)
            value = answer.json()
        except (OutcomeUnknownError, ValueError) as error:
            raise UnreachableError("Google's sign-in gave no answer", service=SERVICE) from error
        if answer.status in {400, 401}:
            why = f"{_OVER}{_TESTING if self.ends_at() else ''}"
            raise AuthenticationError(why, service=SERVICE)
        if answer.status != 200 or not isinstance(value, dict) or "access_token" not in value:  # noqa: PLR2004 - OK
            said = f"Google's sign-in answered {answer.status}"
            raise UnreachableError(said, service=SERVICE)
        return value

    def _file(self) -> Json:
        """Return what the file holds.

        Raises:
            ConfigurationError: It is missing or is none of Google's.
        """
        try:
            kept = json.loads(self._path.read_bytes())
        except FileNotFoundError as error:
            raise ConfigurationError(
                f"GMAIL_TOKEN_FILE: {self._path.name} is not there"
            ) from error
        except (OSError, ValueError) as error:
            raise ConfigurationError("GMAIL_TOKEN_FILE cannot be read") from error
        if not isinstance(kept, dict) or not all(kept.get(name) for name in _NEEDED):
            raise ConfigurationError("GMAIL_TOKEN_FILE is no sign-in of Google's")
        return kept
