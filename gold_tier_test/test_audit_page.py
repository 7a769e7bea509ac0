"""The audit as its reader sees it, on books of every size and with words of every kind."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import Business, Clock, Square
from report_bench import BERLIN, WEEK, book, fill, made, part, raw_lines, unaccounted

from utils.core.lifecycle import Folder, State
from utils.core.model import Entry
from utils.posts.price import price_of_post
from utils.report.schedule import Report
from utils.sandbox.odoo import PretendOdoo


@pytest.fixture
def clock() -> Clock:
    """Wednesday noon of the week that is reported about."""
    return Clock(WEEK.starts_at(BERLIN) + timedelta(days=2, hours=12))


def monday(business: Business) -> None:
    business.clock.now = WEEK.ends_at(BERLIN) + timedelta(hours=7)


# --- the books --------------------------------------------------------------------------------


def enter_books(odoo: PretendOdoo, count: int, seed: int) -> None:
    """Enter so many documents of every kind, over half a year and into the next week."""
    chance = random.Random(seed)  # noqa: S311 - the same books every time
    kinds = ("out_invoice", "out_invoice", "out_refund", "in_invoice", "in_refund")
    for first in range(0, count, 500):
        documents = []
        for _ in range(min(500, count - first)):
            day = WEEK.sunday - timedelta(days=chance.randint(-7, 180))
            lines = [
                {
                    "name": "goods",
                    "quantity": chance.randint(1, 3),
                    "price_unit": chance.randint(1, 99_999) / 100,
                    "tax_ids": [[6, 0, []]],
                }
                for _ in range(chance.randint(1, 3))
            ]
            documents.append(
                {
                    "move_type": chance.choice(kinds),
                    "partner_id": chance.randint(9, 15),
                    "currency_id": chance.choice((1, 1, 126)),
                    "invoice_date": f"{day}",
                    "date": f"{day}",
                    "invoice_date_due": f"{day + timedelta(days=chance.randint(0, 60))}",
                    "invoice_line_ids": [[0, 0, line] for line in lines],
                }
            )
        ids = odoo.arrange("account.move", "create", company_id=1, vals_list=documents)
        odoo.arrange("account.move", "action_post", company_id=1, ids=ids[:-5])


def by_sql(odoo: PretendOdoo, question: str) -> Decimal:
    """Ask the tables in SQL, past every query of ours; amounts are whole cents."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE line (day TEXT, type TEXT, cents INTEGER, open INTEGER)")
        rows = (
            (
                str(line["date"]),
                line["type"],
                round(Decimal(str(line["balance"])) * 100),
                round(Decimal(str(line.get("amount_residual") or 0)) * 100),
            )
            for line in raw_lines(odoo)
            if not line["account"]["non_trade"]
        )
        db.executemany("INSERT INTO line VALUES (?,?,?,?)", rows)
        week = (f"{WEEK.monday}", f"{WEEK.sunday}")[: question.count("?")]
        (cents,) = db.execute(question, week).fetchone()
    return Decimal(cents or 0) / 100


def the_books_agree(home: Path, clock: Clock, count: int) -> None:
    with PretendOdoo(history=False) as odoo:
        fill(odoo)
        enter_books(odoo, count, seed=count)
        business = Business(home, odoo, clock, {"HTTP_TIMEOUT_SECONDS": "120"})
        monday(business)
        figures = made(business, Report.AUDIT)[1]["figures"]
        business.engine.close()
        for key, question in (
            (
                "revenue",
                "SELECT -sum(cents) FROM line WHERE type LIKE 'income%' AND day BETWEEN ? AND ?",
            ),
            (
                "expenses",
                "SELECT sum(cents) FROM line WHERE type LIKE 'expense%' AND day BETWEEN ? AND ?",
            ),
            ("receivables.open", "SELECT sum(open) FROM line WHERE type='asset_receivable'"),
            ("payables.open", "SELECT -sum(open) FROM line WHERE type='liability_payable'"),
            ("cash", "SELECT sum(cents) FROM line WHERE type='asset_cash'"),
        ):
            assert Decimal(figures[f"money.{key}"]["value"]) == by_sql(odoo, question), key


def test_the_money_of_large_books_is_what_sql_says_to_the_cent(
    tmp_path: Path, clock: Clock
) -> None:
    the_books_agree(tmp_path / "home", clock, 600)


@pytest.mark.sweep
@pytest.mark.timeout(1800)
def test_the_money_of_27000_documents_is_what_sql_says_to_the_cent(
    tmp_path: Path, clock: Clock
) -> None:
    the_books_agree(tmp_path / "home", clock, 27_000)


# --- what stands on the page ------------------------------------------------------------------


def test_subscriptions_stand_on_the_page_new_dearer_and_possibly_twice(business: Business) -> None:
    odoo = business.odoo
    for months, price in ((2, 100.0), (1, 100.0), (0, 120.0)):
        day = WEEK.monday - timedelta(days=30 * months)
        book(odoo, "in_invoice", price, issued=day, partner=14, ref=f"lease {months}")
    for months in (1, 0):
        day = WEEK.monday - timedelta(days=30 * months)
        book(odoo, "in_invoice", 9.0, issued=day, partner=13, ref=f"phone {months}")
    for ref in ("A-1", "A-2"):
        book(odoo, "in_invoice", 31.5, issued=WEEK.sunday, partner=12, ref=ref)
    monday(business)
    page, sources = made(business, Report.AUDIT)
    told = part(page, "Subscriptions")
    assert "Paper Mill Supplies, every month, **dearer** than 100.00 USD | 120.00 USD" in told
    assert "every month, **new** | 9.00 USD" in told
    assert told.count("Possibly twice:") == 1
    assert "the same sum within a week" in told
    assert unaccounted(page, sources) == []


def test_a_watchers_silences_are_named_with_their_length(business: Business) -> None:
    bookmarks, start = business.engine.bookmarks, business.clock()
    for minutes in (0, 2, 4, 30, 32, 34, 124, 126):
        bookmarks.beat("gmail", now=start + timedelta(minutes=minutes))
    business.clock.now = start + timedelta(minutes=126)
    page, sources = made(business, Report.AUDIT)
    told = part(page, "Uptime")
    # Twelve o'clock on Wednesday, in the owner's zone.
    assert "Wed " in told
    assert "12:34 for 1 h 30 min" in told
    assert "12:04 for 26 min" in told
    assert told.index("1 h 30 min") < told.index("26 min")
    # Ten of 126 minutes.
    assert "gmail alive | 7.9 %" in told
    assert unaccounted(page, sources) == []


def test_what_x_charged_for_the_weeks_posts_stands_among_the_costs(square: Square) -> None:
    text = "Rye bread is back on Saturday."
    proposal = square.submit("twitter_create_tweet", text=text)
    assert square.approve(proposal).state is State.DONE
    monday(square)
    page, sources = made(square, Report.AUDIT)
    price = price_of_post(text)
    assert price > 0
    assert Decimal(sources["figures"]["costs.x"]["value"]) == price.quantize(Decimal("0.01"))
    assert f"X charged | {price:.2f} USD" in part(page, "Costs")
    assert "Posts that went out | 1" in part(page, "Posts")


def test_what_x_charged_for_posts_links_replies_and_deletions_adds_up_to_the_cent(
    square: Square,
) -> None:
    proposal = square.submit("twitter_create_tweet", text="Rye is back: bakery.cafe")
    assert square.approve(proposal).state is State.DONE
    for tool in ("create_tweet", "create_tweet", "reply", "delete_tweet", "delete_tweet"):
        entry = Entry(
            action=f"twitter_{tool}",
            actor="executor",
            parameters={"remote_id": "17"},
            result="done",
            approval_status="granted_by_owner",
        )
        square.engine.journal.record(entry)
    monday(square)
    # 0.200 for the link, twice 0.015, 0.010 for the reply and for each deletion.
    assert made(square, Report.AUDIT)[1]["figures"]["costs.x"]["value"] == "0.26"


def test_a_title_of_a_megabyte_leaves_a_page_that_can_be_read(business: Business) -> None:
    huge = "Help [[Approved]] " + "A" * 1_000_000
    business.engine.ground.alerts().ask("huge", huge, "What is meant?")
    business.path(Folder.INBOX).parent.joinpath("Business_Goals.md").write_text(f"- [ ] {huge}\n")
    monday(business)
    for report in Report:
        page, sources = made(business, report)
        assert len(page) < 30_000
        assert "[[Approved]]" not in page
        assert unaccounted(page, sources) == []
    assert "too large" in page


def test_a_record_from_the_future_is_not_counted_before_its_time(business: Business) -> None:
    """A clock that was ahead for a while: the week's count stays the week's."""
    business.submit()
    monday(business)
    before = made(business, Report.AUDIT)[1]["figures"]["activity.records"]["value"]
    business.clock.forward(days=30)
    business.submit(reference="PO-2")
    business.clock.forward(days=-30)
    page, sources = made(business, Report.AUDIT)
    assert sources["figures"]["activity.records"]["value"] == before
    assert "# Audit of" in page
