"""Facebook and Instagram on the bench: a page and an account, and every change there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from utils.core.errors import OutcomeUnknownError
from utils.core.model import Grant, Origin, Outcome, Particulars, Proposal, Source
from utils.core.operation import Mark, Operation, Service
from utils.registry import declared
from utils.sandbox.graph import PretendGraph
from utils.sandbox.graph_state import ACCOUNT, APP_KEY, PAGE, PAGE_ID, TOKENS
from utils.settings import PROJECT_ROOT, load
from utils.tools.arguments import parse

if TYPE_CHECKING:
    from utils.core.model import Json


SERVERS = PROJECT_ROOT / ".claude" / "mcp-servers"
FACEBOOK = declared("facebook", SERVERS / "facebook-mcp" / "mcp_server_facebook.py")
INSTAGRAM = declared("instagram", SERVERS / "instagram-mcp" / "mcp_server_instagram.py")
SERVICES = {"facebook": FACEBOOK, "instagram": INSTAGRAM}
SECRETS = (TOKENS[PAGE], TOKENS[ACCOUNT], APP_KEY)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LINK = "https://bakery.example/rye"


class Shop:
    """The two services as an owner has set them up, and the attempts made with them."""

    def __init__(self, graph: PretendGraph, home: Path, *, timeout_s: float = 2) -> None:
        self.graph = graph
        self.home = home
        self.variables = graph.environment() | {"HTTP_TIMEOUT_SECONDS": str(timeout_s)}
        self.reaches: dict[str, Any] = {}
        #: What the Mark keeps, as the journal would.
        self.staged: dict[str, str] = {}

    def where(self, service: Service) -> Any:
        settings = load(self.home, environment=self.variables, project_root=self.home)
        return service.settings.read(settings)

    def reach(self, tool: str) -> Any:
        name = tool.partition("_")[0]
        if name not in self.reaches:
            self.reaches[name] = SERVICES[name].connect(self.where(SERVICES[name]))
        return self.reaches[name]

    def mark(self, ago: timedelta = timedelta(0)) -> Mark:
        return Mark(
            key="p_abc",
            ago=ago,
            staged=dict(self.staged),
            remember=self.staged.__setitem__,
        )

    def perform(self, operation: Operation, mark: Mark | None = None) -> Outcome:
        reach = self.reach(operation.tool)
        proposal = proposal_of(operation, operation.look_up(reach))
        return operation.perform(reach, grant_of(proposal), proposal, mark or self.mark())

    def probe(self, operation: Operation, mark: Mark) -> Outcome | None:
        reach = self.reach(operation.tool)
        return operation.probe(reach, proposal_of(operation, Particulars()), mark)

    def read(self, tool: str, **values: object) -> Json:
        return operation_of(tool, **values).read(self.reach(tool))

    def picture(self, **values: str) -> Operation:
        picture = {"image_url": self.graph.picture_url(), "caption": "Rye. #bakery"}
        return operation_of("instagram_create_post", **(picture | values))

    def instagram_without_pauses(self) -> list[float]:
        """Let Instagram's client not wait; return what it would have waited."""
        account = self.reach("instagram_x")
        pauses: list[float] = []
        publisher = replace(account.publisher, sleep=pauses.append)
        self.reaches["instagram"] = replace(account, publisher=publisher)
        return pauses

    def kinds(self) -> list[str]:
        return [effect["kind"] for effect in self.graph.ledger()]


def operation_of(tool: str, **values: object) -> Operation:
    kind = SERVICES[tool.partition("_")[0]].operation(tool)
    assert kind is not None
    return parse(kind, values)[0]


def post(message: str = "Rye is here.", **values: str) -> Operation:
    return operation_of("facebook_create_post", message=message, **values)


def proposal_of(operation: Operation, particulars: Particulars) -> Proposal:
    return Proposal(
        id="p-abc",
        operation=operation.tool,
        effect=operation.effect,
        fields=operation.model_dump(mode="json", exclude_none=True),
        particulars=particulars,
        headline=operation.headline(particulars),
        origin=Origin(source=Source.MCP),
        created_at=NOON,
        expires_at=NOON,
        revised_at=NOON,
    )


def grant_of(proposal: Proposal) -> Grant:
    return Grant(
        proposal_id=proposal.id, digest=proposal.digest, by="owner", how="drag", given_at=NOON
    )


def a_comment(shop: Shop) -> str:
    post_id = shop.read("facebook_list_posts")["posts"][1]["id"]
    return str(shop.read("facebook_list_comments", post_id=post_id)["comments"][0]["id"])


def a_reply(shop: Shop) -> str:
    media_id = shop.read("instagram_list_media")["media"][0]["id"]
    return str(shop.read("instagram_list_comments", media_id=media_id)["comments"][0]["id"])


def a_post(shop: Shop) -> str:
    return str(shop.read("facebook_list_posts")["posts"][0]["id"])


def every_change(shop: Shop) -> dict[str, Operation]:
    return {
        "facebook_post": post(link=LINK),
        "facebook_photo": post(image_url=shop.graph.picture_url("loaf.png")),
        "facebook_comment": operation_of(
            "facebook_reply_comment", comment_id=a_comment(shop), message="Until noon."
        ),
        "facebook_deleted": operation_of("facebook_delete_post", post_id=a_post(shop)),
        "instagram_media": shop.picture(),
        "instagram_comment": operation_of(
            "instagram_reply_comment", comment_id=a_reply(shop), message="At seven."
        ),
    }


CHANGES = (
    "facebook_post",
    "facebook_photo",
    "facebook_comment",
    "facebook_deleted",
    "instagram_media",
    "instagram_comment",
)
#: The request of each change that people see, as a glob for faults.
COMMITS = {
    "facebook_post": "*/feed",
    "facebook_photo": "*/photos",
    "facebook_comment": "*/comments",
    "facebook_deleted": f"*/{PAGE_ID}_*",
    "instagram_media": "*/media_publish",
    "instagram_comment": "*/replies",
}
METHODS = {"facebook_deleted": "DELETE"}
every_change_there_is = pytest.mark.parametrize("change", CHANGES)


def broken(shop: Shop, change: str, mode: str, **values: object) -> tuple[Operation, Mark]:
    """Perform a change whose commit goes wrong; return it with the Mark of a later look."""
    operation = every_change(shop)[change]
    method = METHODS.get(change, "POST")
    shop.graph.fault(mode, path=COMMITS[change], method=method, **values)
    with pytest.raises(OutcomeUnknownError):
        shop.perform(operation, shop.mark())
    return operation, shop.mark()
