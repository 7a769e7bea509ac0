"""What any journal promises, wherever it is kept: the same tests for SQLite and PostgreSQL."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import BOTH
from sample_proposals import NOW, payment

from utils.core.chain import Head, faults
from utils.core.errors import JournalError
from utils.core.lifecycle import State
from utils.core.model import Entry, Grant, Item, ItemType, Outcome, OutcomeKind, Proposal, Source
from utils.journal import Journal
from utils.settings import load
from utils.storage.bookmarks import Bookmarks
from utils.storage.place import open_database
from utils.storage.steps import Cap, Change

pytestmark = BOTH
ENTRY = Entry(action="test", actor="test", result="done")
#: Texts that somebody's quoting, placeholders, collation or JSON could trip over.
AWKWARD = (
    "it's 100 % {sure} $1 ?1 ?",
    '"\\u0000" \\ \x00'.replace("\x00", "\\u0000"),
    "Brötchen 🥐 \u202e",
    "'; DROP TABLE records; --",
)
type Another = Callable[[], Journal]


@pytest.fixture
def another(tmp_path: Path, backend: dict[str, str]) -> Iterator[Another]:
    """Opens the same journal once more, as another process does."""
    settings = load(tmp_path, environment=backend, project_root=tmp_path)
    settings.state_dir.mkdir(parents=True)
    opened: list[Journal] = []

    def once_more() -> Journal:
        opened.append(Journal(database=open_database(settings)))
        return opened[-1]

    yield once_more
    for journal in opened:
        journal.close()


@pytest.fixture
def journal(another: Another) -> Journal:
    return another()


def granted(journal: Journal, name: str, **changes: object) -> Proposal:
    """A payment that the owner said yes to."""
    proposal = payment(id=name, note=f"{name}.md", state=State.GRANTED, **changes)
    grant = Grant(proposal_id=name, digest=proposal.digest, by="owner", how="drag", given_at=NOW)
    journal.register(proposal, ENTRY, change=Change(grant=grant))
    return proposal


def lines(journal: Journal) -> list[dict[str, object]]:
    return [json.loads(line) for line in journal.lines()]


def test_a_step_that_fails_leaves_nothing_behind(journal: Journal) -> None:
    def fail() -> None:
        with journal.database.step():
            journal.register(payment(), ENTRY)
            journal.set_stop(ENTRY, stopped=True)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert journal.find("p-abcdefghij") is None
    assert not journal.stopped()
    assert journal.head() == Head()


def test_a_step_in_which_a_statement_fails_is_told_and_leaves_nothing_behind(
    journal: Journal,
) -> None:
    journal.register(payment(), ENTRY)
    with pytest.raises(JournalError):
        journal.register(payment(), ENTRY)
    assert journal.head().seq == 1
    journal.record(ENTRY)
    assert journal.head().seq == 2


def test_a_failure_that_is_passed_over_inside_a_step_still_fails_the_step_or_loses_nothing(
    journal: Journal,
) -> None:
    """PostgreSQL undoes the whole step then, which must not pass for kept."""
    journal.register(payment(), ENTRY)
    kept = True
    try:
        with journal.database.step():
            journal.record(ENTRY)
            with pytest.raises(Exception):  # noqa: B017, PT011 - each database has its own
                journal.register(payment(), ENTRY)
    except JournalError:
        kept = False
    assert journal.head().seq == (2 if kept else 1)


def test_of_many_that_claim_at_once_exactly_one_wins_each(another: Another) -> None:
    """Promise 5: whoever claims it performs it."""
    first = another()
    proposals = [granted(first, f"p-{number:010}") for number in range(12)]
    journals = [another() for _ in range(4)]
    ready = threading.Barrier(len(journals))

    def claim_all(mine: Journal) -> list[str]:
        ready.wait()
        return [each.id for each in proposals if mine.arm(each, ENTRY, now=NOW).won]

    with ThreadPoolExecutor(len(journals)) as pool:
        won = [name for names in pool.map(claim_all, journals) for name in names]
    assert sorted(won) == [each.id for each in proposals]
    assert all(
        tracked.attempts == 1 and tracked.state is State.ARMED
        for tracked in first.in_states(State)
    )


def test_records_of_many_writers_make_one_chain_without_a_gap(another: Another) -> None:
    """Promise 7."""
    journals = [another() for _ in range(4)]
    ready = threading.Barrier(len(journals))

    def write(mine: Journal) -> None:
        ready.wait()
        for _ in range(15):
            mine.record(ENTRY)

    with ThreadPoolExecutor(len(journals)) as pool:
        list(pool.map(write, journals))
    wrong, head = faults(lines(journals[0]), after=Head())
    assert not wrong
    assert head.seq == 60
    assert head == journals[1].head()


def test_a_cap_holds_however_many_claim_at_once(another: Another) -> None:
    first = another()
    proposals = [granted(first, f"p-{number:010}") for number in range(8)]
    cap = Cap(kind="mail", amount=1, limit=3, window=timedelta(hours=1))
    journals = [another() for _ in range(4)]
    ready = threading.Barrier(len(journals))

    def claim(number: int) -> int:
        ready.wait()
        mine = [proposals[number], proposals[number + 4]]
        return sum(journals[number].arm(each, ENTRY, now=NOW, caps=[cap]).won for each in mine)

    with ThreadPoolExecutor(len(journals)) as pool:
        assert sum(pool.map(claim, range(4))) == 3


def test_stop_reaches_every_connection_and_no_claim_is_won_after_it(another: Another) -> None:
    one, two = another(), another()
    proposal = granted(one, "p-0000000001")
    two.set_stop(ENTRY, stopped=True)
    assert one.stopped()
    assert not one.arm(proposal, ENTRY, now=NOW).won
    two.set_stop(ENTRY, stopped=False)
    assert one.arm(proposal, ENTRY, now=NOW).won


def test_what_has_expired_is_not_claimed(journal: Journal) -> None:
    proposal = granted(journal, "p-0000000001", expires_at=NOW)
    assert not journal.arm(proposal, ENTRY, now=NOW).won


@pytest.mark.parametrize("text", AWKWARD)
def test_a_text_comes_back_as_it_was_kept(journal: Journal, text: str) -> None:
    journal.register(payment(headline=text, fields={"message": text}), ENTRY)
    outcome = Outcome(kind=OutcomeKind.DONE, detail=text)
    found = journal.find("p-abcdefghij")
    assert found is not None
    assert found.proposal.headline == text
    assert found.proposal.fields == {"message": text}
    assert journal.move(found.proposal, State.GRANTED, ENTRY, change=Change(outcome=outcome))
    again = journal.find("p-abcdefghij")
    assert again is not None
    assert again.outcome == outcome
    bookmarks = Bookmarks(database=journal.database)
    bookmarks.set_cursor(text, text)
    assert bookmarks.cursor(text) == text


def test_an_item_is_found_by_its_place_in_the_world_even_with_a_null_in_its_text(
    journal: Journal,
) -> None:
    item = Item(
        id="i-1",
        type=ItemType.EMAIL,
        source=Source.GMAIL,
        received_at=NOW,
        message_id="<a.b@example>",
        subject="a\x00b \\u0000",
    )
    bookmarks = Bookmarks(database=journal.database)
    assert bookmarks.take_in(item, "i-1.md", seen_id="m-1")
    assert not bookmarks.take_in(item, "i-1.md", seen_id="m-1")
    found = bookmarks.linked("gmail:<a.b@example>")
    assert found is not None
    assert found.id == "i-1"
    assert bookmarks.linked("gmail:<other@example>") is None


def test_stages_are_kept_beside_each_other(journal: Journal) -> None:
    journal.register(payment(), ENTRY)
    journal.stage("p-abcdefghij", "draft", "r-12")
    journal.stage("p-abcdefghij", "upload", 'it\'s "7"')
    found = journal.find("p-abcdefghij")
    assert found is not None
    assert found.staged == {"draft": "r-12", "upload": 'it\'s "7"'}


def test_names_sort_the_same_way_everywhere(journal: Journal) -> None:
    """By code point: a collation that forgives case or marks would reorder what is due."""
    names = ["p-B", "p-a", "p-_", "p-ä", "p-A", "p-1", "p-:"]
    for name in names:
        journal.register(payment(id=name, note=f"{name}.md"), ENTRY)
    assert [each.proposal.id for each in journal.in_states(State)] == sorted(names)


def test_a_period_is_claimed_once_by_many(another: Another) -> None:
    marks = [Bookmarks(database=another().database) for _ in range(4)]
    with ThreadPoolExecutor(len(marks)) as pool:
        won = list(pool.map(lambda mine: mine.claim_period("audit 2026-W47", now=NOW), marks))
    assert won.count(True) == 1


def test_a_heartbeat_without_a_gap_is_one_stretch_of_uptime(journal: Journal) -> None:
    bookmarks = Bookmarks(database=journal.database)
    for minutes in (0, 1, 2, 30):
        bookmarks.beat("gmail", now=NOW + timedelta(minutes=minutes))
    assert bookmarks.last_beat("gmail") == NOW + timedelta(minutes=30)
    spans = journal.database.rows("SELECT who, since, until FROM uptime ORDER BY since")
    assert [row["who"] for row in spans] == [bookmarks.own("gmail")] * 2


def test_reading_never_waits_for_a_step_of_somebody_else(another: Another) -> None:
    one, two = another(), another()
    one.record(ENTRY)
    with one.database.step():
        one.record(ENTRY)
        assert two.head().seq == 1
    assert two.head().seq == 2
