"""The live part of the dashboard as a page: what waits, what was done, and how everything stands.

Pure, and made of facts only that change when something happens: the same state gives the same
page, so that it is written anew only when there is something to see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.markdown import callout, link, moment
from utils.core.outside_text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

#: How many lines a section shows.
_SHOWN: Final = 20
_WORDS: Final = 120


@dataclass(frozen=True, kw_only=True)
class Matter:
    """One thing on the page: what it is, and where it lies."""

    #: One line, made inactive when it is shown.
    what: str
    #: The note's file name, or "" where it has none.
    note: str
    #: When it ends, is to run or was done; None where that says nothing.
    at: datetime | None = None
    #: Where it stands in the world, or "".
    url: str = ""
    #: What holds it up, one sentence, or "".
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Status:
    """How everything stands."""

    stopped: bool
    dry_run: bool
    #: What waits for the owner's yes, what runs out first on top.
    asked: Sequence[Matter]
    #: Questions, alerts and messages in Needs_Action.
    noticed: Sequence[Matter]
    #: What is approved and not out yet.
    approved: Sequence[Matter]
    #: What was done lately, the latest first.
    done: Sequence[Matter]
    #: A service's title to why it is not set up, "" where it is.
    services: Mapping[str, str]
    #: The title of each service that does not answer, to since when and why.
    outages: Mapping[str, str]
    #: A watcher's name to when it was last heard of; None while it works.
    watchers: Mapping[str, datetime | None]
    #: The end of the log, and when it was written; None where nothing was recorded yet.
    log_head: str
    recorded_at: datetime | None


def status_page(status: Status, zone: ZoneInfo) -> str:
    """Return the page as Markdown, times in the owner's zone."""

    def dated(words: str) -> Callable[[Matter], str]:
        return lambda each: f" · {words} {moment(each.at, zone)}" if each.at else ""

    parts = (
        _switches(status),
        _section("Waits for your yes", status.asked, dated("until"), empty="Nothing."),
        _section("Wants to be read", status.noticed, dated("came"), empty="Nothing."),
        _section("Approved, not out yet", status.approved, dated("goes out")),
        _section("Done lately", status.done, dated("on"), empty="Nothing yet."),
        _services(status),
        _watchers(status.watchers, zone),
        _log(status, zone),
    )
    return "\n\n".join(filter(None, parts)) + "\n"


def _switches(status: Status) -> str:
    if status.stopped:
        line = "To go on, run: `uv run orchestrator.py resume`"
        return callout("danger", "Stopped: nothing goes out", [line])
    if status.dry_run:
        line = "DRY_RUN is on: what you approve is shown, not sent."
        return callout("warning", "Dry run: nothing goes out", [line])
    return ""


def _section(
    title: str, matters: Sequence[Matter], when: Callable[[Matter], str], *, empty: str = ""
) -> str:
    """Return a section with a line for each matter, or "" where it is empty and says nothing."""
    if not matters:
        return f"## {title}\n\n{empty}" if empty else ""
    lines = [
        f"- {one_line(each.what, _WORDS)}{when(each)}{_where(each)}{_why(each)}"
        for each in matters[:_SHOWN]
    ]
    if left := len(matters) - _SHOWN:
        lines += [f"- and {left} more"] if left > 0 else []
    return f"## {title} ({len(matters)})\n\n" + "\n".join(lines)


def _where(matter: Matter) -> str:
    note = f" · [[{matter.note.removesuffix('.md')}|note]]" if matter.note else ""
    return f"{note} · {link('look', matter.url)}" if matter.url else note


def _services(status: Status) -> str:
    lines = [
        f"- {title}: {_how(why, status.outages.get(title, ''))}"
        for title, why in status.services.items()
    ]
    return "\n".join(["## Services", "", *lines])


def _why(matter: Matter) -> str:
    return f" · {one_line(matter.why, 200)}" if matter.why else ""


def _how(why_absent: str, outage: str) -> str:
    if why_absent:
        return f"not set up: {one_line(why_absent, 200)}"
    return one_line(outage, 200) if outage else "set up"


def _watchers(watchers: Mapping[str, datetime | None], zone: ZoneInfo) -> str:
    lines = [
        f"- {one_line(name)}: {f'silent since {moment(last, zone)}' if last else 'works'}"
        for name, last in sorted(watchers.items())
    ]
    return "\n".join(["## Watchers", "", *lines]) if lines else ""


def _log(status: Status, zone: ZoneInfo) -> str:
    if status.recorded_at is None:
        return ""
    return f"Log up to {moment(status.recorded_at, zone)}: `{one_line(status.log_head, 100)}`"
