"""What posts and answers on X share: the text, how it is sent and how it is found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, override

from pydantic import Field

from utils.core.operation import Mark, Operation
from utils.posts.fields import fitting
from utils.posts.length import Network
from utils.x.views import done, traced

if TYPE_CHECKING:
    from utils.core.model import Grant, Json, Outcome, Proposal
    from utils.x_client import XClient

TweetId = Annotated[
    str, Field(pattern=r"^[0-9]{1,19}$", description="the number at the end of the post's address")
]
Text = Annotated[
    str,
    fitting(Network.X),
    Field(description="at most 280 as X counts: a link 23, an emoji or CJK character 2"),
]


class XWriting(Operation):
    """A text that goes out once; a subclass says beside what."""

    text: Text

    def answers(self) -> str:
        """Return the post that it answers, or ""."""
        return ""

    def body(self, media_ids: tuple[str, ...] = ()) -> Json:
        """Return what is sent."""
        media = {"media": {"media_ids": list(media_ids)}} if media_ids else {}
        return {"text": self.text} | media

    @override
    def perform(self, reach: XClient, grant: Grant, proposal: Proposal, mark: Mark) -> Outcome:
        handed_over = self.handed_over(reach, proposal)
        mark.go_on()
        return done(reach.post(self.body(handed_over)))

    def handed_over(self, reach: XClient, proposal: Proposal) -> tuple[str, ...]:
        """Hand over what the post carries beside its text, and return the ids."""
        del reach, proposal
        return ()

    @override
    def probe(self, reach: XClient, proposal: Proposal, mark: Mark) -> Outcome | None:
        return traced(reach, self.text, reply_to=self.answers(), mark=mark)
