"""The contract with Odoo, against the pretend 19 and 18 and, on request, against a live server.

Live: set ODOO_URL … of a company whose books may be written to, then run with `-m live_odoo`;
without them the live half is skipped.
Every test uses names of its own run, so it can be run on the same server again and again.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING, Any

import pytest
from odoo_bench import ROOT, Bench, bench_for, live_settings, untaxed
from pydantic import ValidationError

from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    EmployeeError,
    InvalidValueError,
    OutcomeUnknownError,
    RateLimitedError,
    RefusedError,
    RejectedError,
    UnreachableError,
)
from utils.core.model import Particulars
from utils.core.money import as_decimal
from utils.odoo.key import key_expires_at
from utils.sandbox.odoo import PretendOdoo
from utils.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Paths of the two interfaces, for faults.
FACES = ("/json/2", "/jsonrpc")


def pretend_bench(tmp_path: Path, version: str, **more: Any) -> Iterator[Bench]:
    with PretendOdoo(version, **more) as sandbox:
        variables = sandbox.environment() | {"OWNER_TIMEZONE": "Europe/Brussels"}
        yield bench_for(load(tmp_path, environment=variables, project_root=tmp_path), sandbox)


@pytest.fixture(params=["19", "18", pytest.param("live", marks=pytest.mark.live_odoo)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "live":
        yield bench_for(live_settings(), None)
        return
    yield from pretend_bench(tmp_path, request.param)


@pytest.fixture(params=["19", "18"])
def pretend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    yield from pretend_bench(tmp_path, request.param)


@pytest.fixture
def pretend19(tmp_path: Path) -> Iterator[Bench]:
    yield from pretend_bench(tmp_path, "19")


def sandbox_of(bench: Bench) -> PretendOdoo:
    assert bench.sandbox is not None
    return bench.sandbox


def effects(bench: Bench, *kinds: str) -> list[Any]:
    """Ids of what clients brought about, in order."""
    return [row["id"] for row in sandbox_of(bench).ledger() if row["kind"] in kinds]


def break_on(bench: Bench, mode: str, method: str, **values: Any) -> None:
    """Let the next call of that model and method go wrong, on whichever interface."""
    face = FACES[bench.odoo.version()[0] < 19]
    sandbox_of(bench).fault(mode, path=f"{face}/{method}", **values)


# --- invoices ------------------------------------------------------------------------------------


def test_an_invoice_is_made_as_a_draft_with_exactly_what_was_shown(bench: Bench) -> None:
    customer = bench.customer()
    attempt = bench.propose(
        "odoo_create_invoice",
        customer=customer,
        lines=(untaxed("75.25", "2"), untaxed("0.33", "1.5", "Rolls")),
        invoice_date=bench.odoo.today() - timedelta(days=3),
        due_date=bench.odoo.today() + timedelta(days=9),
        reference=f"PO {bench.run}",
    )
    shown = attempt.proposal.particulars
    assert (shown.amount, shown.payee_id) == ("151.00", customer)
    made = bench.move(bench.perform(attempt).remote_id)
    assert made["state"] == "draft"
    assert Decimal(str(made["amount_total"])) == as_decimal(shown.amount or "")
    assert made["invoice_date_due"] == (bench.odoo.today() + timedelta(days=9)).isoformat()
    assert made["ref"] == f"PO {bench.run}"


def test_a_due_date_that_nobody_gave_is_thirty_days_after_the_date(bench: Bench) -> None:
    """Left to itself, Odoo would take today."""
    made = bench.do("odoo_create_invoice", customer=bench.customer(), lines=(untaxed("5.00"),))
    due = bench.odoo.today() + timedelta(days=30)
    assert bench.move(made.remote_id)["invoice_date_due"] == due.isoformat()


def test_posting_gives_a_number_and_happens_once(bench: Bench) -> None:
    draft = bench.do("odoo_create_invoice", customer=bench.customer(), lines=(untaxed("9.00"),))
    attempt = bench.propose("odoo_post_invoice", invoice=draft.remote_id)
    first, second = bench.perform(attempt), bench.perform(attempt)
    assert first.kind == second.kind == "done"
    assert first.data["number"] == second.data["number"] == bench.move(draft.remote_id)["name"]
    assert bench.move(draft.remote_id)["state"] == "posted"


def test_a_draft_is_found_by_its_reference(bench: Bench) -> None:
    made = bench.do(
        "odoo_create_invoice",
        customer=bench.customer(),
        lines=(untaxed("9.00"),),
        reference=f"R {bench.run}",
    )
    assert bench.do("odoo_post_invoice", invoice=f"R {bench.run}").remote_id == made.remote_id


def test_a_draft_that_was_changed_after_it_was_shown_is_not_posted(pretend: Bench) -> None:
    draft = pretend.do("odoo_create_invoice", customer="9", lines=(untaxed("9.00"),))
    attempt = pretend.propose("odoo_post_invoice", invoice=draft.remote_id)
    sandbox_of(pretend).arrange(
        "account.move",
        "write",
        ids=[int(draft.remote_id)],
        vals={"invoice_line_ids": [[0, 0, {"name": "x", "quantity": 1, "price_unit": 900.0}]]},
    )
    outcome = pretend.perform(attempt)
    assert outcome.kind == "failed"
    assert "909.00" in outcome.detail
    assert "9.00" in outcome.detail
    assert effects(pretend, "move_posted") == []


def test_what_is_posted_already_cannot_be_proposed_again(bench: Bench) -> None:
    posted = bench.posted("3.00")
    with pytest.raises(InvalidValueError):
        bench.propose("odoo_post_invoice", invoice=posted)


def test_a_product_an_account_and_a_currency_are_sent_by_their_ids(pretend: Bench) -> None:
    line = {"description": "Sheets", "quantity": "3", "unit_price": "12.00", "account": "450000"}
    made = pretend.do("odoo_create_invoice", customer="9", lines=(line,), currency="EUR")
    row = pretend.odoo.read("account.move", int(made.remote_id), ("currency_id", "line_ids"))
    assert row is not None
    assert row["currency_id"][1] == "EUR"
    [ledger] = [r for r in sandbox_of(pretend).ledger() if r["kind"] == "invoice_created"]
    assert ledger["payload"]["lines"][0]["account_id"] == 28


def test_the_due_date_that_was_shown_stands_against_the_customers_payment_term(
    pretend19: Bench,
) -> None:
    """Odoo lets a term overrule a due date that is given with it."""
    arrange = sandbox_of(pretend19).arrange
    [term] = arrange("account.payment.term", "create", vals_list=[{"name": "7", "days": 7}])
    arrange("res.partner", "write", ids=[9], vals={"property_payment_term_id": term})
    due = pretend19.odoo.today() + timedelta(days=50)
    made = pretend19.do(
        "odoo_create_invoice", customer="9", lines=(untaxed("9.00"),), due_date=due
    )
    assert pretend19.move(made.remote_id)["invoice_date_due"] == due.isoformat()


# --- taxes ---------------------------------------------------------------------------------------


def test_a_named_tax_is_part_of_the_total_that_is_shown(pretend: Bench) -> None:
    line = {"description": "Cake", "unit_price": "10.10", "taxes": ("15%",)}
    attempt = pretend.propose("odoo_create_invoice", customer="9", lines=(line, line))
    once = pretend.odoo.version()[0] >= 19
    total = "23.23" if once else "23.24"
    assert attempt.proposal.particulars.amount == total, "1.515 is rounded up on each line on 18"
    made = pretend.perform(attempt)
    assert pretend.move(made.remote_id)["amount_total"] == float(total)


@pytest.mark.parametrize(
    "lines",
    [
        [("1.5", "0.33", False)] * 2,
        [("1.5", "0.33", True)] * 2,
        [("1.5", "0.33", False), ("1.5", "0.33", True), ("1", "0.03", True)],
        [("9.37", "12.49", True), ("3.03", "0.07", False), ("7.77", "29.99", True)],
    ],
)
def test_what_is_shown_is_what_odoo_comes_to_to_the_cent(
    bench: Bench, lines: list[tuple[str, str, bool]]
) -> None:
    """Each version has its own way of rounding; a company may choose the other one."""
    percent = [["type_tax_use", "=", "sale"], ["amount_type", "=", "percent"], ["amount", ">", 0]]
    taxes = bench.odoo.search_read("account.tax", percent, ("name",), limit=1)
    asked = tuple(
        untaxed(price, quantity) | ({"taxes": (str(taxes[0]["id"]),)} if taxed else {})
        for quantity, price, taxed in lines
    )
    attempt = bench.propose("odoo_create_invoice", customer=bench.customer(), lines=asked)
    made = bench.perform(attempt)
    assert made.kind == "done", made.detail
    total = Decimal(str(bench.move(made.remote_id)["amount_total"]))
    assert total == as_decimal(attempt.proposal.particulars.amount or "")


def test_more_decimals_of_a_quantity_than_odoo_keeps_are_refused(bench: Bench) -> None:
    """Odoo would round them without a word, and invoice something else."""
    customer, kept = bench.customer(), bench.odoo.digits_of("account.move.line", "quantity")
    if kept is None or kept > 2:
        pytest.skip(f"this company keeps {kept} decimals of a quantity")
    with pytest.raises(InvalidValueError, match=r"0\.333"):
        bench.propose("odoo_create_invoice", customer=customer, lines=(untaxed("1.00", "0.333"),))


def test_a_product_brings_its_own_taxes_and_none_if_it_has_none(tmp_path: Path) -> None:
    for bench in pretend_bench(tmp_path, "19", default_sale_tax=True):
        arrange = sandbox_of(bench).arrange
        arrange("product.product", "write", ids=[1], vals={"taxes_id": [[6, 0, [1]]]})
        for product, total in (("Consulting hour", "115.00"), ("Paper", "100.00")):
            line = {"description": "x", "unit_price": "100.00", "product": product}
            attempt = bench.propose("odoo_create_invoice", customer="9", lines=(line,))
            assert attempt.proposal.particulars.amount == total
            made = bench.move(bench.perform(attempt).remote_id)
            assert made["amount_total"] == float(total)


def test_no_tax_keeps_those_of_a_product_and_of_an_account_away(pretend: Bench) -> None:
    arrange = sandbox_of(pretend).arrange
    arrange("product.product", "write", ids=[1], vals={"taxes_id": [[6, 0, [1]]]})
    arrange("account.account", "write", ids=[28], vals={"tax_ids": [[6, 0, [1]]]})
    for more in ({"product": "Consulting hour"}, {"account": "450000"}):
        made = pretend.do("odoo_create_invoice", customer="9", lines=(untaxed("100.00") | more,))
        assert pretend.move(made.remote_id)["amount_total"] == 100.0


def test_the_usual_tax_is_looked_up_and_shown(tmp_path: Path) -> None:
    for bench in pretend_bench(tmp_path, "19", default_sale_tax=True):
        line = {"description": "Cake", "unit_price": "100.00"}
        attempt = bench.propose("odoo_create_invoice", customer="9", lines=(line,))
        assert attempt.proposal.particulars.amount == "115.00"
        assert attempt.proposal.particulars.shown["Tax"] == "15%"
        assert bench.move(bench.perform(attempt).remote_id)["amount_total"] == 115.0


def test_no_tax_keeps_the_usual_one_away(tmp_path: Path) -> None:
    for bench in pretend_bench(tmp_path, "19", default_sale_tax=True):
        made = bench.do("odoo_create_invoice", customer="9", lines=(untaxed("100.00"),))
        assert bench.move(made.remote_id)["amount_total"] == 100.0


def test_a_total_that_odoo_sees_differently_is_not_reported_as_done(pretend19: Bench) -> None:
    """The draft stays for the owner to look at; both numbers are named."""
    line = {"description": "Cake", "unit_price": "100.00", "taxes": ("15%",)}
    attempt = pretend19.propose("odoo_create_invoice", customer="9", lines=(line,))
    sandbox_of(pretend19).arrange("account.tax", "write", ids=[1], vals={"amount": 16.0})
    outcome = pretend19.perform(attempt)
    assert outcome.kind == "failed"
    assert "116.00" in outcome.detail
    assert "115.00" in outcome.detail
    assert pretend19.move(outcome.remote_id)["state"] == "draft"


def test_an_unknown_tax_is_refused_and_the_known_ones_are_named(pretend: Bench) -> None:
    line = {"description": "Cake", "unit_price": "100.00", "taxes": ("19%",)}
    with pytest.raises(InvalidValueError, match="15%"):
        pretend.propose("odoo_create_invoice", customer="9", lines=(line,))


# --- who is meant --------------------------------------------------------------------------------


def test_a_customer_is_found_by_id_address_or_name(bench: Bench) -> None:
    name, mail = f"Café Ömür {bench.run}", f"orders@{bench.run}.example"
    made = bench.do("odoo_create_partner", name=name, email=mail).remote_id
    for text in (made, mail, mail.upper(), name, f" {name.lower()} "):
        assert bench.read("odoo_get_partner", partner=text)["id"] == int(made)


@pytest.mark.parametrize(
    "text", ["Nobody Ever", "nobody@nowhere.example", "987654321", "%", "C_dar Studio"]
)
def test_a_customer_that_odoo_does_not_have_changes_nothing(bench: Bench, text: str) -> None:
    with pytest.raises(InvalidValueError, match=text):
        bench.propose("odoo_create_invoice", customer=text, lines=(untaxed("1.00"),))


def test_a_name_that_several_carry_is_refused_and_all_of_them_are_named(bench: Bench) -> None:
    ids = [bench.customer("Twin") for _ in range(2)]
    with pytest.raises(InvalidValueError) as caught:
        bench.propose("odoo_create_invoice", customer=f"Twin {bench.run}", lines=(untaxed("1"),))
    assert all(f"id {id_}" in str(caught.value) for id_ in ids)


def test_a_customer_is_known_only_by_posted_history_with_exactly_him(bench: Bench) -> None:
    customer = bench.customer("Known")
    lines = (untaxed("4.00"),)
    draft = bench.propose("odoo_create_invoice", customer=customer, lines=lines)
    assert not draft.proposal.particulars.payee_known
    bench.posted("4.00", customer)
    again = bench.propose("odoo_create_invoice", customer=customer, lines=lines)
    assert again.proposal.particulars.payee_known


def test_a_payee_that_looks_like_a_known_one_carries_a_warning(pretend: Bench) -> None:
    """Acme Corporatlon, with an l, beside Acme Corporation."""
    found = pretend.propose("odoo_create_invoice", customer="16", lines=(untaxed("4.00"),))
    assert any("Acme Corporation (id 9" in text for text in found.proposal.particulars.warnings)
    assert not found.proposal.particulars.payee_known


def test_a_vendor_with_a_changed_bank_account_carries_a_warning(pretend: Bench) -> None:
    values: Any = {"vendor": "14", "lines": (untaxed("4.00"),), "reference": "B-1"}
    values |= {"bill_date": pretend.odoo.today()}
    found = pretend.propose("odoo_create_bill", **values).proposal.particulars
    assert found.account == "…8879"
    assert any("was changed" in text for text in found.warnings), "the seed is of today"
    longer = pretend.propose("odoo_create_bill", **values | {"vendor": "11"})
    assert any("no bank account" in text for text in longer.proposal.particulars.warnings)


# --- bills ---------------------------------------------------------------------------------------


def test_a_bill_belongs_to_the_month_on_it(bench: Bench) -> None:
    """Left to itself, Odoo would book it today."""
    on = bench.odoo.today() - timedelta(days=3)
    made = bench.do(
        "odoo_create_bill",
        vendor=bench.customer("Mill"),
        lines=(untaxed("40.00"),),
        reference=f"B {bench.run}",
        bill_date=on,
    )
    row = bench.odoo.read("account.move", int(made.remote_id), ("date", "move_type", "ref"))
    assert row is not None
    assert (row["date"], row["move_type"]) == (on.isoformat(), "in_invoice")
    assert row["ref"] == f"B {bench.run}"


def test_the_same_bill_twice_is_pointed_out(bench: Bench) -> None:
    values: Any = {
        "vendor": bench.customer("Mill"),
        "lines": (untaxed("40.00"),),
        "reference": f"B {bench.run}",
        "bill_date": bench.odoo.today(),
    }
    first = bench.do("odoo_create_bill", **values)
    bench.do("odoo_post_invoice", invoice=first.remote_id)
    again = bench.propose("odoo_create_bill", **values).proposal.particulars
    number = bench.move(first.remote_id)["name"]
    assert any(number in text and "40.00" in text for text in again.warnings)
    other = bench.propose("odoo_create_bill", **values | {"reference": f"C {bench.run}"})
    assert not any(number in text for text in other.proposal.particulars.warnings)


def test_a_bill_can_be_paid_too(bench: Bench) -> None:
    made = bench.do(
        "odoo_create_bill",
        vendor=bench.customer("Mill"),
        lines=(untaxed("40.00"),),
        reference=f"B {bench.run}",
        bill_date=bench.odoo.today(),
    )
    bench.do("odoo_post_invoice", invoice=made.remote_id)
    bench.do("odoo_record_payment", invoice=made.remote_id, amount="40.00")
    assert bench.move(made.remote_id)["amount_residual"] == 0


# --- payments ------------------------------------------------------------------------------------


def test_a_partial_payment_leaves_the_rest_open_and_the_rest_closes_it(bench: Bench) -> None:
    invoice = bench.posted("1000.00")
    number = bench.move(invoice)["name"]
    part = bench.do("odoo_record_payment", invoice=number, amount="400.00", memo="first")
    assert part.data["open"] == "600.00"
    assert bench.move(invoice)["payment_state"] == "partial"
    bench.do("odoo_record_payment", invoice=number, amount="600.00")
    after = bench.move(invoice)
    assert after["amount_residual"] == 0
    assert after["payment_state"] in {"paid", "in_payment"}


@pytest.mark.parametrize("amount", ["1000.01", "5000"])
def test_more_than_is_open_is_refused(bench: Bench, amount: str) -> None:
    invoice = bench.posted("1000.00")
    with pytest.raises(InvalidValueError, match=r"1000\.00"):
        bench.propose("odoo_record_payment", invoice=invoice, amount=amount)


def test_a_draft_and_a_paid_invoice_take_no_payment(bench: Bench) -> None:
    customer = bench.customer()
    draft = bench.do("odoo_create_invoice", customer=customer, lines=(untaxed("9.00"),))
    with pytest.raises(InvalidValueError):
        bench.propose("odoo_record_payment", invoice=draft.remote_id, amount="9.00")
    paid = bench.posted("9.00", customer)
    bench.do("odoo_record_payment", invoice=paid, amount="9.00")
    with pytest.raises(InvalidValueError):
        bench.propose("odoo_record_payment", invoice=paid, amount="1.00")


def test_two_approved_payments_of_the_whole_sum_pay_once(bench: Bench) -> None:
    invoice = bench.posted("80.00")
    both = [bench.propose("odoo_record_payment", invoice=invoice, amount="80.00") for _ in "ab"]
    assert [bench.perform(attempt).kind for attempt in both] == ["done", "failed"]
    domain = [["partner_id.id", "=", int(both[0].proposal.particulars.payee_id)]]
    assert bench.odoo.count("account.payment", domain) == 1


@pytest.mark.parametrize(
    "amount", ["0", "0.00", "-5.00", "NaN", "inf", "1e3", "1.005", "5,00", "٥", " 5", "5 EUR", ""]
)
def test_an_amount_that_is_none_is_refused_before_anything_is_asked(amount: str) -> None:
    for bench in pretend_bench(Path(), "19"):
        with pytest.raises(ValidationError) as caught:
            bench.make("odoo_record_payment", invoice="1", amount=amount)
        assert caught.value.errors()[0]["loc"] == ("amount",)
        assert sandbox_of(bench).requests() == []


@pytest.mark.parametrize("quantity", ["0", "0.000", "-1", "1.0005", "NaN", "", "two", "1e2"])
def test_a_quantity_that_is_none_is_refused(quantity: str) -> None:
    for bench in pretend_bench(Path(), "19"):
        with pytest.raises(ValidationError):
            bench.make("odoo_create_invoice", customer="9", lines=(untaxed("5.00", quantity),))


def test_a_journal_in_another_currency_takes_no_payment(pretend: Bench) -> None:
    values = {"name": "Euro bank", "code": "EUR1", "type": "bank", "currency_id": 126}
    sandbox_of(pretend).arrange(
        "account.journal", "create", vals_list=[values | {"company_id": 1}]
    )
    invoice = pretend.posted("80.00", "9")
    with pytest.raises(InvalidValueError, match="USD"):
        pretend.propose("odoo_record_payment", invoice=invoice, amount="1", journal="Euro bank")
    with pytest.raises(InvalidValueError, match="Euro bank"):
        pretend.propose("odoo_record_payment", invoice=invoice, amount="1")
    bank = pretend.do("odoo_record_payment", invoice=invoice, amount="1", journal="BNK1")
    assert bank.data["open"] == "79.00"


# --- credit notes --------------------------------------------------------------------------------


def test_crediting_the_whole_invoice_closes_it(bench: Bench) -> None:
    invoice = bench.posted("300.00")
    made = bench.do("odoo_create_credit_note", invoice=invoice, reason="Wrong price")
    assert made.data["open"] == "0.00"
    note = bench.move(made.remote_id)
    assert (note["state"], note["move_type"]) == ("posted", "out_refund")
    assert bench.move(invoice)["payment_state"] == "reversed"


def test_crediting_a_part_leaves_the_rest_open(bench: Bench) -> None:
    invoice = bench.posted("1000.00")
    values = {"invoice": invoice, "reason": "Broken", "amount": "400.00"}
    assert bench.do("odoo_create_credit_note", **values).data["open"] == "600.00"
    after = bench.move(invoice)
    assert (after["payment_state"], after["amount_residual"]) == ("partial", 600)


def test_no_more_is_credited_than_was_invoiced(bench: Bench) -> None:
    invoice = bench.posted("100.00")
    bench.do("odoo_create_credit_note", invoice=invoice, reason="Part", amount="60.00")
    for amount in ({"amount": "40.01"}, {}):
        with pytest.raises(InvalidValueError, match=r"60\.00"):
            bench.propose("odoo_create_credit_note", invoice=invoice, reason="x", **amount)


def test_a_part_with_tax_is_credited_to_the_cent(pretend: Bench) -> None:
    line = {"description": "Cake", "unit_price": "100.00", "taxes": ("15%",)}
    draft = pretend.do("odoo_create_invoice", customer="9", lines=(line,))
    pretend.do("odoo_post_invoice", invoice=draft.remote_id)
    made = pretend.do(
        "odoo_create_credit_note", invoice=draft.remote_id, reason="Burnt", amount="23.00"
    )
    assert pretend.move(made.remote_id)["amount_total"] == 23.0
    assert made.data["open"] == "92.00"


# --- contacts and reads --------------------------------------------------------------------------


def test_a_new_contact_that_resembles_another_carries_a_warning(bench: Bench) -> None:
    bench.customer("Blue Heron")
    again = bench.propose("odoo_create_partner", name=f"Blue Her0n {bench.run}")
    warnings = again.proposal.particulars.warnings
    assert any(f"Blue Heron {bench.run}" in text for text in warnings)


def test_overdue_invoices_come_largest_first_and_due_today_is_not_overdue(bench: Bench) -> None:
    customer = bench.customer("Late")
    before = bench.read("odoo_list_overdue")
    today = bench.odoo.today()
    dates: Any = {"invoice_date": today - timedelta(days=40)}
    small = bench.posted("70000.00", customer, **dates, due_date=today - timedelta(days=1))
    large = bench.posted("90000.00", customer, **dates, due_date=today - timedelta(days=9))
    bench.posted("80000.00", customer, **dates, due_date=today)
    late = bench.read("odoo_list_overdue", limit=100)
    mine = [row for row in late["invoices"] if row["customer"] == f"Late {bench.run}"]
    assert [(row["id"], row["days_late"]) for row in mine] == [(int(large), 9), (int(small), 1)]
    assert late["count"] == before["count"] + 2
    currency = bench.odoo.company().currency
    grown = Decimal(late["total"][currency]) - Decimal(before["total"][currency])
    assert grown == Decimal("160000.00")


def test_lists_come_in_pages_and_say_how_to_get_the_rest(bench: Bench) -> None:
    customer = bench.customer("Pages")
    made = [bench.posted("5.00", customer) for _ in range(3)]
    first = bench.read("odoo_list_invoices", partner=customer, limit=2)
    assert first["count"] == 3
    assert first["more"] == "call again with offset 2"
    rest = bench.read("odoo_list_invoices", partner=customer, limit=2, offset=2)
    assert "more" not in rest
    ids = [str(row["id"]) for row in first["invoices"] + rest["invoices"]]
    assert sorted(ids) == sorted(made)
    assert bench.read("odoo_list_invoices", partner=customer, state="draft")["invoices"] == []


def test_the_summary_moves_by_exactly_what_was_booked(bench: Bench) -> None:
    """An invoice, a bill, a payment, a credit note: each is in its figure to the cent."""
    today, currency = bench.odoo.today(), bench.odoo.company().currency

    def figures() -> dict[str, Decimal]:
        found = bench.read("odoo_financial_summary", since=today, until=today)
        flat = {name: found[name] for name in ("revenue", "expenses", "profit")}
        flat |= {"owed to us": found["receivables"]["open"], "owed": found["payables"]["open"]}
        flat |= {"free": found["unapplied_credits"], "late": found["receivables"]["days_1_30"]}
        return {name: Decimal(figure[currency]) for name, figure in flat.items()}

    before = figures()
    customer = bench.customer("Sums")
    invoice = bench.posted("100.10", customer)
    bench.do("odoo_record_payment", invoice=invoice, amount="30.05")
    bench.do("odoo_create_credit_note", invoice=invoice, reason="x", amount="10.00")
    bill = bench.do(
        "odoo_create_bill",
        vendor=customer,
        lines=(untaxed("20.02"),),
        reference=f"S {bench.run}",
        bill_date=today,
    )
    bench.do("odoo_post_invoice", invoice=bill.remote_id)
    moved = {name: value - before[name] for name, value in figures().items()}
    assert moved == {
        "revenue": Decimal("90.10"),
        "expenses": Decimal("20.02"),
        "profit": Decimal("70.08"),
        "owed to us": Decimal("60.05"),
        "owed": Decimal("20.02"),
        "free": Decimal(0),
        "late": Decimal(0),
    }


def test_the_ages_of_what_is_open_add_up_to_the_whole(bench: Bench) -> None:
    found = bench.read("odoo_financial_summary", period="this_year")
    for side in ("receivables", "payables"):
        parts = {k: Decimal(*v.values()) for k, v in found[side].items()}
        whole = parts.pop("open")
        assert sum(parts.values()) == whole


def test_the_figures_are_those_of_one_company(tmp_path: Path) -> None:
    """Company 2 of the pretend Odoo has 910.00 open; a key that sees both must not add them."""
    with PretendOdoo("19", company_id=1) as sandbox:
        for company, owed in (("1", "2450.00"), ("2", "910.00")):
            variables = sandbox.environment_of("admin") | {"ODOO_COMPANY_ID": company}
            settings = load(tmp_path, environment=variables, project_root=tmp_path)
            found = bench_for(settings, sandbox).read("odoo_financial_summary")
            assert found["receivables"]["open"] == {"USD": owed}


def test_the_company_stands_in_every_domain_and_every_context(pretend19: Bench) -> None:
    """Either alone would do today; a second company or a wider key must not change a figure."""
    sandbox_of(pretend19).forget_requests()
    pretend19.read("odoo_financial_summary")
    pretend19.read("odoo_list_invoices", partner="9")
    pretend19.posted("5.00", "9")
    for sent in sandbox_of(pretend19).requests():
        body = json.loads(sent.body or b"{}")
        if "/account." in sent.path:
            assert body["context"]["allowed_company_ids"] == [1]
        if "domain" in body and "/account." in sent.path:
            assert ["company_id", "=", 1] in body["domain"] or "account.account" in sent.path


def test_a_draft_is_shown_without_a_number(bench: Bench) -> None:
    """Before Odoo 19 its name is a slash."""
    customer = bench.customer("Drafts")
    made = bench.do("odoo_create_invoice", customer=customer, lines=(untaxed("5.00"),))
    [row] = bench.read("odoo_list_invoices", partner=customer)["invoices"]
    assert (str(row["id"]), row["number"]) == (made.remote_id, "")
    posting = bench.propose("odoo_post_invoice", invoice=made.remote_id)
    assert posting.proposal.particulars.shown["Document"].startswith("draft of ")


# --- once, whatever breaks -----------------------------------------------------------------------


def test_performing_with_one_mark_again_and_again_makes_one_record(bench: Bench) -> None:
    """As after a crash: each time with a client that knows nothing."""
    customer, name = bench.customer("Again"), f"Again and again {bench.run}"
    invoice = bench.posted("90.00", customer)
    lines, bill = (untaxed("50.00"),), {"reference": f"A {bench.run}"}
    for tool, values, model, more in (
        ("odoo_create_partner", {"name": name}, "res.partner", [["name", "=", name]]),
        (
            "odoo_create_invoice",
            {"customer": customer, "lines": lines, "reference": f"I {bench.run}"},
            "account.move",
            [["ref", "=", f"I {bench.run}"]],
        ),
        (
            "odoo_create_bill",
            {"vendor": customer, "lines": lines, "bill_date": bench.odoo.today(), **bill},
            "account.move",
            [["ref", "=", f"A {bench.run}"]],
        ),
        (
            "odoo_record_payment",
            {"invoice": invoice, "amount": "30.00"},
            "account.payment",
            [["partner_id.id", "=", int(customer)]],
        ),
        (
            "odoo_create_credit_note",
            {"invoice": invoice, "reason": "x", "amount": "20.00"},
            "account.move",
            [["reversed_entry_id", "=", int(invoice)]],
        ),
    ):
        attempt = bench.propose(tool, **values)
        outcomes = [bench.perform(attempt, bench.fresh_client(30.0)) for _ in range(3)]
        assert {(outcome.kind, outcome.remote_id) for outcome in outcomes} == {
            ("done", outcomes[0].remote_id)
        }
        assert bench.odoo.count(model, more) == 1
    assert bench.move(invoice)["amount_residual"] == 40.0


#: Operation, what is broken on its way, and what the ledger must hold once in the end.
STEPS = [
    ("odoo_create_partner", "res.partner/load", ("partner_created",)),
    ("odoo_create_invoice", "account.move/load", ("invoice_created",)),
    ("odoo_create_bill", "account.move/load", ("bill_created",)),
    ("odoo_post_invoice", "account.move/action_post", ("move_posted",)),
    ("odoo_cancel_draft", "account.move/button_cancel", ("cancelled",)),
    ("odoo_record_payment", "account.payment/load", ("payment_created",)),
    ("odoo_record_payment", "account.payment/action_post", ("payment_posted",)),
    ("odoo_record_payment", "account.move/js_assign_outstanding_line", ("reconciled",)),
    ("odoo_create_credit_note", "account.move/load", ("credit_note_created",)),
    ("odoo_create_credit_note", "account.move/action_post", ("move_posted",)),
]


def values_for(bench: Bench, tool: str) -> dict[str, Any]:
    lines = (untaxed("50.00"),)
    match tool:
        case "odoo_create_partner":
            return {"name": f"New {bench.run}"}
        case "odoo_create_invoice":
            return {"customer": "9", "lines": lines}
        case "odoo_create_bill":
            on = bench.odoo.today()
            return {"vendor": "14", "lines": lines, "reference": "B-7", "bill_date": on}
        case "odoo_post_invoice" | "odoo_cancel_draft":
            made = bench.do("odoo_create_invoice", customer="9", lines=lines)
            return {"invoice": made.remote_id}
        case "odoo_record_payment":
            return {"invoice": bench.posted("50.00", "9"), "amount": "50.00"}
        case _:
            return {"invoice": bench.posted("50.00", "9"), "reason": "x", "amount": "20.00"}


@pytest.mark.parametrize(("tool", "method", "kinds"), STEPS)
@pytest.mark.parametrize("mode", ["reset", "timeout_before", "timeout_after_commit"])
def test_a_lost_answer_is_unknown_and_doing_it_again_never_doubles_it(
    pretend: Bench, tool: str, method: str, kinds: tuple[str, ...], mode: str
) -> None:
    attempt = pretend.propose(tool, **values_for(pretend, tool))
    before = len(effects(pretend, *kinds))
    break_on(pretend, mode, method, seconds=1.0)
    with pytest.raises(OutcomeUnknownError):
        pretend.perform(attempt, pretend.fresh_client(timeout_s=0.4))
    happened = mode == "timeout_after_commit"
    assert len(effects(pretend, *kinds)) - before == happened
    last = method.endswith(("js_assign_outstanding_line", "move/action_post", "cancel")) or (
        tool in {"odoo_create_partner", "odoo_create_invoice", "odoo_create_bill"}
    )
    looked = pretend.probe(attempt)
    assert looked is not None
    assert (looked.kind == "done") == (happened and last)
    assert pretend.perform(attempt, pretend.fresh_client()).kind == "done"
    assert pretend.perform(attempt, pretend.fresh_client()).kind == "done"
    assert len(effects(pretend, *kinds)) - before == 1
    settled = pretend.probe(attempt)
    assert settled is not None
    assert settled.kind == "done"


def test_performing_again_does_not_undo_what_a_person_changed_in_the_draft(
    pretend19: Bench,
) -> None:
    attempt = pretend19.propose("odoo_create_invoice", customer="9", lines=(untaxed("50.00"),))
    made = pretend19.perform(attempt)
    later = (pretend19.odoo.today() + timedelta(days=60)).isoformat()
    sandbox_of(pretend19).arrange(
        "account.move",
        "write",
        ids=[int(made.remote_id)],
        vals={"ref": "mine", "invoice_date": later, "invoice_date_due": later},
    )
    assert pretend19.perform(attempt).kind == "failed"
    assert pretend19.move(made.remote_id)["ref"] == "mine"


def test_a_service_that_is_down_certainly_did_nothing(pretend: Bench) -> None:
    attempt = pretend.propose("odoo_create_invoice", customer="9", lines=(untaxed("50.00"),))
    sandbox_of(pretend).fault("refuse", seconds=30)
    with pytest.raises(UnreachableError):
        pretend.perform(attempt)
    sandbox_of(pretend).heal()
    assert effects(pretend, "invoice_created") == []
    assert pretend.perform(attempt).kind == "done"


# --- errors --------------------------------------------------------------------------------------


def test_reads_are_tried_again_and_writes_are_not(pretend: Bench) -> None:
    attempt = pretend.propose("odoo_create_invoice", customer="9", lines=(untaxed("50.00"),))
    break_on(pretend, "status", "res.partner/search_read", status=502, times=2)
    assert pretend.read("odoo_get_partner", partner="9")["id"] == 9
    break_on(pretend, "status", "account.move/load", status=502, times=1)
    sandbox_of(pretend).forget_requests()
    with pytest.raises(OutcomeUnknownError):
        pretend.perform(attempt)
    loads = [sent for sent in sandbox_of(pretend).requests() if b"employee.p" in sent.body]
    assert len(loads) == 1


def test_a_busy_odoo_tells_how_long_to_wait(pretend: Bench) -> None:
    attempt = pretend.propose("odoo_create_invoice", customer="9", lines=(untaxed("50.00"),))
    break_on(pretend, "status", "account.move/load", status=429, seconds=7)
    with pytest.raises(RateLimitedError) as caught:
        pretend.perform(attempt)
    assert caught.value.retry_after_s == 7


def variables_of(bench: Bench, **more: str) -> dict[str, str]:
    return sandbox_of(bench).environment() | more


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"ODOO_API_KEY": "wrong"}, AuthenticationError),
        ({"ODOO_DB": "nothere"}, ConfigurationError),
        ({"ODOO_COMPANY_ID": "99"}, ConfigurationError),
    ],
)
def test_wrong_settings_are_named_and_not_tried_again(
    pretend: Bench, tmp_path: Path, more: dict[str, str], error: type[EmployeeError]
) -> None:
    settings = load(tmp_path, environment=variables_of(pretend, **more), project_root=tmp_path)
    with pytest.raises(error) as caught:
        bench_for(settings, pretend.sandbox).read("odoo_get_partner", partner="9")
    assert "Traceback" not in str(caught.value)
    assert "key-" not in str(caught.value)


def test_a_right_that_is_missing_is_told_without_the_servers_traceback(
    pretend: Bench, tmp_path: Path
) -> None:
    def bench_of(login: str) -> Bench:
        variables = sandbox_of(pretend).environment_of(login)
        settings = load(tmp_path, environment=variables, project_root=tmp_path)
        return bench_for(settings, pretend.sandbox)

    weak, blind = bench_of("billing"), bench_of("plain")
    attempt = weak.propose("odoo_create_partner", name="Nobody")
    with pytest.raises(RejectedError) as writing:
        weak.perform(attempt)
    with pytest.raises(RejectedError) as reading:
        blind.read("odoo_list_invoices")
    break_on(pretend, "status", "account.move/search_read", status=422)
    with pytest.raises(RejectedError) as ruled:
        pretend.read("odoo_list_invoices")
    for caught in (writing, reading, ruled):
        assert "not allowed" in str(caught.value) or caught is ruled
        assert "debug" not in str(caught.value)
        assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://127.0.0.1:9", "not an address", "ftp://x.example"])
def test_an_address_that_is_none_is_named(tmp_path: Path, url: str) -> None:
    variables = {"ODOO_URL": url, "ODOO_DB": "d", "ODOO_API_KEY": "kkkk"}
    settings = load(tmp_path, environment=variables, project_root=tmp_path)
    with pytest.raises((ConfigurationError, UnreachableError)):
        bench_for(settings, None).read("odoo_get_partner", partner="9")


def test_it_is_known_when_the_key_expires(pretend: Bench) -> None:
    at = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
    sandbox_of(pretend).set_key_expiry("fte_bot", at)
    assert key_expires_at(pretend.odoo) == at


# --- what is never sent --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "method", "arguments"),
    [
        ("account.move", "write", {}),
        ("account.move", "unlink", {}),
        ("account.move", "message_post", {}),
        ("account.move", "action_post", {"state": 1}),
        ("account.payment.register", "action_create_payments", {}),
    ],
)
def test_a_call_that_is_not_listed_is_never_sent(
    pretend19: Bench, model: str, method: str, arguments: dict[str, int]
) -> None:
    with pytest.raises(RefusedError):
        pretend19.odoo.act(model, method, 1, **arguments)
    with pytest.raises(RefusedError):
        pretend19.odoo.load("account.move", ["id", "state"], [["employee.x", "posted"]])
    with pytest.raises(RefusedError):
        pretend19.odoo.search_read("res.users", [], ["login"])
    paths = [sent.path for sent in sandbox_of(pretend19).requests()]
    assert not [path for path in paths if path.endswith((method, "load", "res.users/search_read"))]


def test_a_record_without_an_external_id_of_ours_is_never_loaded(pretend19: Bench) -> None:
    columns = ["id", "move_type", "invoice_line_ids/name"]
    for fields, row in (
        (["move_type"], ["out_invoice"]),
        (["id", "move_type"], ["other.x", "out_invoice"]),
        (columns, ["employee.x", "out_invoice", "a line that every replay would add again"]),
    ):
        with pytest.raises(RefusedError):
            pretend19.odoo.load("account.move", fields, [row])


# --- dry run -------------------------------------------------------------------------------------


def test_a_dry_run_opens_no_connection_and_shows_the_request(pretend19: Bench) -> None:
    sandbox_of(pretend19).fault("refuse", seconds=30)
    for tool, values in (
        ("odoo_create_partner", {"name": "New"}),
        ("odoo_create_invoice", {"customer": "Acme GmbH", "lines": (untaxed("5.00"),)}),
        ("odoo_post_invoice", {"invoice": "58"}),
        ("odoo_record_payment", {"invoice": "INV/1", "amount": "5.00"}),
        ("odoo_create_credit_note", {"invoice": "INV/1", "reason": "x"}),
    ):
        operation = pretend19.make(tool, **values)
        request = operation.request(pretend19.odoo.settings, Particulars(), "p_preview")
        assert request.url.startswith(f"{sandbox_of(pretend19).url}/json/2/")
        assert operation.headline(Particulars())
    assert sandbox_of(pretend19).requests() == []
    invoice = pretend19.make("odoo_create_invoice", customer="Acme GmbH", lines=(untaxed("5"),))
    body = invoice.request(pretend19.odoo.settings, Particulars(), "p_preview").body
    shown = dict(zip(body["fields"], body["data"][0], strict=True))
    assert shown["partner_id/.id"] == "<id of Acme GmbH>"


def test_what_is_shown_is_what_is_sent_byte_for_byte(pretend19: Bench) -> None:
    attempts = [
        pretend19.propose(tool, **values_for(pretend19, tool)) for tool, _, _ in STEPS[::2]
    ]
    for attempt in attempts:
        shown = attempt.operation.request(
            pretend19.odoo.settings, attempt.proposal.particulars, attempt.mark.key
        )
        sandbox_of(pretend19).forget_requests()
        pretend19.perform(attempt)
        sent = [r for r in sandbox_of(pretend19).requests() if shown.url.endswith(r.path)]
        assert json.loads(sent[0].body) == shown.body


def test_everything_given_by_id_makes_the_preview_exact(pretend19: Bench) -> None:
    """Nothing has to be looked up, so the dry run and the real thing are the same."""
    today = pretend19.odoo.today()
    values: Any = {
        "customer": "9",
        "lines": ({"description": "X", "unit_price": "5.00", "taxes": ("1",)},),
        "invoice_date": today,
        "due_date": today,
    }
    attempt = pretend19.propose("odoo_create_invoice", **values)
    where, key = pretend19.odoo.settings, attempt.mark.key
    blind = attempt.operation.request(where, Particulars(), key).model_dump()
    seen = attempt.operation.request(where, attempt.proposal.particulars, key).model_dump()
    column = seen["body"]["fields"].index("currency_id/.id")
    assert blind["body"]["data"][0].pop(column) == "<id of the company currency>"
    assert seen["body"]["data"][0].pop(column) == "1"
    assert blind == seen


def test_no_library_is_loaded_before_it_is_needed() -> None:
    script = ROOT / ".claude/mcp-servers/odoo-mcp/mcp_server_odoo.py"
    heavy = ["httpx2", "httpcore2", "rapidfuzz", "dateparser", "tenacity", "requests"]
    code = (
        f"import runpy, sys; runpy.run_path({str(script)!r}, run_name='x');"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
