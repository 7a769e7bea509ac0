"""The caps: how much may be armed within a window, whoever granted it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from utils.core.money import as_decimal, as_money, hundredths
from utils.core.operation import Effect, PostKind
from utils.storage.steps import Cap

if TYPE_CHECKING:
    from datetime import datetime

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
        cents, limit = hundredths(as_decimal(amount)), hundredths(settings.max_amount_per_day)
        return (Cap(kind="money", amount=cents, limit=limit, window=_DAY),)
    return ()


def every_cap(settings: Settings) -> tuple[Cap, ...]:
    """Return every cap there is, with nothing used up."""
    money = hundredths(settings.max_amount_per_day)
    return (
        Cap(kind="mail", amount=0, limit=settings.max_mails_per_hour, window=_HOUR),
        Cap(kind="post", amount=0, limit=settings.max_posts_per_day, window=_DAY),
        Cap(kind="money", amount=0, limit=money, window=_DAY),
    )


def allowance(cap: Cap, settings: Settings) -> str:
    """Return what a cap allows, such as ``20 mails within an hour`` or ``EUR 5000.00``."""
    if cap.kind == "money":
        limit = as_money(Decimal(cap.limit) / 100)
        return f"{settings.currency} {limit} within a day"
    window = "an hour" if cap.window == _HOUR else "a day"
    return f"{cap.limit} {cap.kind}{'' if cap.limit == 1 else 's'} within {window}"


def used_up(cap: Cap, frees_at: datetime, settings: Settings) -> str:
    """Return that a cap is used up, and until when, without a full stop."""
    if cap.amount > cap.limit:
        return f"It is above your limit of {allowance(cap, settings)} all by itself"
    local = frees_at.astimezone(settings.zone)
    day = f"{local:%A} " if cap.window == _DAY else ""
    are = "is" if cap.kind == "money" or cap.limit == 1 else "are"
    return f"{allowance(cap, settings)} {are} used up, so it goes out after {day}{local:%H:%M}"
