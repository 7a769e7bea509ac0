"""Tries a read again when that can help; a write is never tried again."""

from __future__ import annotations

import math
import random
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_before_delay

from utils.core.errors import (
    LONGEST_WAIT_S,
    RateLimitedError,
    RestingError,
    ServiceError,
    may_repeat,
)
from utils.system.lifeline import patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

#: How often a read is tried at most, the first time included (design, promise 6).
ATTEMPTS: Final = 5
#: How long a caller sits through retries altogether, in seconds; a longer wait is the caller's.
PATIENCE_S: Final = 60.0

_BASE_S: Final = 0.5
_CAP_S: Final = 8.0


def read_with_retries[T](
    call: Callable[[], T],
    *,
    sleep: Callable[[float], None] = time.sleep,
    rng: random.Random | None = None,
    patience_s: float = PATIENCE_S,
) -> T:
    """Call a read until it succeeds, five times at most, and return what it returned.

    Between two attempts lies a random time, up to a bound that doubles each time, and at least
    as long as the service asked for. Where that would try the patience, it is left at that.

    Args:
        call: A read; it must change nothing.
        sleep: Waits that many seconds.
        rng: The source of chance.
        patience_s: When to give up, in seconds from the start.

    Raises:
        ServiceError: The last failure, when no attempt succeeded or trying again cannot help.
    """
    retrying = Retrying(
        sleep=_patiently(sleep),
        stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(patience_s),
        wait=_Wait(rng or random.Random()),  # noqa: S311 - spreads load, keeps no secret
        retry=retry_if_exception(_helps),
        reraise=True,
    )
    return retrying(call)


def _patiently(sleep: Callable[[float], None]) -> Callable[[float], None]:
    """Return a sleep that whoever watches over this process knows of."""

    def slept(seconds: float) -> None:
        with patience(seconds):
            sleep(seconds)

    return slept


def retry_after_s(header: str | None, *, now: datetime) -> float | None:
    """Return how long a service asks us to wait, in seconds from 0 to ``LONGEST_WAIT_S``.

    Args:
        header: The value of ``Retry-After``: seconds or an HTTP date; None where there was none.
        now: The present time, aware.

    Returns:
        None without a header; ``LONGEST_WAIT_S`` for a value that makes no sense, so that nonsense
        makes us slower and never faster.
    """
    if header is None:
        return None
    try:
        asked = float(header)
    except ValueError:
        asked = _seconds_until(header, now)
    if math.isnan(asked) or asked < 0:
        return LONGEST_WAIT_S
    return min(asked, LONGEST_WAIT_S)


def _seconds_until(http_date: str, now: datetime) -> float:
    """Return the seconds until an HTTP date, 0 when it is over, NaN when it is no date."""
    try:
        moment = parsedate_to_datetime(http_date)
        # A date without a zone is Greenwich time, as RFC 9110 wants it.
        moment = moment.replace(tzinfo=moment.tzinfo or UTC)
        return max((moment - now) / timedelta(seconds=1), 0.0)
    except (ValueError, OverflowError):
        return math.nan


def _helps(error: BaseException) -> bool:
    # A service that is left alone stays so for longer than anybody wants to sit here.
    if not isinstance(error, ServiceError) or isinstance(error, RestingError):
        return False
    return may_repeat(error, is_read=True)


class _Wait:
    """Exponential backoff with full jitter, and never less than the service asked for."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def __call__(self, state: RetryCallState) -> float:
        bound = min(_CAP_S, _BASE_S * 2 ** (state.attempt_number - 1))
        jitter = self._rng.uniform(0, bound)
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_s if isinstance(error, RateLimitedError) else None
        return max(jitter, asked or 0.0)
