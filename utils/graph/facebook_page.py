"""One Page on Facebook: its posts, its comments, and the look for what an attempt left there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from utils.core.errors import InvalidValueError, OutcomeUnknownError
from utils.core.model import Outcome, OutcomeKind
from utils.graph.checkup import page_ailments, page_rights, version_ailments
from utils.graph.errors import NotThereError
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
from utils.posts.since_attempt import Made, SinceAttempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from utils.core.model import Json, Request
    from utils.core.operation import Ailment, Mark
    from utils.graph.settings import FacebookSettings

SERVICE: Final = "facebook"
_POST: Final = "id,message,created_time,permalink_url"
_POST_WITH_LINK: Final = f"{_POST},attachments{{unshimmed_url}}"
_POST_WITH_COUNTS: Final = (
    f"{_POST},shares,comments.limit(0).summary(true),reactions.limit(0).summary(true)"
)
#: The Page figures that the Graph still gives (changelog up to v26.0), each counted by day.
_METRICS: Final = (
    "page_media_view",
    "page_total_media_view_unique",
    "page_post_engagements",
    "page_follows",
    "page_daily_follows_unique",
    "page_daily_unfollows_unique",
    "page_views_total",
    "page_video_views",
)
_COMMENT: Final = "id,message,created_time,from{id,name},permalink_url"


@dataclass(frozen=True, kw_only=True)
class FacebookPage:
    """The Page as its token sees it."""

    where: FacebookSettings
    graph: GraphClient

    @classmethod
    def of(cls, where: FacebookSettings) -> Self:
        """Return the Page that the settings name; nothing is opened yet."""
        secret = where.app_secret.get_secret_value() if where.app_secret else ""
        token = where.page_token.get_secret_value()
        return cls(where=where, graph=facebook_client(where, token, secret))

    def introduction(self) -> str:
        """Return whom we are connected to, in one line."""
        page = self.graph.read(self.where.page_id, {"fields": "id,name"})
        version = self.graph.heard.version or self.where.graph_version
        return f"the Page {page['name']} ({page['id']}), Graph {version}"

    def rights(self) -> str:
        """Return what the token allows, in one line."""
        return page_rights(self.graph)

    def ailments(self) -> Iterator[Ailment]:
        """Yield what is wrong with our access although it lets us in."""
        page, asked = self.where.page_id, self.where.graph_version
        secret = self.where.app_secret.get_secret_value() if self.where.app_secret else ""
        yield from version_ailments(self.graph, page, asked, "FACEBOOK_GRAPH_VERSION")
        yield from page_ailments(self.graph, secret)

    def post(self, post_id: str) -> Json:
        """Return a post with its counts.

        Raises:
            ServiceError: It is not there or cannot be read.
        """
        row = self.graph.read(post_id, {"fields": _POST_WITH_COUNTS})
        plain = {name: row.get(name, "") for name in ("id", "message", "created_time")}
        counts = {
            name: row.get(name, {}).get("summary", {}).get("total_count")
            for name in ("comments", "reactions")
        }
        shares = row.get("shares", {}).get("count", 0)
        return {**plain, "url": row.get("permalink_url", ""), **counts, "shares": shares}

    def own_post(self, post_id: str) -> Json:
        """Return a post of this Page.

        Raises:
            InvalidValueError: There is none of that number on this Page.
            ServiceError: It could not be read.
        """
        if not post_id.startswith(f"{self.where.page_id}_"):
            raise InvalidValueError(f"post_id: {post_id} is not a post of this Page")
        try:
            return self.post(post_id)
        except NotThereError as error:
            raise InvalidValueError(f"post_id: there is no post {post_id}") from error

    def comment(self, comment_id: str) -> Json:
        """Return a comment.

        Raises:
            InvalidValueError: There is none of that number.
            ServiceError: It could not be read.
        """
        return comment_of(self.graph, comment_id, fields=_COMMENT)

    def publish(self, request: Request) -> Outcome:
        """Send a post or a comment, once.

        Raises:
            ServiceError: As ``graph.errors`` says.
        """
        answer = self.graph.send(request)
        made = str(answer.get("post_id") or id_of(answer, SERVICE))
        address = str(answer.get("permalink_url") or f"https://www.facebook.com/{made}")
        return Outcome(kind=OutcomeKind.DONE, remote_id=made, url=address)

    def delete(self, request: Request, post_id: str) -> Outcome:
        """Send the deletion of a post, once.

        Raises:
            OutcomeUnknownError: The answer does not say whether it is gone.
            ServiceError: As ``graph.errors`` says.
        """
        if not self.graph.send(request).get("success"):
            raise OutcomeUnknownError("it does not say that the post is gone", service=SERVICE)
        return Outcome(kind=OutcomeKind.DONE, remote_id=post_id)

    def posts(self, period: Mapping[str, str], *, limit: int, after: str | None) -> Json:
        """Return published posts, newest first, and where the next ones begin."""
        edge = f"{self.where.page_id}/published_posts"
        rows, following = listed(
            self.graph, edge, limit=limit, after=after, fields=_POST, **period
        )
        posts = [
            {
                "id": row["id"],
                "message": row.get("message", ""),
                "created_time": row.get("created_time", ""),
                "url": row.get("permalink_url", ""),
            }
            for row in rows
        ]
        return {"posts": posts, "next": following}

    def comments(self, post_id: str, *, limit: int, after: str | None) -> Json:
        """Return the comments on a post, and where the next ones begin."""
        rows, following = listed(
            self.graph,
            f"{post_id}/comments",
            limit=limit,
            after=after,
            fields=_COMMENT,
            filter="stream",
        )
        comments = [
            shown_comment(
                row, text="message", who=row.get("from", {}).get("name", ""), when="created_time"
            )
            for row in rows
        ]
        return {"comments": comments, "next": following}

    def insights(self, period: Mapping[str, str]) -> Json:
        """Return figures of the Page by day; see ``reading.figures``."""
        edge = f"{self.where.page_id}/insights"
        found = figures(self.graph, edge, _METRICS, period="day", **period)
        return {"page_id": self.where.page_id, **found}

    def posted_since(self, mark: Mark, message: str, link: str | None) -> Outcome | None:
        """Say whether a post with this text and link was published since an attempt."""
        edge = f"{self.where.page_id}/published_posts"
        rows = everything(
            self.graph, edge, enough=partial(self._reaches, mark), fields=_POST_WITH_LINK
        )
        wanted = self._wanted(mark, message, fits=lambda row: _has_link(row, link))
        return found_since(rows, wanted)

    def replied_since(self, mark: Mark, comment_id: str, message: str) -> Outcome | None:
        """Say whether the Page answered a comment with this text since an attempt."""
        edge = f"{comment_id}/comments"
        rows = everything(self.graph, edge, fields=_COMMENT, filter="stream")
        page = self.where.page_id
        wanted = self._wanted(mark, message)
        return found_since(rows, wanted, own=lambda row: row.get("from", {}).get("id") == page)

    def _reaches(self, mark: Mark, rows: list[Json]) -> bool:
        """Return whether posts, newest first, reach back behind an attempt."""
        wanted = self._wanted(mark, "")
        return bool(rows) and wanted.since.made(wanted.at(rows[-1])) is Made.BEFORE

    def _wanted(self, mark: Mark, message: str, *, fits: Callable[[Json], bool] = bool) -> Wanted:
        # The Graph has just answered, so it has just said what time it is there.
        return Wanted(
            text=message,
            text_field="message",
            time_field="created_time",
            since=SinceAttempt.of(mark, self.graph.served_at),
            fits=fits,
        )

    def deleted(self, post_id: str) -> Outcome:
        """Say whether a post is gone."""
        try:
            self.graph.read(post_id, {"fields": "id"})
        except NotThereError:
            return Outcome(kind=OutcomeKind.DONE, remote_id=post_id)
        return Outcome(kind=OutcomeKind.FAILED)


def facebook_client(where: FacebookSettings, token: str, secret: str = "") -> GraphClient:
    """Return the Graph as somebody's token sees it; with the app's secret it proves the app."""
    access = GraphAccess(
        service=SERVICE,
        base=where.graph_url,
        version=where.graph_version,
        token=token,
        secret=secret,
        timeout_s=where.general.http_timeout_s,
    )
    return GraphClient(access)


def _has_link(row: Json, link: str | None) -> bool:
    if link is None:
        return True
    shown = [part.get("unshimmed_url", "") for part in row.get("attachments", {}).get("data", [])]
    return any(address.rstrip("/") == link.rstrip("/") for address in shown)
