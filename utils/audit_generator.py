"""The weekly audit: from the facts of a week to a page on which every figure has its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.report.audit_sections import (
    activity_section,
    approvals_section,
    errors_section,
    missing_section,
    uptime_section,
    work_section,
)
from utils.report.figures import time_shown
from utils.report.money_sections import money_section, subscriptions_section
from utils.report.page_parts import Line, Page
from utils.report.post_sections import costs_section, posts_section

if TYPE_CHECKING:
    from utils.report.week_facts import WeekFacts
    from utils.times.weeks import Week


def audit_of(week: Week) -> str:
    """Return the name of a week's audit without extension: the Sunday that ends the week."""
    return f"{week.sunday}-audit"


def audit_name(facts: WeekFacts) -> str:
    """Return the audit's name without extension."""
    return audit_of(facts.week)


def audit_page(facts: WeekFacts) -> Page:
    """Return the audit of a week."""
    return Page(
        name=audit_name(facts),
        title=f"Audit of {facts.week}",
        front=front_of(facts, "audit"),
        lead=lead_of(facts),
        sections=(
            activity_section(facts),
            approvals_section(facts),
            money_section(facts),
            subscriptions_section(facts),
            work_section(facts),
            posts_section(facts),
            costs_section(facts),
            errors_section(facts),
            uptime_section(facts),
            missing_section(facts),
        ),
    )


def front_of(facts: WeekFacts, kind: str) -> dict[str, str]:
    """Return the properties on top of a report."""
    made = facts.now.astimezone(facts.zone)
    return {
        "type": kind,
        "week": str(facts.week),
        "period": f"{facts.week.monday} to {facts.week.sunday} ({facts.zone.key})",
        "generated": made.isoformat(timespec="seconds"),
        "status": "partial" if facts.partial else "complete",
        "log_head": str(facts.head),
    }


def lead_of(facts: WeekFacts) -> tuple[Line, ...]:
    """Return what has to be said before everything else: late, cut, partial."""
    lines: list[str] = []
    if facts.late:
        minutes = int(facts.late.total_seconds() // 60)
        lines.append(f"Made {time_shown(minutes)} late.")
    if facts.cut:
        local = facts.until.astimezone(facts.zone)
        lines.append(f"The week was not over: this looks at it up to {local:%a %d %b, %H:%M}.")
    if facts.partial:
        lines.append("**Partial:** a section below stopped, and a question waits for you.")
    return tuple(Line(text=line) for line in lines)
