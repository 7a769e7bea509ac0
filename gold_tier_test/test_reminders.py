"""Reminders of what is late: a draft for approval, never two within a week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import Business, Clock
from report_bench import (
    BERLIN,
    TODAY,
    WEEK,
    a_week_of_work,
    audit,
    book,
    fill,
    made,
    pay,
)

from utils.core.lifecycle import Folder, State
from utils.core.model import Proposal
from utils.report.audit_facts import FactGatherer
from utils.report.reminder_letters import Earlier, due_reminders
from utils.report.schedule import Report
from utils.report.timetable import Timetable
from utils.sandbox.gmail import PretendGmail
from utils.sandbox.odoo import PretendOdoo


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


# --- gets the owner paid ----------------------------------------------------------------------


def test_reminders_rest_seven_days_grow_firmer_and_end(business: Business) -> None:
    facts = FactGatherer(ground=business.engine.ground).facts(WEEK)
    assert facts.books is not None
    late = facts.books.overdue
    now = business.clock()

    def wanted(*earlier: Earlier, address: str = "ann@cafe.example") -> list[str]:
        found = due_reminders(
            late, earlier, {late[0].partner_id: address}, today=TODAY, now=now, owner="Maria"
        )
        return [intent.values["subject"].partition(":")[0] for intent in found]

    def past(days: float, *, done: bool = True) -> Earlier:
        return Earlier(late[0].url, now - timedelta(days=days), done)

    assert wanted() == ["Reminder"]
    assert wanted(past(6.9)) == []
    assert wanted(past(6.9, done=False)) == []
    assert wanted(past(7)) == ["Second reminder"]
    assert wanted(past(7), past(14)) == ["Last reminder"]
    assert wanted(past(7), past(14), past(21)) == []
    assert wanted(past(7, done=False)) == ["Reminder"]
    assert wanted(address="") == []


def test_without_a_mailbox_what_is_late_is_listed_only(business: Business) -> None:
    a_week_of_work(business)
    before = len(business.waiting())
    page, _ = audit(business)
    assert len(business.waiting()) == before
    assert "Overdue altogether" in page


@pytest.fixture
def mailbox(business: Business, tmp_path: Path) -> Iterator[Business]:
    """A business that can write drafts of mails."""
    with PretendGmail(folder=tmp_path) as gmail:
        business.restart(**gmail.environment(), OWNER_NAME="Maria Rossi")
        yield business


def asked_reminders(business: Business) -> list[Proposal]:
    return [t.proposal for t in business.waiting() if t.proposal.operation == "gmail_create_draft"]


def test_what_is_late_becomes_a_draft_for_approval_and_never_a_second_within_seven_days(
    mailbox: Business,
) -> None:
    a_week_of_work(mailbox)
    audit(mailbox)
    audit(mailbox)
    [reminder] = asked_reminders(mailbox)
    assert reminder.fields["to"] == "billing@acme.example"
    assert "400.00 USD" in reminder.fields["body"]
    assert "Maria Rossi" in reminder.fields["body"]
    assert mailbox.approve(reminder).state is State.DONE
    mailbox.clock.forward(days=6)
    audit(mailbox)
    assert asked_reminders(mailbox) == []
    mailbox.clock.forward(days=1, minutes=1)
    audit(mailbox)
    [second] = asked_reminders(mailbox)
    assert second.fields["subject"].startswith("Second reminder")


def test_a_customer_with_many_late_invoices_gets_one_letter_and_an_old_week_none(
    mailbox: Business, odoo: PretendOdoo
) -> None:
    a_week_of_work(mailbox)
    due = str(TODAY - timedelta(days=20))
    for n in range(12):
        book(odoo, "out_invoice", 50 + n, issued=TODAY - timedelta(days=40), invoice_date_due=due)
    made(mailbox, Report.AUDIT, WEEK.later(-9))
    assert asked_reminders(mailbox) == []
    audit(mailbox)
    to = [each.fields["to"] for each in asked_reminders(mailbox)]
    assert to
    assert len(set(to)) == len(to)


@pytest.mark.parametrize("why", ["paid", "in doubt"])
def test_what_is_paid_or_in_doubt_is_not_chased(
    mailbox: Business, odoo: PretendOdoo, why: str
) -> None:
    a_week_of_work(mailbox)
    if why == "paid":
        domain = [["amount_total", "=", 400.0]]
        [late] = odoo.arrange("account.move", "search", domain=domain)
        pay(odoo, late, "400.00", paid=TODAY)
    else:
        [effect] = mailbox.effects()
        odoo.arrange("account.move", "unlink", ids=[effect["id"]])
    audit(mailbox)
    assert asked_reminders(mailbox) == []


@pytest.mark.parametrize("granted", [False, True])
@pytest.mark.parametrize("paid", ["400.00", "150.00"])
def test_a_waiting_reminder_is_withdrawn_when_money_came_meanwhile(
    mailbox: Business, odoo: PretendOdoo, paid: str, *, granted: bool
) -> None:
    a_week_of_work(mailbox)
    audit(mailbox)
    [reminder] = asked_reminders(mailbox)
    if granted:
        # Stopped, what was approved waits.
        mailbox.path(Folder.INBOX).parent.joinpath("STOP.md").touch()
        mailbox.approve(reminder)
    timetable = Timetable(ground=mailbox.engine.ground)
    timetable.run_due()
    unpaid = mailbox.state(reminder)
    [late] = odoo.arrange("account.move", "search", domain=[["amount_total", "=", 400.0]])
    pay(odoo, late, paid, paid=TODAY)
    mailbox.clock.forward(minutes=11)
    timetable.run_due()
    mailbox.engine.pass_once()
    assert unpaid is (State.GRANTED if granted else State.PENDING)
    assert mailbox.state(reminder) is State.REFUSED
    note = mailbox.text(Folder.COMPLETED, reminder.note)
    said = "was paid or cancelled meanwhile" if paid == "400.00" else "250.00 USD are open now"
    assert "Withdrawn:" in note
    assert said in note
    # What was withdrawn counts as a reminder: nothing new within seven days.
    audit(mailbox)
    assert asked_reminders(mailbox) == []
