"""The caps: how much may be armed within a window, whoever granted it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.core.operation import Effect, PostKind
from utils.journal import Cap

if TYPE_CHECKING:
    from utils.core.model import Proposal
    from utils.core.operation import Operation
    from utils.settings import Settings

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def caps_for(
    operation: type[Operation], proposal: Proposal, settings: Settings
) -> tuple[Cap, ...]:
    """Return the caps that an attempt of this Proposal uses up, with how much of each."""
    if operation.post is PostKind.POST:
        return (Cap(kind="post", amount=1, limit=settings.max_posts_per_day, window=_DAY),)
    if operation.effect is Effect.SEND and proposal.service == "gmail":
        return (Cap(kind="mail", amount=1, limit=settings.max_mails_per_hour, window=_HOUR),)
    amount = proposal.particulars.base_amount
    if operation.effect is Effect.SPEND and amount:
        limit = float(settings.max_amount_per_day)
        return (Cap(kind="money", amount=float(amount), limit=limit, window=_DAY),)
    return ()
