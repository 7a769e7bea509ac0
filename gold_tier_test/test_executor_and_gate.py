"""What the executor and the gate do at their edges, judged by what Odoo got and by the disk."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from conftest import CATALOGUE, KNOWN, LINES, NEWS, Business, Square

from utils.action_executor import DRY_RUN_REASON
from utils.core.errors import InvalidValueError
from utils.core.lifecycle import Folder, State
from utils.core.model import Evidence, Origin, Source
from utils.file_utils import slug

if TYPE_CHECKING:
    from utils.core.model import Proposal
    from utils.sandbox.http_wire import Answer, Request

LOAD = "/json/2/account.move/load"


def writes(business: Business) -> int:
    return sum(sent.path == LOAD for sent in business.odoo.requests())


def records(business: Business, proposal: Proposal, result: str) -> list[dict[str, Any]]:
    found = business.engine.journal.records_of(proposal.id)
    return [record for record in found if record["result"] == result]


# --- what never left -------------------------------------------------------------------------


def test_what_never_left_is_tried_again_after_fifteen_seconds_and_no_sooner(
    business: Business,
) -> None:
    proposal = business.submit()
    business.odoo.fault("status", path=LOAD, status=429, seconds=0)
    assert business.approve(proposal).state is State.WAITING
    business.tick(seconds=14)
    assert writes(business) == 1
    business.tick(seconds=1)
    assert writes(business) == 2
    assert business.state(proposal) is State.DONE


def test_a_service_that_names_a_time_is_left_alone_until_then(business: Business) -> None:
    proposal = business.submit()
    business.odoo.fault("status", path=LOAD, status=429, seconds=100)
    waiting = business.approve(proposal)
    assert waiting.state is State.WAITING
    assert waiting.outcome is not None
    assert waiting.outcome.detail
    [record] = records(business, proposal, "waiting")
    assert record["parameters"]["retry_after_s"] == 100
    business.tick(seconds=99)
    assert writes(business) == 1
    business.tick(seconds=2)
    assert business.state(proposal) is State.DONE


def test_nothing_overtakes_what_never_left(business: Business) -> None:
    first, second = business.submit(reference="PO-1"), business.submit(reference="PO-2")
    business.drag(first.note)
    business.odoo.fault("status", path=LOAD, status=429, seconds=0)
    business.engine.pass_once()
    business.clock.forward(seconds=1)
    business.approve(second)
    assert (writes(business), business.state(second)) == (1, State.GRANTED)
    business.tick(seconds=16)
    assert [row["payload"]["ref"] for row in business.effects()] == ["PO-1", "PO-2"]


def test_what_is_due_goes_out_in_the_order_of_the_yes(business: Business) -> None:
    first, second = business.submit(reference="PO-1"), business.submit(reference="PO-2")
    for proposal in (second, first):
        business.drag(proposal.note)
        business.engine.folders.sweep()
        business.clock.forward(seconds=1)
    business.engine.carry_out()
    assert [row["payload"]["ref"] for row in business.effects()] == ["PO-2", "PO-1"]


def on_disk(business: Business) -> list[str]:
    """The states in the journal as another process sees them, in the order of asking."""
    path = business.engine.settings.journal_path
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as journal:
        return [row[0] for row in journal.execute("SELECT state FROM proposals ORDER BY rowid")]


def test_what_came_of_one_request_is_kept_before_the_next_one_leaves(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 5, also where many are carried out at once."""
    for number in range(3):
        proposal = business.submit(reference=f"PO-{number}")
        business.drag(proposal.note)
        business.engine.folders.sweep()
        business.clock.forward(seconds=1)
    seen: list[list[str]] = []
    respond = business.odoo.respond

    def watching(request: Request, state: Any) -> Answer:
        if request.path == LOAD:
            seen.append(on_disk(business))
        return respond(request, state)

    monkeypatch.setattr(business.odoo, "respond", watching)
    business.engine.carry_out()
    assert seen == [
        ["armed", "granted", "granted"],
        ["done", "armed", "granted"],
        ["done", "done", "armed"],
    ]
    assert on_disk(business) == ["done"] * 3


def test_a_stop_in_the_midst_of_many_keeps_what_came_of_the_last_one(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposals = [business.submit(reference=f"PO-{number}") for number in range(3)]
    for proposal in proposals:
        business.drag(proposal.note)
    respond = business.odoo.respond

    def stopping(request: Request, state: Any) -> Answer:
        if request.path == LOAD:
            (business.path(Folder.PENDING).parent / "STOP.md").write_text("")
        return respond(request, state)

    monkeypatch.setattr(business.odoo, "respond", stopping)
    business.engine.pass_once()
    assert sorted(on_disk(business)) == ["done", "granted", "granted"]
    assert (len(business.effects()), len(business.notes(Folder.COMPLETED))) == (1, 1)


def test_a_finished_note_that_cannot_be_filed_keeps_no_other_from_it(business: Business) -> None:
    proposals = [business.submit(reference=f"PO-{number}") for number in range(3)]
    in_the_way = business.path(Folder.COMPLETED, proposals[1].note)
    in_the_way.mkdir()
    for proposal in proposals:
        business.drag(proposal.note)
    business.engine.pass_once()
    assert [business.state(proposal) for proposal in proposals] == [State.DONE] * 3
    assert business.notes(Folder.APPROVED) == [proposals[1].note]
    in_the_way.rmdir()
    business.engine.pass_once()
    assert business.notes(Folder.APPROVED) == []
    texts = [business.text(Folder.COMPLETED, proposal.note) for proposal in proposals]
    assert all('status: "done"' in text for text in texts)


def test_a_key_that_was_taken_back_parks_what_is_approved_until_it_is_mended(
    business: Business,
) -> None:
    proposal = business.submit()
    key = business.odoo.environment()["ODOO_API_KEY"]
    business.restart(ODOO_API_KEY="wrong")
    waiting = business.approve(proposal)
    assert waiting.state is State.WAITING
    assert waiting.outcome is not None
    assert waiting.outcome.data["connect"] is True
    assert waiting.outcome.detail
    business.clock.forward(seconds=1)
    business.restart(ODOO_API_KEY=key)
    business.engine.pass_once()
    assert business.state(proposal) is State.DONE


def test_while_nobody_signs_in_it_is_tried_ever_less_often_but_every_quarter_of_an_hour(
    business: Business,
) -> None:
    proposal = business.submit()
    business.restart(ODOO_API_KEY="wrong")
    business.approve(proposal)
    for attempt in range(1, 8):
        rest = min(15 * 60, 15 * 2 ** min(attempt - 1, 10))
        business.tick(seconds=rest - 1)
        assert business.found(proposal.id).attempts == attempt
        business.tick(seconds=1)
        assert business.found(proposal.id).attempts == attempt + 1


def test_a_planned_post_waits_for_its_time_and_then_goes_out(square: Square) -> None:
    at = (square.clock.now + timedelta(hours=2)).isoformat()
    post = square.submit("twitter_create_tweet", text="Rye is back.", scheduled_for=at)
    granted = square.found(post.id)
    assert (granted.state, granted.proposal.rule) == (State.GRANTED, "scheduled_post")
    assert granted.grant is not None
    assert (granted.grant.by, granted.grant.how) == ("policy", "scheduled_post")
    assert granted.grant.digest == post.digest
    [record] = records(square, post, "granted")
    assert (record["actor"], record["approval_status"]) == ("gate", "granted_by_policy")
    assert square.notes(Folder.APPROVED) == [post.note]
    assert "image_url" not in post.fields
    square.tick(minutes=119)
    assert square.posts() == {}
    square.tick(minutes=1, seconds=1)
    assert square.posts() == {"tweet": 1}


def test_without_room_on_the_disk_nothing_is_begun(business: Business) -> None:
    proposal = business.submit()
    business.drag(proposal.note)
    business.engine.folders.sweep()
    business.restart(MIN_FREE_DISK_MB="999999999")
    business.engine.carry_out()
    assert (writes(business), business.state(proposal)) == (0, State.GRANTED)
    business.restart(MIN_FREE_DISK_MB="1")
    business.engine.carry_out()
    assert business.state(proposal) is State.DONE


def test_a_service_that_was_taken_out_of_the_settings_parks_too(business: Business) -> None:
    proposal = business.submit()
    business.restart(ODOO_API_KEY="")
    assert business.approve(proposal).state is State.WAITING
    assert business.effects() == []


# --- answers ---------------------------------------------------------------------------------


def test_a_refusal_of_the_service_is_final_told_and_filed(business: Business) -> None:
    proposal = business.submit()
    business.odoo.fault("status", path=LOAD, status=422)
    assert business.approve(proposal).state is State.FAILED
    assert business.notes(Folder.COMPLETED) == [proposal.note]
    [record] = records(business, proposal, "failed")
    assert record["error"]
    assert record["approval_status"] == "granted_by_owner"
    assert record["duration_ms"] >= 0


def test_an_answer_that_nobody_can_trust_is_unknown_and_says_why(business: Business) -> None:
    proposal = business.submit()
    business.odoo.fault("status", path=LOAD, status=503)
    unknown = business.approve(proposal)
    assert unknown.state is State.UNKNOWN
    assert unknown.outcome is not None
    assert unknown.outcome.detail
    [record] = records(business, proposal, "unknown")
    assert record["error"] == unknown.outcome.detail
    assert business.notes(Folder.APPROVED) == [proposal.note]


def test_what_is_done_says_where_it_is_who_did_it_and_on_whose_yes(business: Business) -> None:
    proposal = business.submit()
    business.approve(proposal)
    [armed], [done] = records(business, proposal, "armed"), records(business, proposal, "done")
    for record in (armed, done):
        assert (record["actor"], record["approval_status"]) == ("executor", "granted_by_owner")
    assert done["error"] == ""
    assert str(business.effects()[0]["id"]) in json.dumps(done["parameters"])
    assert business.notes(Folder.COMPLETED) == [proposal.note]
    assert business.engine.journal.unfiled() == []


# --- where it may not run --------------------------------------------------------------------


def test_a_dry_run_sends_nothing_says_so_and_asks_again(business: Business) -> None:
    business.restart(DRY_RUN="true")
    proposal = business.submit()
    held = business.approve(proposal)
    assert (held.state, writes(business)) == (State.HELD, 0)
    assert DRY_RUN_REASON in business.text(Folder.PENDING, proposal.note)
    [record] = records(business, proposal, "held")
    assert record["actor"] == "executor"
    business.restart(DRY_RUN="false")
    assert business.approve(proposal).state is State.DONE


def test_what_is_above_a_limit_all_by_itself_is_set_aside_and_what_is_not_waits(
    business: Business,
) -> None:
    business.restart(MAX_AMOUNT_PER_DAY="200")
    large = business.submit(lines=[LINES[0] | {"unit_price": "70.00"}], reference="PO-1")
    assert business.approve(large).state is State.HELD
    assert "all by itself" in business.text(Folder.PENDING, large.note)
    first, second = business.submit(reference="PO-2"), business.submit(reference="PO-3")
    assert business.approve(first).state is State.DONE
    assert business.approve(second).state is State.GRANTED
    assert len(business.effects()) == 1
    business.tick(hours=24, seconds=1)
    assert business.state(second) is State.DONE


def test_a_stop_between_the_yes_and_the_call_sends_nothing(business: Business) -> None:
    proposal = business.submit()
    business.drag(proposal.note)
    business.engine.folders.sweep()
    business.engine.switch.stop(how="test")
    business.engine.carry_out()
    assert (writes(business), business.state(proposal)) == (0, State.GRANTED)
    business.engine.switch.resume()
    business.engine.carry_out()
    assert business.state(proposal) is State.DONE


def test_a_granted_note_that_is_not_in_approved_is_not_carried_out(business: Business) -> None:
    proposal = business.submit()
    business.drag(proposal.note)
    business.engine.folders.sweep()
    business.drag(proposal.note, Folder.PENDING, out_of=Folder.APPROVED)
    business.engine.carry_out()
    assert (writes(business), business.state(proposal)) == (0, State.GRANTED)


def test_the_hold_ends_at_its_second(business: Business) -> None:
    business.restart(HOLD_SECONDS="10")
    proposal = business.submit()
    business.approve(proposal)
    business.tick(seconds=9)
    assert writes(business) == 0
    business.tick(seconds=1)
    assert business.state(proposal) is State.DONE


# --- the gate --------------------------------------------------------------------------------


def submit(business: Business, **more: Any) -> Proposal:
    kind = CATALOGUE.operation("odoo_create_invoice")
    operation = kind.model_validate({"customer": KNOWN, "lines": LINES}, strict=False)
    return business.engine.gate.submit(operation, **more)


def test_what_is_asked_says_why_where_from_and_until_when(business: Business) -> None:
    origin = Origin(source=Source.GMAIL, item_id="i-1", outside=True)
    evidence = Evidence(what="amount", quote="150 please", where="mail body")
    proposal = submit(
        business, origin=origin, why="Acme asked.", evidence=(evidence,), warnings=("Look twice.",)
    )
    assert proposal.state is State.PENDING
    assert proposal.reason.startswith("Acme asked. ")
    assert proposal.reason != "Acme asked. "
    assert "Look twice." in proposal.warnings
    assert (proposal.evidence, proposal.origin, proposal.group) == ((evidence,), origin, "")
    assert (proposal.expires_at - proposal.created_at).total_seconds() == 48 * 3600
    assert (proposal.runs_at, proposal.rule) == (None, "outside")
    assert proposal.note.endswith(f"-odoo_create_invoice-Acme-Corporation-{proposal.id}.md")
    text = business.text(Folder.PENDING, proposal.note)
    for said in ("Acme asked.", "Look twice.", "150 please"):
        assert said in text
    [record] = business.engine.journal.records_of(proposal.id)
    asked = (record["actor"], record["result"], record["approval_status"])
    assert asked == ("gate", "pending", "asked")


def test_a_stranger_whom_an_agent_has_read_taints_what_it_asks_and_not_what_the_employee_asks(
    business: Business,
) -> None:
    business.engine.bookmarks.note_outside_reading(now=business.clock())
    own = submit(business, origin=Origin(source=Source.EMPLOYEE))
    agents = submit(business, origin=Origin(source=Source.MCP))
    assert (own.origin.outside, agents.origin.outside) == (False, True)
    assert own.rule != "outside"
    assert agents.rule == "outside"


def test_what_is_asked_says_how_it_is_taken_back(square: Square) -> None:
    post = square.submit("linkedin_create_post", text=NEWS)
    assert post.undo == CATALOGUE.operation("linkedin_create_post").undo
    assert post.undo
    assert post.undo in square.text(Folder.PENDING, post.note)


def test_ids_cannot_be_taken_for_numbers_or_for_one_another(business: Business) -> None:
    names = {business.submit(reference=f"PO-{number}").id for number in range(20)}
    assert len(names) == 20
    for name in names:
        assert name.startswith("p-")
        assert len(name) == 12
        assert not set(name[2:]) & set("01oile")


def test_what_policy_refuses_is_kept_with_its_reason_and_has_no_note(business: Business) -> None:
    business.engine.switch.stop(how="test")
    proposal = business.submit()
    assert (proposal.state, proposal.rule) == (State.REFUSED, "stop")
    assert business.notes(Folder.PENDING) == []
    assert business.engine.journal.unfiled() == []
    [record] = business.engine.journal.records_of(proposal.id)
    assert (record["result"], record["approval_status"]) == ("refused", "refused")


def test_what_is_too_long_to_be_shown_is_not_registered(business: Business) -> None:
    line = {"description": "\u200b" * 480, "quantity": "1", "unit_price": "1.00"}
    with pytest.raises(InvalidValueError, match="too long for one note"):
        business.submit(lines=[line] * 60)
    assert business.waiting() == []


def test_an_amount_beyond_all_bounds_is_told_in_a_sentence(business: Business) -> None:
    line = {"description": "Gold", "quantity": "9999999", "unit_price": "99999999999.99"}
    with pytest.raises(InvalidValueError):
        business.submit(lines=[line] * 90)
    assert business.waiting() == []


def test_a_question_says_once_that_a_limit_is_used_up(business: Business) -> None:
    business.restart(MAX_AMOUNT_PER_DAY="200")
    first = business.submit(reference="PO-1")
    assert "limit of" in first.reason
    assert "used up" not in first.reason.lower()
    business.approve(first)
    [said] = [business.submit(reference="PO-2").reason]
    facts = said.removeprefix(first.reason).strip()
    assert facts
    assert said.count(facts) == 1


def test_what_is_asked_for_a_limit_alone_says_so_once(square: Square) -> None:
    square.restart(MAX_MAILS_PER_HOUR="1")
    mail = {"to": "ann@cafe.example", "subject": "Order", "body": "Ready."}
    square.approve(square.submit("gmail_send_mail", **mail))
    second = square.submit("gmail_send_mail", **mail | {"subject": "Bread"})
    assert second.rule == "cap"
    assert second.reason.count("used up") == 1


def test_a_limit_that_is_used_up_makes_no_question_of_a_refusal(business: Business) -> None:
    business.restart(MAX_AMOUNT_PER_DAY="200")
    business.approve(business.submit(reference="PO-1"))
    business.engine.switch.stop(how="test")
    refused = business.submit(reference="PO-2")
    assert (refused.state, refused.rule) == (State.REFUSED, "stop")
    assert business.notes(Folder.PENDING) == []


def test_what_stands_already_is_named_and_not_asked_twice(business: Business) -> None:
    origin = Origin(source=Source.EMPLOYEE)
    first = submit(business, origin=origin)
    assert submit(business, origin=origin, stands=lambda: first) == first
    assert business.notes(Folder.PENDING) == [first.note]
    assert submit(business, origin=origin, stands=lambda: None).id != first.id


def test_parts_of_an_announcement_know_their_whole(square: Square) -> None:
    whole = square.announce()
    square.approve(whole)
    square.settle()
    parts = square.engine.journal.of_group(whole.id)
    assert {part.proposal.group for part in parts} == {whole.id}
    assert len(parts) == 4


def test_a_text_on_a_sensitive_matter_is_marked_on_top_of_the_note(business: Business) -> None:
    line = LINES[0] | {"description": "Lawsuit settlement, attorney fees"}
    proposal = business.submit(lines=[line])
    assert any("sensitive matter" in warning for warning in proposal.warnings)
    assert "sensitive matter" in business.text(Folder.PENDING, proposal.note)


def test_a_text_that_goes_on_out_of_sight_is_marked_on_top_of_the_note(square: Square) -> None:
    seen = square.announce(text="Fresh rolls\n\nfrom six o'clock")
    hidden = square.announce(text="Fresh rolls" + "\n \t" * 400 + "\nand more")
    warning = "goes on below 400 empty lines"
    assert not any("empty lines" in each for each in seen.warnings)
    assert warning in square.text(Folder.PENDING, hidden.note)
    assert any(warning in each for each in hidden.warnings)


def test_a_note_that_cannot_be_written_now_is_shown_by_the_next_pass(business: Business) -> None:
    place = business.path(Folder.PENDING)
    place.rename(place.with_name("away"))
    proposal = business.submit()
    assert business.state(proposal) is State.PENDING
    place.with_name("away").rename(place)
    business.tick(seconds=1)
    assert business.notes(Folder.PENDING) == [proposal.note]


def test_a_note_that_the_disk_does_not_take_is_shown_by_the_next_pass(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), descriptor)

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        proposal = business.submit()
    assert business.state(proposal) is State.PENDING
    assert business.notes(Folder.PENDING) == []
    business.tick(seconds=1)
    assert business.notes(Folder.PENDING) == [proposal.note]


@pytest.mark.parametrize("hours", [2, 72])
def test_a_planned_post_waits_for_its_yes_until_its_time_and_no_longer(
    square: Square, hours: int
) -> None:
    at = square.clock() + timedelta(hours=hours)
    text = "Rye is back: https://bakery.example"
    post = square.submit("twitter_create_tweet", text=text, scheduled_for=at.isoformat())
    assert (post.state, post.expires_at) == (State.PENDING, at)
    square.tick(hours=hours, seconds=-1)
    assert square.state(post) is State.PENDING
    square.tick(seconds=2)
    assert square.state(post) is State.EXPIRED


def test_what_policy_grants_can_be_taken_back_as_long_as_what_the_owner_grants(
    square: Square,
) -> None:
    square.restart(HOLD_SECONDS="10", SCHEDULE_LEAD_MINUTES="0")
    at = (square.clock() + timedelta(seconds=1)).isoformat()
    post = square.submit("twitter_create_tweet", text="Rye is back.", scheduled_for=at)
    assert square.state(post) is State.GRANTED
    square.tick(seconds=9)
    assert square.posts() == {}
    square.tick(seconds=1)
    assert square.posts() == {"tweet": 1}


def test_what_was_noticed_about_the_payee_stands_beside_what_the_asker_says(
    business: Business,
) -> None:
    alike = business.submit(customer="billing@acme-corp.example")
    assert any("Acme" in warning for warning in alike.warnings)
    assert all(warning in alike.warnings for warning in alike.particulars.warnings)
    assert alike.particulars.warnings


def test_the_note_of_what_has_no_payee_is_called_after_what_it_does(square: Square) -> None:
    post = square.submit("linkedin_create_post", text=NEWS)
    assert post.particulars.payee == ""
    title = post.note.removesuffix(f"-{post.id}.md").partition("create_post-")[2]
    assert title
    assert title == slug(post.headline, 30)


def test_the_name_of_a_note_stays_short_whatever_the_payee_is_called(business: Business) -> None:
    name = "Bakery Supplies and More of the Old Town Limited"
    partner = business.submit("odoo_create_partner", name=name)
    slug = partner.note.removesuffix(f"-{partner.id}.md").partition("create_partner-")[2]
    assert slug
    assert len(slug) <= 30
    longest = business.submit("odoo_create_partner", name="B" * 60)
    assert (
        len(longest.note.removesuffix(f"-{longest.id}.md").partition("create_partner-")[2]) == 30
    )
