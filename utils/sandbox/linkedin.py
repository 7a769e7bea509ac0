"""A pretend LinkedIn for tests and the demo.

with PretendLinkedIn() as linkedin:
    os.environ.update(linkedin.environment())   # LINKEDIN_TOKEN, LINKEDIN_AUTHOR_URN, ...
    linkedin.fault("timeout_after_commit", path="/rest/posts", seconds=5)
    linkedin.ledger()                           # linkedin_post, linkedin_deleted
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, override
from urllib.parse import parse_qs, unquote

from utils.sandbox.http_wire import Answer, Request, parsed_json
from utils.sandbox.linkedin_text import as_read
from utils.sandbox.pictures import PICTURE
from utils.sandbox.pretend_service import PretendService

if TYPE_CHECKING:
    from collections.abc import Callable

#: Versions that are served; others are answered 426.
_SERVED: Final = frozenset({"202601", "202602", "202603", "202604", "202605", "202606", "202607"})
#: The longest commentary, in characters as people read it.
_LONGEST: Final = 3_000
_NEEDED: Final = frozenset(
    {"author", "commentary", "visibility", "distribution", "lifecycleState"}
)
_ALLOWED: Final = _NEEDED | {"isReshareDisabledByAuthor", "content"}
_FIRST: Final = 7_200_000_000_000_000_000
_CODES: Final = {401: "EXPIRED_ACCESS_TOKEN", 403: "ACCESS_DENIED", 429: "TOO_MANY_REQUESTS"}


@dataclass
class Feed:
    """Everything a pretend LinkedIn knows."""

    #: URN to body, creation time and whether it is gone; texts stay blocked when they are gone.
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Image URN to whether its bytes are there.
    images: dict[str, bool] = field(default_factory=dict)


class PretendLinkedIn(PretendService[Feed]):
    """A LinkedIn with one member, or a page of his.

    It lends a picture too: ``/pictures/bread.png``.
    """

    name: ClassVar[str] = "linkedin"
    keep_alive: ClassVar[bool] = False

    def __init__(
        self,
        *,
        author: str = "urn:li:person:b4k3r",
        token_days: int = 60,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Prepare a service; ``start`` or ``with`` lets it answer.

        Args:
            author: Who may post: the member ``urn:li:person:b4k3r`` or a page.
            token_days: How many days the token is still good for; below 1 it has ended.
            clock: The service's time, aware.
        """
        self._clock = clock
        self._author = author
        self._expires_at = clock() + timedelta(days=token_days)
        self._is_revoked = False
        super().__init__()

    def revoke(self) -> None:
        """Take the token back before its time, as its owner does in LinkedIn's settings."""
        self._is_revoked = True

    def allow_again(self) -> None:
        """Let the token be good again."""
        self._is_revoked = False

    @override
    def seed(self) -> Feed:
        return Feed()

    @override
    def environment(self) -> dict[str, str]:
        return {
            "LINKEDIN_TOKEN": "linkedin-member-token",
            "LINKEDIN_AUTHOR_URN": self._author,
            "LINKEDIN_API_URL": self.url,
            "LINKEDIN_OAUTH_URL": self.url,
            "LINKEDIN_CLIENT_ID": "linkedin-app",
            "LINKEDIN_CLIENT_SECRET": "linkedin-app-secret",
        }

    @override
    def error_answer(self, request: Request, status: int) -> Answer:
        return error(status, _CODES.get(status, "SERVER_ERROR"), "It cannot be done now.")

    @override
    def respond(self, request: Request, state: Feed) -> Answer:
        if request.path == "/pictures/bread.png":
            return Answer(200, PICTURE, {"content-type": "image/png"})
        if request.path == "/oauth/v2/introspectToken":
            return self._introspect(request)
        return self._refusal(request) or self._routed(request, state)

    def _routed(self, request: Request, state: Feed) -> Answer:
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["v2", "userinfo"]:
                return Answer.json({"sub": "b4k3r", "name": "Bea Baker"})
            case "POST", ["rest", "posts"]:
                return self._post(request, state)
            case "GET", ["rest", "posts"]:
                return self._list(request, state)
            case "DELETE", ["rest", "posts", urn]:
                return self._delete(unquote(urn), state)
            case "POST", ["rest", "images"]:
                return self._announce(request, state)
            case "PUT", ["dms-uploads", id_]:
                state.images[f"urn:li:image:{id_}"] = request.body.startswith((b"\x89", b"\xff"))
                return Answer(201)
            case _:
                return error(404, "RESOURCE_NOT_FOUND", f"No resource at {request.path}")

    def _refusal(self, request: Request) -> Answer | None:
        """Return the refusal of a request without a good token or version."""
        bearer = request.headers.get("authorization")
        if bearer != "Bearer linkedin-member-token" or not self._is_active():
            return error(401, _CODES[401], "The token used in the request has expired")
        if not request.path.startswith("/rest/"):
            return None
        version = request.headers.get("linkedin-version", "")
        if version not in _SERVED:
            return error(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            return error(400, "PROTOCOL_VERSION", "X-Restli-Protocol-Version must be 2.0.0")
        return None

    def _post(self, request: Request, state: Feed) -> Answer:
        try:
            body = parsed_json(request.body)
        except ValueError:
            return error(400, "MALFORMED_BODY", "The body is not JSON")
        if refused := self._wrong(body, state):
            return refused
        urn = f"urn:li:share:{_FIRST + len(state.posts)}"
        created = int(self._clock().timestamp() * 1000)
        state.posts[urn] = {"id": urn, "createdAt": created, "is_gone": False, **body}
        self.note("linkedin_post", urn, body | {"read_as": as_read(body["commentary"])}, "")
        return Answer(201, b"", {"x-restli-id": urn, "location": f"/rest/posts/{urn}"})

    def _wrong(self, body: Any, state: Feed) -> Answer | None:
        """Return LinkedIn's refusal of a post, or None where nothing is wrong with it."""
        if not isinstance(body, dict) or not set(body) >= _NEEDED or set(body) - _ALLOWED:
            return error(422, "UNPROCESSABLE", "Fields are missing or unknown")
        if body["author"] != self._author:
            return error(403, _CODES[403], "Not enough permissions to post for this author")
        if len(as_read(body["commentary"])) > _LONGEST:
            return error(422, "FIELD_LENGTH_TOO_LONG", "/commentary :: 3000 at most")
        image = body.get("content", {}).get("media", {}).get("id")
        if image is not None and not state.images.get(image):
            return error(422, "UNPROCESSABLE", f"{image} is not available")
        same = (urn for urn, old in state.posts.items() if _is_same(old, body))
        if urn := next(same, None):
            return error(422, "DUPLICATE_POST", f"Content is a duplicate of {urn}")
        return None

    def _list(self, request: Request, state: Feed) -> Answer:
        if self._author.startswith("urn:li:person:"):
            return error(403, _CODES[403], "Not enough permissions to access: partnerApiPosts")
        if (
            request.headers.get("x-restli-method") != "FINDER"
            or request.query.get("q") != "author"
        ):
            return error(400, "FINDER", "Name the finder")
        there = [post for post in state.posts.values() if not post["is_gone"]]
        newest = there[::-1][: int(request.query.get("count", "10"))]
        return Answer.json({"elements": newest, "paging": {"start": 0, "count": len(newest)}})

    def _delete(self, urn: str, state: Feed) -> Answer:
        post = state.posts.get(urn)
        if post is not None and not post["is_gone"]:
            post["is_gone"] = True
            self.note("linkedin_deleted", urn, {"commentary": post["commentary"]}, "")
        return Answer(204)

    def _announce(self, request: Request, state: Feed) -> Answer:
        owner = parsed_json(request.body).get("initializeUploadRequest", {}).get("owner")
        if request.query.get("action") != "initializeUpload" or owner != self._author:
            return error(400, "INVALID_ACTION", "Name the owner and the action")
        id_ = f"C{len(state.images) + 1}"
        state.images[f"urn:li:image:{id_}"] = False
        address = {"uploadUrl": f"{self.url}/dms-uploads/{id_}", "image": f"urn:li:image:{id_}"}
        return Answer.json({"value": address})

    def _introspect(self, request: Request) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if form.get("client_secret") != "linkedin-app-secret":
            return error(401, "INVALID_CLIENT", "Client authentication failed")
        expires_at = int(self._expires_at.timestamp())
        return Answer.json({"active": self._is_active(), "expires_at": expires_at})

    def _is_active(self) -> bool:
        return not self._is_revoked and self._clock() < self._expires_at


def error(status: int, code: str, message: str) -> Answer:
    """Return an error in LinkedIn's shape."""
    return Answer.json({"status": status, "code": code, "message": message}, status)


def _is_same(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return all(old.get(key) == new.get(key) for key in ("author", "commentary", "content"))
