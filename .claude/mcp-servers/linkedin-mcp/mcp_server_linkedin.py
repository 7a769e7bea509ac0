"""LinkedIn: post and delete for a member or a company page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Self, override

from pydantic import Field, model_validator

from utils.core.model import Grant, Json, Outcome, OutcomeKind, Particulars, Proposal, Request
from utils.core.operation import Compensation, Effect, Mark, Operation, PostKind, Service
from utils.core.outside_text import visible
from utils.linkedin.errors import SERVICE as NAME
from utils.linkedin.post import post_address, post_body, post_url
from utils.linkedin.settings import LinkedInSettings
from utils.linkedin_client import LinkedInClient
from utils.posts.fields import PictureUrl, ScheduledFor, excerpt, fitting, pinned, same_picture
from utils.posts.length import LIMITS, Network, length_on

if TYPE_CHECKING:
    from datetime import datetime

#: Stands in a preview for the URN that a picture gets when it is handed over.
_PICTURE_URN: Final = "(URN of the picture)"
#: The stage under which the URN of a post that is out is kept.
_POST: Final = "post"
_DUPLICATE: Final = "LinkedIn had this very post already, so it made no second one."

PostUrn = Annotated[
    str,
    Field(pattern=r"^urn:li:(share|ugcPost):[0-9]+$", description="such as urn:li:share:7012345"),
]
Text = Annotated[
    str, fitting(Network.LINKEDIN), Field(description="at most 3,000 characters; #hashtags work")
]
Link = Annotated[
    str | None,
    Field(pattern=r"^https://[^\s/]+(/\S*)?$", description="shown as a card below the text"),
]


class CreatePost(Operation):
    """Propose a public post on LinkedIn for the member or page of the settings.

    The text appears as it is written. Give a link or a picture, not both.
    """

    tool = "linkedin_create_post"
    effect = Effect.SEND
    post = PostKind.POST
    editable = ("text",)
    fetches = ("image_url",)
    undo = "Delete the post; the same text is then refused for two days."
    compensation = Compensation(tool="linkedin_delete_post", takes="post_urn")
    example: ClassVar[Json] = {"text": "We are hiring a baker. #bakery"}

    text: Text
    link: Link = None
    image_url: PictureUrl = None
    scheduled_for: ScheduledFor = None

    @model_validator(mode="after")
    def _one_card(self) -> Self:
        if self.link and self.image_url:
            msg = "a post on LinkedIn shows a link or a picture, not both"
            raise ValueError(msg)
        return self

    @override
    def headline(self, particulars: Particulars) -> str:
        return f"Post on LinkedIn: “{excerpt(self.text)}”"

    @override
    def request(self, where: LinkedInSettings, particulars: Particulars, key: str) -> Request:
        image_urn = _PICTURE_URN if self.image_url else None
        body = post_body(where.author_urn, self.text, link=self.link, image_urn=image_urn)
        return Request(method="POST", url=f"{where.base}/rest/posts", body=body)

    @override
    def look_up(self, reach: LinkedInClient) -> Particulars:
        shown = {
            "Account": f"{reach.owner} ({reach.author})",
            "Counts": f"{length_on(Network.LINKEDIN, self.text)} of "
            f"{LIMITS[Network.LINKEDIN].length}",
        }
        if not self.image_url:
            return Particulars(shown=shown)
        picture = reach.picture(self.image_url)
        return Particulars(shown=shown | {"Picture": picture.described}, resolved=pinned(picture))

    @override
    def perform(
        self, reach: LinkedInClient, grant: Grant, proposal: Proposal, mark: Mark
    ) -> Outcome:
        image_urn = None
        if self.image_url:
            known = proposal.particulars
            picture = same_picture(reach.picture, self.image_url, known, service=NAME)
            image_urn = reach.upload(picture)
        mark.go_on()
        posted = reach.post(
            post_body(reach.author, self.text, link=self.link, image_urn=image_urn)
        )
        mark.remember(_POST, posted.urn)
        return _done(posted.urn, _DUPLICATE if posted.was_there else "")

    @override
    def probe(self, reach: LinkedInClient, proposal: Proposal, mark: Mark) -> Outcome | None:
        # LinkedIn shows a member's posts to no program: only the URN that came back is a proof.
        urn = mark.staged.get(_POST)
        return _done(urn) if urn else None

    @override
    def runs_at(self) -> datetime | None:
        return self.scheduled_for


class DeletePost(Operation):
    """Propose to delete one of the author's own posts on LinkedIn."""

    tool = "linkedin_delete_post"
    effect = Effect.REMOVE
    undo = "This cannot be undone; LinkedIn refuses the same text for two days."
    example: ClassVar[Json] = {"post_urn": "urn:li:share:7012345678901234567"}

    post_urn: PostUrn

    @override
    def headline(self, particulars: Particulars) -> str:
        return f"Delete the post {self.post_urn} on LinkedIn"

    @override
    def request(self, where: LinkedInSettings, particulars: Particulars, key: str) -> Request:
        return Request(method="DELETE", url=post_address(where.base, self.post_urn))

    @override
    def look_up(self, reach: LinkedInClient) -> Particulars:
        return Particulars(
            shown={"Account": f"{reach.owner} ({reach.author})", "Post": post_url(self.post_urn)}
        )

    @override
    def perform(
        self, reach: LinkedInClient, grant: Grant, proposal: Proposal, mark: Mark
    ) -> Outcome:
        reach.delete(self.post_urn)
        return Outcome(kind=OutcomeKind.DONE, remote_id=self.post_urn)


class ListPosts(Operation):
    """List a company page's own posts on LinkedIn, newest first.

    A member's posts LinkedIn shows to no program.
    """

    tool = "linkedin_list_posts"
    effect = Effect.READ

    limit: int = Field(10, ge=1, le=100)

    @override
    def headline(self, particulars: Particulars) -> str:
        return f"List the last {self.limit} posts on LinkedIn"

    @override
    def read(self, reach: LinkedInClient) -> Json:
        return {
            "posts": [
                post | {"text": visible(post["text"]), "url": post_url(post["urn"])}
                for post in reach.posts(self.limit)
            ]
        }


def _done(urn: str, detail: str = "") -> Outcome:
    return Outcome(kind=OutcomeKind.DONE, remote_id=urn, url=post_url(urn), detail=detail)


def _whoami(reach: Any) -> str:
    return f"{visible(reach.owner)}, posting as {reach.author}"


SERVICE = Service(
    name=NAME,
    title="LinkedIn",
    operations=(CreatePost, DeletePost, ListPosts),
    settings=LinkedInSettings,
    connect=LinkedInClient,
    whoami=_whoami,
    expiry=LinkedInClient.token_expiry,
    ailments=LinkedInClient.ailments,
    # Four calls of 30 s each at most: a picture is fetched, announced and put before the post.
    quiet_window_s=150,
    instructions="Posts of the business on LinkedIn.",
)

if __name__ == "__main__":
    from utils.mcp_adapter import main

    main(SERVICE)
