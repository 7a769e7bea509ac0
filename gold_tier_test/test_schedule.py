"""Weekly reports by the clock: exactly one of each a week, whatever happens to the machine."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from conftest import Business

from utils.commands.line import read
from utils.core.errors import AlreadyRunningError, VaultMissingError
from utils.core.lifecycle import Folder
from utils.environment.variables import Weekly
from utils.report.schedule import CATCH_UP_WEEKS, Report, Timing, due, key_of, lateness
from utils.report.timetable import Timetable
from utils.roof.alarm import Alarm
from utils.sole_process import sole_reporter
from utils.times.weeks import Week, last_whole_week

BERLIN = ZoneInfo("Europe/Berlin")
USUAL = Timing(zone=BERLIN, audit_at=Weekly(6, 22, 0), briefing_at=Weekly(0, 7, 0))
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
#: Zones with every kind of clock change: none, at midnight, by half an hour, across the date line.
ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "America/Anchorage",
    "America/Argentina/Buenos_Aires",
    "America/Asuncion",
    "America/Bogota",
    "America/Chicago",
    "America/Denver",
    "America/Halifax",
    "America/Havana",
    "America/Los_Angeles",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Dhaka",
    "Asia/Gaza",
    "Asia/Hong_Kong",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Moscow",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "UTC",
)


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def keys(
    now: datetime, *taken: str, timing: Timing = USUAL, since: datetime | None = None
) -> list[str]:
    found = due(timing, now=now, since=since or now - timedelta(days=8), taken=taken)
    return [each.key for each in found]


def test_a_week_is_monday_to_sunday_in_the_owners_zone() -> None:
    week = Week.parse("2026-W43")
    assert (str(week.monday), str(week.sunday)) == ("2026-10-19", "2026-10-25")
    assert week.ends_at(BERLIN) - week.starts_at(BERLIN) == timedelta(hours=169)
    spring = Week.parse("2026-w13")
    assert spring.ends_at(BERLIN) - spring.starts_at(BERLIN) == timedelta(hours=167)
    assert str(Week.parse("2026-W53").later(1)) == "2027-W01"
    assert last_whole_week(at("2026-11-23T00:00"), BERLIN) == Week(2026, 47)
    assert last_whole_week(at("2026-11-22T23:59"), BERLIN) == Week(2026, 46)


@pytest.mark.parametrize("text", ["2026-W54", "2025-W53", "2026-47", "W47", "2026-W00", ""])
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any sentence will do
        Week.parse(text)


def test_the_audit_comes_on_sunday_night_and_the_briefing_on_monday_morning() -> None:
    assert keys(at("2026-11-22T21:59"), "audit 2026-W46", "briefing 2026-W46") == []
    taken = ("audit 2026-W46", "briefing 2026-W46")
    assert keys(at("2026-11-22T22:00"), *taken) == ["audit 2026-W47"]
    assert keys(at("2026-11-23T06:59"), *taken, "audit 2026-W47") == []
    assert keys(at("2026-11-23T07:00"), *taken) == ["audit 2026-W47", "briefing 2026-W47"]


def test_a_late_pair_keeps_its_order_and_says_how_late_it_is() -> None:
    now = at("2026-11-25T10:00")
    audit, briefing = due(USUAL, now=now, since=at("2026-11-19T00:00"), taken=())
    assert (audit.report, briefing.report) == (Report.AUDIT, Report.BRIEFING)
    assert lateness(briefing.at, now) == timedelta(days=2, hours=3)
    assert lateness(briefing.at, briefing.at + timedelta(minutes=5)) == timedelta(0)


def test_what_was_due_before_the_employee_began_is_not_made() -> None:
    assert keys(at("2026-11-25T10:00"), since=at("2026-11-24T00:00")) == []


def test_an_audit_is_never_planned_after_its_briefing() -> None:
    odd = Timing(zone=BERLIN, audit_at=Weekly(3, 9, 0), briefing_at=Weekly(0, 7, 0))
    week = Week(2026, 47)
    assert odd.moment(Report.AUDIT, week) <= odd.moment(Report.BRIEFING, week)


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-03-29", "2026-03-29T01:30+00:00"), ("2026-10-25", "2026-10-25T00:30+00:00")],
)
def test_a_time_that_is_skipped_or_comes_twice_is_one_moment(day: str, expected: str) -> None:
    """Half past two: skipped in spring, twice in autumn."""
    night = Timing(zone=BERLIN, audit_at=Weekly(6, 2, 30), briefing_at=Weekly(0, 7, 0))
    week = Week.of(datetime.fromisoformat(day).date())
    assert night.moment(Report.AUDIT, week) == datetime.fromisoformat(expected)


class Machine:
    """A computer whose owner closes the lid, whose clock goes wrong, and whose power fails."""

    def __init__(self, zone: ZoneInfo, seed: int) -> None:
        self.timing = Timing(zone=zone, audit_at=Weekly(6, 22, 0), briefing_at=Weekly(0, 7, 0))
        self.chance = random.Random(seed)  # noqa: S311 - repeatable bad luck
        self.start = datetime(2026, 1, 5, tzinfo=UTC)
        self.real = self.start
        #: Key to state, as in the journal's table of periods.
        self.periods: dict[str, str] = {}
        self.made: list[str] = []
        self.wrong = timedelta(0)

    def live(self, years: int) -> None:
        end = self.real + timedelta(days=365 * years)
        while self.real < end:
            self.sleep()
            self.adjust_clock()
            self.look()
        self.wrong = timedelta(0)
        self.restart()
        self.look(lucky=True)

    def sleep(self) -> None:
        hours = self.chance.choice((0.01, 12, 40, 60, 90, 150))
        if self.chance.random() < 0.01:
            hours = 24 * self.chance.uniform(7, 7 * CATCH_UP_WEEKS / 3)
        self.real += timedelta(hours=hours * self.chance.uniform(0.5, 1))
        if self.chance.random() < 0.2:
            self.restart()

    def adjust_clock(self) -> None:
        """The clock jumps by days, and is put right again after a while."""
        if self.chance.random() < 0.05:
            self.wrong = timedelta(hours=self.chance.uniform(-80, 80))
        elif self.chance.random() < 0.3:
            self.wrong = timedelta(0)

    def restart(self) -> None:
        self.periods = {key: state for key, state in self.periods.items() if state == "done"}

    def look(self, *, lucky: bool = False) -> None:
        now = self.real + self.wrong
        since = min(self.start, now)
        for one in due(self.timing, now=now, since=since, taken=self.periods):
            assert one.key not in self.periods
            self.periods[one.key] = "claimed"
            luck = 1.0 if lucky else self.chance.random()
            if luck < 0.02:
                return  # the power failed in the middle: claimed, and nobody knows by whom
            if luck < 0.05:
                self.periods[one.key] = "failed"
                continue
            self.periods[one.key] = "done"
            self.made.append(one.key)


@pytest.mark.parametrize("zone", ZONES)
def test_ten_years_of_bad_luck_make_exactly_one_report_a_week(zone: str) -> None:
    machine = Machine(ZoneInfo(zone), seed=sum(map(ord, zone)))
    machine.live(years=10)
    assert len(machine.made) == len(set(machine.made))
    week = Week.of(machine.start.astimezone(machine.timing.zone).date()).later(1)
    wanted = []
    while machine.timing.moment(Report.BRIEFING, week) <= machine.real:
        wanted += [key_of(report, week) for report in Report]
        week = week.later(1)
    assert len(wanted) > 1000
    assert set(wanted) - set(machine.made) == set()


# --- the same with the journal and the vault ---------------------------------------------------


def monday(business: Business) -> Timetable:
    """The employee began last week, and now it is Monday, eight o'clock."""
    week = Week.of(business.clock().astimezone(BERLIN).date()).later(1)
    # From its middle, whatever day and hour the test is run at.
    business.clock.now = week.starts_at(BERLIN) + timedelta(days=2)
    timetable = Timetable(ground=business.engine.ground)
    timetable.run_due()
    business.clock.now = week.later(1).starts_at(BERLIN)
    business.clock.forward(hours=8)
    return timetable


def test_monday_morning_has_one_audit_and_one_briefing(business: Business) -> None:
    timetable = monday(business)
    assert timetable.run_due() == 2
    assert timetable.run_due() == 0
    [audit] = [name for name in business.notes(Folder.AUDITS) if name.endswith(".md")]
    [briefing] = [name for name in business.notes(Folder.BRIEFINGS) if name.endswith(".md")]
    assert audit.removesuffix("-audit.md") < briefing.removesuffix("-briefing.md")
    assert "Made 1 h 0 min late." in business.text(Folder.BRIEFINGS, briefing)


def test_two_processes_make_one_report(business: Business) -> None:
    timetable = monday(business)
    other = Timetable(ground=business.engine.ground)
    made: list[int] = []
    threads = [
        threading.Thread(target=lambda t=t: made.append(t.run_due())) for t in (timetable, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(made) == 2


def test_a_report_that_fails_is_told_once_and_tried_at_the_next_start_only(
    business: Business,
) -> None:
    timetable = monday(business)
    folder = business.path(Folder.AUDITS)
    folder.rename(folder.with_name("elsewhere"))
    assert timetable.run_due() == 1
    assert timetable.run_due() == 0
    alerts = [name for name in business.notes(Folder.NEEDS_ACTION) if name.startswith("ALERT")]
    assert len(alerts) == 1
    folder.with_name("elsewhere").rename(folder)
    assert timetable.run_due() == 0
    business.restart()
    again = Timetable(ground=business.engine.ground)
    again.start()
    assert again.run_due() == 1
    assert len([n for n in business.notes(Folder.NEEDS_ACTION) if n.startswith("ALERT")]) == 1


def test_a_maker_that_died_leaves_its_report_to_the_next_start(business: Business) -> None:
    timetable = monday(business)
    week = last_whole_week(business.clock(), BERLIN)
    business.engine.bookmarks.claim_period(key_of(Report.AUDIT, week), now=business.clock())
    assert timetable.run_due() == 1
    timetable.start()
    assert timetable.run_due() == 1


def test_a_vault_that_is_not_there_uses_no_chance_up(business: Business) -> None:
    timetable = monday(business)
    vault = business.home / "AI_Employee"
    vault.rename(business.home / "elsewhere")
    with pytest.raises(VaultMissingError):
        timetable.run_due()
    (business.home / "elsewhere").rename(vault)
    assert timetable.run_due() == 2


def test_only_one_process_of_a_home_rings(business: Business) -> None:
    settings = business.engine.settings
    with sole_reporter(settings), pytest.raises(AlreadyRunningError), sole_reporter(settings):
        pass


def test_the_alarm_rings_at_once_and_again_when_the_clock_was_put_back() -> None:
    rung = threading.Semaphore(0)
    alarm = Alarm(rung.release)
    try:
        assert rung.acquire(timeout=10)
        # What the library sees after the clock went back an hour.
        alarm._job.modify(next_run_time=datetime.now(UTC) + timedelta(hours=1))  # noqa: SLF001
        alarm.keep_ringing()
        assert rung.acquire(timeout=10)
    finally:
        alarm.stop()


@pytest.mark.parametrize("week", ["2026-W99", "next", "47"])
def test_a_week_that_is_none_is_named_with_how_to_write_one(
    week: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read(["briefing", "--week", week])
    assert f"'{week}' is no week; write it by its year and number" in capsys.readouterr().err
