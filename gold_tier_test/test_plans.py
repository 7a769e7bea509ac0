"""What a Plan says will be done, and how it stays true to what happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from utils.core.lifecycle import State
from utils.core.model import Item, ItemType, Origin, Outcome, OutcomeKind, Plan, Proposal, Source
from utils.letters.reading import Kind, Line, Reading, Unclear
from utils.plan_generator import plan_for
from utils.plan_updater import linked, updated

NOW: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAIL: Final = Item(
    id="i-7",
    type=ItemType.EMAIL,
    source=Source.GMAIL,
    received_at=NOW,
    sender="sam@acme.example",
    subject="Invoice",
)
REQUEST: Final = Reading(
    kind=Kind.INVOICE_REQUEST,
    who="sam@acme.example",
    lines=(Line(description="bread", quantity=Decimal("2.50"), unit_price="40.00"),),
    currency="EUR",
    due_date=date(2026, 12, 23),
)


def texts(plan: Plan) -> list[str]:
    return [step.text for step in plan.steps]


def proposal(state: State, **other: Any) -> Proposal:
    values = {
        "id": "p-1",
        "operation": "odoo_create_invoice",
        "effect": "draft",
        "fields": {},
        "headline": "Draft an invoice",
        "origin": Origin(source=Source.GMAIL, item_id="i-7", outside=True),
        "state": state,
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=48),
        "revised_at": NOW,
    }
    return Proposal.model_validate(values | other)


def started() -> Plan:
    return linked(plan_for(MAIL, REQUEST, now=NOW), 0, "p-1")


def test_a_request_becomes_one_step_for_the_employee_and_one_for_the_owner() -> None:
    plan = plan_for(MAIL, REQUEST, now=NOW)
    assert plan.title == "Invoice for sam@acme.example"
    assert texts(plan) == [
        "Draft an invoice to sam@acme.example: 2.5 × 40.00 bread (EUR, due 2026-12-23).",
        "Check the draft in Odoo, then have it posted and sent.",
    ]
    assert plan.steps[0].intent is not None
    assert plan.steps[0].intent.values["currency"] == "EUR"
    assert plan.steps[1].intent is None


def test_while_a_question_is_open_only_the_owner_has_steps() -> None:
    open_ = REQUEST.model_copy(update={"unclear": (Unclear(what="amount", question="How much?"),)})
    plan = plan_for(MAIL, open_, now=NOW)
    assert texts(plan) == ["Answer: How much?"]
    assert all(step.intent is None for step in plan.steps)


def test_a_warning_stands_first() -> None:
    warned = REQUEST.model_copy(update={"warnings": ("It speaks to the assistant.",)})
    assert texts(plan_for(MAIL, warned, now=NOW))[0] == "Mind: It speaks to the assistant."


def test_a_bill_with_an_account_ends_with_comparing_it() -> None:
    bill = Reading(
        kind=Kind.BILL,
        who="Mill Ltd",
        lines=(Line(description="flour", unit_price="9.00"),),
        currency="EUR",
        amount="9.00",
        dated=date(2026, 11, 20),
        reference="B-1",
        iban="GB82WEST12345698765432",
    )
    plan = plan_for(MAIL, bill, now=NOW)
    assert plan.steps[0].intent is not None
    assert plan.steps[0].intent.operation == "odoo_create_bill"
    assert texts(plan)[-1].startswith("Before paying, compare the account ending in 5432")


def test_a_payment_is_recorded_only_after_a_look_at_the_bank() -> None:
    paid = Reading(kind=Kind.PAYMENT_NOTICE, reference="INV-1", amount="9.00", currency="EUR")
    plan = plan_for(MAIL, paid, now=NOW)
    assert [step.intent is None for step in plan.steps] == [True, False]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_gets_a_titled_plan_with_steps(kind: Kind) -> None:
    plan = plan_for(MAIL, Reading(kind=kind, who="Ann"), now=NOW)
    assert plan.title
    assert plan.steps


def test_the_same_item_always_gets_the_same_plan() -> None:
    assert plan_for(MAIL, REQUEST, now=NOW) == plan_for(MAIL, REQUEST, now=NOW)


def test_a_done_proposal_ticks_its_step_and_says_what_was_made() -> None:
    outcome = Outcome(kind=OutcomeKind.DONE, detail="INV/2026/00012 over 100.00 EUR")
    plan = updated(started(), [proposal(State.DONE)], {"p-1": outcome})
    assert plan.steps[0].done
    assert plan.steps[0].text.endswith(" → done: INV/2026/00012 over 100.00 EUR")
    assert plan.steps[1] == started().steps[1]


@pytest.mark.parametrize("state", [state for state in State if state is not State.DONE])
def test_nothing_but_done_ticks_a_step(state: State) -> None:
    plan = updated(started(), [proposal(state)])
    assert not plan.steps[0].done
    assert " → " in plan.steps[0].text


@pytest.mark.parametrize("state", [State.FAILED, State.UNKNOWN, State.EXPIRED])
def test_what_went_wrong_leaves_the_owner_a_step(state: State) -> None:
    plan = updated(started(), [proposal(state)])
    assert len(plan.steps) == len(started().steps) + 1
    assert plan.steps[1].intent is None


def test_a_refusal_says_why() -> None:
    plan = updated(started(), [proposal(State.REFUSED, reason="Too early.")])
    assert plan.steps[0].text.endswith(" → refused: Too early.")


@pytest.mark.parametrize("state", list(State))
def test_updating_twice_changes_nothing_more(state: State) -> None:
    once = updated(started(), [proposal(state)])
    assert updated(once, [proposal(state)]) == once


def test_a_new_state_replaces_what_was_said_before() -> None:
    plan = updated(updated(started(), [proposal(State.PENDING)]), [proposal(State.DONE)])
    assert plan.steps[0].text.count(" → ") == 1
    assert plan.steps[0].done


def test_other_proposals_leave_a_plan_alone() -> None:
    assert updated(started(), [proposal(State.DONE, id="p-2")]) == started()
