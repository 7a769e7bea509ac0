"""The contract with Odoo, against the pretend 19 and 18 and, on request, against a live server.

Live: set ODOO_URL … of a company whose books may be written to, then run with `-m live_odoo`;
without them the live half is skipped.
Every test uses names of its own run, so it can be run on the same server again and again.
"""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from odoo_bench import Bench, bench_for, effects, pretend_bench, sandbox_of, untaxed

from utils.core.errors import InvalidValueError
from utils.core.money import as_decimal
from utils.sandbox.odoo import PretendOdoo
from utils.settings import load

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
