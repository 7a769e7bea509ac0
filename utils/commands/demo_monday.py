"""The demo's Monday: a week of the pretend business, its audit and its briefing."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from rich.markdown import Markdown

from utils.core.lifecycle import GOALS_NOTE, OPEN_STATES, Folder, State
from utils.report.schedule import Report
from utils.report.weekly import Reports
from utils.sandbox.six_weeks import enter_six_weeks
from utils.times.clock import utc_now
from utils.times.weeks import last_whole_week
from utils.vault import TOP

if TYPE_CHECKING:
    from utils.commands.demo_stage import Stage
    from utils.times.weeks import Week

_GOALS: Final = """\
# Business goals

- [ ] Ten new customers by {soon}
- [ ] A second oven by {late}
- [x] The website shows our prices
"""


class StoryClock:
    """A clock that goes on like any other, from a moment that the story chooses."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        """Return the story's time."""
        return utc_now() + self._ahead

    def jump(self, to: datetime) -> None:
        """Go to another moment."""
        self._ahead = to - utc_now()


def begin_on_sunday(stage: Stage, clock: StoryClock) -> Week:
    """Put the story on the afternoon of the last Sunday, with six weeks of business behind it."""
    zone = stage.engine.settings.zone
    week = last_whole_week(utc_now(), zone)
    clock.jump(datetime.combine(week.sunday, time(17), zone))
    enter_six_weeks(stage.street, week, clock())
    soon, late = week.sunday + timedelta(days=9), week.sunday - timedelta(days=20)
    stage.engine.vault.write(TOP, GOALS_NOTE, _GOALS.format(soon=soon, late=late))
    return week


def monday_comes(stage: Stage, clock: StoryClock, week: Week) -> int:
    """Approve one note, let the night go by, and show what lies there on Monday morning."""
    _approve_one(stage)
    zone = stage.engine.settings.zone
    reports = Reports(ground=stage.engine.ground)
    clock.jump(datetime.combine(week.sunday, time(22), zone))
    audit = reports.make(Report.AUDIT, week)
    stage.step("Sunday, 22:00: it makes the audit", stage.place(audit.folder, audit.name))
    clock.jump(datetime.combine(week.later(1).monday, time(7), zone))
    briefing = reports.make(Report.BRIEFING, week)
    stage.step("Monday, 07:00: your briefing", stage.place(briefing.folder, briefing.name))
    text = stage.engine.vault.read(briefing.folder, briefing.name)
    stage.console.print(Markdown(text.split("\n---\n", 1)[-1]))
    stage.say(f"Open [bold]{stage.engine.vault.root}[/] in Obsidian to look around.")
    return 0


def _approve_one(stage: Stage) -> None:
    first = stage.engine.journal.in_states(OPEN_STATES)[0].proposal
    place = stage.place(Folder.PENDING, first.note)
    place.rename(stage.place(Folder.APPROVED, first.note))
    stage.step("You drag one note", stage.place(Folder.APPROVED, first.note))

    def is_done() -> bool:
        tracked = stage.engine.journal.find(first.id)
        return tracked is not None and tracked.state is State.DONE

    stage.until(is_done)
