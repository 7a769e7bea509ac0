"""One professional account on Instagram: its posts, its comments and their figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from utils.core.errors import RejectedError
from utils.graph.checkup import version_ailments
from utils.graph.instagram_publishing import MEDIA, Publisher
from utils.graph.reading import (
    Wanted,
    comment_of,
    everything,
    figures,
    found_since,
    id_of,
    listed,
    shown_comment,
)
from utils.graph_client import GraphAccess, GraphClient
from utils.posts.since_attempt import SinceAttempt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.core.model import Json, Outcome, Request
    from utils.core.operation import Ailment, Mark
    from utils.graph.settings import InstagramSettings

_ACCOUNT: Final = "id,username,name,followers_count,follows_count,media_count"
_COMMENT: Final = "id,text,username,timestamp"
#: The figures of a post that the Graph still gives (changelog up to v26.0).
_METRICS: Final = (
    "views",
    "reach",
    "saved",
    "likes",
    "comments",
    "shares",
    "total_interactions",
    "follows",
    "profile_visits",
)


@dataclass(frozen=True, kw_only=True)
class InstagramAccount:
    """The account as its token sees it."""

    where: InstagramSettings
    graph: GraphClient
    publisher: Publisher

    @classmethod
    def of(cls, where: InstagramSettings) -> Self:
        """Return the account that the settings name; nothing is opened yet."""
        access = GraphAccess(
            service="instagram",
            base=where.graph_url,
            version=where.graph_version,
            token=where.token.get_secret_value(),
            timeout_s=where.general.http_timeout_s,
        )
        graph = GraphClient(access)
        return cls(where=where, graph=graph, publisher=Publisher(where=where, graph=graph))

    def introduction(self) -> str:
        """Return whom we are connected to, in one line."""
        name = self.username()
        version = self.graph.heard.version or self.where.graph_version
        return f"@{name} ({self.where.account_id}), Graph {version}"

    def ailments(self) -> Iterator[Ailment]:
        """Yield what is wrong with our access although it lets us in."""
        account, asked = self.where.account_id, self.where.graph_version
        yield from version_ailments(self.graph, account, asked, "INSTAGRAM_GRAPH_VERSION")

    def username(self) -> str:
        """Return the account's name."""
        return str(self.graph.read(self.where.account_id, {"fields": "username"})["username"])

    def account(self) -> Json:
        """Return the account's counts, and how much of the day's number of posts is used up."""
        row = self.graph.read(self.where.account_id, {"fields": _ACCOUNT})
        return {name: row.get(name) for name in _ACCOUNT.split(",")} | self._quota()

    def media(self, *, limit: int, after: str | None) -> Json:
        """Return posts, newest first, and where the next ones begin."""
        edge = f"{self.where.account_id}/media"
        rows, following = listed(self.graph, edge, limit=limit, after=after, fields=MEDIA)
        posts = [{name: row.get(name) for name in MEDIA.split(",")} for row in rows]
        return {"media": posts, "next": following}

    def media_insights(self, media_id: str) -> Json:
        """Return figures of one post; see ``reading.figures``."""
        return {"media_id": media_id, **figures(self.graph, f"{media_id}/insights", _METRICS)}

    def comments(self, media_id: str, *, limit: int, after: str | None) -> Json:
        """Return the comments on a post, and where the next ones begin."""
        rows, following = listed(
            self.graph, f"{media_id}/comments", limit=limit, after=after, fields=_COMMENT
        )
        comments = [
            shown_comment(row, text="text", who=row.get("username", ""), when="timestamp")
            for row in rows
        ]
        return {"comments": comments, "next": following}

    def comment(self, comment_id: str) -> Json:
        """Return a comment.

        Raises:
            InvalidValueError: There is none of that number.
            ServiceError: It could not be read.
        """
        return comment_of(self.graph, comment_id, fields=_COMMENT)

    def reply(self, request: Request) -> str:
        """Send an answer to a comment, once, and return its number.

        Raises:
            ServiceError: As ``graph.errors`` says.
        """
        return id_of(self.graph.send(request), "instagram")

    def replied_since(self, mark: Mark, comment_id: str, message: str) -> Outcome | None:
        """Say whether the account answered a comment with this text since an attempt."""
        name = self.username()
        rows = everything(self.graph, f"{comment_id}/replies", fields=_COMMENT)
        since = SinceAttempt.of(mark, self.graph.served_at)
        wanted = Wanted(text=message, text_field="text", time_field="timestamp", since=since)
        return found_since(rows, wanted, own=lambda row: row.get("username") == name)

    def _quota(self) -> Json:
        """Return the posts of the last 24 hours and how many are allowed; null where not given."""
        edge = f"{self.where.account_id}/content_publishing_limit"
        try:
            rows = self.graph.read(edge, {"fields": "quota_usage,config"}).get("data", [])
        except RejectedError:
            rows = []
        row = rows[0] if rows else {}
        allowed = row.get("config", {}).get("quota_total")
        return {"posts_used": row.get("quota_usage"), "posts_allowed": allowed}
