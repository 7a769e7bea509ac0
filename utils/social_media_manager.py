"""One announcement for several networks: what each of them is to be told.

Pure: an announcement becomes one Intent for each network, in the network's own words. Nothing is
cut or changed after the owner saw it; what a network does not take is refused for that network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.model import Intent
from utils.post_links import urls_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.core.model import Json


@dataclass(frozen=True, kw_only=True)
class Channel:
    """How a network is told something."""

    #: What a person calls it.
    title: str
    operation: str
    #: The operation's field for the text.
    text: str
    #: The operation's field for a link, "" where links stand in the text.
    link: str = ""
    #: The operation's field for a picture, "" where it takes none.
    image: str = ""


#: Service name to how it is told something, in the order of the note's sections.
CHANNELS: Final[Mapping[str, Channel]] = {
    "facebook": Channel(
        title="Facebook",
        operation="facebook_create_post",
        text="message",
        link="link",
        image="image_url",
    ),
    "instagram": Channel(
        title="Instagram", operation="instagram_create_post", text="caption", image="image_url"
    ),
    "twitter": Channel(
        title="X", operation="twitter_create_tweet", text="text", image="image_url"
    ),
    "linkedin": Channel(
        title="LinkedIn", operation="linkedin_create_post", text="text", link="link"
    ),
}


def worded(text: str, network: str, link: str | None) -> str:
    """Return a common text as it stands on one network: where links stand in the text, with it."""
    if link and not CHANNELS[network].link and link not in urls_in(text):
        return f"{text} {link}"
    return text


def intents_for(
    texts: Mapping[str, str], *, link: str | None, image_url: str | None
) -> tuple[Intent, ...]:
    """Return one Intent for each network that has a text, in the order of the channels.

    Args:
        texts: Service name to its text.
        link: What the posts lead to, or None.
        image_url: A picture's public address, or None.
    """
    return tuple(
        Intent(operation=channel.operation, values=_values(channel, texts[name], link, image_url))
        for name, channel in CHANNELS.items()
        if name in texts
    )


def _values(channel: Channel, text: str, link: str | None, image_url: str | None) -> Json:
    given = {channel.text: text, channel.link: link, channel.image: image_url}
    return {field: value for field, value in given.items() if field and value is not None}
