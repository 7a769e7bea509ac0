"""What the tests of weekly reports work on: books whose every cent is known, and pages as data."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from utils.core.lifecycle import Folder
from utils.report.schedule import Report
from utils.report.weekly import Reports
from utils.times.weeks import Week, last_whole_week

if TYPE_CHECKING:
    from conftest import Business

    from utils.core.model import Json
    from utils.sandbox.odoo import PretendOdoo

BERLIN = ZoneInfo("Europe/Berlin")
#: The last week that is over on the pretend Odoo's calendar, which is today's.
WEEK = last_whole_week(datetime.now(UTC), BERLIN)
TODAY = datetime.now(UTC).astimezone(BERLIN).date()
_FOLDERS = {Report.AUDIT: Folder.AUDITS, Report.BRIEFING: Folder.BRIEFINGS}
_NUMERAL = re.compile(r"\d(?:[\d,.]*\d)?")


def book(
    odoo: PretendOdoo,
    kind: str,
    amount: float,
    *,
    issued: date,
    partner: int = 9,
    company: int = 1,
    post: bool = True,
    **more: Any,
) -> int:
    """Enter a document of one untaxed line; return its id."""
    line = {"name": "goods", "quantity": 1, "price_unit": amount, "tax_ids": [[6, 0, []]]}
    values = {
        "move_type": kind,
        "partner_id": partner,
        "invoice_date": issued.isoformat(),
        "date": issued.isoformat(),
        "invoice_date_due": (issued + timedelta(days=30)).isoformat(),
        "invoice_line_ids": [[0, 0, line]],
    } | more
    [id_] = odoo.arrange("account.move", "create", company_id=company, vals_list=[values])
    if post:
        odoo.arrange("account.move", "action_post", company_id=company, ids=[id_])
    return int(id_)


def pay(odoo: PretendOdoo, invoice: int, amount: str, *, paid: date) -> None:
    """Record a customer's payment of an invoice and settle that much of it."""
    columns = ["id", "payment_type", "partner_type", "partner_id/.id", "amount", "date"]
    columns += ["journal_id/.id", "invoice_ids/.id"]
    row = [f"bench.p{invoice}", "inbound", "customer", "9", amount, paid.isoformat(), "6"]
    answer = odoo.arrange(
        "account.payment", "load", company_id=1, fields=columns, data=[[*row, str(invoice)]]
    )
    odoo.arrange("account.payment", "action_post", company_id=1, ids=answer["ids"])
    domain = [["payment_id", "in", answer["ids"]], ["account_type", "=", "asset_receivable"]]
    [line] = odoo.arrange("account.move.line", "search", company_id=1, domain=domain)
    odoo.arrange(
        "account.move", "js_assign_outstanding_line", company_id=1, ids=[invoice], line_id=line
    )


def fill(odoo: PretendOdoo) -> None:
    """Enter a week in which everything happens that makes sums go wrong."""
    monday, sunday = WEEK.monday, WEEK.sunday
    before = monday - timedelta(days=1)
    invoice = book(odoo, "out_invoice", 1000.10, issued=monday)
    book(odoo, "out_invoice", 200, issued=sunday, currency_id=126, partner=10)
    book(odoo, "out_refund", 50.05, issued=monday + timedelta(days=2))
    book(odoo, "out_invoice", 77.77, issued=before, partner=11)
    book(odoo, "out_invoice", 5000, issued=sunday + timedelta(days=1))
    book(odoo, "out_invoice", 999, issued=monday, post=False)
    book(odoo, "out_invoice", 910, issued=monday, company=2, partner=12)
    book(odoo, "in_invoice", 300.33, issued=monday, partner=14, ref="PM-1")
    # A bill from before that is booked in this week, and one of this week booked in the next.
    early: dict[str, Any] = {"date": (monday + timedelta(days=1)).isoformat(), "ref": "AZ-9"}
    book(odoo, "in_invoice", 40.40, issued=before, partner=15, **early)
    later: dict[str, Any] = {"date": (sunday + timedelta(days=1)).isoformat(), "ref": "AZ-10"}
    book(odoo, "in_invoice", 60.60, issued=sunday, partner=15, **later)
    late = TODAY - timedelta(days=45)
    book(odoo, "out_invoice", 400, issued=late, invoice_date_due=str(TODAY - timedelta(days=40)))
    pay(odoo, invoice, "250.10", paid=sunday)


def raw_lines(odoo: PretendOdoo, company: int = 1) -> list[Json]:
    """Return the posted journal items of a company straight from the tables."""
    tables = odoo._state.tables  # noqa: SLF001 - past every query of ours
    return [
        {**line, "date": move["date"], "type": account["account_type"], "account": account}
        for line in tables["account.move.line"].values()
        if (move := tables["account.move"][line["move_id"]])["state"] == "posted"
        and move["company_id"] == company
        and line.get("account_id")
        and (account := tables["account.account"][line["account_id"]])
    ]


def total(lines: list[Json], field: str) -> Decimal:
    exact = sum((Decimal(str(line.get(field) or 0)) for line in lines), Decimal(0))
    return exact.quantize(Decimal("0.01"))


def in_week(line: Json, week: Week = WEEK) -> bool:
    return str(week.monday) <= str(line["date"]) <= str(week.sunday)


def made(business: Business, report: Report, week: Week = WEEK) -> tuple[str, Json]:
    """Make a report; return its page and the file beside it."""
    name = Reports(ground=business.engine.ground).make(report, week).name
    folder = _FOLDERS[report]
    sources = json.loads(business.text(folder, name.replace(".md", ".json")))
    return business.text(folder, name), sources


def body_of(page: str) -> str:
    return page.split("\n---\n", 1)[1]


def part(page: str, title: str) -> str:
    """A section of a page, without its heading."""
    return page.partition(f"## {title}")[2].partition("\n## ")[0]


def numerals(text: str) -> set[str]:
    """Return every numeral that a reader sees: not what stands in an address."""
    seen = re.sub(r"!\[\[.*?\]\]", "", re.sub(r"\]\([^)]*\)", "]", text))
    seen = re.sub(r"\[\[[^\]|]*?\\?\|", "[[", seen)
    return set(_NUMERAL.findall(seen))


def texts_of(sources: Json) -> list[str]:
    """Return every text that the file beside a page accounts for."""
    found = [sources["name"], sources["title"], *sources["front"].values(), *sources["labels"]]
    found += [*sources["halted"].values(), *sources["charts"], *sources["headings"]]
    for figure in sources["figures"].values():
        found += [figure["shown"], figure["why"], *_words(figure["proofs"])]
    for line in sources["lines"]:
        found += [line["text"], *_words(line["proofs"])]
    return [text for text in found if text]


def _words(proofs: list[Json]) -> list[str]:
    return [
        word
        for proof in proofs
        for word in (proof.get("where", ""), proof.get("title", ""), *proof.get("ids", ()))
    ]


def unaccounted(page: str, sources: Json) -> list[str]:
    """Return the lines of a page with a numeral that nothing beside the page accounts for."""
    texts = texts_of(sources)
    wrong = []
    for line in body_of(page).splitlines():
        here = [text for text in texts if text in line]
        known = {numeral for text in here for numeral in numerals(text)}
        if numerals(line) - known:
            wrong.append(f"{line}: {sorted(numerals(line) - known)}")
    return wrong


def a_week_of_work(business: Business) -> None:
    """Two things are asked, one is approved; then the week is over."""
    proposal = business.submit()
    business.clock.forward(minutes=30)
    business.approve(proposal)
    business.submit(reference="PO-9")
    for who in ("filesystem", "gmail"):
        business.engine.bookmarks.beat(who, now=business.clock())
        business.engine.bookmarks.beat(who, now=business.clock() + timedelta(minutes=2))
    business.clock.now = WEEK.ends_at(BERLIN) + timedelta(hours=7)


def audit(business: Business) -> tuple[str, dict[str, Any]]:
    return made(business, Report.AUDIT)
