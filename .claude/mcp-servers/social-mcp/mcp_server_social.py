"""One announcement on several networks at once: one note, one decision, one outcome for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, override

from pydantic import Field, model_validator

from utils.core.model import Intent, Json, Particulars, Request
from utils.core.operation import Effect, Operation, PostKind, Service
from utils.posts.fields import ScheduledFor, excerpt
from utils.settings import ServiceSettings
from utils.social_media_manager import CHANNELS, intents_for, worded

if TYPE_CHECKING:
    from datetime import datetime

Text = Annotated[str | None, Field(max_length=63_206)]
Where = Literal["facebook", "instagram", "twitter", "linkedin"]
#: The text is handed on before it is checked, so that a time comes as text here, too.
When = Annotated[ScheduledFor, Field(strict=False)]


class CreateAnnouncement(Operation):
    """Propose the same news on several networks in one note, with a section for each.

    Give `text` for all of them, or a text per network. Each is counted the network's own way; one
    that does not fit is left out with the reason, the others go on.
    """

    tool = "social_create_announcement"
    effect = Effect.SEND
    post = PostKind.POST
    composite = True
    editable = ("facebook_text", "instagram_text", "twitter_text", "linkedin_text")
    undo = "Each post can be deleted on its own network; who has read it has read it."
    example: ClassVar[Json] = {"networks": ["facebook", "twitter"], "text": "Rye is back."}

    networks: list[Where] = Field(min_length=1, max_length=4)
    facebook_text: Text = None
    instagram_text: Text = None
    twitter_text: Text = None
    linkedin_text: Text = None
    link: Annotated[str | None, Field(max_length=2000)] = None
    image_url: Annotated[str | None, Field(max_length=2000)] = None
    scheduled_for: When = None
    text: Text = Field(None, description="for every network that has no text of its own")

    @model_validator(mode="before")
    @classmethod
    def _for_each(cls, given: Any) -> Any:
        """Give every network its own text, so that the owner reads and edits each by itself."""
        if not isinstance(given, dict) or not given.get("text"):
            return given
        text, link = given["text"], given.get("link")
        named = [name for name in given.get("networks") or () if name in CHANNELS]
        own = {f"{name}_text": worded(text, name, link) for name in named}
        rest = {key: value for key, value in given.items() if key != "text" and value is not None}
        return own | rest

    @model_validator(mode="after")
    def _something_for_each(self) -> Self:
        silent = [name for name in self.networks if not self._texts().get(name)]
        if silent:
            message = f"there is no text for {', '.join(silent)}"
            raise ValueError(message)
        return self

    def _texts(self) -> dict[str, str]:
        texts = {name: getattr(self, f"{name}_text") for name in self.networks}
        return {name: text for name, text in texts.items() if text}

    @override
    def headline(self, particulars: Particulars) -> str:
        kept = {part["operation"] for part in particulars.resolved.get("parts", ())}
        going = [CHANNELS[name] for name in self.networks]
        titles = ", ".join(one.title for one in going if not kept or one.operation in kept)
        return f"Announce on {titles}: “{excerpt(next(iter(self._texts().values())))}”"

    @override
    def parts(self) -> tuple[Intent, ...]:
        return intents_for(self._texts(), link=self.link, image_url=self.image_url)

    @override
    def runs_at(self) -> datetime | None:
        return self.scheduled_for

    @override
    def request(self, where: Any, particulars: Particulars, key: str) -> Request:
        body = {part.operation: part.values for part in self.parts()}
        return Request(method="POST", url="one request for each network", body=body)


class SocialSettings(ServiceSettings):
    """Nothing: each network has its own settings."""

    prefix = "SOCIAL"


SERVICE = Service(
    name="social",
    title="several networks",
    operations=(CreateAnnouncement,),
    settings=SocialSettings,
    connect=lambda settings: settings,
    whoami=lambda _: "every network that is connected",
    quiet_window_s=0,
    instructions="Announces the same news on several networks; the owner approves one note.",
)

if __name__ == "__main__":
    from utils.mcp_adapter import main

    main(SERVICE)
