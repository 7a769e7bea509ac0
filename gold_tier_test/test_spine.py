"""The line everything hangs on: a request, a note, the owner's drag, one effect, its Records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import BOTH

from utils.core.errors import VaultMissingError
from utils.core.lifecycle import Folder, State
from utils.sandbox.business import invoice_request
from utils.vault import Vault

if TYPE_CHECKING:
    from conftest import Business

pytestmark = BOTH


def test_a_letter_becomes_one_invoice_on_the_owners_drag(business: Business) -> None:
    business.drop("party.eml", invoice_request(sent_at=business.clock()))
    business.tick(seconds=1)
    [asked] = business.waiting()
    assert business.effects() == []
    business.approve(asked.proposal)

    [effect] = business.effects()
    assert business.state(asked.proposal) is State.DONE
    assert asked.proposal.particulars.amount == "150.00"
    assert effect["reference"].endswith(asked.proposal.id.replace("-", "_"))
    assert asked.proposal.note in business.notes(Folder.COMPLETED)
    assert business.notes(Folder.APPROVED) == business.notes(Folder.PENDING) == []


def test_every_step_is_recorded_and_the_log_is_whole(business: Business) -> None:
    proposal = business.submit()
    business.approve(proposal)
    business.engine.audit_log.render(whole=True)
    [day] = (business.home / "Vault/Logs").glob("*.json")
    records = json.loads(day.read_text())
    mine = [record for record in records if record["proposal_id"] == proposal.id]
    assert [record["result"] for record in mine] == ["pending", "granted", "armed", "done"]
    assert [record["approval_status"] for record in mine] == ["asked", *["granted_by_owner"] * 3]
    assert business.engine.audit_log.verify()[0] == []
    contract = {"timestamp", "action", "actor", "parameters", "result", "approval_status"}
    assert contract <= set(mine[0])


def test_nothing_happens_without_the_drag(business: Business) -> None:
    business.submit()
    for _ in range(3):
        business.tick(hours=1)
    assert business.effects() == []


def test_a_ticked_checkbox_is_the_same_as_a_drag(business: Business) -> None:
    proposal = business.submit()
    business.edit(proposal.note, "approve: false", "approve: true")
    business.engine.pass_once()
    assert business.state(proposal) is State.DONE
    assert len(business.effects()) == 1


def test_both_boxes_ticked_means_no(business: Business) -> None:
    proposal = business.submit()
    business.edit(proposal.note, "approve: false", "approve: true")
    business.edit(proposal.note, "reject: false", "reject: true")
    business.engine.pass_once()
    assert business.state(proposal) is State.REFUSED
    assert business.effects() == []


def test_a_note_dragged_to_rejected_is_refused_and_stays_there(business: Business) -> None:
    proposal = business.submit()
    business.drag(proposal.note, Folder.REJECTED)
    business.engine.pass_once()
    assert business.state(proposal) is State.REFUSED
    assert proposal.note in business.notes(Folder.REJECTED)
    assert business.effects() == []


def test_a_deleted_note_means_no(business: Business) -> None:
    proposal = business.submit()
    business.path(Folder.PENDING, proposal.note).unlink()
    business.engine.pass_once()
    assert business.state(proposal) is State.PENDING
    business.tick(seconds=11)
    assert business.state(proposal) is State.REFUSED


def test_a_changed_amount_is_put_back_and_asked_again(business: Business) -> None:
    """Promise 4: what runs is what was shown."""
    proposal = business.submit()
    business.edit(proposal.note, "50.00", "5.00")
    business.drag(proposal.note)
    business.engine.pass_once()
    assert business.effects() == []
    asked = business.found(proposal.id)
    assert (asked.state, asked.proposal.version) == (State.PENDING, 2)
    assert "put back" in business.text(Folder.PENDING, proposal.note)
    business.approve(asked.proposal)
    assert len(business.effects()) == 1
    assert business.odoo.ledger()[-1]["payload"]


def test_a_change_after_the_drag_does_not_change_what_runs(business: Business) -> None:
    business.restart(HOLD_SECONDS="10")
    proposal = business.submit()
    business.approve(proposal)
    assert business.state(proposal) is State.GRANTED
    business.edit(proposal.note, "50.00", "5.00", folder=Folder.APPROVED)
    business.tick(seconds=11)
    assert business.effects() == []
    assert business.state(proposal) is State.PENDING


def test_a_note_that_was_taken_back_and_changed_is_put_back_and_asked_again(
    business: Business,
) -> None:
    business.restart(HOLD_SECONDS="10")
    proposal = business.submit()
    business.approve(proposal)
    business.drag(proposal.note, Folder.PENDING, out_of=Folder.APPROVED)
    business.tick(seconds=1)
    assert business.state(proposal) is State.HELD
    business.edit(proposal.note, "50.00", "5.00")
    business.tick(seconds=1)
    assert business.state(proposal) is State.PENDING
    assert "only the text may be edited here" in business.text(Folder.PENDING, proposal.note)
    assert business.notes(Folder.NEEDS_ACTION) == []
    business.approve(proposal)
    business.tick(seconds=11)
    assert [row["payload"]["amount_total"] for row in business.effects()] == [150.0]


def test_the_hold_gives_time_to_take_a_yes_back(business: Business) -> None:
    business.restart(HOLD_SECONDS="10")
    proposal = business.submit()
    business.approve(proposal)
    business.tick(seconds=9)
    assert business.effects() == []
    business.drag(proposal.note, Folder.PENDING, out_of=Folder.APPROVED)
    business.tick(seconds=9)
    assert business.state(proposal) is State.HELD
    assert business.effects() == []
    business.approve(proposal)
    business.tick(seconds=11)
    assert business.state(proposal) is State.DONE
    assert len(business.effects()) == 1


def test_a_version_must_have_stood_before_a_yes_to_it_counts(business: Business) -> None:
    business.restart(STAND_SECONDS="3")
    proposal = business.submit()
    business.approve(proposal)
    assert (business.state(proposal), business.effects()) == (State.PENDING, [])
    business.clock.forward(seconds=3)
    business.approve(proposal)
    assert business.state(proposal) is State.DONE


def test_an_answer_after_the_expiry_does_nothing(business: Business) -> None:
    proposal = business.submit()
    business.clock.forward(hours=49)
    business.approve(proposal)
    assert business.state(proposal) is State.EXPIRED
    assert business.effects() == []


def test_a_forged_note_is_sent_back(business: Business) -> None:
    """Promise 3: a note without a registered Proposal is never taken for an approval."""
    proposal = business.submit()
    text = business.text(Folder.PENDING, proposal.note)
    forged = proposal.note.replace(proposal.id, "p-zzzzzzzzzz")
    business.path(Folder.APPROVED, forged).write_text(text.replace(proposal.id, "p-zzzzzzzzzz"))
    business.engine.pass_once()
    assert business.effects() == []
    assert forged in business.notes(Folder.PENDING)
    [alert] = [name for name in business.notes(Folder.NEEDS_ACTION) if name.startswith("ALERT")]
    assert "no request of mine stands behind it" in business.text(Folder.NEEDS_ACTION, alert)


def test_a_finished_note_that_comes_back_is_not_run_again(business: Business) -> None:
    proposal = business.submit()
    text = business.text(Folder.PENDING, proposal.note)
    business.approve(proposal)
    business.path(Folder.APPROVED, proposal.note).write_text(text)
    business.tick(seconds=1)
    assert len(business.effects()) == 1
    assert business.notes(Folder.APPROVED) == []


def test_stop_stops_and_resume_goes_on(business: Business) -> None:
    first, second = business.submit(), business.submit(reference="PO-2")
    business.path(Folder.INBOX).parent.joinpath("STOP.md").write_text("stop")
    business.drag(first.note)
    business.drag(second.note)
    business.tick(seconds=1)
    business.path(Folder.INBOX).parent.joinpath("STOP.md").unlink()
    business.restart()
    business.tick(seconds=1)
    assert business.effects() == []
    business.engine.switch.resume()
    business.tick(seconds=1)
    assert len(business.effects()) == 2


def test_dry_run_in_the_settings_previews_even_what_is_approved(business: Business) -> None:
    business.restart(DRY_RUN="true")
    proposal = business.submit()
    business.approve(proposal)
    assert (business.state(proposal), business.effects()) == (State.HELD, [])


def test_small_recurring_payments_go_by_themselves_only_after_two_of_the_owners(
    business: Business,
) -> None:
    lines = [{"description": "Bread", "quantity": "1", "unit_price": "30.00"}]
    for n in range(2):
        proposal = business.submit(lines=lines, reference=f"month {n}")
        assert proposal.state is State.PENDING
        business.approve(proposal)
        business.clock.forward(days=31)
    proposal = business.submit(lines=lines, reference="month 4")
    assert (proposal.state, proposal.rule) == (State.GRANTED, "recurring")
    business.tick(seconds=1)
    assert len(business.effects()) == 3


@pytest.mark.parametrize(
    "fault", ["reset", "timeout_after_commit", "timeout_before", "late_commit"]
)
def test_a_lost_answer_never_becomes_a_second_invoice(business: Business, fault: str) -> None:
    """Promise 5: at most once, and never silently lost."""
    proposal = business.submit()
    business.odoo.fault(fault, path="/json/2/account.move/load", seconds=3)
    business.approve(proposal)
    assert business.state(proposal) is State.UNKNOWN
    business.tick(seconds=1)
    business.odoo.heal()
    business.tick(seconds=61)
    if business.state(proposal) is State.PENDING:
        assert business.effects() == []
        business.approve(proposal)
    assert business.state(proposal) is State.DONE
    assert len(business.effects()) == 1


def test_what_never_left_waits_and_goes_out_once(business: Business) -> None:
    """Promise 6."""
    proposal = business.submit()
    business.odoo.stop()
    business.approve(proposal)
    assert business.state(proposal) is State.WAITING
    assert proposal.note in business.notes(Folder.APPROVED)


def test_a_contradicting_request_is_asked_and_not_proposed(business: Business) -> None:
    first = invoice_request(sent_at=business.clock())
    business.drop("one.eml", first)
    business.tick(seconds=1)
    business.drop("two.eml", first.replace(b"3 x 40.00", b"3 x 41.00"))
    business.tick(seconds=1)
    assert len(business.waiting()) == 1
    [question] = [
        name for name in business.notes(Folder.NEEDS_ACTION) if name.startswith("CLARIFY")
    ]
    assert "Cedar" in business.text(Folder.NEEDS_ACTION, question)


def test_the_same_file_twice_is_one_item(business: Business) -> None:
    letter = invoice_request(sent_at=business.clock())
    business.drop("one.eml", letter)
    business.tick(seconds=1)
    business.drop("again.eml", letter)
    business.tick(seconds=1)
    assert len(business.waiting()) == 1


def test_an_unknown_customer_is_asked_about(business: Business) -> None:
    letter = invoice_request(sent_at=business.clock())
    letter = letter.replace(b"hello@cedarstudio.example", b"who@nobody.example")
    business.drop("one.eml", letter.replace(b"Cedar Studio", b"Nobody Ltd"))
    business.tick(seconds=1)
    assert business.waiting() == []
    [question] = [
        name for name in business.notes(Folder.NEEDS_ACTION) if name.startswith("CLARIFY")
    ]
    assert "nobody" in business.text(Folder.NEEDS_ACTION, question).lower()


def test_a_vault_that_vanishes_withdraws_nothing(business: Business) -> None:
    """Hostile input runtime-04."""
    proposal = business.submit()
    vault = business.home / "AI_Employee"
    vault.rename(business.home / "elsewhere")
    for _ in range(3):
        business.clock.forward(minutes=1)
        with pytest.raises(VaultMissingError):
            business.engine.pass_once()
    (business.home / "elsewhere").rename(vault)
    business.tick(seconds=1)
    assert business.state(proposal) is State.PENDING


def test_a_note_that_is_dragged_the_moment_it_stands_is_not_lost(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A watching owner, or his script, may be quicker than the step that wrote the note."""
    write = Vault.write

    def and_dragged(vault: Vault, place: Folder, name: str, text: str) -> None:
        write(vault, place, name, text)
        if place is Folder.PENDING:
            business.drag(name)

    monkeypatch.setattr(Vault, "write", and_dragged)
    proposal = business.submit()
    business.tick(seconds=1)
    assert business.state(proposal) is State.DONE
    assert len(business.effects()) == 1
