"""A pretend Graph for a Facebook Page and an Instagram account, for tests and the demo.

with PretendGraph() as graph:
    os.environ.update(graph.environment())    # FACEBOOK_... and INSTAGRAM_...
    graph.fault("timeout_after_commit", path="*/feed", seconds=5)
    graph.refuse(368, "temporarily blocked")
    graph.ledger()                            # what clients have brought about
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Final, override

from utils.sandbox import graph_tokens as tokens
from utils.sandbox.graph_call import Call, taken_apart
from utils.sandbox.graph_errors import GraphError, for_status
from utils.sandbox.graph_routes import picture, route
from utils.sandbox.graph_state import (
    ACCOUNT,
    ACCOUNT_ID,
    APP_ID,
    APP_KEY,
    PAGE,
    PAGE_ID,
    TOKENS,
    GraphState,
    Row,
    add_comment,
    add_media,
    add_post,
    add_reply,
    seeded,
)
from utils.sandbox.graph_usage import Throttle, add_usage
from utils.sandbox.http_wire import Answer
from utils.sandbox.pretend_service import PretendService

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.sandbox.http_wire import Request

#: Versions that still answer; any other falls to the oldest of them.
VERSIONS: Final = ("v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0")
_EXCHANGES: Final = {"oauth/access_token", "access_token", "refresh_access_token"}


class PretendGraph(PretendService["GraphState"]):
    """The Graph with one Page and one account; see `graph_state` for what is in it."""

    name: ClassVar[str] = "graph"

    def __init__(
        self,
        *,
        proof_required: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Prepare a Graph; `start` or `with` lets it answer.

        Args:
            proof_required: Whether calls must prove that they come from the app.
            clock: The Graph's time, aware.
        """
        self._clock = clock
        self._proof_required = proof_required
        self._refusals: list[tuple[GraphError, str]] = []
        self._throttle = Throttle()
        #: How often a new container is seen in progress before it is finished.
        self.looks_until_finished = 0
        super().__init__()

    @override
    def seed(self) -> GraphState:
        self._refusals.clear()
        self._throttle = Throttle()
        return seeded(self._clock())

    @override
    def environment(self) -> dict[str, str]:
        proof = {"FACEBOOK_APP_SECRET": APP_KEY} if self._proof_required else {}
        return {
            "FACEBOOK_PAGE_ID": PAGE_ID,
            "FACEBOOK_PAGE_TOKEN": TOKENS[PAGE],
            **proof,
            "FACEBOOK_GRAPH_URL": self.url,
            "FACEBOOK_GRAPH_VERSION": VERSIONS[-1],
            "INSTAGRAM_ACCOUNT_ID": ACCOUNT_ID,
            "INSTAGRAM_TOKEN": TOKENS[ACCOUNT],
            "INSTAGRAM_GRAPH_URL": self.url,
            "INSTAGRAM_GRAPH_VERSION": VERSIONS[-1],
        }

    def picture_url(self, name: str = "loaf.jpg") -> str:
        """Return the address of a picture that lies here: `loaf.jpg` or `loaf.png`."""
        return f"{self.url}/pictures/{name}"

    def refuse(
        self, code: int, message: str, *, subcode: int | None = None, method: str = "POST"
    ) -> None:
        """Answer the next call of that method with one of the Graph's errors."""
        with self._lock:
            self._refusals.append((GraphError(code, message, subcode=subcode), method))

    def throttle(self, *, minutes: int, times: int = 1, code: int = 4) -> None:
        """Refuse the next calls as too many; `minutes` is what the usage headers say."""
        with self._lock:
            self._throttle = Throttle(code=code, minutes=minutes, times=times)

    def end_token(self, kind: str, *, subcode: int = 463) -> None:
        """Let the token of `page`, `user` or `account` be no good any more."""
        with self._lock:
            self._state.tokens[TOKENS[kind]].dead = subcode

    def take_scope(self, kind: str, scope: str) -> None:
        """Take a permission from the token of `page`, `user` or `account`."""
        with self._lock:
            self._state.tokens[TOKENS[kind]].scopes.discard(scope)

    def set_expiry(self, kind: str, expires_at: datetime | None) -> None:
        """Let a token end at a time (aware), or never."""
        with self._lock:
            self._state.tokens[TOKENS[kind]].expires_at = expires_at

    def set_app_live(self, *, live: bool) -> None:
        """Switch the app between Development mode and Live."""
        with self._lock:
            self._state.app_is_live = live

    def set_followers(self, number: int) -> None:
        """Change how many people follow the Page and the account."""
        with self._lock:
            self._state.followers = number

    def comment_as_stranger(self, parent: str, text: str) -> str:
        """Let somebody comment on a post, a picture or a comment; return the comment's id."""
        with self._lock:
            now = self._clock()
            if parent in self._state.media or parent in self._state.replies:
                return add_reply(self._state, parent, text, "ben.bakes", now)
            return add_comment(self._state, parent, text, ("55501", "Bea"), now)

    def posted_before(self, message: str, at: datetime) -> str:
        """Let the Page have posted something at an earlier time; return the post's id."""
        with self._lock:
            return add_post(self._state, message, at)

    def pictured_before(self, caption: str, at: datetime) -> str:
        """Let the account have published a picture at an earlier time; return its id."""
        with self._lock:
            return add_media(self._state, caption, "https://pictures.example/rye.jpg", at)

    def post_as_stranger(self, message: str) -> str:
        """Let another Page publish a post that ours can see; return its id."""
        with self._lock:
            own = add_post(self._state, message, self._clock())
            id_ = f"999_{own.partition('_')[2]}"
            self._state.posts[id_] = self._state.posts.pop(own) | {"id": id_}
            return id_

    def spoil_containers(self, stage: str, status: str) -> None:
        """Put every container into a stage such as `ERROR`."""
        with self._lock:
            for row in self._state.containers.values():
                row |= {"status_code": stage, "status": status, "looks": 0}

    @override
    def time_s(self) -> float:
        return self._clock().timestamp()

    @override
    def error_answer(self, request: Request, status: int) -> Answer:
        return for_status(status)

    @override
    def respond(self, request: Request, state: GraphState) -> Answer:
        if request.path.startswith("/pictures/"):
            return picture(request.path.rpartition("/")[2])
        try:
            version, parts, params = taken_apart(request)
            answer = Answer.json(self._value(request, state, parts, params))
        except GraphError as error:
            version = request.path.strip("/").partition("/")[0]
            answer = error.answer()
        answered = version if version in VERSIONS else VERSIONS[0]
        answer.headers["facebook-api-version"] = answered
        return add_usage(answer, self._throttle, len(self._requests))

    def _value(
        self, request: Request, state: GraphState, parts: list[str], params: dict[str, str]
    ) -> Row:
        """Return what a call gives.

        Raises:
            GraphError: The Graph refuses it.
        """
        now = self._clock()
        if "/".join(parts) in _EXCHANGES:
            return tokens.exchange(params, state, now)
        token = tokens.caller(request, params, state, now)
        given = tokens.given_token(request, params)
        is_page = token.kind == PAGE
        proof = params.get("appsecret_proof")
        tokens.check_proof(proof, given, required=self._proof_required and is_page)
        self._throttle.count()
        self._refuse_as_told(request.method)
        node, _, edge = "/".join(parts).partition("/")
        call = Call(
            method=request.method,
            node=PAGE_ID if node == "me" and is_page else node,
            edge=edge,
            params=params,
            state=state,
            token=token,
            now=now,
            note=lambda kind, id_, payload: self.note(kind, id_, payload, ""),
        )
        return route(call, looks=self.looks_until_finished)

    def _refuse_as_told(self, method: str) -> None:
        for told in self._refusals:
            if told[1] == method:
                self._refusals.remove(told)
                raise told[0]


__all__ = ["APP_ID", "APP_KEY", "VERSIONS", "PretendGraph"]
