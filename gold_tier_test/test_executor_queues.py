"""Queues of what is approved: their order, what holds them back, and what one attempt leaves."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any, override

import pytest
from conftest import CATALOGUE, LINES, NEWS, Business, Clock, Square

from benchmarks.postgres_server import Server
from utils.catalogue import Catalogue
from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    JournalError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    UnreachableError,
)
from utils.core.lifecycle import Folder, State
from utils.core.model import Grant, Outcome, OutcomeKind, Proposal
from utils.core.operation import Mark
from utils.execution.answers import outcome_of, rest_after
from utils.execution.queues import BATCH
from utils.journal import Journal
from utils.sandbox.http_wire import Answer, Request
from utils.sandbox.odoo import PretendOdoo
from utils.sandbox.pretend_service import PretendService
from utils.settings import load
from utils.storage.place import open_database
from utils.storage.steps import Change
from utils.system.lanes import Lanes

LOAD = "/json/2/account.move/load"
DRAFTS = "/gmail/v1/users/me/drafts"
MAIL = {"to": "ann@cafe.example", "subject": "Order", "body": "Ready."}


def allowed(business: Business, count: int) -> list[Proposal]:
    """Invoices that the owner said yes to, a second apart, none of them sent yet."""
    proposals = [business.submit(reference=f"PO-{number}") for number in range(count)]
    for proposal in proposals:
        say_yes(business, proposal)
    return proposals


def say_yes(business: Business, proposal: Proposal) -> None:
    business.drag(proposal.note)
    business.engine.folders.sweep()
    business.clock.forward(seconds=1)


def run_due(business: Business) -> None:
    executor = business.engine.executor
    assert executor
    executor.run_due()


def run_lane(business: Business, service: str = "odoo") -> bool:
    executor = business.engine.executor
    assert executor
    return executor.run_lane(service)


def made(business: Business) -> list[str]:
    """The references of the invoices in Odoo, in the order in which they came to be."""
    return [row["payload"]["ref"] for row in business.effects()]


def states(business: Business, proposals: list[Proposal]) -> list[State]:
    return [business.state(proposal) for proposal in proposals]


def at_each(
    service: PretendService[Any], path: str, act: Callable[[], object], patch: pytest.MonkeyPatch
) -> None:
    """Do something whenever the service gets a write to a path, before it answers."""
    respond = service.respond

    def acting(request: Request, state: Any) -> Answer:
        if request.path == path and request.method == "POST":
            act()
        return respond(request, state)

    patch.setattr(service, "respond", acting)


# --- the order --------------------------------------------------------------------------------


def test_each_service_goes_by_the_order_of_the_yes_whatever_was_allowed_between(
    square: Square,
) -> None:
    last, first = square.submit(reference="PO-2"), square.submit(reference="PO-1")
    tweet = square.submit("twitter_create_tweet", text=NEWS)
    for proposal in (first, tweet, last):
        say_yes(square, proposal)
    run_due(square)
    assert made(square) == ["PO-1", "PO-2"]
    assert square.posts() == {"tweet": 1}


def test_what_never_left_holds_back_the_rest_of_its_service_and_no_other(square: Square) -> None:
    first, second = allowed(square, 2)
    tweet = square.submit("twitter_create_tweet", text=NEWS)
    say_yes(square, tweet)
    square.odoo.fault("status", path=LOAD, status=429, seconds=0)
    run_due(square)
    assert states(square, [first, second, tweet]) == [State.WAITING, State.GRANTED, State.DONE]
    assert square.found(second.id).attempts == 0
    square.clock.forward(seconds=15)
    run_due(square)
    assert made(square) == ["PO-0", "PO-1"]


def test_what_may_have_left_holds_nothing_back(business: Business) -> None:
    proposals = allowed(business, 3)
    business.odoo.fault("status", path=LOAD, status=503)
    run_due(business)
    assert states(business, proposals) == [State.UNKNOWN, State.DONE, State.DONE]
    assert business.notes(Folder.APPROVED) == [proposals[0].note]
    assert business.notes(Folder.NEEDS_ACTION) == []


def test_a_service_that_goes_out_in_the_midst_of_its_queue_is_left_alone_at_once(
    business: Business,
) -> None:
    proposals = allowed(business, 7)
    business.odoo.fault("status", path=LOAD, status=503, times=500)
    run_due(business)
    assert states(business, proposals) == [State.UNKNOWN] * 5 + [State.GRANTED] * 2
    assert [business.found(each.id).attempts for each in proposals] == [1] * 5 + [0] * 2


def test_no_further_one_begins_once_the_employee_is_leaving(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposals = allowed(business, 3)
    at_each(business.odoo, LOAD, business.engine.leaving.set, monkeypatch)
    run_due(business)
    assert states(business, proposals) == [State.DONE, State.GRANTED, State.GRANTED]
    assert business.notes(Folder.COMPLETED) == [proposals[0].note]


def test_a_whole_is_taken_apart_and_never_performed_itself(square: Square) -> None:
    whole = square.announce()
    say_yes(square, whole)
    run_due(square)
    found = square.found(whole.id)
    assert (found.state, found.attempts, square.posts()) == (State.GRANTED, 0, {})
    square.settle()
    assert sum(square.posts().values()) == 4


# --- rests ------------------------------------------------------------------------------------


def test_a_wait_that_a_service_asked_for_outlasts_a_restart(business: Business) -> None:
    [proposal] = allowed(business, 1)
    business.odoo.fault("status", path=LOAD, status=429, seconds=100)
    run_due(business)
    business.clock.forward(seconds=20)
    business.restart()
    run_due(business)
    assert (business.state(proposal), business.found(proposal.id).attempts) == (State.WAITING, 1)
    business.clock.forward(seconds=81)
    run_due(business)
    assert business.state(proposal) is State.DONE


def test_what_was_taken_back_and_allowed_anew_goes_out_at_once(business: Business) -> None:
    """The rest belongs to the first yes: who says it again does not wait for the old one."""
    [proposal] = allowed(business, 1)
    business.odoo.fault("status", path=LOAD, status=429, seconds=100)
    run_due(business)
    business.drag(proposal.note, Folder.PENDING, out_of=Folder.APPROVED)
    business.tick(seconds=5)
    business.clock.forward(seconds=5)
    say_yes(business, proposal)
    assert business.state(proposal) is State.GRANTED
    run_due(business)
    assert made(business) == ["PO-0"]


def test_a_clock_that_was_put_back_makes_nothing_wait_longer_than_the_service_asked_for(
    business: Business,
) -> None:
    [proposal] = allowed(business, 1)
    business.odoo.fault("status", path=LOAD, status=429, seconds=100)
    run_due(business)
    business.clock.put(hours=-5)
    run_due(business)
    business.clock.forward(seconds=99)
    run_due(business)
    assert business.state(proposal) is State.WAITING
    business.clock.forward(seconds=1)
    run_due(business)
    assert business.state(proposal) is State.DONE


def test_a_connection_that_is_not_set_up_says_so_and_is_tried_at_once_when_it_is(
    business: Business,
) -> None:
    key = business.odoo.environment()["ODOO_API_KEY"]
    [proposal] = allowed(business, 1)
    business.restart(ODOO_API_KEY="")
    run_due(business)
    parked = business.found(proposal.id)
    assert parked.state is State.WAITING
    assert parked.outcome
    assert "ODOO_API_KEY" in parked.outcome.detail
    business.clock.forward(seconds=1)
    business.restart(ODOO_API_KEY=key)
    run_due(business)
    assert made(business) == ["PO-0"]


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 15), (1, 30), (2, 60), (5, 480), (6, 900), (10, 900), (99, 900)]
)
def test_a_missing_sign_in_is_asked_after_ever_less_often_up_to_a_quarter_of_an_hour(
    business: Business, attempts: int, seconds: int
) -> None:
    tracked = replace(business.found(business.submit().id), attempts=attempts)
    parked = outcome_of(AuthenticationError())
    assert rest_after(tracked, parked) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("asked_s", "rests_s"), [(None, 15), (0, 15), (14, 15), (16, 16)])
def test_a_wait_that_a_service_asks_for_is_kept_and_fifteen_seconds_at_least(
    business: Business, asked_s: float | None, rests_s: float
) -> None:
    tracked = business.found(business.submit().id)
    told = outcome_of(RateLimitedError(retry_after_s=asked_s))
    assert rest_after(tracked, told) == timedelta(seconds=rests_s)


@pytest.mark.parametrize(
    ("error", "kind", "data"),
    [
        (AuthenticationError(), OutcomeKind.WAITING, {"connect": True}),
        (ConfigurationError("SHOP_URL"), OutcomeKind.WAITING, {"connect": True}),
        (RateLimitedError(retry_after_s=40), OutcomeKind.WAITING, {"retry_after_s": 40}),
        (UnreachableError(), OutcomeKind.WAITING, {}),
        (OutcomeUnknownError(), OutcomeKind.UNKNOWN, {}),
        (RejectedError("no such customer"), OutcomeKind.FAILED, {}),
    ],
    ids=repr,
)
def test_only_a_refusal_is_final_and_only_what_never_left_waits(
    error: RejectedError, kind: OutcomeKind, data: dict[str, Any]
) -> None:
    outcome = outcome_of(error)
    assert (outcome.kind, outcome.data) == (kind, data)
    assert outcome.detail == f"{error} {error.hint}"


# --- limits -----------------------------------------------------------------------------------


def test_an_amount_that_is_the_whole_limit_waits_for_its_day_and_is_not_set_aside(
    business: Business,
) -> None:
    business.restart(MAX_AMOUNT_PER_DAY="150")
    proposals = allowed(business, 2)
    run_due(business)
    assert states(business, proposals) == [State.DONE, State.GRANTED]
    business.clock.forward(hours=24, seconds=1)
    run_due(business)
    assert states(business, proposals) == [State.DONE] * 2


def test_what_can_never_go_out_is_set_aside_by_the_executor_and_lets_the_next_one_pass(
    business: Business,
) -> None:
    business.restart(MAX_AMOUNT_PER_DAY="200")
    large = business.submit(lines=[LINES[0] | {"unit_price": "70.00"}], reference="large")
    say_yes(business, large)
    [small] = allowed(business, 1)
    run_due(business)
    assert states(business, [large, small]) == [State.HELD, State.DONE]
    held = [r for r in business.engine.journal.records_of(large.id) if r["result"] == "held"]
    assert [record["actor"] for record in held] == ["executor"]
    assert made(business) == ["PO-0"]


# --- one attempt ------------------------------------------------------------------------------


class Faulty(CATALOGUE.operation("odoo_create_invoice")):  # type: ignore[misc]
    """Create the invoice, and then fail in a way that nobody foresaw."""

    @override
    def perform(self, reach: Any, grant: Grant, proposal: Proposal, mark: Mark) -> Outcome:
        super().perform(reach, grant, proposal, mark)
        msg = "https://odoo.example/?key=hunter2"
        raise LookupError(msg)


def test_a_fault_of_ours_after_arming_is_unknown_says_so_and_sends_nothing_again(
    business: Business,
) -> None:
    proposal, second = allowed(business, 2)
    genuine = CATALOGUE.service_of("odoo_create_invoice")
    executor = business.engine.executor
    assert executor
    faulty = Catalogue((replace(genuine, operations=(Faulty,)),))
    replace(executor, catalogue=faulty).run_lane("odoo")
    found = business.found(proposal.id)
    assert found.state is State.UNKNOWN
    assert found.outcome
    assert "internal fault (LookupError)" in found.outcome.detail
    assert "hunter2" not in found.outcome.detail
    for _ in range(8):
        business.tick(seconds=20)
    assert made(business) == ["PO-0", "PO-1"]
    assert states(business, [proposal, second]) == [State.DONE] * 2


def test_a_stage_that_cannot_be_kept_ends_the_run_and_leaves_the_attempt_open(
    square: Square,
) -> None:
    """Whoever runs it must stop: a failed journal is no answer of a service."""
    mail = square.submit("gmail_send_mail", **MAIL)
    say_yes(square, mail)
    with closing(sqlite3.connect(square.engine.settings.journal_path)) as other:
        other.executescript(
            "CREATE TRIGGER full BEFORE UPDATE OF staged ON proposals "
            "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
        with pytest.raises(JournalError):
            run_due(square)
        assert square.state(mail) is State.ARMED
        other.executescript("DROP TRIGGER full")
    square.restart()
    assert square.state(mail) is State.UNKNOWN
    assert Counter(effect["kind"] for effect in square.street.gmail.ledger())["mail_sent"] == 0


def test_a_stop_between_two_stages_of_one_attempt_sends_nothing(
    square: Square, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = square.submit("gmail_send_mail", **MAIL)
    say_yes(square, mail)
    stop = square.path(Folder.PENDING).parent / "STOP.md"
    at_each(square.street.gmail, DRAFTS, lambda: stop.write_text(""), monkeypatch)
    run_due(square)
    assert stop.exists()
    assert Counter(effect["kind"] for effect in square.street.gmail.ledger())["mail_sent"] == 0
    assert square.state(mail) is State.WAITING


def test_a_record_says_in_milliseconds_how_long_the_service_took(business: Business) -> None:
    [proposal] = allowed(business, 1)
    business.odoo.fault("slow", path=LOAD, seconds=0.3)
    run_due(business)
    found = business.engine.journal.records_of(proposal.id)
    [done] = [record for record in found if record["result"] == "done"]
    assert 300 <= done["duration_ms"] < 60_000


def test_a_record_names_the_address_of_what_was_made(business: Business) -> None:
    [proposal] = allowed(business, 1)
    run_due(business)
    found = business.engine.journal.records_of(proposal.id)
    [done] = [record for record in found if record["result"] == "done"]
    [made] = business.effects()
    assert done["parameters"]["url"].startswith(business.odoo.url)
    assert str(made["id"]) in done["parameters"]["url"]


def test_the_record_of_a_post_names_what_it_became_in_public(square: Square) -> None:
    tweet = square.submit("twitter_create_tweet", text=NEWS)
    say_yes(square, tweet)
    run_due(square)
    [done] = [r for r in square.engine.journal.records_of(tweet.id) if r["result"] == "done"]
    [posted] = square.x.ledger()
    assert done["domain_link"] == f"twitter:{posted['id']}"
    assert done["parameters"]["remote_id"] == posted["id"]


def test_the_notes_of_many_quick_ones_are_all_put_away(business: Business) -> None:
    proposals = allowed(business, 6)
    run_due(business)
    assert business.notes(Folder.APPROVED) == []
    assert business.notes(Folder.COMPLETED) == sorted(each.note for each in proposals)


def test_the_note_of_what_a_service_refuses_is_put_away_too(business: Business) -> None:
    [proposal] = allowed(business, 1)
    business.odoo.fault("status", path=LOAD, status=422)
    run_due(business)
    assert (business.state(proposal), business.notes(Folder.APPROVED)) == (State.FAILED, [])
    assert 'status: "failed"' in business.text(Folder.COMPLETED, proposal.note)


def test_where_a_service_is_slow_a_note_is_put_away_while_others_are_still_under_way(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposals = allowed(business, 3)
    business.odoo.fault("slow", path=LOAD, seconds=0.2, times=3)
    seen: list[list[str]] = []
    at_each(
        business.odoo, LOAD, lambda: seen.append(business.notes(Folder.COMPLETED)), monkeypatch
    )
    run_due(business)
    assert seen == [[], [], [proposals[0].note]]


# --- a lane -----------------------------------------------------------------------------------


def test_a_lane_performs_what_is_due_and_says_whether_there_may_be_more(
    business: Business,
) -> None:
    proposals = allowed(business, 2)
    assert run_lane(business) is False
    assert states(business, proposals) == [State.DONE] * 2


def test_a_lane_takes_a_batch_at_a_time_and_none_while_its_service_is_out(
    business: Business,
) -> None:
    proposals = [business.submit(reference=f"PO-{number}") for number in range(BATCH + 5)]
    for proposal in proposals:
        business.drag(proposal.note)
    business.engine.folders.sweep()
    business.odoo.fault("status", path=LOAD, status=503, times=500)
    assert run_lane(business) is True
    assert run_lane(business) is False
    business.odoo.heal()
    business.clock.forward(seconds=31)
    assert run_lane(business) is True
    assert run_lane(business) is False
    assert Counter(states(business, proposals)) == {State.UNKNOWN: 5, State.DONE: BATCH}


def test_a_lane_finds_what_is_due_behind_everything_that_is_planned_for_later(
    square: Square,
) -> None:
    begin = square.clock().astimezone(UTC)
    for number in range(BATCH):
        later = (begin + timedelta(hours=number + 2)).isoformat()
        post = square.submit("twitter_create_tweet", text=f"Loaf {number}.", scheduled_for=later)
        if post.state is State.PENDING:
            square.drag(post.note)
    square.engine.folders.sweep()
    square.clock.forward(seconds=60)
    now = square.submit("twitter_create_tweet", text=NEWS)
    say_yes(square, now)
    square.clock.forward(seconds=60)
    assert len(square.engine.journal.in_states({State.GRANTED})) == BATCH + 1
    run_lane(square, "twitter")
    assert square.state(now) is State.DONE


def test_a_home_by_itself_takes_all_that_is_due_in_one_run(business: Business) -> None:
    proposals = [business.submit(reference=f"PO-{number}") for number in range(BATCH + 2)]
    for proposal in proposals:
        business.drag(proposal.note)
    business.engine.folders.sweep()
    run_due(business)
    assert set(states(business, proposals)) == {State.DONE}


def test_in_a_home_by_itself_an_attempt_without_an_end_holds_up_no_other(
    business: Business,
) -> None:
    first, second = allowed(business, 2)
    assert business.engine.journal.arm(first, now=business.clock()).won
    run_due(business)
    assert (business.state(first), business.state(second)) == (State.ARMED, State.DONE)


def test_no_executor_can_be_made_where_nothing_may_be_sent_from(business: Business) -> None:
    executor = business.engine.executor
    assert executor
    cloud = executor.settings.model_copy(update={"role": "cloud"})
    with pytest.raises(ConfigurationError, match="no right to send"):
        replace(executor, settings=cloud)


@pytest.fixture
def pair(
    tmp_path: Path, odoo: PretendOdoo, clock: Clock, postgres: Server
) -> Iterator[tuple[Business, Journal]]:
    """A business, and its journal as another machine has it."""
    shared = {
        "EMPLOYEE_DATABASE_URL": postgres.url,
        "EMPLOYEE_BUSINESS": f"q{abs(hash(str(tmp_path))) % 10**12}",
    }
    business = Business(tmp_path / "home", odoo, clock, shared | {"EMPLOYEE_MACHINE": "till"})
    settings = load(
        tmp_path / "office",
        environment=shared | {"EMPLOYEE_MACHINE": "office"},
        project_root=tmp_path,
    )
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with closing(Journal(database=open_database(settings), clock=clock)) as journal:
        yield business, journal
    business.engine.close()


def test_what_another_machine_is_at_is_left_to_it_and_other_services_are_not(
    pair: tuple[Business, Journal],
) -> None:
    business, office = pair
    [proposal] = allowed(business, 1)
    with office.database.alone("lane odoo") as ours:
        assert ours
        run_lane(business)
        assert business.effects() == []
    with office.database.alone("lane twitter") as ours:
        assert ours
        run_lane(business)
    assert states(business, [proposal]) == [State.DONE]


def test_nothing_overtakes_what_a_dead_machine_left_armed(pair: tuple[Business, Journal]) -> None:
    business, office = pair
    first, second = allowed(business, 2)
    assert office.arm(business.found(first.id).proposal, now=business.clock()).won
    run_lane(business)
    assert (business.state(second), business.effects()) == (State.GRANTED, [])
    armed = business.found(first.id).proposal
    assert office.move(armed, State.UNKNOWN)
    run_lane(business)
    assert made(business) == ["PO-1"]


class AfterAnother(Lanes):
    """Lanes that another machine was quicker at."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    @override
    def run(self, works: Any) -> None:
        self._act()
        super().run(works)


def test_a_queue_that_another_machine_has_worked_on_meanwhile_is_read_again(
    pair: tuple[Business, Journal],
) -> None:
    business, office = pair
    first, second = allowed(business, 2)

    def meanwhile() -> None:
        assert office.arm(business.found(first.id).proposal, now=business.clock()).won
        rests = Change(
            outcome=Outcome(kind=OutcomeKind.WAITING, detail="later"),
            not_before=business.clock() + timedelta(seconds=15),
        )
        assert office.move(business.found(first.id).proposal, State.WAITING, change=rests)

    executor = business.engine.executor
    assert executor
    replace(executor, lanes=AfterAnother(meanwhile)).run_due()
    assert (states(business, [first, second]), business.effects()) == (
        [State.WAITING, State.GRANTED],
        [],
    )
    business.clock.forward(seconds=15)
    run_due(business)
    assert made(business) == ["PO-0", "PO-1"]
