"""Payments and credit notes against Odoo: what is paid, what is credited, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from odoo_bench import Bench, pretend_bench, sandbox_of, untaxed
from pydantic import ValidationError

from utils.core.errors import InvalidValueError

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
