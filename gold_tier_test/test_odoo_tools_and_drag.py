"""The whole story with Odoo: the agent asks through MCP, the owner drags, the books are read.

Over the pretend Odoo 19 and 18 always, and with `-m live_odoo` over the server that ODOO_URL
names, whose books are written to. What is in the books is read by a client of the tests' own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import Business, Clock
from odoo_bench import live_settings
from odoo_books import Books
from odoo_relay import employee_of, relay_to
from odoo_story import Live, Story, line

from utils.core.lifecycle import Folder, State
from utils.sandbox.odoo import PretendOdoo

CENT = Decimal("0.01")


@pytest.fixture(params=["19", "18", pytest.param("live", marks=pytest.mark.live_odoo)])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Story]:
    if request.param == "live":
        named = live_settings().variables
        variables = {name: value for name, value in named.items() if name.startswith("ODOO_")}
        if "ODOO_USERNAME" not in variables:
            pytest.skip("the tests' own reading needs ODOO_USERNAME")
        yield from _story(tmp_path, Live(variables), {"HTTP_TIMEOUT_SECONDS": "60"})
        return
    with PretendOdoo(request.param, default_sale_tax=True) as odoo:
        yield from _story(tmp_path, odoo, {"HTTP_TIMEOUT_SECONDS": "10"})


def _story(tmp_path: Path, odoo: Any, variables: dict[str, str]) -> Iterator[Story]:
    business = Business(tmp_path / "home", odoo, Clock(), variables)
    yield Story(business, Books(odoo.environment()))
    business.engine.close()


def today() -> date:
    """Return the day in the owner's zone."""
    return datetime.now(ZoneInfo("Europe/Berlin")).date()


def exact(value: object) -> Decimal:
    """Return an amount of Odoo's as a number of cents."""
    return Decimal(str(value)).quantize(CENT, ROUND_HALF_UP)


# --- contacts, invoices, payments ----------------------------------------------------------


async def test_a_contact_is_made_by_the_drag_and_not_before(story: Story) -> None:
    name, mail = f"Ömür & Söhne {story.run}", f"hello@{story.run}.example"
    proposal = await story.propose("odoo_create_partner", name=name, email=mail)
    by_name = [["name", "=", name]]
    story.business.tick(seconds=5)
    assert story.books.rows("res.partner", by_name, "email") == []
    story.business.approve(proposal)
    [made] = story.books.rows("res.partner", by_name, "email", "is_company")
    assert (made["email"], made["is_company"]) == (mail, True)
    card = await story.ask("odoo_get_partner", partner=mail)
    assert (card["id"], card["name"], card["posted_documents"]) == (made["id"], name, 0)


async def test_an_invoice_goes_from_draft_to_paid(story: Story) -> None:
    customer = await story.partner("Guest")
    tax, rate = story.books.tax("sale")
    product = _product_of(story.books)
    made = await story.done(
        "odoo_create_invoice",
        customer=customer,
        lines=[line("100.00", tax, quantity="2"), line("40.00", **product)],
        due_date=(today() + timedelta(days=14)).isoformat(),
        reference=f"PO {story.run}",
    )
    total = exact(240 + 2 * rate)
    draft = story.books.move(made.remote_id)
    assert (draft["state"], exact(draft["amount_total"])) == ("draft", total)
    assert (draft["partner_id"][0], draft["ref"]) == (int(customer), f"PO {story.run}")
    taxed, plain = story.books.lines(made.remote_id)
    assert (len(taxed["tax_ids"]), plain["tax_ids"]) == (1, [])
    assert bool(plain["product_id"]) is bool(product)

    posted = await story.done("odoo_post_invoice", invoice=f"PO {story.run}")
    number = story.books.move(made.remote_id)["name"]
    assert (posted.remote_id, posted.data["number"]) == (made.remote_id, number)

    part = await story.done("odoo_record_payment", invoice=number, amount="100.50")
    after = story.books.move(made.remote_id)
    left = total - Decimal("100.50")
    assert (after["payment_state"], exact(after["amount_residual"])) == ("partial", left)
    assert part.data["open"] == str(left)

    await story.done("odoo_record_payment", invoice=number, amount=str(left))
    after = story.books.move(made.remote_id)
    assert (after["payment_state"] in {"paid", "in_payment"}, after["amount_residual"]) == (
        True,
        0,
    )
    paid = story.books.payments(customer)
    assert [exact(row["amount"]) for row in paid] == [Decimal("100.50"), left]
    assert all(row["is_reconciled"] and row["payment_type"] == "inbound" for row in paid)


def _product_of(books: Books) -> dict[str, str]:
    """Return a product of the company by its name, or nothing where it sells none."""
    names = [
        row["name"] for row in books.rows("product.product", [["sale_ok", "=", True]], "name")
    ]
    single = [name for name in names if names.count(name) == 1]
    return {"product": single[0]} if single else {}


async def test_a_bill_is_entered_posted_and_paid(story: Story) -> None:
    vendor, on = await story.partner("Mill"), today() - timedelta(days=3)
    tax, rate = story.books.tax("purchase")
    bill = await story.billed(vendor, on, line("200.00", tax))
    row = story.books.row(
        "account.move", bill, "state", "move_type", "date", "invoice_date", "amount_total"
    )
    assert (row["state"], row["move_type"]) == ("posted", "in_invoice")
    assert row["date"] == row["invoice_date"] == on.isoformat()
    assert exact(row["amount_total"]) == exact(200 + 2 * rate)

    total = str(exact(row["amount_total"]))
    await story.done("odoo_record_payment", invoice=bill, amount=total)
    assert story.books.move(bill)["amount_residual"] == 0
    [paid] = story.books.payments(vendor)
    assert (str(exact(paid["amount"])), paid["payment_type"]) == (total, "outbound")


# --- credit notes --------------------------------------------------------------------------


async def test_a_whole_invoice_is_credited_line_by_line(story: Story) -> None:
    tax, _ = story.books.tax("sale")
    customer = await story.partner("Refund")
    invoice = await story.invoiced(customer, line("80.00", tax), line("20.00", quantity="3"))
    made = await story.done("odoo_create_credit_note", invoice=invoice, reason="Wrong bread")
    note, original = story.books.move(made.remote_id), story.books.move(invoice)
    assert (note["state"], note["move_type"]) == ("posted", "out_refund")
    assert note["amount_total"] == original["amount_total"]
    assert (original["payment_state"], original["amount_residual"]) == ("reversed", 0)
    told = ("quantity", "price_unit", "tax_ids", "account_id")
    credited, sold = story.books.lines(made.remote_id), story.books.lines(invoice)
    assert [[row[n] for n in told] for row in credited] == [[row[n] for n in told] for row in sold]


async def test_an_invoice_is_credited_in_two_parts_where_it_was_booked(story: Story) -> None:
    """Left to itself, Odoo takes the account that this partner's other documents are booked on."""
    tax, rate = story.books.tax("sale")
    partner = await story.partner("Parts")
    await story.billed(partner, today(), line("9.00"))
    sold_on = [["account_type", "=", "income_other"], ["company_ids", "in", [story.books.company]]]
    codes = [row["code"] for row in story.books.rows("account.account", sold_on, "code")]
    account = {"account": codes[0]} if codes else {}
    invoice = await story.invoiced(partner, line("100.00", tax, **account))
    part, total = Decimal("23.00"), exact(100 + rate)
    made = await story.done(
        "odoo_create_credit_note", invoice=invoice, reason="Burnt", amount=str(part)
    )
    after = story.books.move(invoice)
    assert exact(story.books.move(made.remote_id)["amount_total"]) == part
    assert (after["payment_state"], exact(after["amount_residual"])) == ("partial", total - part)
    [sold], [credited] = story.books.lines(invoice), story.books.lines(made.remote_id)
    assert (credited["tax_ids"], credited["account_id"]) == (sold["tax_ids"], sold["account_id"])

    rest = str(total - part)
    await story.done("odoo_create_credit_note", invoice=invoice, reason="Rest", amount=rest)
    assert story.books.move(invoice)["amount_residual"] == 0
    notes = [["reversed_entry_id", "=", int(invoice)], ["state", "=", "posted"]]
    assert len(story.books.rows("account.move", notes, "name")) == 2


async def test_a_credit_for_what_is_paid_already_stands_for_the_customer(story: Story) -> None:
    customer = await story.partner("Paid")
    invoice = await story.invoiced(customer, line("60.00"))
    await story.done("odoo_record_payment", invoice=invoice, amount="60.00")
    proposal = await story.propose("odoo_create_credit_note", invoice=invoice, reason="Late")
    assert any("will stand as a credit" in text for text in proposal.particulars.warnings)
    tracked = story.business.approve(proposal)
    assert tracked.outcome is not None
    note = story.books.move(tracked.outcome.remote_id)
    assert (note["state"], exact(note["amount_residual"])) == ("posted", Decimal("60.00"))
    card = await story.ask("odoo_get_partner", partner=customer)
    assert [*card["owes_us"].values()] == ["-60.00"]


async def test_a_bill_is_credited_on_its_own_account(story: Story) -> None:
    bill = await story.billed(await story.partner("Mill"), today(), line("45.00"))
    made = await story.done("odoo_create_credit_note", invoice=bill, reason="Wet flour")
    assert story.books.move(made.remote_id)["move_type"] == "in_refund"
    [bought], [credited] = story.books.lines(bill), story.books.lines(made.remote_id)
    assert credited["account_id"] == bought["account_id"]
    assert story.books.move(bill)["amount_residual"] == 0


# --- figures -------------------------------------------------------------------------------


async def test_overdue_is_what_the_invoices_in_the_books_say(story: Story) -> None:
    customer = await story.partner("Late")
    long_ago = (today() - timedelta(days=40)).isoformat()

    async def due(price: str, days_ago: int) -> str:
        day = (today() - timedelta(days=days_ago)).isoformat()
        return await story.invoiced(customer, line(price), invoice_date=long_ago, due_date=day)

    late, part, _ = await due("70.00", 1), await due("90.00", 9), await due("50.00", 0)
    credited = await due("30.00", 20)
    await story.done("odoo_record_payment", invoice=part, amount="40.00")
    await story.done("odoo_create_credit_note", invoice=credited, reason="x")

    told = await _all_overdue(story)
    kept = _overdue_in(story.books)
    assert {row["id"]: Decimal(*row["open"].values()) for row in told["invoices"]} == kept
    assert (told["count"], Decimal(*told["total"].values())) == (len(kept), sum(kept.values()))
    mine = {row["id"]: row for row in told["invoices"] if row["customer"].endswith(story.run)}
    assert {id_: row["days_late"] for id_, row in mine.items()} == {int(late): 1, int(part): 9}
    assert kept[int(part)] == Decimal("50.00")


async def _all_overdue(story: Story) -> dict[str, Any]:
    """Return every page in one."""
    told = await story.ask("odoo_list_overdue", limit=100)
    while len(told["invoices"]) < told["count"]:
        more = await story.ask("odoo_list_overdue", limit=100, offset=len(told["invoices"]))
        assert more["invoices"]
        told["invoices"] += more["invoices"]
    return told


def _overdue_in(books: Books) -> dict[int, Decimal]:
    domain = [["company_id", "=", books.company], ["move_type", "=", "out_invoice"]]
    fields = ("state", "invoice_date_due", "amount_residual", "currency_id", "company_currency_id")
    return {
        row["id"]: exact(row["amount_residual"])
        for row in books.rows("account.move", domain, *fields)
        if row["state"] == "posted"
        and row["amount_residual"] > 0
        and row["invoice_date_due"] < today().isoformat()
    }


async def test_the_summary_is_what_the_journal_items_add_up_to(story: Story) -> None:
    tax, _ = story.books.tax("sale")
    partner = await story.partner("Sums")
    invoice = await story.invoiced(partner, line("100.10", tax))
    await story.done("odoo_record_payment", invoice=invoice, amount="30.05")
    await story.done("odoo_create_credit_note", invoice=invoice, reason="x", amount="11.50")
    await story.billed(partner, today() - timedelta(days=2), line("20.02"))

    told = await story.ask("odoo_financial_summary", period="this_year")
    first, last = (date.fromisoformat(told["period"][end]) for end in ("first", "last"))
    assert _figures(told) == _sums(story.books, first, last)


def _figures(told: dict[str, Any]) -> dict[str, Decimal]:
    flat = {name: told[name] for name in ("revenue", "expenses", "profit", "cash")}
    flat |= {f"receivable {name}": value for name, value in told["receivables"].items()}
    flat |= {f"payable {name}": value for name, value in told["payables"].items()}
    flat |= {"unapplied": told["unapplied_credits"]}
    return {name: Decimal(*figure.values()) for name, figure in flat.items()}


def _sums(books: Books, first: date, last: date) -> dict[str, Decimal]:
    """Add up every posted journal item of the company, one by one."""
    fields = ("account_id", "date", "date_maturity", "balance", "amount_residual", "parent_state")
    items = books.rows("account.move.line", [["company_id", "=", books.company]], *fields)
    kinds = {
        row["id"]: row
        for row in books.rows("account.account", [], "account_type", "internal_group", "non_trade")
    }
    found = dict.fromkeys(("revenue", "expenses", "cash", "unapplied"), Decimal(0))
    for side in ("receivable", "payable"):
        found |= {f"{side} {age}": Decimal(0) for age in ("open", "not_due", *AGES, "undated")}
    for item in items:
        if item["parent_state"] == "posted":
            _add(found, item, kinds[item["account_id"][0]], first, last)
    return found | {"profit": found["revenue"] - found["expenses"]}


AGES = {"days_1_30": 30, "days_31_60": 60, "days_61_90": 90, "over_90": 10**6}


def _add(
    found: dict[str, Decimal],
    item: dict[str, Any],
    account: dict[str, Any],
    first: date,
    last: date,
) -> None:
    balance, left = exact(item["balance"]), exact(item["amount_residual"])
    if first.isoformat() <= item["date"] <= last.isoformat():
        found["revenue"] -= balance * (account["internal_group"] == "income")
        found["expenses"] += balance * (account["internal_group"] == "expense")
    if account["account_type"] == "asset_cash" and item["date"] <= today().isoformat():
        found["cash"] += balance
    side = account["account_type"].rpartition("_")[2]
    if side in {"receivable", "payable"} and not account["non_trade"]:
        owed = left if side == "receivable" else -left
        found[f"{side} open"] += owed
        found[f"{side} {_age(item)}"] += owed
        found["unapplied"] -= left * (side == "receivable" and balance < 0)


def _age(item: dict[str, Any]) -> str:
    if not item["date_maturity"]:
        return "undated"
    late = (today() - date.fromisoformat(item["date_maturity"])).days
    return next((age for age, most in AGES.items() if 0 < late <= most), "not_due")


# --- no, and dying -------------------------------------------------------------------------


async def test_a_note_dragged_to_rejected_changes_nothing(story: Story) -> None:
    customer = await story.partner("No")
    proposal = await story.propose(
        "odoo_create_invoice", customer=customer, lines=[line("5.00")], reference=f"N {story.run}"
    )
    story.business.drag(proposal.note, Folder.REJECTED)
    story.business.tick(seconds=1)
    assert story.business.state(proposal) is State.REFUSED
    assert story.books.rows("account.move", [["partner_id", "=", int(customer)]], "ref") == []


@pytest.mark.parametrize("is_passed_on", [False, True], ids=["before Odoo", "after Odoo"])
async def test_a_process_that_is_killed_at_the_create_makes_one_invoice(
    story: Story,
    is_passed_on: bool,  # noqa: FBT001 - the parameter of a test
) -> None:
    """`kill -9` right before, or right after Odoo has made it and before the answer arrives."""
    business, customer = story.business, await story.partner("Killed")
    mine = [["partner_id", "=", int(customer)]]
    with relay_to(business.odoo.environment()["ODOO_URL"]) as relay:
        business.restart(ODOO_URL=relay.url)
        proposal = await story.propose(
            "odoo_create_invoice", customer=customer, lines=[line("5.00")]
        )
        business.drag(proposal.note)
        relay.is_passed_on = is_passed_on
        relay.armed.set()
        victim = employee_of(business)
        relay.victims.put(victim)
        assert victim.wait(60) == -9
        relay.armed.clear()
        assert len(story.books.rows("account.move", mine, "name")) == is_passed_on

        business.start()
        assert business.state(proposal) is State.UNKNOWN
        business.tick(minutes=10)
        if not is_passed_on:
            assert business.state(proposal) is State.PENDING
            business.approve(business.found(proposal.id).proposal)
    assert business.state(proposal) is State.DONE
    assert len(story.books.rows("account.move", mine, "name")) == 1
