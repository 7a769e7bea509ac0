"""Whether something on a network was made since an attempt, by the network's own clock.

Ours may be hours away from it, and may be set at any moment. So nothing is compared with the time
at which we believe to have begun: the network says what time it is there, a steady clock says how
long ago the attempt was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from utils.core.operation import Mark

#: How far the clocks of a network's own machines may differ (ours, decision 0021).
_SKEW: Final = timedelta(minutes=2)


class Made(Enum):
    """When something was made that an attempt could have made."""

    SINCE = auto()
    BEFORE = auto()
    #: Nobody can tell, so only a person may say that it is not ours.
    PERHAPS = auto()


@dataclass(frozen=True)
class SinceAttempt:
    """What was made since an attempt; see ``made``."""

    #: From when on it counts as made since; None where the network does not say its time.
    begun: datetime | None
    #: How much earlier it could be, too.
    doubt: timedelta

    @classmethod
    def of(cls, mark: Mark, served_at: datetime | None) -> Self:
        """Return it for an attempt.

        Args:
            mark: The attempt's.
            served_at: What time it is at the network, None where it does not say.
        """
        return cls(served_at and served_at - mark.ago - _SKEW, mark.doubt)

    def made(self, at: datetime | None) -> Made:
        """Say of something whether it was made since the attempt.

        Args:
            at: When the network says that it was made; None where it does not say.
        """
        if at is None or self.begun is None:
            return Made.PERHAPS
        if at >= self.begun:
            return Made.SINCE
        return Made.PERHAPS if at >= self.begun - self.doubt else Made.BEFORE
