"""The journal's own steps: what is claimed, counted and kept, to the second and to the piece."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sample_proposals import NOW, payment

from utils.core.chain import Head
from utils.core.lifecycle import State
from utils.core.model import Entry, Grant, Origin, Outcome, OutcomeKind, Proposal, Source
from utils.journal import Journal
from utils.storage.sqlite import SqliteDatabase
from utils.storage.steps import Cap, Change, Claim

ENTRY = Entry(action="test", actor="test", result="done")
#: Opens a journal, says how many Records it finds, and closes it.
COMES_AND_GOES = """
import sys
from pathlib import Path
from utils.storage.sqlite import SqliteDatabase
database = SqliteDatabase(Path(sys.argv[1]))
print(len(database.rows("SELECT seq FROM records")))
database.close()
"""
SECOND = timedelta(seconds=1)
HOLD = 10 * SECOND
MAIL = Cap(kind="mail", amount=1, limit=1, window=timedelta(hours=1))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    database = SqliteDatabase(tmp_path / "journal.sqlite3")
    redact = lambda text: text.replace("s3cret", "***")  # noqa: E731 - one word long
    with closing(Journal(database=database, clock=lambda: NOW, redact=redact)) as opened:
        yield opened


def asked(journal: Journal, name: str = "p-aaaaaaaaaa", **changes: Any) -> Proposal:
    proposal = payment(id=name, note=f"{name}.md", **changes)
    journal.register(proposal, ENTRY)
    return proposal


def granted(journal: Journal, name: str = "p-aaaaaaaaaa", **changes: Any) -> Proposal:
    proposal = payment(id=name, note=f"{name}.md", state=State.GRANTED, **changes)
    journal.register(proposal, ENTRY, change=Change(grant=yes_to(proposal)))
    return proposal


def yes_to(proposal: Proposal) -> Grant:
    return Grant(
        proposal_id=proposal.id, digest=proposal.digest, by="owner", how="drag", given_at=NOW
    )


def records(journal: Journal) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.lines()]


def ids(found: list[Any]) -> list[str]:
    return [tracked.proposal.id for tracked in found]


# --- Records ---------------------------------------------------------------------------------


def test_the_chain_begins_at_nothing_and_ends_at_the_last_record(journal: Journal) -> None:
    assert journal.head() == Head()
    journal.record(ENTRY, ENTRY)
    assert [record["id"] for record in records(journal)] == ["r-1", "r-2"]
    assert journal.head() == Head(2, records(journal)[-1]["hash"])


def test_days_are_those_behind_a_place_in_the_chain(journal: Journal) -> None:
    for _ in range(2):
        journal.record(ENTRY)
        assert journal.days() == ("2026-11-22",)
    assert journal.days(after=2) == ()
    ids_of_day = [json.loads(line)["id"] for line in journal.lines_of("2026-11-22")]
    assert ids_of_day == ["r-1", "r-2"]


def test_more_records_than_are_read_at_once_come_in_their_order(journal: Journal) -> None:
    with journal.database.step():
        for _ in range(1001):
            journal.record(ENTRY)
    numbers = [int(record["id"][2:]) for record in records(journal)]
    assert numbers == list(range(1, 1002))


def test_a_secret_is_taken_out_of_every_corner_of_a_record_and_of_an_outcome(
    journal: Journal,
) -> None:
    hidden = {"list": ["s3cret", 5], "pair": ("s3cret", 6), "inner": {"deep": "s3cret"}}
    journal.record(ENTRY.model_copy(update={"parameters": hidden, "error": "s3cret!"}))
    [record] = records(journal)
    clean = {"list": ["***", 5], "pair": ["***", 6], "inner": {"deep": "***"}}
    assert record["parameters"] == clean
    assert record["error"] == "***!"
    proposal = granted(journal)
    journal.arm(proposal, now=NOW)
    said = Outcome(kind=OutcomeKind.FAILED, detail="it says s3cret", data={"pair": ("s3cret", 6)})
    armed = proposal.model_copy(update={"state": State.ARMED})
    assert journal.move(armed, State.FAILED, ENTRY, change=Change(outcome=said))
    kept = journal.find(proposal.id)
    assert kept is not None
    assert kept.outcome is not None
    assert (kept.outcome.detail, kept.outcome.data) == ("it says ***", {"pair": ["***", 6]})


def test_a_record_names_its_machine_where_there_are_several(journal: Journal) -> None:
    journal.record(ENTRY)
    journal.database.machine = "till"
    journal.record(ENTRY.model_copy(update={"parameters": {"note": "a.md"}}))
    alone, one_of_several = records(journal)
    assert alone["parameters"] == {}
    assert one_of_several["parameters"] == {"note": "a.md", "machine": "till"}


def test_the_records_of_a_proposal_are_its_own_oldest_first(journal: Journal) -> None:
    proposal = asked(journal)
    of_it = ENTRY.model_copy(update={"proposal_id": proposal.id})
    journal.record(of_it, ENTRY, of_it.model_copy(update={"result": "later"}))
    assert [record["result"] for record in journal.records_of(proposal.id)] == ["done", "later"]


# --- claiming --------------------------------------------------------------------------------


def test_a_claim_is_won_once_and_says_which_attempt_it_is(journal: Journal) -> None:
    proposal = granted(journal)
    assert journal.arm(proposal, ENTRY, now=NOW) == Claim(won=True, attempt=1, cap="")
    assert journal.arm(proposal, ENTRY, now=NOW) == Claim(won=False, attempt=0, cap="")
    found = journal.find(proposal.id)
    assert found is not None
    assert (found.state, found.attempts, found.armed_at) == (State.ARMED, 1, NOW)
    assert len(records(journal)) == 2


def test_what_never_left_is_claimed_again_as_the_second_attempt(journal: Journal) -> None:
    proposal = granted(journal)
    journal.arm(proposal, now=NOW)
    journal.move(proposal.model_copy(update={"state": State.ARMED}), State.WAITING)
    assert journal.arm(proposal, now=NOW) == Claim(won=True, attempt=2)


def test_nothing_is_claimed_at_the_second_in_which_it_expires(journal: Journal) -> None:
    proposal = granted(journal)
    assert not journal.arm(proposal, now=proposal.expires_at).won
    assert journal.arm(proposal, now=proposal.expires_at - SECOND).won


@pytest.mark.parametrize(
    "changed", [{"version": 2}, {"fields": {"invoice": "INV/2026/0007", "amount": "1.00"}}]
)
def test_only_the_version_and_the_payload_that_were_granted_are_claimed(
    journal: Journal, changed: dict[str, Any]
) -> None:
    proposal = granted(journal)
    assert not journal.arm(proposal.model_copy(update=changed), now=NOW).won


def test_what_nobody_granted_is_not_claimed(journal: Journal) -> None:
    proposal = asked(journal, state=State.GRANTED)
    assert not journal.arm(proposal, now=NOW).won
    assert not journal.arm(asked(journal, "p-bbbbbbbbbb"), now=NOW).won


def test_nothing_is_claimed_while_everything_is_stopped(journal: Journal) -> None:
    proposal = granted(journal)
    journal.set_stop(ENTRY, stopped=True)
    journal.set_stop(ENTRY, stopped=True)
    assert journal.stopped()
    assert journal.arm(proposal, now=NOW) == Claim(won=False)
    journal.set_stop(ENTRY, stopped=False)
    assert not journal.stopped()
    assert journal.arm(proposal, now=NOW).won
    assert len(records(journal)) == 4


# --- caps ------------------------------------------------------------------------------------


def test_a_cap_is_used_up_by_an_attempt_and_free_again_after_its_window(journal: Journal) -> None:
    first, second = granted(journal), granted(journal, "p-bbbbbbbbbb")
    assert journal.arm(first, now=NOW, caps=[MAIL]).won
    assert journal.arm(second, now=NOW, caps=[MAIL]) == Claim(won=False, cap="mail")
    almost = NOW + MAIL.window - SECOND
    assert journal.arm(second, now=almost, caps=[MAIL]) == Claim(won=False, cap="mail")
    assert journal.arm(second, now=NOW + MAIL.window, caps=[MAIL]).won


def test_what_was_done_keeps_its_room_and_what_never_left_gives_it_back(journal: Journal) -> None:
    first, second = granted(journal), granted(journal, "p-bbbbbbbbbb")
    journal.arm(first, now=NOW, caps=[MAIL])
    armed = first.model_copy(update={"state": State.ARMED})
    journal.move(armed, State.WAITING)
    assert journal.arm(second, now=NOW, caps=[MAIL]).won
    journal.move(second.model_copy(update={"state": State.ARMED}), State.DONE)
    assert not journal.arm(first, now=NOW, caps=[MAIL]).won


def test_a_step_that_was_not_taken_gives_no_room_back(journal: Journal) -> None:
    first, second = granted(journal), granted(journal, "p-bbbbbbbbbb")
    journal.arm(first, now=NOW, caps=[MAIL])
    stale = first.model_copy(update={"state": State.ARMED, "version": 7})
    assert not journal.move(stale, State.WAITING)
    assert not journal.arm(second, now=NOW, caps=[MAIL]).won


def test_a_cap_says_from_when_on_it_has_room(journal: Journal) -> None:
    assert journal.frees_at(MAIL, NOW) is None
    two = Cap(kind="mail", amount=1, limit=2, window=MAIL.window)
    for number, name in enumerate(("p-aaaaaaaaaa", "p-bbbbbbbbbb")):
        journal.arm(granted(journal, name), now=NOW + number * SECOND, caps=[two])
    assert journal.frees_at(two, NOW + 2 * SECOND) == NOW + MAIL.window
    assert journal.frees_at(MAIL, NOW + 2 * SECOND) == NOW + SECOND + MAIL.window
    # What left a whole window ago counts no more, to the second.
    assert journal.frees_at(two, NOW + MAIL.window) is None
    never = Cap(kind="mail", amount=3, limit=2, window=MAIL.window)
    assert journal.frees_at(never, NOW) == NOW + MAIL.window


def test_a_cap_counts_its_own_kind_only(journal: Journal) -> None:
    post = Cap(kind="post", amount=1, limit=1, window=MAIL.window)
    journal.arm(granted(journal), now=NOW, caps=[MAIL])
    assert journal.arm(granted(journal, "p-bbbbbbbbbb"), now=NOW, caps=[post]).won


# --- steps -----------------------------------------------------------------------------------


def test_a_step_that_the_lifecycle_forbids_is_an_error_of_the_program(journal: Journal) -> None:
    with pytest.raises(ValueError, match="cannot go from pending to done"):
        journal.move(asked(journal), State.DONE)


def test_a_step_from_an_older_version_or_another_state_is_not_taken(journal: Journal) -> None:
    proposal = asked(journal)
    newer = proposal.model_copy(update={"version": 2})
    assert journal.move(newer, State.REFUSED, ENTRY) is False
    assert journal.move(proposal, State.REFUSED, ENTRY) is True
    assert journal.move(proposal, State.REFUSED, ENTRY) is False
    assert len(records(journal)) == 2


def test_a_new_version_ends_the_grant_and_the_hold_of_the_old_one(journal: Journal) -> None:
    proposal = payment(state=State.GRANTED)
    held = Change(grant=yes_to(proposal), hold_until=NOW + SECOND)
    journal.register(proposal, change=held)
    again = proposal.model_copy(update={"version": 2, "state": State.PENDING})
    assert journal.move(proposal, State.PENDING, change=Change(proposal=again))
    found = journal.find(proposal.id)
    assert found is not None
    assert (found.grant, found.hold_until, found.proposal.version) == (None, None, 2)


def test_a_new_version_is_claimed_with_what_it_says_and_not_with_what_the_old_one_said(
    journal: Journal,
) -> None:
    old = granted(journal)
    cheaper = {**old.fields, "amount": "1.00"}
    new = old.model_copy(update={"version": 2, "state": State.PENDING, "fields": cheaper})
    journal.move(old, State.PENDING, change=Change(proposal=new))
    grant = yes_to(new)
    assert journal.move(new, State.GRANTED, change=Change(grant=grant))
    assert not journal.arm(new.model_copy(update={"fields": old.fields}), now=NOW).won
    assert journal.arm(new, now=NOW).won


def test_a_new_version_brings_its_own_words_and_times(journal: Journal) -> None:
    old, hour = granted(journal), timedelta(hours=1)
    times = {"runs_at": NOW + hour, "expires_at": NOW + 2 * hour}
    cheaper = {**old.fields, "amount": "1.00"}
    new = old.model_copy(update={"version": 2, "state": State.PENDING, "fields": cheaper} | times)
    journal.move(old, State.PENDING, change=Change(proposal=new))
    found = journal.find(old.id)
    assert found is not None
    assert found.proposal == new
    assert journal.move(new, State.GRANTED, change=Change(grant=yes_to(new)))
    assert journal.granted_to("odoo", 50, now=NOW + hour - SECOND) == []
    assert ids(journal.granted_to("odoo", 50, now=NOW + hour)) == [new.id]
    assert not journal.arm(new, now=NOW + 2 * hour).won
    assert journal.arm(new, now=NOW + 2 * hour - SECOND).won


def test_a_note_is_written_anew_only_where_that_is_asked_for(journal: Journal) -> None:
    proposal = asked(journal)
    journal.mark_filed([proposal.id])
    assert journal.move(proposal, State.PENDING)
    found = journal.find(proposal.id)
    assert found is not None
    assert (found.shown, found.filed) == (True, False)
    journal.move(proposal, State.PENDING, change=Change(reshow=True))
    found = journal.find(proposal.id)
    assert found is not None
    assert not found.shown
    journal.mark_note(proposal.id)
    found = journal.find(proposal.id)
    assert found is not None
    assert (found.shown, found.filed) == (True, False)


def test_a_whole_is_taken_apart_once_and_not_while_stopped(journal: Journal) -> None:
    whole = granted(journal)
    part = payment(id="p-cccccccccc", note="c.md", state=State.GRANTED, group=whole.id)
    members = [(part, ENTRY, Change(grant=yes_to(part)))]
    journal.set_stop(ENTRY, stopped=True)
    assert journal.take_apart(whole, ENTRY, members, now=NOW) is False
    assert journal.of_group(whole.id) == []
    journal.set_stop(ENTRY, stopped=False)
    before = len(records(journal))
    assert journal.take_apart(whole, ENTRY, members, now=NOW) is True
    assert journal.take_apart(whole, ENTRY, members, now=NOW) is False
    [found] = journal.of_group(whole.id)
    assert (found.state, found.grant) == (State.GRANTED, yes_to(part))
    assert len(records(journal)) == before + 2


def test_stages_are_kept_one_beside_the_other(journal: Journal) -> None:
    proposal = granted(journal)
    journal.stage(proposal.id, "draft", "d-1")
    journal.stage(proposal.id, "thread", "t-1")
    found = journal.find(proposal.id)
    assert found is not None
    assert found.staged == {"draft": "d-1", "thread": "t-1"}


# --- finding ---------------------------------------------------------------------------------


def test_what_is_similar_or_recent_counts_from_its_very_second(journal: Journal) -> None:
    proposal = asked(journal)
    of = (proposal.operation, "47")
    assert ids(journal.similar(*of, since=NOW)) == [proposal.id]
    assert journal.similar(*of, since=NOW + SECOND) == []
    assert journal.similar("odoo_create_invoice", "47", since=NOW) == []
    assert journal.similar(proposal.operation, "48", since=NOW) == []
    assert ids(journal.recent(proposal.operation, since=NOW)) == [proposal.id]
    assert journal.recent(proposal.operation, since=NOW + SECOND) == []


def test_only_what_policy_granted_counts_as_let_through(journal: Journal) -> None:
    granted(journal)
    by_itself = payment(id="p-bbbbbbbbbb", note="b.md", state=State.GRANTED)
    grant = yes_to(by_itself).model_copy(update={"by": "policy"})
    journal.register(by_itself, change=Change(grant=grant))
    assert ids(journal.let_through("47", since=NOW)) == [by_itself.id]
    assert journal.let_through("47", since=NOW + SECOND) == []
    assert journal.let_through("48", since=NOW) == []


def test_a_proposal_is_found_by_its_item_its_note_and_its_state(journal: Journal) -> None:
    proposal = asked(journal)
    other = asked(journal, "p-bbbbbbbbbb", origin=Origin(source=Source.MCP))
    assert ids(journal.from_item("i-1")) == [proposal.id]
    found = journal.named(f"{other.id}.md")
    assert found is not None
    assert found.proposal.id == other.id
    assert journal.named("nobody.md") is None
    assert journal.named("broken\udcff.md") is None
    assert journal.find("p-nobody") is None
    assert ids(journal.in_states({State.PENDING})) == [proposal.id, other.id]
    assert journal.in_states({State.DONE}) == []


def test_what_is_finished_is_unfiled_until_its_note_lies_where_it_stays(journal: Journal) -> None:
    proposal = asked(journal)
    assert journal.unfiled() == []
    journal.move(proposal, State.REFUSED, ENTRY)
    assert ids(journal.unfiled()) == [proposal.id]
    journal.mark_filed([proposal.id])
    assert journal.unfiled() == []


# --- queues ----------------------------------------------------------------------------------


def test_a_queue_holds_what_is_granted_or_waiting_for_its_service_in_the_order_of_the_yes(
    journal: Journal,
) -> None:
    later = payment(id="p-aaaaaaaaaa", note="a.md", state=State.GRANTED)
    grant = yes_to(later).model_copy(update={"given_at": NOW + SECOND})
    journal.register(later, change=Change(grant=grant))
    waiting = granted(journal, "p-bbbbbbbbbb")
    journal.arm(waiting, now=NOW)
    journal.move(waiting.model_copy(update={"state": State.ARMED}), State.WAITING)
    asked(journal, "p-cccccccccc")
    granted(journal, "p-dddddddddd", operation="twitter_create_tweet")
    assert ids(journal.granted_to("odoo", 50, now=NOW)) == [waiting.id, later.id]
    assert ids(journal.granted_to("odoo", 1, now=NOW)) == [waiting.id]
    assert journal.granted_to("gmail", 50, now=NOW) == []


def test_an_attempt_under_way_is_seen_by_its_own_service_only(journal: Journal) -> None:
    proposal = granted(journal)
    assert not journal.is_armed("odoo")
    journal.arm(proposal, now=NOW)
    assert journal.is_armed("odoo")
    assert not journal.is_armed("twitter")
    journal.move(proposal.model_copy(update={"state": State.ARMED}), State.DONE)
    assert not journal.is_armed("odoo")


def test_a_service_is_due_from_the_second_in_which_hold_time_and_rest_are_over(
    journal: Journal,
) -> None:
    held = payment(id="p-aaaaaaaaaa", note="a.md", state=State.GRANTED)
    change = Change(grant=yes_to(held), hold_until=NOW + SECOND)
    journal.register(held, change=change)
    planned = {"operation": "twitter_create_tweet", "runs_at": NOW + 2 * SECOND}
    granted(journal, "p-bbbbbbbbbb", **planned)
    resting = granted(journal, "p-cccccccccc", operation="gmail_send_email")
    journal.arm(resting, now=NOW)
    armed = resting.model_copy(update={"state": State.ARMED})
    journal.move(armed, State.WAITING, change=Change(not_before=NOW + 3 * SECOND))
    asked(journal, "p-dddddddddd", operation="linkedin_create_post")
    due = [journal.due_services(NOW + number * SECOND, hold=HOLD) for number in range(4)]
    assert due == [[], ["odoo"], ["odoo", "twitter"], ["gmail", "odoo", "twitter"]]


def test_what_is_held_for_longer_than_a_hold_lasts_was_kept_before_the_clock_went_back(
    journal: Journal,
) -> None:
    held = payment(state=State.GRANTED)
    journal.register(held, change=Change(grant=yes_to(held), hold_until=NOW + HOLD))
    assert journal.due_services(NOW, hold=HOLD) == []
    assert journal.due_services(NOW - SECOND, hold=HOLD) == ["odoo"]


def test_what_rests_for_longer_than_a_rest_lasts_was_kept_before_the_clock_went_back(
    journal: Journal,
) -> None:
    resting = granted(journal)
    journal.arm(resting, now=NOW)
    armed = resting.model_copy(update={"state": State.ARMED})
    journal.move(armed, State.WAITING, change=Change(not_before=NOW + timedelta(minutes=15)))
    assert journal.due_services(NOW, hold=HOLD) == []
    assert journal.due_services(NOW - SECOND, hold=HOLD) == ["odoo"]


def test_a_service_with_two_things_to_do_is_due_once(journal: Journal) -> None:
    granted(journal)
    granted(journal, "p-bbbbbbbbbb")
    assert journal.due_services(NOW, hold=HOLD) == ["odoo"]


def test_who_opens_a_journal_twice_keeps_what_he_wrote_when_somebody_else_comes_and_goes(
    tmp_path: Path,
) -> None:
    """Closing the file once more would give up SQLite's locks, and the log would be taken away."""
    path = tmp_path / "journal.sqlite3"
    command = [sys.executable, "-c", COMES_AND_GOES, str(path)]
    with closing(Journal(database=SqliteDatabase(path))) as ours:
        ours.record(ENTRY)
        SqliteDatabase(path, look_only=True).close()
        subprocess.run(command, check=True, capture_output=True)
        ours.record(ENTRY)
        found = subprocess.run(command, check=True, capture_output=True)
    assert found.stdout.strip() == b"2"
