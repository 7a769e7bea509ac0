"""What may be wrong with our access to the Graph although it lets us in, and what it allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.errors import ServiceError
from utils.core.operation import Ailment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from utils.core.model import Json
    from utils.graph_client import GraphClient

#: What each permission of a Page's token is for, in the owner's words.
PAGE_RIGHTS: Final[Mapping[str, str]] = {
    "pages_manage_posts": "publishing",
    "pages_read_engagement": "reading the Page and its posts",
    "pages_read_user_content": "reading comments",
    "pages_manage_engagement": "answering comments",
    "read_insights": "reading figures",
}


def version_ailments(
    graph: GraphClient, node: str, asked: str, variable: str
) -> Iterator[Ailment]:
    """Yield an ailment where the Graph's version is not served any more.

    An expired version is silently answered by the oldest one that is left.

    Args:
        graph: The client.
        node: Whom the token belongs to.
        asked: The version we ask for, such as ``v26.0``.
        variable: Where the owner set it.

    Raises:
        ServiceError: The Graph does not answer.
    """
    graph.read(node, {"fields": "id"})
    answered = graph.heard.version
    if answered and answered != asked:
        what = f"The Graph's version {asked} is retired; {answered} answers in its place"
        yield Ailment(what=what, remedy=f"Take {variable} out of .env, or name a newer version")


def page_ailments(graph: GraphClient, secret: str) -> Iterator[Ailment]:
    """Yield what keeps a Page's token from doing all of the work.

    Raises:
        ServiceError: The Graph does not answer.
    """
    told = _told(graph)
    for scope, what_for in PAGE_RIGHTS.items():
        if told.get("scopes") is not None and scope not in told["scopes"]:
            yield Ailment(
                what=f"The token lacks {scope}, needed for {what_for}",
                remedy="Run `uv run orchestrator.py connect facebook` and tick it",
            )
    if secret and told.get("app_id") and not _could_be_live(graph, str(told["app_id"]), secret):
        yield Ailment(
            what="The app is in Development mode: only people with a role in it see the posts",
            remedy="At developers.facebook.com give it a privacy policy, and switch it to Live",
        )


def page_rights(graph: GraphClient) -> str:
    """Return what a Page's token allows, in one line.

    Raises:
        ServiceError: The Graph does not answer.
    """
    scopes = _told(graph).get("scopes") or ()
    allowed = [what_for for scope, what_for in PAGE_RIGHTS.items() if scope in scopes]
    return ", ".join(allowed) or "nothing that is needed here"


def _told(graph: GraphClient) -> Json:
    told: Json = graph.read("debug_token", {"input_token": graph.access_token}).get("data") or {}
    return told


def _could_be_live(graph: GraphClient, app_id: str, secret: str) -> bool:
    """Return whether the app can have been switched to Live: that takes a privacy policy.

    The Graph does not tell an app's mode itself.
    """
    try:
        app = graph.read(
            app_id, {"fields": "privacy_policy_url", "access_token": f"{app_id}|{secret}"}
        )
    except ServiceError:
        return True
    return bool(app.get("privacy_policy_url"))
