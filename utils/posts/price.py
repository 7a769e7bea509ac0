"""What X charges for what we do there, in US dollars.

Source: X, pay-per-use prices, August 2026; the owner sees the price before he approves.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from utils.posts.links import urls_in

POST_USD: Final = Decimal("0.015")
POST_WITH_LINK_USD: Final = Decimal("0.200")
#: A reply to somebody who mentioned or quoted the account; another is not let through.
REPLY_USD: Final = Decimal("0.010")
DELETE_USD: Final = Decimal("0.010")
_FIXED: Final = {"twitter_reply": REPLY_USD, "twitter_delete_tweet": DELETE_USD}


def price_of(tool: str, text: str) -> Decimal:
    """Return what a call of one of X's tools costs; ``text`` is what it writes, or ""."""
    return _FIXED.get(tool) or price_of_post(text)


def price_of_post(text: str) -> Decimal:
    """Return what a post costs on X; any link, a bare domain included, makes it dearer."""
    return POST_WITH_LINK_USD if urls_in(text) else POST_USD
