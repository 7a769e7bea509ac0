"""`undo`: what can be taken back is asked for once, and taken back once; judged by the ledgers."""

from __future__ import annotations

import threading

import pytest
from conftest import Business, Square
from daemon_bench import run

from utils.core.lifecycle import Folder, State
from utils.core.model import Proposal
from utils.execution.undoing import Undoing, Undone
from utils.storage.rows import Tracked

INVOICE = "odoo_create_invoice"


def undo(business: Business, proposal: Proposal) -> list[Undone]:
    engine = business.engine
    return Undoing(ground=engine.ground, gate=engine.gate).undo(business.found(proposal.id))


def undo_one(business: Business, proposal: Proposal) -> Undone:
    (answer,) = undo(business, proposal)
    return answer


def done(business: Business, tool: str = INVOICE, **values: object) -> Proposal:
    """Propose and approve something, and see it happen."""
    proposal = business.submit(tool, **values)
    tracked: Tracked = business.approve(proposal)
    assert tracked.state is State.DONE, tracked.outcome
    return proposal


def posted_invoice(business: Business) -> Proposal:
    draft = business.found(done(business).id)
    assert draft.outcome
    return done(business, "odoo_post_invoice", invoice=draft.outcome.remote_id)


def kinds(business: Business) -> list[str]:
    return [str(effect["kind"]) for effect in business.odoo.ledger()]


def test_undoing_a_draft_asks_and_then_cancels_exactly_that_draft(business: Business) -> None:
    other, mine = done(business), done(business, reference="PO-2")
    answer = undo_one(business, mine)
    assert answer.asked
    assert "cancelled" not in kinds(business), "it was only asked for"
    assert answer.asked.note in business.notes(Folder.PENDING)
    assert f"You asked to undo {mine.id}." in business.text(Folder.PENDING, answer.asked.note)
    assert business.approve(answer.asked).state is State.DONE
    made = {one.id: business.found(one.id).outcome for one in (other, mine)}
    outcome = made[mine.id]
    assert outcome
    assert [str(e["id"]) for e in business.effects("cancelled")] == [outcome.remote_id]


def test_undoing_a_posted_invoice_asks_for_a_credit_note_over_all_of_it(
    business: Business,
) -> None:
    proposal = posted_invoice(business)
    answer = undo_one(business, proposal)
    assert answer.asked
    assert answer.asked.operation == "odoo_create_credit_note"
    assert answer.asked.particulars.amount == "150.00"
    assert kinds(business).count("credit_note_created") == 0
    assert business.approve(answer.asked).state is State.DONE
    assert kinds(business).count("credit_note_created") == 1


@pytest.mark.parametrize("approved", [False, True])
def test_nothing_is_asked_for_or_taken_back_twice(business: Business, *, approved: bool) -> None:
    proposal = posted_invoice(business)
    first = undo_one(business, proposal).asked
    assert first
    if approved:
        business.approve(first)
    again = undo_one(business, proposal)
    assert again.asked
    assert again.asked.id == first.id
    assert ("already" if approved else "before") in again.said
    assert kinds(business).count("credit_note_created") == approved
    assert len(business.waiting()) == (not approved)


def test_two_wishes_at_the_same_moment_make_one_note(business: Business) -> None:
    """Two terminals: both look, find nothing, and ask Odoo; only one may register."""
    proposal = posted_invoice(business)
    met = threading.Barrier(2)
    gate = business.engine.gate

    def one_wish() -> None:
        undoing = Undoing(ground=business.engine.ground, gate=gate)
        met.wait(5)
        undoing.undo(business.found(proposal.id))

    wishes = [threading.Thread(target=one_wish) for _ in range(2)]
    for wish in wishes:
        wish.start()
    for wish in wishes:
        wish.join(20)
    assert len(business.waiting()) == 1


def test_what_the_owner_refused_to_undo_may_be_asked_for_again(business: Business) -> None:
    proposal = done(business)
    first = undo_one(business, proposal).asked
    assert first
    business.drag(first.note, Folder.REJECTED)
    business.engine.pass_once()
    second = undo_one(business, proposal).asked
    assert second
    assert second.id != first.id
    assert business.approve(second).state is State.DONE
    assert kinds(business).count("cancelled") == 1


def test_a_draft_that_was_posted_meanwhile_is_not_cancelled(business: Business) -> None:
    proposal = done(business)
    made = business.found(proposal.id).outcome
    assert made
    asked = undo_one(business, proposal).asked
    assert asked
    done(business, "odoo_post_invoice", invoice=made.remote_id)
    assert business.approve(asked).state is State.FAILED
    assert "cancelled" not in kinds(business)
    answer = undo_one(business, proposal)
    assert answer.asked is None
    assert "a credit note takes it back" in answer.said


def test_what_has_not_happened_is_said_to_need_no_undoing(business: Business) -> None:
    waiting = business.submit()
    answer = undo_one(business, waiting)
    assert answer.asked is None
    assert f"drag {waiting.note} to Rejected" in answer.said
    business.drag(waiting.note, Folder.REJECTED)
    business.engine.pass_once()
    assert "nothing to undo" in undo_one(business, waiting).said


def test_where_nothing_takes_it_back_the_owner_is_told_what_he_can_do(
    business: Business,
) -> None:
    contact = done(business, "odoo_create_partner", name="Mill AG")
    answer = undo_one(business, contact)
    assert answer.asked is None
    assert answer.said == "The employee cannot take this back. Archive the contact in Odoo."
    assert business.waiting() == []


def test_stopped_means_that_nothing_is_undone_either(business: Business) -> None:
    proposal = done(business)
    business.engine.switch.stop(how="test")
    answer = undo_one(business, proposal)
    assert "run resume first" in answer.said
    assert business.waiting() == []


def test_undoing_an_announcement_asks_for_each_network_that_took_it(square: Square) -> None:
    announced = square.announce()
    square.drag(announced.note)
    square.settle()
    assert sum(square.posts().values()) >= 4
    answers = {one.of.service: one for one in undo(square, announced)}
    assert set(answers) == {"facebook", "instagram", "twitter", "linkedin"}
    assert answers["instagram"].asked is None
    assert "Instagram app only" in answers["instagram"].said
    for name in ("facebook", "twitter", "linkedin"):
        asked = answers[name].asked
        assert asked
        square.drag(asked.note)
    square.settle()
    for network in (square.graph, square.x, square.linkedin):
        made = {str(e["id"]) for e in network.ledger() if "delet" not in e["kind"]}
        gone = {str(e["id"]) for e in network.ledger() if "delet" in e["kind"]}
        assert gone, network.name
        assert gone <= made


def test_the_command_asks_and_says_where_to_decide(business: Business) -> None:
    proposal = done(business)
    asked = run(business, "undo", proposal.id)
    assert asked.returncode == 0, asked.stderr
    assert "Cancel the draft invoice for Acme Corporation" in asked.stdout
    (waiting,) = business.waiting()
    assert f"Pending_Approval/{waiting.proposal.note}" in asked.stdout
    unknown = run(business, "undo", "p-nothing000")
    assert (unknown.returncode, unknown.stderr) == (1, "")
    assert "There is no p-nothing000" in unknown.stdout
