"""What the Graph says in the headers of its answers: its version, the allowance, how to wait."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from utils.core.errors import LONGEST_WAIT_S
from utils.retry_handler import retry_after_s
from utils.times.clock import utc_now

if TYPE_CHECKING:
    from utils.http.answer import Answer


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What the last answer said beside its content."""

    status: int
    #: The version that answered, such as ``v26.0``; an expired one is silently replaced.
    version: str = ""
    #: How much of the allowance is used up, in percent; None where the answer did not say.
    used_percent: float | None = None
    #: How long to wait before calls are taken again, in seconds; None where it did not say.
    wait_s: float | None = None


def heard_in(answer: Answer) -> Heard:
    """Return what an answer's headers say."""
    usage = _object(answer.headers.get("x-app-usage"))
    percents = [value for value in usage.values() if isinstance(value, (int, float))]
    return Heard(
        status=answer.status,
        version=answer.headers.get("facebook-api-version", ""),
        used_percent=max(percents, default=None),
        wait_s=_wait_s(answer),
    )


def _wait_s(answer: Answer) -> float | None:
    """Return how long the Graph asks us to wait, in seconds; it counts in minutes."""
    cases = _object(answer.headers.get("x-business-use-case-usage")).values()
    minutes = [
        use.get("estimated_time_to_regain_access", 0)
        for uses in cases
        if isinstance(uses, list)
        for use in uses
        if isinstance(use, dict)
    ]
    longest = max((value for value in minutes if isinstance(value, (int, float))), default=0)
    if longest > 0:
        return min(longest * 60.0, LONGEST_WAIT_S)
    return retry_after_s(answer.headers.get("retry-after"), now=utc_now())


def _object(header: str | None) -> dict[str, Any]:
    """Return a header that holds a JSON object; an unreadable one tells nothing."""
    try:
        value = json.loads(header or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
