"""What the networks tell of a week's posts, read through their own tools.

Each network is asked for what it still gives, and no more. One that is down, not set up or silent
gives a reason in place of each number; the others go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from utils.core.errors import ConfigurationError, EmployeeError, RejectedError
from utils.posts.fields import excerpt
from utils.social_media_manager import CHANNELS, Measured, NetworkWeek, PostSeen, weekly_summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from utils.assembly.ground import Ground
    from utils.core.model import Json
    from utils.report.week_activity import Done

    #: Reads through a tool: ``ask("facebook_get_post", post_id="17_4711")``.
    type Ask = Callable[..., Json]
    #: A post's reach and answers.
    type Told = tuple[Measured, Measured]

#: How many mentions are looked through for answers on X: the most that its tool gives at once.
_MENTIONS: Final = 100
_WHOLE_PAGE: Final = Measured(why="Facebook tells it for the whole Page, not for one post")
_NOT_ON_X: Final = Measured(why="I do not ask X for it, because X charges for every look")
_NOT_ON_LINKEDIN: Final = Measured(why="LinkedIn gives it only to partners that it has approved")


@dataclass(frozen=True, kw_only=True)
class SocialSummary:
    """Gathers the weekly summary of all networks.

    Args:
        ground: The services, the connections to them, and the journal.
    """

    ground: Ground

    def of(self, posted: Iterable[Done], *, since: date, until: date) -> tuple[NetworkWeek, ...]:
        """Return what came of a week's posts, for each network that has one.

        Args:
            posted: What went out; a composite stands for its parts and is passed over.
            since: The first day.
            until: The last day.
        """
        asker = _Asker(self.ground)
        tools = {channel.operation: name for name, channel in CHANNELS.items()}
        seen = [
            self._seen(asker, tools[post.operation], post)
            for post in posted
            if post.operation in tools
        ]
        reach: dict[str, Measured] = {}
        if any(post.network == "facebook" for post in seen):
            reach["facebook"] = asker.page_views(since, until)
        return weekly_summary(seen, reach=reach)

    def _seen(self, asker: _Asker, network: str, post: Done) -> PostSeen:
        tracked = self.ground.journal.find(post.proposal_id)
        text = tracked.proposal.fields.get(CHANNELS[network].text, "") if tracked else ""
        reach, answers = asker.told_of(network, post.remote_id)
        return PostSeen(
            network=network,
            remote_id=post.remote_id,
            url=post.url,
            title=excerpt(text),
            record_id=post.record_id,
            reach=reach,
            answers=answers,
        )


class _Asker:
    """Asks the networks for numbers; a network that is down is asked once only."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._down: dict[str, str] = {}
        self._mentions: list[Json] | None = None

    def told_of(self, network: str, remote_id: str) -> Told:
        """Return a post's reach and answers, or the reason why they are not known."""
        ways: Mapping[str, Callable[[str], Told]] = {
            "facebook": self._facebook,
            "instagram": self._instagram,
            "twitter": self._twitter,
            "linkedin": lambda _: (_NOT_ON_LINKEDIN, _NOT_ON_LINKEDIN),
        }
        try:
            return ways[network](remote_id)
        except (EmployeeError, ValidationError) as error:
            unknown = Measured(why=_why(error))
            return unknown, unknown

    def page_views(self, since: date, until: date) -> Measured:
        """Return how often the Page's content was seen in a period."""
        try:
            found = self._ask("facebook_get_page_insights", since=since, until=until)
        except (EmployeeError, ValidationError) as error:
            return Measured(why=_why(error))
        days = found["metrics"].get("page_media_view")
        if not isinstance(days, list):
            return Measured(why=found["missing"].get("page_media_view", "not given"))
        return Measured(number=sum(int(day["value"]) for day in days))

    def _facebook(self, post_id: str) -> Told:
        found = self._ask("facebook_get_post", post_id=post_id)
        return _WHOLE_PAGE, _added(found, "comments", "reactions", "shares")

    def _instagram(self, media_id: str) -> Told:
        found = self._ask("instagram_get_media_insights", media_id=media_id)
        numbers, missing = found["metrics"], found["missing"]
        reach = Measured(number=numbers.get("reach"), why=missing.get("reach", ""))
        why = next(
            (missing[name] for name in ("comments", "likes", "shares") if name in missing), ""
        )
        return reach, _added(numbers, "comments", "likes", "shares", why=why)

    def _twitter(self, tweet_id: str) -> Told:
        if self._mentions is None:
            self._mentions = self._ask("twitter_list_mentions", limit=_MENTIONS)["mentions"]
        if len(self._mentions) >= _MENTIONS:
            return _NOT_ON_X, Measured(why="more people wrote on X than I look through")
        replies = sum(mention.get("reply_to") == tweet_id for mention in self._mentions)
        return _NOT_ON_X, Measured(number=replies)

    def _ask(self, tool: str, **values: Any) -> Json:
        """Read through a tool.

        Raises:
            RejectedError: It does not give this one.
            ConfigurationError: It is not set up, or was found to be down before.
            EmployeeError: It does not say.
            ValidationError: It does not take such a number.
        """
        catalogue, reaches = self._ground.catalogue, self._ground.reaches
        service = catalogue.service_of(tool)
        if service.name in self._down:
            raise ConfigurationError(self._down[service.name])
        try:
            operation = catalogue.operation(tool).model_validate(values)
            return operation.read(reaches.connect(service))
        except RejectedError:
            raise
        except EmployeeError as error:
            self._down[service.name] = str(error)
            raise


def _added(numbers: Json, *names: str, why: str = "") -> Measured:
    """Return the sum of some numbers; unknown where one of them is."""
    found = [numbers.get(name) for name in names]
    if any(number is None for number in found):
        return Measured(why=why or "not given")
    return Measured(number=sum(int(number) for number in found if number is not None))


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "its number is none that the network would give"
    return str(error)
