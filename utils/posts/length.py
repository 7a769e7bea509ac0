"""How each network counts a post, and what stands in the way of posting it.

Nothing is ever shortened: a text that does not fit is refused with its count.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from utils.posts.links import spans_of_urls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: What a link counts on X, however long it is (X, counting characters; configuration v3).
LINK_WEIGHT: Final = 23
#: What a character or a whole emoji counts on X unless it is one of the light ones.
_WEIGHT: Final = 2
#: Code points that count 1 on X: Latin to Georgian, blanks, dashes, quotes, primes (v3).
_LIGHT: Final = (
    range(0x1100),
    range(0x2000, 0x200E),
    range(0x2010, 0x2020),
    range(0x2032, 0x2038),
)

#: Blocks of pictures that emoji are made of; a lone one counts like any other character.
_PICTURE: Final = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u2300-\u23ff\u24c2\u25a0-\u27bf"
    "\u2934\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_FLAG: Final = "[\U0001f1e6-\U0001f1ff]{2}"
_SHAPED: Final = (
    f"{_PICTURE}(?:\ufe0f\u20e3?|[\U0001f3fb-\U0001f3ff]|[\U000e0020-\U000e007e]+\U000e007f)?"
)
_KEYCAP: Final = "[0-9#*]\ufe0f?\u20e3"
#: An emoji as it is seen: a keycap, a flag, or pictures with skin tones joined into one.
_EMOJI: Final = re.compile(f"{_KEYCAP}|{_FLAG}|{_SHAPED}(?:\u200d{_SHAPED})*")

_CASHTAG: Final = re.compile(r"(?<!\S)\$[a-z]{1,6}(?:[._][a-z]{1,2})?(?![\w$])", re.IGNORECASE)
_HASHTAG: Final = re.compile(r"(?<![\w&])[#＃](?=\w*[^\W\d_])\w+")
_MENTION: Final = re.compile(r"(?<![\w@.])@\w[\w.]*")


class Network(StrEnum):
    """Where a post goes, by the name that people know."""

    X = "X"
    LINKEDIN = "LinkedIn"
    FACEBOOK = "Facebook"
    INSTAGRAM = "Instagram"


@dataclass(frozen=True, kw_only=True)
class PostLimits:
    """What a network takes in one post."""

    #: The greatest length, in the network's own counting.
    length: int
    #: The greatest number of $cashtags, #hashtags and @mentions; None where there is none.
    cashtags: int | None = None
    hashtags: int | None = None
    mentions: int | None = None


#: Sources: X, counting characters and developer policy 2026; LinkedIn, Posts API; Facebook, Page
#: feed; Instagram, content publishing (five hashtags since 2025-12-18).
LIMITS: Final[Mapping[Network, PostLimits]] = {
    Network.X: PostLimits(length=280, cashtags=1),
    Network.LINKEDIN: PostLimits(length=3_000),
    Network.FACEBOOK: PostLimits(length=63_206),
    Network.INSTAGRAM: PostLimits(length=2_200, hashtags=5, mentions=3),
}
_HOW: Final = {Network.X: "; a link counts 23, an emoji 2"}


def weighted_length(text: str) -> int:
    """Return what a text counts on X: most characters 1, links 23, emoji and CJK 2 each."""
    normal = unicodedata.normalize("NFC", text)
    total, at = 0, 0
    for start, end in spans_of_urls(normal):
        total += _weight(normal[at:start]) + LINK_WEIGHT
        at = end
    return total + _weight(normal[at:])


def length_on(network: Network, text: str) -> int:
    """Return what a text counts on a network.

    But for X none says how it counts, so it is the longest way: an emoji counts 2 or more.
    """
    if network is Network.X:
        return weighted_length(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def problems_of(network: Network, text: str) -> tuple[str, ...]:
    """Return why a network would not take a text: one clause each, with the count."""
    limits = LIMITS[network]
    count = length_on(network, text)
    found = [] if text.strip() else ["there is no text"]
    if count > limits.length:
        how = _HOW.get(network, "")
        found.append(f"{network} takes {limits.length:,} and this counts {count:,}{how}")
    return (*found, *_too_many(network, text))


def _too_many(network: Network, text: str) -> list[str]:
    limits = LIMITS[network]
    counted: tuple[tuple[str, int | None, Callable[[str], list[str]]], ...] = (
        ("$cashtags", limits.cashtags, _CASHTAG.findall),
        ("#hashtags", limits.hashtags, _HASHTAG.findall),
        ("@mentions", limits.mentions, _MENTION.findall),
    )
    return [
        f"{network} takes {limit} {what} at most and this has {number}"
        for what, limit, find in counted
        if limit is not None and (number := len(find(text))) > limit
    ]


def _weight(text: str) -> int:
    """Return what a piece of text without links counts."""
    emoji = [found[0] for found in _EMOJI.finditer(text) if len(found[0]) > 1]
    inside = sum(map(_weight_of_characters, emoji))
    return _weight_of_characters(text) - inside + _WEIGHT * len(emoji)


def _weight_of_characters(text: str) -> int:
    return sum(1 if any(ord(char) in light for light in _LIGHT) else _WEIGHT for char in text)
