"""Several networks at once: what each of them is to be told, and what came of it in a week.

Pure. An announcement becomes one Intent for each network, in the network's own words. Nothing is
cut or changed after the owner saw it; what a network does not take is refused for that network.
A number that a network does not give is a dash with the reason, never a zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.model import Intent
from utils.posts.links import urls_in
from utils.report.figures import Figure, Proof, ProofKind, absent, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A number as a network gave it, or why it gave none."""

    number: int | None = None
    #: Why there is no number, one sentence without a full stop, or "".
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class PostSeen:
    """One post that went out, and what its network tells of it."""

    #: The network's service.
    network: str
    remote_id: str
    url: str
    #: How it begins, in the owner's words.
    title: str
    #: The Record that says it went out.
    record_id: str
    #: How many it reached, or how often it was seen: as the network counts.
    reach: Measured
    #: How often people answered it: comments, reactions and shares, as far as the network tells.
    answers: Measured


@dataclass(frozen=True, kw_only=True)
class NetworkWeek:
    """What was posted on one network in a week, and what came of it."""

    network: str
    title: str
    posts: Figure
    reach: Figure
    answers: Figure
    #: The posts that were answered most and least, or else reached most and least; None where
    #: that cannot be told, and the second where there is nothing to compare with.
    best: PostSeen | None = None
    worst: PostSeen | None = None


def weekly_summary(
    posts: Iterable[PostSeen], *, reach: Mapping[str, Measured]
) -> tuple[NetworkWeek, ...]:
    """Return the week of every network on which something was posted, in the channels' order.

    Args:
        posts: What went out.
        reach: Service name to the reach of the account as a whole, for networks that tell it so.
    """
    by_network: dict[str, list[PostSeen]] = {name: [] for name in CHANNELS}
    for post in posts:
        by_network[post.network].append(post)
    return tuple(
        _week_of(name, seen, reach.get(name)) for name, seen in by_network.items() if seen
    )


def _week_of(network: str, posts: Sequence[PostSeen], whole_reach: Measured | None) -> NetworkWeek:
    key = f"social.{network}"
    ids = tuple(post.record_id for post in posts)
    proof = Proof(kind=ProofKind.RECORDS, where="done", ids=ids, count=len(ids))
    reaches = [whole_reach] if whole_reach else [post.reach for post in posts]
    ranked = _ranked(posts)
    return NetworkWeek(
        network=network,
        title=CHANNELS[network].title,
        posts=whole(f"{key}.posts", len(posts), proof),
        reach=_sum(f"{key}.reach", reaches, posts),
        answers=_sum(f"{key}.answers", [post.answers for post in posts], posts),
        best=ranked[0] if ranked else None,
        worst=ranked[-1] if len(ranked) > 1 else None,
    )


def _sum(key: str, measured: Sequence[Measured], posts: Sequence[PostSeen]) -> Figure:
    """Return the sum of what is known; where part of it is not, it is only a lower bound."""
    known = [each.number for each in measured if each.number is not None]
    why = "; ".join(dict.fromkeys(each.why for each in measured if each.number is None))
    if not known:
        return absent(key, why)
    proofs = tuple(_proof(post) for post in posts)
    if why:
        return Figure(key=key, shown=f"≥ {sum(known):,}", why=why, proofs=proofs)
    return whole(key, sum(known), *proofs)


def _proof(post: PostSeen) -> Proof:
    return Proof(
        kind=ProofKind.DOCUMENT,
        where="the post, as its network counts",
        ids=(post.remote_id,),
        link=post.url,
        title=post.title,
    )


def _ranked(posts: Sequence[PostSeen]) -> list[PostSeen]:
    """Return the posts, the best first, by answers or else by reach; none where neither is told.

    Posts that did equally well are not ranked: none of them is the best.
    """
    for told in ("answers", "reach"):
        numbers = {post.remote_id: getattr(post, told).number for post in posts}
        if None not in numbers.values():
            if len(posts) > 1 and len(set(numbers.values())) == 1:
                continue
            return sorted(posts, key=lambda post: -numbers[post.remote_id])
    return []
