"""What is told of X: to the owner, to the model, and to whoever looks for a lost post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError
from utils.core.model import Outcome, OutcomeKind
from utils.core.outside_text import visible
from utils.posts.length import LIMITS, Network, weighted_length
from utils.posts.since_attempt import Made, SinceAttempt
from utils.x.tweets import Tweet, says

if TYPE_CHECKING:
    from utils.core.model import Json
    from utils.core.operation import Mark
    from utils.x_client import XClient

#: How many of the newest own posts are looked at for one of them; X charges for each.
_LOOKED_AT: Final = 20


def counted(reach: XClient, text: str, price: str) -> dict[str, str]:
    """Return what the owner sees of every post: the account, the count and the price."""
    return {
        "Account": f"@{reach.account.username}",
        "Counts": f"{weighted_length(text)} of {LIMITS[Network.X].length}",
        "X charges": price,
    }


def existing(reach: XClient, tweet_id: str) -> Tweet:
    """Return a post.

    Raises:
        InvalidValueError: There is none of that number.
        ServiceError: X does not say.
    """
    tweet = reach.find(tweet_id)
    if tweet is None:
        raise InvalidValueError(f"there is no post {tweet_id} on X")
    return tweet


def done(tweet_id: str) -> Outcome:
    """Return the Outcome of a post that is out."""
    url = f"https://x.com/i/status/{tweet_id}"
    return Outcome(kind=OutcomeKind.DONE, remote_id=tweet_id, url=url)


def traced(reach: XClient, text: str, *, reply_to: str, mark: Mark) -> Outcome | None:
    """Return whether a post is among the account's newest since its attempt.

    Args:
        reach: The account.
        text: The post's text as it was sent.
        reply_to: The post that it answers, or "".
        mark: The attempt's.

    Returns:
        ``done``, ``failed`` where it is not there, None where more went out than was looked at or
        where a post of these words may be an earlier one.

    Raises:
        ServiceError: X does not say.
    """
    own = reach.own_tweets(_LOOKED_AT)
    since = SinceAttempt.of(mark, reach.served_at)
    made = [(since.made(tweet.created_at), tweet) for tweet in own]
    fit = [(when, tweet) for when, tweet in made if _is(tweet, text, reply_to)]
    for when, tweet in fit:
        if when is Made.SINCE:
            return done(tweet.id)
    is_whole = len(own) < _LOOKED_AT or made[-1][0] is Made.BEFORE
    doubted = any(when is Made.PERHAPS for when, _ in fit)
    return Outcome(kind=OutcomeKind.FAILED) if is_whole and not doubted else None


def _is(tweet: Tweet, text: str, reply_to: str) -> bool:
    return tweet.reply_to == reply_to and says(tweet, text)


def told(tweet: Tweet) -> Json:
    """Return a post as the model is told of it; what a screen would hide is spelled out."""
    seen = {"id": tweet.id, "text": visible(tweet.text), "author_id": tweet.author_id}
    seen |= {"created_at": tweet.created_at.isoformat()} if tweet.created_at else {}
    return seen | ({"reply_to": tweet.reply_to} if tweet.reply_to else {})
