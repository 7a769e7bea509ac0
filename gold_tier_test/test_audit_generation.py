"""The weekly audit: true to the cent, every numeral with its source, and silent about nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import Business, Clock
from report_bench import (
    BERLIN,
    TODAY,
    WEEK,
    a_week_of_work,
    audit,
    body_of,
    book,
    fill,
    in_week,
    made,
    raw_lines,
    total,
    unaccounted,
)

from utils.audit_generator import audit_page
from utils.core.lifecycle import Folder
from utils.core.model import Entry
from utils.report.audit_facts import FactGatherer
from utils.report.charts import Bar, bars
from utils.report.goals import read_goals
from utils.report.recurring_bills import doubles, subscriptions
from utils.report.schedule import Report
from utils.report.unusual import outside
from utils.report.week_rows import WeekRows
from utils.sandbox.odoo import PretendOdoo
from utils.storage.bookmarks import Bookmarks
from utils.storage.schema import MIGRATIONS
from utils.storage.sqlite import SqliteDatabase

REVENUE = ("income", "income_other")
EXPENSES = ("expense", "expense_direct_cost", "expense_depreciation", "expense_other")


@pytest.fixture
def odoo() -> Iterator[PretendOdoo]:
    with PretendOdoo(history=False) as service:
        fill(service)
        yield service


@pytest.fixture
def clock() -> Clock:
    """Wednesday noon of the week that is reported about."""
    noon = WEEK.starts_at(BERLIN) + timedelta(days=2, hours=12)
    return Clock(noon)


def questions(business: Business) -> list[str]:
    return [n for n in business.notes(Folder.NEEDS_ACTION) if n.startswith("CLARIFY")]


# --- money ------------------------------------------------------------------------------------


def test_the_weeks_money_is_what_the_tables_say_to_the_cent(
    business: Business, odoo: PretendOdoo
) -> None:
    """Issue: independent sums; currencies, credit notes, part payments, companies, other dates."""
    a_week_of_work(business)
    figures = audit(business)[1]["figures"]
    lines = raw_lines(odoo)
    week = [line for line in lines if in_week(line)]
    revenue = -total([line for line in week if line["type"] in REVENUE], "balance")
    expenses = total([line for line in week if line["type"] in EXPENSES], "balance")
    cash = total([line for line in lines if line["type"] == "asset_cash"], "balance")
    assert revenue == Decimal("1170.05")  # 1000.10 + 200 EUR at 1.1 - 50.05
    assert expenses == Decimal("340.73")  # 300.33 + 40.40, by the date they are booked on
    assert Decimal(figures["money.revenue"]["value"]) == revenue
    assert Decimal(figures["money.expenses"]["value"]) == expenses
    assert Decimal(figures["money.profit"]["value"]) == revenue - expenses
    assert Decimal(figures["money.cash"]["value"]) == cash


def test_what_is_open_is_what_the_tables_say_and_the_ages_add_up(
    business: Business, odoo: PretendOdoo
) -> None:
    a_week_of_work(business)
    figures = audit(business)[1]["figures"]
    for side, kind, sign in (
        ("receivables", "asset_receivable", 1),
        ("payables", "liability_payable", -1),
    ):
        lines = [
            line
            for line in raw_lines(odoo)
            if line["type"] == kind and not line["account"]["non_trade"]
        ]
        known = {
            key.rpartition(".")[2]: Decimal(figure["value"])
            for key, figure in figures.items()
            if key.startswith(f"money.{side}.")
        }
        whole = known.pop("open")
        assert whole == sign * total(lines, "amount_residual")
        assert whole == sum(known.values())
    assert Decimal(figures["money.overdue"]["value"]) == Decimal(400)
    # 1000.10 of which 250.10 is paid, 220, 77.77 and 5000 are not due; 50.05 is a credit note.
    assert figures["money.receivables.days_31_60"]["value"] == "400.00"
    assert figures["money.receivables.open"]["value"] == "6397.72"


def test_another_company_is_another_audit(tmp_path: Path, clock: Clock) -> None:
    with PretendOdoo(history=False, company_id=2) as odoo:
        fill(odoo)
        business = Business(tmp_path / "home", odoo, clock)
        clock.now = WEEK.ends_at(BERLIN) + timedelta(hours=7)
        figures = audit(business)[1]["figures"]
        assert figures["money.revenue"]["shown"] == "910.00 USD"
        business.engine.close()


def test_a_week_with_more_credited_than_sold_is_negative(business: Business) -> None:
    book(business.odoo, "out_refund", 31_750, issued=WEEK.monday)
    a_week_of_work(business)
    assert "−30,579.95 USD" in audit(business)[0]


# --- sources ----------------------------------------------------------------------------------


def test_every_numeral_on_the_page_is_accounted_for(business: Business) -> None:
    a_week_of_work(business)
    page, sources = audit(business)
    assert unaccounted(page, sources) == []
    assert unaccounted(page.replace("1,170.05", "1,170.06"), sources) != []


def test_every_figure_has_proofs_or_a_reason(business: Business) -> None:
    a_week_of_work(business)
    for key, figure in audit(business)[1]["figures"].items():
        assert figure["proofs"] if figure["value"] else figure["why"], key
        assert (figure["shown"] == "–") is (figure["value"] == ""), key


def test_every_proof_leads_to_something_that_is_there(
    business: Business, odoo: PretendOdoo
) -> None:
    a_week_of_work(business)
    sources = audit(business)[1]
    business.engine.audit_log.render(whole=True)
    days = [json.loads(day.read_text()) for day in (business.home / "Vault/Logs").iterdir()]
    records = {record["id"]: record for day in days for record in day}
    proofs = [
        (key, figure, proof)
        for key, figure in sources["figures"].items()
        for proof in figure["proofs"]
    ]
    for key, figure, proof in proofs:
        if proof["kind"] == "records":
            assert set(proof.get("ids", ())) <= set(records), key
            if key.startswith("activity.kind."):
                same = [r for r in records.values() if f"action {r['action']}" == proof["where"]]
                assert len(same) == proof["count"] == int(figure["value"]), key
        if proof["kind"] == "document":
            move = odoo._state.tables["account.move"][int(proof["ids"][0])]  # noqa: SLF001
            assert move["name"] == proof["title"]
        if proof["kind"] == "figures":
            assert set(proof["ids"]) <= set(sources["figures"]), key


def test_the_same_data_gives_the_same_bytes(business: Business) -> None:
    a_week_of_work(business)
    gatherer = FactGatherer(ground=business.engine.ground)
    pages = [json.dumps(audit_page(gatherer.facts(WEEK)).as_json()) for _ in range(2)]
    assert pages[0] == pages[1]


def test_what_was_asked_and_decided_is_counted_with_the_time_it_took(business: Business) -> None:
    a_week_of_work(business)
    figures = audit(business)[1]["figures"]
    assert figures["approvals.asked"]["value"] == "2"
    assert figures["approvals.owner"]["value"] == "1"
    assert figures["approvals.mean_wait"]["shown"] == "30 min"
    assert figures["activity.service.odoo"]["value"] == "1"


# --- nothing shows 0 that is not 0 ------------------------------------------------------------


def test_an_odoo_that_is_down_leaves_a_dash_and_the_reason(business: Business) -> None:
    a_week_of_work(business)
    business.odoo.stop()
    page, sources = audit(business)
    money = page.split("## Money")[1].split("## ")[0]
    assert "–" in money
    assert "0.00" not in page
    assert not [key for key in sources["figures"] if key.startswith("money.")]
    assert sources["front"]["status"] == "complete"


@pytest.mark.parametrize("after", [1, 9, 17])
def test_an_odoo_that_breaks_off_halfway_leaves_no_half_of_the_books(
    business: Business, after: int
) -> None:
    a_week_of_work(business)
    asked = 0
    seen = business.odoo.respond

    def breaking(request: Any, state: Any) -> Any:
        nonlocal asked
        asked += "account.move" in request.path
        return business.odoo.error_answer(request, 500) if asked > after else seen(request, state)

    business.odoo.respond = breaking  # type: ignore[method-assign]
    page, sources = audit(business)
    assert asked > after
    assert not [key for key in sources["figures"] if key.startswith("money.")]
    assert "0.00 USD" not in page


def test_a_week_in_which_nothing_ran_shows_dashes(business: Business) -> None:
    page, sources = made(business, Report.AUDIT, WEEK.later(-5))
    activity = page.split("## Activity")[1].split("## ")[0]
    assert "– the employee did not run" in activity
    assert not [key for key in sources["figures"] if key.startswith("activity.")]


def test_a_sense_that_did_not_run_counts_nothing(business: Business) -> None:
    a_week_of_work(business)
    figures = audit(business)[1]["figures"]
    assert figures["activity.item.email"]["value"] == "0"
    assert figures["activity.item.whatsapp"]["shown"] == "–"


def test_an_empty_vault_is_made_and_gets_its_page(business: Business) -> None:
    a_week_of_work(business)
    for folder in (Folder.PLANS, Folder.COMPLETED):
        for name in business.notes(folder):
            business.path(folder, name).unlink()
    assert "# Audit of" in audit(business)[0]


# --- ambiguity halts --------------------------------------------------------------------------


def log_day(business: Business) -> Path:
    business.engine.audit_log.render(whole=True)
    # A newer day, so that the one of the week is a finished one.
    business.engine.journal.record(Entry(action="tick", actor="test", result="done"))
    [first, *_] = sorted((business.home / "Vault/Logs").glob("*.json"))
    return first


@pytest.mark.parametrize("harm", ["missing", "edited", "no json", "cut"])
def test_a_damaged_day_of_the_log_stops_what_rests_on_it(business: Business, harm: str) -> None:
    a_week_of_work(business)
    day = log_day(business)
    text = day.read_text()
    if harm == "missing":
        day.unlink()
    else:
        lines = text.splitlines(keepends=True)
        edited = {"edited": text.replace("150.00", "15.00"), "no json": "\x00{", "cut": lines[0]}
        day.write_text(edited[harm])
    page, sources = audit(business)
    assert sources["front"]["status"] == "partial"
    assert "**Partial:**" in page
    assert set(sources["halted"]) >= {"activity", "approvals", "errors"}
    assert "money.revenue" in sources["figures"]
    [question] = questions(business)
    assert day.name in business.text(Folder.NEEDS_ACTION, question)


@pytest.mark.parametrize("body", ["{", "[]", '{"id": "r-2"}'])
def test_a_record_that_is_none_any_more_stops_the_section(business: Business, body: str) -> None:
    a_week_of_work(business)
    with business.engine.journal.database.step() as db:
        db.execute("UPDATE records SET body=? WHERE seq=2", (body,))
    assert "activity" in audit(business)[1]["halted"]


def test_records_that_are_not_rendered_yet_are_no_fault(business: Business) -> None:
    a_week_of_work(business)
    business.clock.now = WEEK.starts_at(BERLIN) + timedelta(days=3)
    business.engine.audit_log.render(whole=True)
    business.engine.journal.record(Entry(action="tick", actor="test", result="done"))
    business.clock.forward(days=2)
    business.engine.journal.record(Entry(action="tick", actor="test", result="done"))
    assert audit(business)[1]["halted"] == {}


def test_an_older_journal_learns_to_keep_uptime(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    with sqlite3.connect(path) as db:
        db.executescript(f"{MIGRATIONS[0]} PRAGMA user_version=1;")
    db.close()
    database = SqliteDatabase(path)
    now = WEEK.starts_at(BERLIN)
    Bookmarks(database=database).beat("gmail", now=now)
    Bookmarks(database=database).beat("gmail", now=now + timedelta(minutes=2))
    Bookmarks(database=database).beat("gmail", now=now + timedelta(minutes=9))
    spans = WeekRows(database=database).spans(now, now + timedelta(hours=1))
    database.close()
    assert [span.until - span.since for span in spans] == [timedelta(minutes=2), timedelta(0)]


def test_a_record_that_was_changed_in_the_journal_stops_the_section(business: Business) -> None:
    a_week_of_work(business)
    with business.engine.journal.database.step() as db:
        db.execute("UPDATE records SET body=replace(body, '150.00', '15.00') WHERE seq=2")
    _, sources = audit(business)
    assert "changed after it was written" in sources["halted"]["activity"]


def test_a_question_is_asked_once_however_often_the_audit_is_made(business: Business) -> None:
    a_week_of_work(business)
    log_day(business).unlink()
    audit(business)
    audit(business)
    assert len(questions(business)) == 1


def test_a_record_from_the_future_is_told(business: Business) -> None:
    business.clock.forward(days=30)
    business.engine.journal.record(Entry(action="tick", actor="test", result="done"))
    business.clock.forward(days=-30)
    a_week_of_work(business)
    _, sources = made(business, Report.BRIEFING)
    assert any("not come yet" in line["text"] for line in sources["lines"])


@pytest.mark.parametrize("change", ["gone", "changed"])
def test_an_invoice_of_ours_that_odoo_tells_differently_stops_the_money(
    business: Business, odoo: PretendOdoo, change: str
) -> None:
    a_week_of_work(business)
    [effect] = business.effects()
    if change == "gone":
        odoo.arrange("account.move", "unlink", ids=[effect["id"]])
    else:
        line = {"name": "more", "quantity": 1, "price_unit": 1.0, "tax_ids": [[6, 0, []]]}
        values = {"invoice_line_ids": [[0, 0, line]]}
        odoo.arrange("account.move", "write", ids=[effect["id"]], vals=values)
    _, sources = audit(business)
    assert set(sources["halted"]) == {"money", "subscriptions"}
    assert sources["front"]["status"] == "partial"
    assert len(questions(business)) == 1


def test_two_companies_and_no_choice_stops_the_money(
    business: Business, odoo: PretendOdoo
) -> None:
    a_week_of_work(business)
    business.engine.close()
    variables = {k: v for k, v in odoo.environment_of("admin").items() if "COMPANY" not in k}
    odoo.environment = lambda: variables  # type: ignore[method-assign]
    business.start()
    _, sources = audit(business)
    assert "Fennel Workshop LLC" in sources["halted"]["money"]
    assert len(questions(business)) == 1


# --- templates, hostile words -----------------------------------------------------------------


def test_an_owners_template_replaces_the_built_in_one(business: Business) -> None:
    a_week_of_work(business)
    business.path(Folder.TEMPLATES, "audit.md").write_text("# Mine: {{ page.title }}\n")
    assert body_of(audit(business)[0]) == f"# Mine: Audit of {WEEK}\n"


@pytest.mark.parametrize(
    "broken",
    [
        "{{ page.titel }}",
        "{% for x in %}",
        "{{ ''.__class__.__mro__ }}",
        "{% for a in range(9999) %}{% for b in range(9999) %}xxxxxxxxxx{% endfor %}{% endfor %}",
        "{{ 1 / 0 }}",
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{{ cycler().next() }}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    ],
)
def test_a_broken_template_gives_way_to_the_built_in_one_with_a_notice(
    business: Business, broken: str
) -> None:
    a_week_of_work(business)
    business.path(Folder.TEMPLATES, "audit.md").write_text(broken)
    assert f"# Audit of {WEEK}" in audit(business)[0]
    [alert] = [n for n in business.notes(Folder.NEEDS_ACTION) if n.startswith("ALERT")]
    assert "audit.md does not work" in business.text(Folder.NEEDS_ACTION, alert)


def test_a_name_of_a_megabyte_or_full_of_markup_stays_a_few_words(business: Business) -> None:
    name = "[[Approved]] ![x](http://evil.example/p.png) | <b>" + "A" * 1_000_000
    [partner] = business.odoo.arrange("res.partner", "create", vals_list=[{"name": name}])
    due = str(TODAY - timedelta(days=30))
    book(
        business.odoo, "out_invoice", 9, issued=WEEK.monday, partner=partner, invoice_date_due=due
    )
    a_week_of_work(business)
    page, sources = audit(business)
    assert len(page) < 30_000
    assert "[[Approved]]" not in page
    assert "](http://evil" not in page
    assert unaccounted(page, sources) == []


# --- pure parts -------------------------------------------------------------------------------


def test_a_chart_shows_its_zero_line_and_signed_bars_and_always_the_same_bytes() -> None:
    values = [Bar("W1", Decimal(100), "100"), Bar("W2", Decimal(-50), "−50")]
    svg = bars("Profit <USD>", values)
    assert svg == bars("Profit <USD>", values)
    assert "Profit &lt;USD&gt;" in svg
    assert svg.count("<rect") == 3
    zero = float(svg.split('y1="')[1].split('"')[0])
    tops = [
        float(part.split('"')[0])
        for part in svg.split('<rect x="')[1:]
        for part in [part.split('y="')[1]]
    ]
    assert tops[0] < zero == tops[1]
    assert "no data" in bars("Nothing", [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- [ ] Ten customers by 2026-12-31", [("Ten customers", False, "2026-12-31")]),
        ("* [x] Oven\n+ Bread", [("Oven", True, "None"), ("Bread", False, "None")]),
        ("- due 2026-99-99", [("due 2026-99-99", False, "None")]),
        ("```\n- [ ] no\n```\n<!--\n- [ ] no\n-->\n", []),
        ("\x00\ufeff{{{ - - [[[", []),
        ("", []),
        (f"- {'a' * 1_000_000}", [("a" * 200, False, "None")]),
    ],
)
def test_goals_are_list_items_and_nonsense_is_none(
    text: str, expected: list[tuple[str, bool, str]]
) -> None:
    assert [(g.text, g.done, str(g.due)) for g in read_goals(text)] == expected


def test_what_is_far_off_needs_six_weeks_to_be_called_so() -> None:
    usual = [Decimal(n) for n in (100, 110, 90, 105, 95, 100)]
    assert outside(Decimal(200), usual)
    assert not outside(Decimal(104), usual)
    assert not outside(Decimal(200), usual[:5])


def bills(business: Business) -> tuple[Any, ...]:
    facts = FactGatherer(ground=business.engine.ground).facts(WEEK)
    assert facts.books is not None
    return facts.books.bills


def test_subscriptions_that_are_new_or_dearer_and_bills_that_may_be_doubles_are_found(
    business: Business, odoo: PretendOdoo
) -> None:
    for months, price in ((2, 100.0), (1, 100.0), (0, 120.0)):
        day = WEEK.monday - timedelta(days=30 * months)
        book(odoo, "in_invoice", price, issued=day, partner=18, ref=f"rent {months}")
    for months in (1, 0):
        day = WEEK.monday - timedelta(days=30 * months)
        book(odoo, "in_invoice", 9.0, issued=day, partner=13, ref=f"new {months}")
    book(odoo, "in_invoice", 300.33, issued=WEEK.sunday, partner=14, ref="PM-2")
    found = subscriptions(bills(business), since=WEEK.monday, until=WEEK.sunday)
    assert {(each.vendor, each.news) for each in found} == {
        ("Granite Landlord LLC", "dearer"),
        ("Maria Lopez", "new"),
    }
    [pair] = doubles(bills(business), since=WEEK.monday, until=WEEK.sunday)
    assert pair.why == "the same sum within a week"
