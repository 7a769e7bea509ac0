"""Notes of Items and Plans: what somebody wrote is shown, and nothing in it acts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_proposals import NOW, ZONE

from utils.core import notes
from utils.core.item_page import item_page, plan_page
from utils.core.model import Attachment, Intent, Item, ItemType, Plan, PlanStep, Source

ANY_TEXT = st.text(st.characters() | st.sampled_from("-[]x \n#>`:\u2028"), max_size=60)


def mail(**changes: Any) -> Item:
    values: dict[str, Any] = {
        "id": "i-1",
        "type": ItemType.EMAIL,
        "source": Source.GMAIL,
        "received_at": NOW,
        "sender": "anna_b@acme.example",
        "sender_name": "Anna",
        "subject": "Invoice, please",
        "body": "Please bill us for November.",
        "thread": "t-1",
        "message_id": "m-1",
    }
    return Item(**(values | changes))


def test_the_properties_say_what_came_from_whom_in_the_agreed_order() -> None:
    front = notes.parse(item_page(mail(), ZONE, status="planned")).front
    assert list(front.items()) == [
        ("id", "i-1"),
        ("type", "email"),
        ("source", "gmail"),
        ("received", NOW.astimezone(ZONE).isoformat(timespec="seconds")),
        ("from", "anna_b@acme.example"),
        ("subject", "Invoice, please"),
        ("priority", "normal"),
        ("status", "planned"),
        ("thread", "t-1"),
        ("message_id", "m-1"),
    ]


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_nothing_written_outside_adds_a_property_a_box_or_a_heading(
    subject: str, name: str, body: str
) -> None:
    attachment = Attachment(name=name, text=body)
    item = mail(subject=subject, sender_name=name, body=body, attachments=(attachment,))
    note = notes.parse(item_page(item, ZONE))
    assert list(note.front) == list(notes.parse(item_page(mail(), ZONE)).front)
    assert all(line[:1] in {"", ">", "|"} for line in note.body.split("\n"))
    assert "- [" not in note.body


def test_the_address_is_shown_and_a_name_only_as_a_claim() -> None:
    text = item_page(mail(sender="evil@x.example", sender_name="owner@co.example"), ZONE)
    assert 'from: "evil@x.example"' in text
    assert "**From** evil@x.example, who goes by “owner@co.example”" in text


def test_an_answer_that_would_go_elsewhere_is_said() -> None:
    assert "**But answers go to** other@x.example" in item_page(
        mail(reply_to="other@x.example"), ZONE
    )
    assert "But answers go to" not in item_page(mail(reply_to="anna_b@acme.example"), ZONE)


@pytest.mark.parametrize("kind", [ItemType.CLARIFICATION, ItemType.ALERT])
def test_a_question_stands_plainly_on_top(kind: ItemType) -> None:
    item = mail(
        type=kind, question="Which of the two sums is meant?", about="p-1", body="", sender=""
    )
    body = notes.parse(item_page(item, ZONE)).body.split("\n")
    assert body[1] == "> Which of the two sums is meant?"
    assert body[2] == "> It is about the note whose name ends in p-1."
    assert "drag this note to *Completed*" in body[3]


def test_a_question_is_not_said_twice_but_what_was_seen_beside_it_is_shown() -> None:
    asked = {"type": ItemType.CLARIFICATION, "question": "Which sum? Which day?", "sender": ""}
    repeated = item_page(mail(body="amount: Which sum?\ndue: Which day?", **asked), ZONE)
    assert repeated.count("Which sum?") == 1
    beside = item_page(mail(body="INV/1: 20.00\nINV/2: 30.00", **asked), ZONE)
    assert "[!quote] What was seen\n> > INV/1: 20.00" in beside
    theirs = item_page(mail(body="x: Which sum?", question="Which sum?"), ZONE)
    assert "[!quote] What they wrote\n> > x: Which sum?" in theirs


def test_what_was_attached_is_named_and_its_text_folded() -> None:
    attachment = Attachment(name="bill.pdf", size_bytes=1200, text="Total 1200")
    text = item_page(mail(attachments=(attachment,)), ZONE)
    assert "| bill.pdf | 1200 bytes |" in text
    assert "> [!quote]- Text of bill.pdf\n> > Total 1200" in text


def plan(*steps: PlanStep) -> Plan:
    return Plan(id="n-1", item_id="i-1", title="Bill Acme", created_at=NOW, steps=steps)


def boxes(text: str) -> list[str]:
    """The lines that Obsidian shows with a box."""
    return re.findall(r"^- \[[ xX]\] .*$", text, re.MULTILINE)


def test_a_plan_is_a_checklist() -> None:
    intent = Intent(operation="odoo_create_invoice", values={})
    text = plan_page(
        plan(
            PlanStep(text="Look up Acme", done=True),
            PlanStep(text="Write the invoice", intent=intent, proposal_id="p-1"),
        ),
        ZONE,
    )
    front = notes.parse(text).front
    assert (front["id"], front["item"], front["title"]) == ("n-1", "i-1", "Bill Acme")
    assert boxes(text) == [
        "- [x] Look up Acme",
        "- [ ] Write the invoice · asked in p-1",
    ]


@given(ANY_TEXT)
def test_a_step_adds_no_box_of_its_own(words: str) -> None:
    text = plan_page(plan(PlanStep(text=words), PlanStep(text="Last", done=True)), ZONE)
    assert [box[:5] for box in boxes(text)] == ["- [ ]", "- [x]"]


def test_a_plan_is_done_when_every_step_is() -> None:
    assert (
        notes.parse(plan_page(plan(PlanStep(text="x", done=True)), ZONE)).front["status"] == "done"
    )
    assert notes.parse(plan_page(plan(PlanStep(text="x")), ZONE)).front["status"] == "open"
