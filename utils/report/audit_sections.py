"""The sections of the audit that tell what was done: from Records, Proposals, Plans and uptime."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from utils.core.outside_text import one_line
from utils.core.processes import process_of
from utils.report.figures import (
    DASH,
    Counted,
    Figure,
    Proof,
    ProofKind,
    absent,
    counted,
    duration,
    money,
    share,
    time_shown,
    whole,
)
from utils.report.page_parts import Line, Row, Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from utils.report.week_activity import Activity
    from utils.report.week_facts import Uptime, WeekFacts

#: How many kinds of activity are listed; the file beside the page counts all of them.
_KINDS: Final = 25
_GAPS: Final = 5
_DECISIONS: Final = {
    "asked": "Asked you",
    "owner": "You approved",
    "policy": "Policy let through",
    "refused": "Refused, by you or by a rule",
    "expired": "Nobody answered in time",
}
_ITEMS: Final = (("email", "Mails"), ("whatsapp", "Chats"), ("file", "Dropped files"))
#: Kind of Item to the watcher that would have noticed it.
_WATCHERS: Final = {"email": "gmail", "whatsapp": "whatsapp", "file": "filesystem"}


def without_log(facts: WeekFacts, key: str, title: str) -> Section:
    """Return what stands in the place of a section for which there are no Records."""
    empty = f"{DASH} {facts.activity_why}"
    return Section(key=key, title=title, halted=facts.halted("log"), empty=empty)


def activity_section(facts: WeekFacts) -> Section:
    """Return what was recorded, by kind and by service."""
    title, key = "Activity", "activity"
    activity = facts.activity
    if activity is None:
        return without_log(facts, key, title)
    kinds = sorted(activity.kinds.items(), key=lambda pair: (-pair[1].count, pair[0]))
    rows = [Row(label="Records", figure=counted("activity.records", activity.records))]
    rows += _counts("activity.service", "Done through {}", activity.services)
    rows += [
        Row(label=f"Records of {plain(name)}", figure=counted(f"activity.kind.{name}", found))
        for name, found in kinds[:_KINDS]
    ]
    rows += [Row(label=label, figure=_items(facts, activity, kind)) for kind, label in _ITEMS]
    return Section(key=key, title=title, rows=tuple(rows))


def approvals_section(facts: WeekFacts) -> Section:
    """Return what was asked, and who decided how and how fast."""
    title, key = "Approvals", "approvals"
    activity = facts.activity
    if activity is None:
        return without_log(facts, key, title)
    rows = [
        Row(label=label, figure=counted(f"approvals.{name}", activity.decisions[name]))
        for name, label in _DECISIONS.items()
    ]
    yours = Counted("Proposals and questions that wait for you", ProofKind.JOURNAL)
    for each in facts.waiting:
        if each.for_owner:
            yours.add(each.id)
    rows.append(Row(label="Waiting for you now", figure=counted("approvals.waiting", yours)))
    rows.append(Row(label="Mean time to your decision", figure=_mean_wait(activity)))
    sums = sorted(activity.let_through.items())
    rows += [
        Row(
            label="Money that policy let through",
            figure=money(
                f"approvals.let_through.{currency}", sum_.amount, currency, sum_.found.proof()
            ),
        )
        for currency, sum_ in sums
    ]
    if not sums:
        policy = activity.decisions["policy"].proof()
        none = whole("approvals.let_through", 0, policy)
        rows.append(Row(label="Money that policy let through", figure=none))
    return Section(key=key, title=title, rows=tuple(rows))


def work_section(facts: WeekFacts) -> Section:
    """Return Plans and their steps: done and open."""
    steps = [(plan, step) for plan in facts.plans for step in plan.steps]
    found = {
        name: Counted(f"Plans of the week, steps {name}", ProofKind.JOURNAL)
        for name in ("done", "open")
    }
    for plan, step in steps:
        found["done" if step.done else "open"].add(plan.id)
    plans = Counted("Plans made for Items of the week", ProofKind.JOURNAL)
    for plan in facts.plans:
        plans.add(plan.id)
    if not facts.plans and facts.activity_why:
        return without_log(facts, "work", "Plans and tasks")
    rows = (
        Row(label="Plans", figure=counted("work.plans", plans)),
        Row(label="Steps done", figure=counted("work.done", found["done"])),
        Row(label="Steps open", figure=counted("work.open", found["open"])),
    )
    return Section(key="work", title="Plans and tasks", rows=rows)


def errors_section(facts: WeekFacts) -> Section:
    """Return what went wrong, by service or part."""
    title, key = "Errors", "errors"
    activity = facts.activity
    if activity is None:
        return without_log(facts, key, title)
    rows = _counts("errors", "{}", activity.errors)
    return Section(
        key=key, title=title, rows=tuple(rows), empty="No Record of the week tells of an error."
    )


def uptime_section(facts: WeekFacts) -> Section:
    """Return how long each watcher was alive, with the gaps."""
    rows = tuple(row for uptime in facts.uptimes for row in _uptime_rows(uptime))
    lines = tuple(_gap_line(facts, uptime) for uptime in facts.uptimes if uptime.gaps)
    empty = "No heartbeat is known from this week."
    return Section(key="uptime", title="Uptime", rows=rows, lines=lines, empty=empty)


def missing_section(facts: WeekFacts) -> Section:
    """Return what was not available, and why."""
    missing = dict(facts.absent)
    if facts.books_why:
        missing["money"] = facts.books_why
    if facts.goals is None:
        missing["goals"] = facts.goals_why
    lines = tuple(
        Line(text=f"**{plain(name)}** – {one_line(why, 300)}")
        for name, why in sorted(missing.items())
    )
    title = "What was not available"
    return Section(key="missing", title=title, lines=lines, empty="Everything was.")


def _mean_wait(activity: Activity) -> Figure:
    key = "approvals.mean_wait"
    if not activity.waits_s.count:
        return absent(key, "nothing was asked and decided this week")
    mean = activity.waited_s / activity.waits_s.count
    return duration(key, mean, activity.waits_s.proof())


def _uptime_rows(uptime: Uptime) -> tuple[Row, ...]:
    key = f"uptime.{uptime.who}"
    where = f"heartbeats of {uptime.who}"
    proof = Proof(kind=ProofKind.JOURNAL, where=where, title="heartbeats")
    alive, of = (Decimal(int(span.total_seconds())) for span in (uptime.alive, uptime.of))
    return (
        Row(
            label=f"{plain(uptime.who)} alive",
            figure=share(key, alive, of, proof),
            beside=(),
        ),
    )


def _gap_line(facts: WeekFacts, uptime: Uptime) -> Line:
    gaps = ", ".join(
        f"{since.astimezone(facts.zone):%a %d %b %H:%M}"
        f" for {time_shown(int((until - since).total_seconds() // 60))}"
        for since, until in uptime.gaps[:_GAPS]
    )
    proof = Proof(kind=ProofKind.JOURNAL, where=f"heartbeats of {uptime.who}")
    more = f" and {len(uptime.gaps) - _GAPS} shorter ones" if len(uptime.gaps) > _GAPS else ""
    return Line(text=f"{plain(uptime.who)} was silent: {gaps}{more}.", proofs=(proof,))


def _counts(key: str, label: str, found: Mapping[str, Counted]) -> list[Row]:
    return [
        Row(label=label.format(plain(name)), figure=counted(f"{key}.{name}", found[name]))
        for name in sorted(found)
    ]


def _items(facts: WeekFacts, activity: Activity, kind: str) -> Figure:
    """Return how many Items of a kind came in; none at all only counts if somebody looked."""
    key, watcher = f"activity.item.{kind}", _WATCHERS[kind]
    if kind in activity.items:
        return counted(key, activity.items[kind])
    alive = {process_of(uptime.who) for uptime in facts.uptimes if uptime.alive}
    if watcher not in alive:
        return absent(key, f"the {watcher} watcher did not run")
    return counted(key, Counted(f"action item, type {kind}"))


def plain(name: str) -> str:
    """Return a name of ours as a person reads it."""
    return one_line(name.replace("_", " "), 60)
