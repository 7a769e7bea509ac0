"""A week of which something is missing says so; nothing shows 0 that is not 0."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from conftest import Business, Clock, Square
from effort import grows_no_faster_than
from report_bench import (
    BERLIN,
    TODAY,
    WEEK,
    a_week_of_work,
    audit,
    body_of,
    book,
    fill,
    made,
    part,
)

from utils.core.lifecycle import Folder
from utils.core.model import Entry
from utils.report.goals import as_read
from utils.report.schedule import Report
from utils.report.timetable import Timetable
from utils.sandbox.http_wire import Answer
from utils.sandbox.odoo import PretendOdoo

DAYS = [str(WEEK.monday + timedelta(days=n)) for n in range(7)]


@pytest.fixture
def odoo() -> Iterator[PretendOdoo]:
    with PretendOdoo(history=False) as service:
        fill(service)
        yield service


@pytest.fixture
def clock() -> Clock:
    """Monday noon of the week that is reported about."""
    return Clock(WEEK.starts_at(BERLIN) + timedelta(hours=12))


def live(business: Business) -> None:
    """Five Records a day, one after the week, and all files written."""
    begun = business.clock()
    for day in range(7):
        business.clock.now = begun + timedelta(days=day)
        for _ in range(5):
            business.engine.journal.record(Entry(action="tick", actor="test", result="done"))
    business.clock.now = WEEK.ends_at(BERLIN) + timedelta(hours=7)
    business.engine.journal.record(Entry(action="tick", actor="test", result="done"))
    business.engine.audit_log.render(whole=True)


def test_a_week_without_a_fault_is_whole(business: Business) -> None:
    live(business)
    _, sources = audit(business)
    assert sources["front"]["status"] == "complete"
    assert sources["figures"]["activity.records"]["value"] == "35"


def test_a_quiet_week_between_two_others_is_whole(business: Business) -> None:
    business.clock.now -= timedelta(days=7)
    business.engine.journal.record(Entry(action="tick", actor="test", result="done"))
    business.clock.now += timedelta(days=15)
    business.engine.journal.record(Entry(action="tick", actor="test", result="done"))
    business.engine.audit_log.render(whole=True)
    _, sources = audit(business)
    assert sources["front"]["status"] == "complete"


@pytest.mark.parametrize("with_files", [True, False])
@pytest.mark.parametrize(
    "gone", [DAYS[:1], DAYS[2:3], DAYS[6:], DAYS], ids=["first", "third", "last", "all"]
)
def test_days_that_were_cut_out_of_the_log_stop_what_is_counted(
    business: Business, gone: list[str], *, with_files: bool
) -> None:
    live(business)
    with business.engine.journal.database.step() as db:
        for day in gone:
            assert db.execute("DELETE FROM records WHERE day=?", (day,)).rowcount
    for day in gone if with_files else ():
        business.home.joinpath("Vault/Logs", f"{day}.json").unlink()
    page, sources = audit(business)
    assert sources["front"]["status"] == "partial"
    assert "activity.records" not in sources["figures"]
    assert "This section stopped" in part(page, "Activity")


def test_a_draft_that_was_cancelled_through_us_is_no_contradiction(business: Business) -> None:
    assert business.approve(business.submit()).state == "done"
    [draft] = business.effects()
    taken_back = business.submit("odoo_cancel_draft", invoice=str(draft["id"]))
    assert business.approve(taken_back).state == "done"
    business.clock.now = WEEK.ends_at(BERLIN) + timedelta(hours=7)
    _, sources = audit(business)
    assert sources["front"]["status"] == "complete"
    assert sources["halted"] == {}


@pytest.mark.parametrize("said", [b"null", b"[1, 2]", b'"x"', b"-1", b'[{"id": 1}]'])
def test_an_odoo_that_answers_nonsense_is_not_available_and_the_page_appears(
    business: Business, odoo: PretendOdoo, said: bytes
) -> None:
    a_week_of_work(business)
    honest = odoo.respond

    def nonsense(request: object, state: object) -> Answer:
        answer = honest(request, state)  # type: ignore[arg-type]
        return Answer(body=said) if "account.move" in str(request) else answer

    odoo.respond = nonsense  # type: ignore[method-assign]
    page, sources = audit(business)
    assert not [key for key in sources["figures"] if key.startswith("money.")]
    assert "Revenue" not in part(page, "Money")
    assert "–" in part(page, "Money")


def test_more_bills_than_are_looked_at_hide_none_of_this_week(
    business: Business, odoo: PretendOdoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.report.odoo_week._MOST_BILLS", 12)
    for n in range(20):
        old = WEEK.monday - timedelta(days=200 - n)
        book(odoo, "in_invoice", 10 + n, issued=old, partner=14, ref=f"OLD-{n}")
    for back in (30, 0):
        issued = WEEK.monday - timedelta(days=back)
        book(odoo, "in_invoice", 900, issued=issued, partner=13, ref=f"RENT-{back}")
    business.clock.now = WEEK.ends_at(BERLIN) + timedelta(hours=7)
    page, _ = audit(business)
    assert "900.00" in part(page, "Subscriptions")


def test_goals_of_comments_that_never_end_are_read_in_no_time() -> None:
    assert grows_no_faster_than(lambda size: as_read("<!--\n" * size), 20_000)
    assert grows_no_faster_than(lambda size: as_read("%% <!--\n" * size + "%%"), 20_000)
    assert as_read("- a <!-- b --> c\n%% d %%\n<!-- e") == "- a  c\n\n"


def alive(business: Business, who: str, minutes: int) -> None:
    """Let a watcher beat every minute from now on."""
    for _ in range(minutes):
        business.engine.bookmarks.beat(who, now=business.clock())
        business.clock.forward(minutes=1)


def test_a_watcher_that_was_dead_all_week_is_named(business: Business) -> None:
    business.clock.now -= timedelta(days=9)
    alive(business, "gmail", 20)
    business.clock.now += timedelta(days=9)
    alive(business, "filesystem", 20)
    business.clock.now = WEEK.ends_at(BERLIN) + timedelta(hours=7)
    page, sources = audit(business)
    assert float(sources["figures"]["uptime.gmail"]["value"]) == 0
    assert "gmail was silent" in part(page, "Uptime")
    me = part(made(business, Report.BRIEFING)[0], "Me")
    assert "gmail: silent for 7 d" in me or "gmail: silent for 168 h" in me


@pytest.mark.parametrize("back_s", [20, 90, 3600])
def test_nobody_was_alive_for_longer_than_the_week(business: Business, back_s: int) -> None:
    """The clock is put back in the midst of it."""
    alive(business, "gmail", 600)
    business.clock.now -= timedelta(seconds=back_s)
    alive(business, "gmail", 1200)
    lived = (business.clock() - WEEK.starts_at(BERLIN)).total_seconds()
    business.clock.now = WEEK.ends_at(BERLIN) + timedelta(hours=7)
    _, sources = audit(business)
    share = float(sources["figures"]["uptime.gmail"]["value"])
    assert 0 < share <= 100 * lived / timedelta(days=7).total_seconds() + 0.1


def test_old_debts_push_nothing_off_the_page_that_comes_up(
    business: Business, odoo: PretendOdoo
) -> None:
    for n in range(40):
        issued = TODAY - timedelta(days=100 - n)
        book(odoo, "in_invoice", 10 + n, issued=issued, partner=14, ref=f"OLD-{n}")
    soon = str(TODAY + timedelta(days=1))
    book(odoo, "in_invoice", 777, issued=TODAY, partner=13, ref="SOON", invoice_date_due=soon)
    business.clock.now = WEEK.ends_at(BERLIN) + timedelta(hours=7)
    coming = part(made(business, Report.BRIEFING)[0], "Coming up")
    assert "777.00 USD" in coming
    assert re.search(r"\d+ more bills are late", coming)


def test_what_ran_out_while_nobody_looked_is_not_asked_for(business: Business) -> None:
    proposal = business.submit()
    business.clock.now = max(WEEK.ends_at(BERLIN), proposal.expires_at) + timedelta(hours=7)
    assert proposal.id not in part(made(business, Report.BRIEFING)[0], "Decide today")


def test_a_service_that_cannot_be_reached_is_named_with_the_reason(square: Square) -> None:
    square.clock.now = WEEK.ends_at(BERLIN) + timedelta(hours=7)
    square.graph.stop()
    square.linkedin.stop()
    missing = part(made(square, Report.AUDIT)[0], "What was not available")
    assert "**facebook**" in missing
    assert "**linkedin**" in missing


def told_of(business: Business) -> list[str]:
    told = [json.loads(line) for line in business.engine.journal.lines()]
    return [each["error"] for each in told if each["result"] == "failed"]


def test_a_fault_of_ours_loses_no_report(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and the report is made at the next start."""

    def broken(*_: object, **__: object) -> str:
        raise RecursionError

    a_week_of_work(business)
    timetable = Timetable(ground=business.engine.ground)
    business.clock.now -= timedelta(days=10)
    timetable.run_due()
    business.clock.now += timedelta(days=10)
    with monkeypatch.context() as planted:
        planted.setattr("utils.report.week_log.WeekLog.read", broken)
        assert timetable.run_due() == 0
    failed = len(told_of(business))
    assert failed >= 2
    alerts = [name for name in business.notes(Folder.NEEDS_ACTION) if name.startswith("ALERT")]
    assert alerts
    assert "tried again at the next start" in business.text(Folder.NEEDS_ACTION, alerts[0])
    assert set(told_of(business)) == {"RecursionError"}
    timetable.start()
    assert timetable.run_due() == failed
    assert WEEK.monday.strftime("%Y-W%V") in body_of(
        business.text(Folder.BRIEFINGS, f"{WEEK.later(1).monday}-briefing.md")
    )
