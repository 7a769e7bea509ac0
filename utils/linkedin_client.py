"""LinkedIn as typed calls: posts, deletions, pictures, whose token it is and until when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    OutcomeUnknownError,
    RejectedError,
    UnreachableError,
)
from utils.linkedin.errors import SERVICE, check, duplicate_of
from utils.linkedin.little_text import as_plain_text
from utils.linkedin.post import post_address
from utils.linkedin.settings import LinkedInSettings
from utils.linkedin.version import version_ailments
from utils.posts.network_client import NetworkClient

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from utils.core.model import Json
    from utils.core.operation import Ailment
    from utils.http.answer import Answer
    from utils.posts.picture import Picture

_PERSON: Final = "urn:li:person:"
_ONLY_PAGES: Final = "it shows posts to programs only for company pages (r_organization_social)"


@dataclass(frozen=True)
class Posted:
    """A post that is out."""

    urn: str
    #: Whether LinkedIn says that it had this very post already.
    was_there: bool = False


class LinkedInClient(NetworkClient[LinkedInSettings]):
    """Speaks to LinkedIn for one author; reads are tried again, writes never."""

    service = SERVICE

    @property
    def author(self) -> str:
        """The URN of the member or page that posts."""
        return self._settings.author_urn

    @cached_property
    def owner(self) -> str:
        """The name of the member whose token it is.

        Raises:
            ConfigurationError: The author is another member.
            ServiceError: LinkedIn does not say.
        """
        found = self._read("/v2/userinfo")
        if self.author.startswith(_PERSON) and self.author != _PERSON + str(found.get("sub")):
            raise ConfigurationError("LINKEDIN_AUTHOR_URN is not the member of LINKEDIN_TOKEN")
        return str(found.get("name") or "")

    def post(self, body: Json) -> Posted:
        """Post, once; ``body`` goes out as it is.

        Raises:
            OutcomeUnknownError: It may be out.
            ServiceError: With ``may_have_happened`` telling whether it could be out.
        """
        answer = self._send("POST", "/rest/posts", body)
        if urn := duplicate_of(answer):
            return Posted(urn, was_there=True)
        check(answer, now=self._clock())
        if urn := answer.headers.get("x-restli-id", ""):
            return Posted(urn)
        raise OutcomeUnknownError("its answer names no post", service=SERVICE)

    def delete(self, urn: str) -> None:
        """Delete a post.

        Raises:
            ServiceError: With ``may_have_happened`` telling whether it could be gone.
        """
        answer = self._send("DELETE", post_address("", urn))
        check(answer, now=self._clock())

    def posts(self, limit: int) -> list[Json]:
        """Return the page's own posts, newest first: ``urn``, ``text``, ``created_at``.

        Raises:
            RejectedError: LinkedIn does not show them to us; a member's posts it never does.
            ServiceError: LinkedIn does not say.
        """
        query = urlencode({"q": "author", "author": self.author, "count": limit})
        try:
            found = self._read(f"/rest/posts?{query}", {"X-RestLi-Method": "FINDER"})
        except RejectedError as error:
            raise RejectedError(_ONLY_PAGES, service=SERVICE) from error
        return [
            {
                "urn": str(post.get("id")),
                "text": as_plain_text(str(post.get("commentary") or "")),
                "created_at": _moment(post.get("createdAt", 0) / 1000).isoformat(),
            }
            for post in found.get("elements", [])
        ]

    def upload(self, picture: Picture) -> str:
        """Hand a picture over and return its URN; nobody sees it until a post carries it.

        Raises:
            UnreachableError: It may be there or not; nothing is out.
            ServiceError: It was not taken; nothing is out.
        """
        asked = {"initializeUploadRequest": {"owner": self.author}}
        try:
            answer = self._send("POST", "/rest/images?action=initializeUpload", asked)
            check(answer, now=self._clock())
            value = (answer.object() or {}).get("value") or {}
            self._put(str(value["uploadUrl"]), picture)
            return str(value["image"])
        except (OutcomeUnknownError, KeyError) as error:
            # A picture without a post is seen by nobody: it is safe to hand it over anew.
            raise UnreachableError("it did not take the picture", service=SERVICE) from error

    def token_expiry(self) -> datetime | None:
        """Return when the token ends (aware UTC), or None where LinkedIn does not tell us.

        Raises:
            AuthenticationError: It has ended already, or was taken back.
            ServiceError: LinkedIn does not answer.
        """
        secret = self._settings.client_secret
        if secret is None or not self._settings.client_id:
            return None
        form = {
            "client_id": self._settings.client_id,
            "client_secret": secret.get_secret_value(),
            "token": self._settings.token.get_secret_value(),
        }
        url = f"{self._settings.oauth_base}/oauth/v2/introspectToken"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        answer = self._http.send("POST", url, headers=headers, body=body)
        told = answer.object() or {}
        # A token that was taken back keeps the day on which it would have ended.
        if told.get("active") is False:
            raise AuthenticationError("the token is not valid any more", service=SERVICE)
        expires_at = told.get("expires_at")
        return _moment(expires_at) if isinstance(expires_at, int) else None

    def ailments(self) -> Iterator[Ailment]:
        """Yield what is wrong with our access although it lets us in."""
        return version_ailments(self._settings.version, now=self._clock())

    def _put(self, url: str, picture: Picture) -> None:
        """Put a picture where LinkedIn said; the token goes to LinkedIn only.

        Raises:
            UnreachableError: That is somewhere else.
            EmployeeError: It was not taken.
        """
        parts = urlsplit(url)
        is_theirs = parts.scheme == "https" and str(parts.hostname).endswith(".linkedin.com")
        if not is_theirs and not url.startswith(f"{self._settings.base}/"):
            raise UnreachableError("it wants the picture elsewhere", service=SERVICE)
        headers = self._headers() | {"Content-Type": picture.kind}
        answer = self._http.send("PUT", url, headers=headers, body=picture.data)
        check(answer, now=self._clock())

    def _read(self, path: str, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        def read() -> Mapping[str, Any]:
            answer = self._send("GET", path, headers=headers)
            check(answer, now=self._clock())
            return answer.object() or {}

        return self._retrying(read)

    def _send(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return self._http.send(
            method,
            self._settings.base + path,
            headers=self._headers() | dict(headers or {}),
            body=b"" if body is None else json.dumps(body).encode(),
        )

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._settings.token.get_secret_value()}",
            "Content-Type": "application/json",
            "LinkedIn-Version": self._settings.version,
            "X-Restli-Protocol-Version": "2.0.0",
        }


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
