"""Outages as the owner meets them: what the note says, what took place, what the others did."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NamedTuple

import pytest
from conftest import CATALOGUE, NEWS, Business, Square

from utils.catalogue import Reaches
from utils.commands.status import collected
from utils.core.errors import JournalError, RestingError, ServiceError, UnreadableRowError
from utils.core.lifecycle import GRANTED_STATES, Folder, State
from utils.core.model import Proposal
from utils.desk import Desk
from utils.sandbox.odoo import PretendOdoo
from utils.storage.breakers import Breakers


class Kind(NamedTuple):
    """One service: what is asked of it, a read of it, and the effect of the former."""

    tool: str
    pretend: str
    effect: str
    read: str
    asks: dict[str, Any]


FACEBOOK = Kind(
    "facebook_create_post", "graph", "facebook_post", "facebook_list_posts", {"message": NEWS}
)
TWEET = Kind("twitter_create_tweet", "x", "tweet", "twitter_get_account", {"text": NEWS})
LINKEDIN = Kind(
    "linkedin_create_post", "linkedin", "linkedin_post", "linkedin_list_posts", {"text": NEWS}
)
MAIL = Kind(
    "gmail_send_mail",
    "gmail",
    "mail_sent",
    "gmail_search",
    {"to": "ann@cafe.example", "subject": "Order", "body": "Ready."},
)
INVOICE = Kind("odoo_create_invoice", "odoo", "invoice_created", "odoo_list_overdue", {})
KINDS = (FACEBOOK, TWEET, LINKEDIN, MAIL, INVOICE)
SERVICES = [kind.pretend for kind in KINDS]

#: What goes wrong, and what has become of an approved write then.
REFUSED, SAYS_503, HANGS, RESETS, BUSY, UNKNOWN_KEY = (
    {"mode": "refuse", "seconds": 3600},
    {"mode": "status", "status": 503, "times": 500},
    {"mode": "timeout_before", "seconds": 2, "times": 500},
    {"mode": "reset", "times": 500},
    {"mode": "status", "status": 429, "seconds": 40, "times": 500},
    {"mode": "status", "status": 401, "times": 500},
)


@pytest.fixture
def hurried(square: Square) -> Square:
    square.restart(
        HTTP_TIMEOUT_SECONDS="0.5",
        RECONCILE_AFTER_SECONDS_ODOO="60",
        RECONCILE_AFTER_SECONDS_GMAIL="60",
    )
    return square


def break_down(square: Square, kind: Kind, fault: dict[str, Any]) -> None:
    values = dict(fault)
    square.street.services[kind.pretend].fault(values.pop("mode"), **values)


def made(square: Square) -> Counter[str]:
    return Counter(kind for _, kind in square.street.ledger())


def ask(square: Square, kind: Kind, **more: Any) -> Proposal:
    return square.submit(kind.tool, **(kind.asks | more))


def other_than(kind: Kind) -> Kind:
    return INVOICE if kind is not INVOICE else TWEET


def status_note(business: Business) -> str:
    return (business.home / "AI_Employee/Status.md").read_text()


@pytest.mark.parametrize("kind", KINDS, ids=SERVICES)
def test_what_never_left_waits_and_goes_out_once_in_order_when_the_service_is_back(
    hurried: Square, kind: Kind
) -> None:
    """Promise 6."""
    texts = ["one", "two", "three"]
    name = {"facebook_create_post": "message", "gmail_send_mail": "body"}.get(kind.tool, "text")
    name = "reference" if kind is INVOICE else name
    asked = [ask(hurried, kind, **{name: f"Number {text}."}) for text in texts]
    other = ask(hurried, other_than(kind))
    break_down(hurried, kind, REFUSED)
    for proposal in (asked[1], asked[0], asked[2], other):
        hurried.clock.forward(seconds=1)
        hurried.approve(proposal)
    # The other service goes on as if nothing were.
    assert hurried.state(other) is State.DONE
    for _ in range(8):
        hurried.tick(seconds=31)
    assert {hurried.state(proposal) for proposal in asked} <= GRANTED_STATES
    assert made(hurried)[kind.effect] == 0
    shown = {each["id"]: each["waits"] for each in collected(hurried.engine)["proposals"]}
    for proposal in asked:
        assert "when it is back" in shown[proposal.id] or "goes out once" in shown[proposal.id]
        assert shown[proposal.id][:60] in status_note(hurried)
    assert hurried.notes(Folder.APPROVED) == sorted(proposal.note for proposal in asked)

    hurried.street.services[kind.pretend].heal()
    for _ in range(4):
        hurried.tick(seconds=31)
    assert [hurried.state(proposal) for proposal in asked] == [State.DONE] * 3
    assert made(hurried)[kind.effect] == 3
    payloads = [
        json.dumps(row)
        for row in hurried.street.services[kind.pretend].ledger()
        if row["kind"] == kind.effect
    ]
    if kind is not MAIL:
        # In the order of the yes.
        assert [
            f"Number {text}." in p
            for text, p in zip(("two", "one", "three"), payloads, strict=True)
        ]
        assert "two" in payloads[0]
    hurried.tick(seconds=2)
    assert "does not answer" not in status_note(hurried)
    assert hurried.engine.audit_log.verify()[0] == []


def test_nothing_overtakes_what_never_left(square: Square) -> None:
    """A service that is back within seconds still gets the first one first."""
    first, second = (ask(square, LINKEDIN, text=f"Number {n}.") for n in (1, 2))
    square.linkedin.fault("refuse", seconds=3600)
    square.approve(first)
    assert square.state(first) is State.WAITING
    square.linkedin.heal()
    square.drag(second.note)
    square.tick(seconds=3)
    assert made(square) == {}, "the second one waits behind the first"
    for _ in range(3):
        square.tick(seconds=8)
    posts = [row["payload"] for row in square.linkedin.ledger()]
    assert [f"Number {n}." in json.dumps(post) for n, post in enumerate(posts, 1)] == [True, True]


@pytest.mark.parametrize("kind", KINDS, ids=SERVICES)
@pytest.mark.parametrize(
    "fault",
    [REFUSED, SAYS_503, HANGS, RESETS, BUSY, UNKNOWN_KEY],
    ids=["refused", "503", "hangs", "resets", "429", "401"],
)
def test_whatever_goes_wrong_in_one_service_happens_once_or_not_at_all_and_touches_no_other(
    hurried: Square, kind: Kind, fault: dict[str, Any]
) -> None:
    """Promises 5 and 6, for every service and every kind of error."""
    proposal, other = ask(hurried, kind), ask(hurried, other_than(kind))
    before = made(hurried)
    break_down(hurried, kind, fault)
    hurried.drag(other.note)
    hurried.approve(proposal)
    assert hurried.state(other) is State.DONE
    assert made(hurried)[kind.effect] == before[kind.effect]
    assert hurried.state(proposal) in {State.WAITING, State.UNKNOWN, State.FAILED}
    if fault in (REFUSED, BUSY, UNKNOWN_KEY):
        assert hurried.state(proposal) is State.WAITING, "it certainly did not take place"
        assert hurried.notes(Folder.APPROVED) == [proposal.note]
    hurried.street.services[kind.pretend].heal()
    for _ in range(4):
        hurried.tick(seconds=40)
    hurried.tick(minutes=16)
    tracked = hurried.found(proposal.id)
    if tracked.state is State.PENDING:
        text = hurried.text(Folder.PENDING, proposal.note)
        assert "The connection broke while it was sent" in text
        assert made(hurried)[kind.effect] == before[kind.effect]
    else:
        assert tracked.state is State.DONE, tracked.outcome
        assert made(hurried)[kind.effect] == before[kind.effect] + 1
    assert hurried.engine.audit_log.verify()[0] == []


def test_a_service_that_hangs_turns_a_queue_of_twenty_into_five_questions_not_twenty(
    square: Square,
) -> None:
    """Decision 0011: what is tried while a service hangs may end as unknown."""
    square.restart(HTTP_TIMEOUT_SECONDS="0.1", MAX_POSTS_PER_DAY="50")
    asked = [ask(square, LINKEDIN, text=f"News number {n}.") for n in range(20)]
    square.linkedin.fault("timeout_before", seconds=1, times=500)
    for proposal in asked:
        square.drag(proposal.note)
    square.engine.pass_once()
    states = Counter(square.state(proposal) for proposal in asked)
    assert 1 <= states[State.UNKNOWN] <= 5
    assert states[State.UNKNOWN] + states[State.GRANTED] == 20
    posts = sum(sent.method == "POST" for sent in square.linkedin.requests())
    assert posts == states[State.UNKNOWN]


def test_an_approval_that_runs_out_while_a_service_is_away_is_told_and_never_sent(
    business: Business, odoo: PretendOdoo
) -> None:
    proposal = business.submit()
    odoo.fault("refuse", seconds=3600)
    business.approve(proposal)
    business.tick(hours=49)
    assert business.state(proposal) is State.EXPIRED
    text = business.text(Folder.COMPLETED, proposal.note)
    assert "You approved it, but it could not go out in time" in text
    odoo.heal()
    business.tick(minutes=5)
    assert business.effects() == []


def test_a_key_that_is_no_longer_good_pauses_its_service_with_one_alert(square: Square) -> None:
    asked = [ask(square, TWEET, text=f"News number {n}.") for n in range(3)]
    square.x.fault("status", status=401, times=500)
    for proposal in asked:
        square.drag(proposal.note)
    for _ in range(6):
        square.tick(seconds=20)
    posts = [sent for sent in square.x.requests() if sent.method == "POST"]
    assert len(posts) <= 4
    alerts = [note for note in square.notes(Folder.NEEDS_ACTION) if "let-me-in" in note]
    assert len(alerts) == 1
    assert {square.state(proposal) for proposal in asked} <= GRANTED_STATES


# --- reads ------------------------------------------------------------------------------------


def desk_of(business: Business) -> Desk:
    engine = business.engine
    return Desk(
        catalogue=engine.catalogue,
        reaches=engine.ground.reaches,
        settings=engine.settings,
        gate=lambda: engine.gate,
        is_alone=lambda: False,
    )


def records(business: Business, action: str) -> list[dict[str, Any]]:
    lines = map(json.loads, business.engine.journal.lines())
    return [line for line in lines if line["action"] == action]


def test_a_read_leaves_one_record_without_what_was_asked(business: Business) -> None:
    """Promise 7: every step is one Record; private words stand as a hash."""
    kind = business.engine.catalogue.operation("odoo_get_partner")
    before = business.engine.journal.head().seq
    desk_of(business).read(kind.model_validate({"partner": "billing@acme.example"}))
    assert business.engine.journal.head().seq == before + 1
    [record] = records(business, "odoo_get_partner")
    assert (record["actor"], record["result"]) == ("mcp:odoo", "done")
    assert record["approval_status"] == "not_needed"
    assert "acme" not in json.dumps(record)
    assert len(record["parameters"]["sha256"]) == 64


def test_a_read_of_a_service_that_is_out_says_so_in_one_sentence_and_is_recorded(
    business: Business,
) -> None:
    """Reads degrade to "not available", and an agent that insists does not wait each time."""
    kind = business.engine.catalogue.operation("odoo_get_partner")
    wanted = kind.model_validate({"partner": "billing@acme.example"})
    business.odoo.fault("refuse", seconds=3600)
    with pytest.raises(ServiceError):
        desk_of(business).read(wanted)
    with pytest.raises(RestingError, match=r"not available just now.*odoo: no connection"):
        desk_of(business).read(wanted)
    failed = records(business, "odoo_get_partner")
    assert [record["result"] for record in failed] == ["failed", "failed"]
    assert "not available" in failed[1]["error"]


@pytest.mark.parametrize("failure", [JournalError("the disk is full"), PermissionError("no")])
def test_a_read_works_where_the_journal_cannot_be_opened(
    business: Business, failure: Exception
) -> None:
    """But not one that shows outsiders' text: what it steers could not be told apart."""
    engine = business.engine

    def no_gate() -> Any:
        raise failure

    desk = Desk(
        catalogue=engine.catalogue,
        reaches=Reaches(engine.settings, Breakers(journal=no_gate).line),
        settings=engine.settings,
        gate=no_gate,
        is_alone=lambda: False,
    )
    kind = engine.catalogue.operation("odoo_get_partner")
    assert desk.read(kind.model_validate({"partner": "billing@acme.example"}))


def test_whatever_shows_outsiders_words_says_so() -> None:
    """Decision 0009: mails, comments and mentions."""
    every = [kind for service in CATALOGUE.services for kind in service.operations]
    assert {kind.tool for kind in every if kind.outside} == {
        "gmail_search",
        "gmail_read_message",
        "gmail_read_thread",
        "facebook_list_comments",
        "instagram_list_comments",
        "twitter_list_mentions",
    }


def test_outsiders_text_is_not_shown_where_that_cannot_be_kept(square: Square) -> None:
    """Decision 0009."""
    engine = square.engine

    def no_gate() -> Any:
        raise JournalError("the disk is full")

    desk = Desk(
        catalogue=engine.catalogue,
        reaches=engine.ground.reaches,
        settings=engine.settings,
        gate=no_gate,
        is_alone=lambda: False,
    )
    search = engine.catalogue.operation("gmail_search").model_validate({"query": "order"})
    with pytest.raises(JournalError):
        desk.read(search)
    before = engine.journal.head().seq
    desk_of(square).read(search)
    assert engine.journal.head().seq == before + 1
    assert engine.bookmarks.outside_text_near(now=square.clock())


# --- the journal itself -----------------------------------------------------------------------


@pytest.mark.parametrize("payload", ["", "{", '{"id": 1}', "null"])
def test_a_row_that_cannot_be_read_is_told_and_stops_nothing_else(
    business: Business, payload: str
) -> None:
    torn, sound = business.submit(reference="PO-1"), business.submit(reference="PO-2")
    with business.engine.journal.database.step() as db:
        db.execute("UPDATE proposals SET payload=? WHERE id=?", (payload, torn.id))
    business.drag(torn.note)
    business.approve(sound)
    business.tick(seconds=20)
    assert business.state(sound) is State.DONE
    assert len(business.effects()) == 1
    with pytest.raises(UnreadableRowError, match=rf"cannot be read.*{torn.id}"):
        business.engine.journal.find(torn.id)
    alerts = [n for n in business.notes(Folder.NEEDS_ACTION) if "cannot-be-handled" in n]
    assert alerts
    assert any(torn.id in business.text(Folder.NEEDS_ACTION, note) for note in alerts)


# --- announcements ----------------------------------------------------------------------------


def test_an_announcement_whose_parts_are_all_asked_again_is_not_told_as_failed(
    square: Square,
) -> None:
    proposal = square.announce(networks=["twitter", "linkedin"])
    square.x.fault("reset", path="/2/tweets", method="POST")
    square.linkedin.fault("reset", path="/rest/posts", method="POST")
    square.approve(proposal)
    for _ in range(4):
        square.tick(seconds=40)
    parts = square.engine.journal.of_group(proposal.id)
    assert [part.state for part in parts] == [State.PENDING, State.PENDING]
    assert made(square) == {}
    text = square.text(Folder.COMPLETED, proposal.note)
    assert 'status: "waiting"' in text
    assert "Not out yet" in text
    assert text.count("asked again by itself") == 2
    results = [r["result"] for r in square.engine.journal.records_of(proposal.id)]
    assert "failed" not in results
