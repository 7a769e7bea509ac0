"""What is told of X: to the owner, to the model, and to whoever looks for a lost post."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.core.errors import InvalidValueError
from utils.core.model import Outcome, OutcomeKind
from utils.core.outside_text import visible
from utils.posts.length import LIMITS, Network, weighted_length
from utils.x.tweets import Tweet, says

if TYPE_CHECKING:
    from datetime import datetime

    from utils.core.model import Json
    from utils.x_client import XClient

#: How far X's clock may lie behind ours when a post is looked for.
_SKEW: Final = timedelta(minutes=2)
#: How many own posts are looked at for one of them.
_LOOKED_AT: Final = 50


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


def traced(reach: XClient, text: str, *, reply_to: str, armed_at: datetime) -> Outcome | None:
    """Return whether a post is among the account's own since it was armed.

    Args:
        reach: The account.
        text: The post's text as it was sent.
        reply_to: The post that it answers, or "".
        armed_at: When it was armed (aware UTC).

    Returns:
        ``done``, ``failed`` where it is not there, None where more went out than was looked at.

    Raises:
        ServiceError: X does not say.
    """
    own = reach.own_tweets(_LOOKED_AT, since=armed_at - _SKEW)
    for tweet in own:
        if tweet.reply_to == reply_to and says(tweet, text):
            return done(tweet.id)
    return Outcome(kind=OutcomeKind.FAILED) if len(own) < _LOOKED_AT else None


def told(tweet: Tweet) -> Json:
    """Return a post as the model is told of it; what a screen would hide is spelled out."""
    seen = {"id": tweet.id, "text": visible(tweet.text), "author_id": tweet.author_id}
    seen |= {"created_at": tweet.created_at.isoformat()} if tweet.created_at else {}
    return seen | ({"reply_to": tweet.reply_to} if tweet.reply_to else {})
