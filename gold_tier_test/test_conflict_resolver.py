"""How requests and notes that are at odds with each other are found, and who decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from utils.conflict_resolver import ConflictKind, conflicts_with
from utils.core.lifecycle import State
from utils.core.model import Intent, Item, ItemType, Json, Origin, Proposal, Source

NOW: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAME: Final = "2026-11-23-odoo_create_invoice-acme-p-1.md"
INVOICE: Final[Json] = {
    "customer": "Acme GmbH",
    "lines": [{"description": "bread", "quantity": 3, "unit_price": "40.00"}],
    "currency": "EUR",
    "due_date": "2026-12-23",
    "reference": "PO-7",
}


def intent(**changed: Any) -> Intent:
    return Intent(operation="odoo_create_invoice", values=INVOICE | changed)


def known(state: State = State.PENDING, age_days: int = 1, **changed: Any) -> Proposal:
    return Proposal(
        id="p-1",
        operation="odoo_create_invoice",
        effect="draft",
        fields=INVOICE | changed,
        headline="Draft an invoice over 120.00 EUR to Acme GmbH",
        origin=Origin(source=Source.GMAIL, item_id="i-1", outside=True),
        state=state,
        created_at=NOW - timedelta(days=age_days),
        expires_at=NOW + timedelta(days=1),
        revised_at=NOW,
    )


def mail(item_id: str, *, thread: str = "t-1", message_id: str = "") -> Item:
    return Item(
        id=item_id,
        type=ItemType.EMAIL,
        source=Source.GMAIL,
        received_at=NOW,
        thread=thread,
        message_id=message_id,
    )


def kinds(new: Intent | Proposal, *proposals: Proposal, **other: Any) -> list[ConflictKind]:
    return [found.kind for found in conflicts_with(new, proposals, now=NOW, **other)]


def lines(price: str, quantity: int = 3) -> list[Json]:
    return [{"description": "bread", "quantity": quantity, "unit_price": price}]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"customer": "ACME  GmbH."},
        {"lines": lines("120.00", 1)},
        {"lines": [{"description": "other words", "quantity": 3, "unit_price": "40"}]},
        {"due_date": ""},
    ],
)
def test_the_same_payee_sum_and_reference_is_the_same_request(changed: Json) -> None:
    (conflict,) = conflicts_with(intent(**changed), [known()], now=NOW)
    assert conflict.kind is ConflictKind.SAME_TWICE
    assert conflict.between == ("p-1",)
    assert conflict.question


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"lines": lines("50.00")}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"due_date": "2027-01-31"}, "due date"),
    ],
)
def test_the_same_reference_with_other_terms_contradicts_and_the_owner_decides(
    changed: Json, word: str
) -> None:
    (conflict,) = conflicts_with(intent(**changed), [known()], now=NOW)
    assert conflict.kind is ConflictKind.CONTRADICTING
    assert word in conflict.sentence
    assert conflict.question


@pytest.mark.parametrize(
    "changed",
    [
        {"customer": "Globex Ltd"},
        {"reference": "PO-8"},
        {"reference": "PO-8", "lines": lines("50.00")},
    ],
)
def test_another_payee_or_reference_is_another_matter(changed: Json) -> None:
    assert kinds(intent(**changed), known()) == []


def test_another_operation_is_another_matter() -> None:
    bill = Intent(operation="odoo_create_bill", values=INVOICE)
    assert kinds(bill, known()) == []


@pytest.mark.parametrize("state", [State.REFUSED, State.EXPIRED, State.FAILED])
def test_what_came_to_nothing_may_be_asked_again(state: State) -> None:
    assert kinds(intent(), known(state)) == []


@pytest.mark.parametrize("state", [State.DONE, State.GRANTED, State.UNKNOWN, State.WAITING])
def test_what_was_done_or_is_under_way_counts(state: State) -> None:
    assert kinds(intent(), known(state)) == [ConflictKind.SAME_TWICE]


def test_after_thirty_days_the_same_is_a_new_request() -> None:
    assert kinds(intent(), known(age_days=30)) == [ConflictKind.SAME_TWICE]
    assert kinds(intent(), known(age_days=31)) == []


def test_the_same_message_is_the_same_request_even_without_a_reference() -> None:
    old = known(reference="", customer="sam@acme.example")
    new = intent(reference="", customer="sam@acme.example")
    items = {"i-1": mail("i-1", thread="", message_id="m-1")}
    again = mail("i-2", thread="", message_id="m-1")
    assert kinds(new, old, item=again, items=items) == [ConflictKind.SAME_TWICE]


def test_another_sum_in_the_same_thread_contradicts() -> None:
    old, new = known(reference=""), intent(reference="", lines=lines("45.00"))
    items = {"i-1": mail("i-1")}
    assert kinds(new, old, item=mail("i-2"), items=items) == [ConflictKind.CONTRADICTING]
    assert kinds(new, old, item=mail("i-2", thread="t-2"), items=items) == []


def test_a_proposal_is_never_at_odds_with_itself() -> None:
    assert kinds(known(), known()) == []


def test_values_that_are_no_sums_are_compared_without_an_error() -> None:
    odd = intent(lines=[{"unit_price": "much"}, 3, None], amount=None)
    assert kinds(odd, known()) == [ConflictKind.SAME_TWICE]
