"""How long processes were alive within a stretch of time, and when they were silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.report.week_facts import Uptime

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from utils.report.week_rows import Span

#: Silences shorter than this are not named (ours).
_GAP: Final = timedelta(minutes=15)


def uptimes(
    spans: Iterable[Span], since: datetime, until: datetime, *, known: Iterable[str] = ()
) -> tuple[Uptime, ...]:
    """Return the uptime of each process, by name.

    Args:
        spans: When processes were alive, oldest first.
        known: Processes that were to be expected, alive or not.
        since: From when on they could have been.
        until: The end of the stretch.
    """
    by_name: dict[str, list[Span]] = {who: [] for who in known}
    for span in spans:
        _join(by_name.setdefault(span.who, []), span)
    return tuple(_uptime(who, theirs, since, until) for who, theirs in sorted(by_name.items()))


def _join(earlier: list[Span], span: Span) -> None:
    """Take a span in; where a clock was put back, it covers what an earlier one did."""
    if earlier and span.since <= earlier[-1].until:
        last = earlier.pop()
        span = replace(last, until=max(last.until, span.until))
    earlier.append(span)


def _uptime(who: str, spans: list[Span], since: datetime, until: datetime) -> Uptime:
    alive = sum((span.until - span.since for span in spans), timedelta(0))
    edges = [since, *(edge for span in spans for edge in (span.since, span.until)), until]
    gaps = [
        (start, end)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if end - start >= _GAP
    ]
    longest = sorted(gaps, key=lambda gap: (gap[0] - gap[1], gap[0]))
    return Uptime(who=who, alive=alive, of=until - since, gaps=tuple(longest))
