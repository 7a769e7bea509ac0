"""The owner's consent at Google: from the address to open to the sign-in that is kept."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from google_auth_oauthlib.flow import InstalledAppFlow
from oauthlib.oauth2 import OAuth2Error
from requests import RequestException

from utils.core.errors import AuthenticationError, ConfigurationError, UnreachableError
from utils.gmail.errors import SERVICE
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from pathlib import Path

    from utils.core.model import Json

#: What every scope begins with.
SCOPES: Final = "https://www.googleapis.com/auth/"


class Consent:
    """One sign-in with Google, for an app on the owner's own computer.

    Args:
        client_file: The OAuth client that Google Cloud gave out.
        scopes: What is asked for, by the last word of each, such as ``gmail.readonly``.
        redirect: Where the browser is sent back to.

    Raises:
        ConfigurationError: The file is missing, or is no client of the type *Desktop app*.
    """

    def __init__(self, client_file: Path, scopes: tuple[str, ...], redirect: str) -> None:
        wanted = [f"{SCOPES}{scope}" for scope in scopes]
        self._client = _client(client_file)
        self._flow: Any = InstalledAppFlow.from_client_config(
            {"installed": self._client}, wanted, redirect_uri=redirect
        )
        # Like our own HTTP client: no proxy and no password file decides where secrets go.
        self._flow.oauth2session.trust_env = False
        #: The address to open in the browser.
        self.url: str
        # Without a fresh consent Google gives no refresh token to who has signed in before.
        self.url, self._state = self._flow.authorization_url(prompt="consent")

    def fits(self, url: str) -> bool:
        """Return whether an address is the one this sign-in comes back with."""
        words = parse_qs(urlsplit(url).query)
        return words.get("state") == [self._state] and bool({"code", "error"} & set(words))

    def redeem(self, url: str, *, timeout_s: float) -> Json:
        """Return the sign-in to keep, as authorized-user JSON.

        Args:
            url: The address that the browser came back to.
            timeout_s: How long Google may take, in seconds.

        Raises:
            AuthenticationError: The owner said no, or Google did.
            UnreachableError: Google could not be asked.
        """
        if "error" in parse_qs(urlsplit(url).query):
            raise AuthenticationError("you did not allow it", service=SERVICE)
        # What the owner ticked is read from the answer; the library would take less for an error.
        self._flow.oauth2session.scope = None
        try:
            given = self._flow.fetch_token(
                # The library asks for https, which loopback neither has nor needs.
                authorization_response=url.replace("http://", "https://", 1),
                include_client_id=True,
                timeout=timeout_s,
            )
        except OAuth2Error as error:
            why = f"Google did not accept the sign-in: {error.error}"
            raise AuthenticationError(why, service=SERVICE) from error
        except (RequestException, ValueError) as error:
            raise UnreachableError("Google's sign-in gave no answer", service=SERVICE) from error
        return self._kept(given)

    def _kept(self, given: Json) -> Json:
        if not given.get("refresh_token"):
            raise AuthenticationError("Google gave no lasting sign-in", service=SERVICE)
        allowed = given.get("scope") or []
        lasts_s = given.get("refresh_token_expires_in")
        ends_at = utc_now() + timedelta(seconds=float(lasts_s)) if lasts_s else None
        return {
            "type": "authorized_user",
            "refresh_token": given["refresh_token"],
            "client_id": self._client["client_id"],
            "client_secret": self._client["client_secret"],
            "token_uri": self._client["token_uri"],
            "scopes": allowed.split() if isinstance(allowed, str) else list(allowed),
            # Only told while the consent screen says Testing: then it is over after seven days.
            **({"ends_at": ends_at.isoformat()} if ends_at else {}),
        }


def _client(path: Path) -> Json:
    """Return the client that a file describes.

    Raises:
        ConfigurationError: It is missing, or is no client of the type *Desktop app*.
    """
    try:
        client = json.loads(path.read_bytes())["installed"]
        return {name: str(client[name]) for name in _PARTS}
    except FileNotFoundError as error:
        raise ConfigurationError(f"GMAIL_CREDENTIALS_FILE: {path.name} is not there") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        said = "GMAIL_CREDENTIALS_FILE is no OAuth client of the type Desktop app"
        raise ConfigurationError(said) from error


_PARTS: Final = ("client_id", "client_secret", "auth_uri", "token_uri")
