"""Caps: so much within a window and no more, whoever asks, and the owner is told."""

from __future__ import annotations

import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import CATALOGUE, NEWS, Business, Square
from crash.acts import LateClock, carry_out, engine_of
from crash.victim import run
from rich.console import Console

from utils.approval.caps import caps_for
from utils.commands.explain import story
from utils.commands.status import collected
from utils.core.lifecycle import Folder, State
from utils.core.model import Origin, Proposal, Source
from utils.core.money import hundredths
from utils.journal import Journal
from utils.sandbox.odoo import PretendOdoo
from utils.sandbox.street import Street
from utils.storage.schema import MIGRATIONS
from utils.storage.sqlite import SqliteDatabase
from utils.storage.steps import Cap

#: How many processes carry out at once.
EXECUTORS = 4
DAY = timedelta(days=1)


def mails(square: Square, count: int) -> list[Proposal]:
    return [
        square.submit(
            "gmail_send_mail", to=f"guest{number}@cafe.example", subject="Order", body="Ready."
        )
        for number in range(count)
    ]


def sent(square: Square) -> int:
    return Counter(kind for _, kind in square.street.ledger())["mail_sent"]


def status_note(business: Business) -> str:
    return (business.home / "AI_Employee/Status.md").read_text()


def told(business: Business, proposal: Proposal) -> str:
    """Return what `explain` says."""
    page = Console(file=StringIO(), width=200)
    for line in story(business.engine, business.found(proposal.id)):
        page.print(line, markup=False)
    text = page.file
    assert isinstance(text, StringIO)
    return text.getvalue()


def test_what_waits_for_the_next_hour_says_so_everywhere_and_goes_out_then(
    square: Square,
) -> None:
    square.restart(MAX_MAILS_PER_HOUR="2")
    asked = mails(square, 3)
    for proposal in asked:
        square.approve(proposal)
    assert sent(square) == 2
    waits = asked[2]
    assert square.state(waits) is State.GRANTED
    since = square.found(asked[0].id).armed_at
    assert since
    frees = f"{(since + timedelta(hours=1)).astimezone(square.engine.settings.zone):%H:%M}"
    sentence = f"2 mails within an hour are used up, so it goes out after {frees}"
    square.tick(seconds=2)
    assert sentence in status_note(square)
    assert sentence in told(square, waits)
    [shown] = [each for each in collected(square.engine)["proposals"] if each["id"] == waits.id]
    assert sentence in shown["waits"]

    square.tick(minutes=60)
    assert square.state(waits) is State.DONE
    assert sent(square) == 3


def test_what_is_asked_while_a_cap_is_used_up_says_so_in_its_note(square: Square) -> None:
    square.restart(MAX_MAILS_PER_HOUR="1")
    [first] = mails(square, 1)
    square.approve(first)
    [second] = mails(square, 1)
    text = square.text(Folder.PENDING, second.note)
    assert "1 mail within an hour is used up, so it goes out after" in text


def test_policy_lets_nothing_through_while_a_cap_is_used_up(square: Square) -> None:
    """Policy, rule 1: what would go by itself is asked instead, with the cap as the reason."""
    square.restart(MAX_POSTS_PER_DAY="1", AUTO_APPROVE_SCHEDULED_POSTS="true")
    square.approve(square.submit("linkedin_create_post", text=NEWS))
    facts = square.engine.gate.facts
    proposal = square.submit("linkedin_create_post", text="Closed on Monday.")
    kind = CATALOGUE.operation("linkedin_create_post")
    case = facts.situation(proposal, kind, now=square.clock())
    assert case.facts.cap_used_up.startswith("1 post within a day is used up")
    planned = square.clock() + timedelta(hours=2)
    later = proposal.model_copy(update={"runs_at": planned})
    assert facts.situation(later, kind, now=square.clock()).facts.cap_used_up
    in_time = proposal.model_copy(update={"runs_at": planned + DAY})
    assert facts.situation(in_time, kind, now=square.clock()).facts.cap_used_up == ""


@pytest.mark.parametrize("host", ["", "127.0.0.1"])
def test_a_planned_post_with_a_strangers_picture_is_asked(square: Square, host: str) -> None:
    """Policy, rule 6: a picture's address is a link, unless it lies on a host of the owner's."""
    square.restart(PICTURE_HOSTS=host)
    planned = (square.clock() + timedelta(hours=3)).isoformat()
    proposal = square.submit(
        "instagram_create_post",
        caption=NEWS,
        image_url=square.graph.picture_url(),
        scheduled_for=planned,
    )
    assert proposal.state is (State.GRANTED if host else State.PENDING)
    assert (proposal.rule == "scheduled_post") is bool(host)


@pytest.mark.parametrize(
    ("text", "is_asked"),
    [
        ("Rye is back.", False),
        ("Rye is back: bakery.com", True),
        ("Rye is back: http://203.0.113.7/rye", True),
        ("Rye is back: HTTPS://bakery.example", True),
        ("Rye is back: www.bakery.example", True),
        ("Rye is back, @ann!", True),
    ],
)
def test_a_planned_post_that_leads_anywhere_is_asked(
    square: Square, text: str, *, is_asked: bool
) -> None:
    """Policy, rule 6: also where it leads to is no link yet for the one who made the list."""
    planned = (square.clock() + timedelta(hours=3)).isoformat()
    proposal = square.submit("twitter_create_tweet", text=text, scheduled_for=planned)
    assert proposal.state is (State.PENDING if is_asked else State.GRANTED)


def test_money_is_counted_to_the_cent(business: Business) -> None:
    """0.10 + 0.20 is 0.30, and not a hair more: three thousand times over."""
    journal, now = business.engine.journal, business.clock()
    proposal = business.submit()
    kind = CATALOGUE.operation(proposal.operation)
    [cap] = caps_for(kind, proposal, business.engine.settings)
    assert (cap.amount, cap.limit) == (hundredths(Decimal("150.00")), 25_000_000)
    with journal.database.step() as db:
        for number in range(3000):
            amount = 10 if number % 2 else 20
            row = (f"p-{number}", 1, "money", amount, now.isoformat())
            db.execute("INSERT INTO spent VALUES (?,?,?,?,?)", row)
    exact = Cap(kind="money", amount=30, limit=45_030, window=DAY)
    assert journal.frees_at(exact, now) is None
    assert journal.frees_at(Cap(kind="money", amount=31, limit=45_030, window=DAY), now)


def test_every_amount_has_its_own_number_of_hundredths() -> None:
    assert [hundredths(Decimal(cents) / 100) for cents in range(100_000)] == list(range(100_000))


def test_what_an_older_journal_has_counted_is_kept_to_the_cent(tmp_path: Path) -> None:
    """There it was a binary fraction: 0.1 + 0.2 + 100.03 and one mail."""
    place = tmp_path / "journal.sqlite3"
    with closing(sqlite3.connect(place)) as db:
        db.executescript("".join(MIGRATIONS[:2]) + "PRAGMA user_version=2;")
        rows = [("money", 0.1), ("money", 0.2), ("money", 100.03), ("mail", 1.0)]
        for number, (kind, amount) in enumerate(rows):
            row = (f"p-{number}", 1, kind, amount, "2026-11-22T12:00:00.000000+00:00")
            db.execute("INSERT INTO spent VALUES (?,?,?,?,?)", row)
        db.commit()
    with closing(Journal(database=SqliteDatabase(place))) as journal:
        sql = "SELECT kind, sum(amount) AS used FROM spent GROUP BY kind"
        used = {row["kind"]: row["used"] for row in journal.database.rows(sql)}
    assert used == {"money": 10_033, "mail": 1}


# --- several processes ------------------------------------------------------------------------


def approved(engine: Any, tool: str, count: int, **values: Any) -> None:
    for number in range(count):
        changed = {
            name: value.replace("#", str(number)) if isinstance(value, str) else value
            for name, value in values.items()
        }
        operation = CATALOGUE.operation(tool).model_validate(changed, strict=False)
        proposal = engine.gate.submit(operation, origin=Origin(source=Source.MCP))
        vault = engine.vault
        (vault.path(Folder.PENDING) / proposal.note).rename(
            vault.path(Folder.APPROVED) / proposal.note
        )
    engine.folders.sweep()


class Case(NamedTuple):
    """A cap, what uses it up, and how often that may happen."""

    variables: dict[str, str]
    tool: str
    values: dict[str, Any]
    kind: str
    allowed: int


@pytest.mark.parametrize(
    "case",
    [
        Case(
            {"MAX_MAILS_PER_HOUR": "7"},
            "gmail_send_mail",
            {"to": "guest#@cafe.example", "subject": "Order", "body": "Ready."},
            "mail_sent",
            7,
        ),
        Case(
            {"MAX_POSTS_PER_DAY": "5"},
            "linkedin_create_post",
            {"text": "News number #."},
            "linkedin_post",
            5,
        ),
        Case(
            {"MAX_AMOUNT_PER_DAY": "900.29"},
            "odoo_create_invoice",
            {
                "customer": "billing@acme.example",
                "lines": [{"description": "Bread", "quantity": "1", "unit_price": "100.03"}],
                "reference": "PO-#",
            },
            "invoice_created",
            9,
        ),
    ],
    ids=["mails", "posts", "money"],
)
def test_several_processes_at_once_use_up_a_cap_to_the_last_and_no_further(
    tmp_path: Path, case: Case
) -> None:
    """One transaction holds the cap and the claim, whichever process comes first."""
    with Street() as street:
        environment = street.environment() | case.variables
        with closing(engine_of(tmp_path, environment, LateClock())) as engine:
            approved(engine, case.tool, case.allowed + 6, **case.values)
            home = engine.settings.home
            with ThreadPoolExecutor(EXECUTORS) as pool:
                ends = pool.map(lambda _: run(carry_out, home, environment), range(EXECUTORS))
                assert [end.status for end in ends] == [0] * EXECUTORS
            made = [found for _, found in street.ledger()].count(case.kind)
            waiting = engine.journal.in_states({State.GRANTED})
        assert made == case.allowed
        assert len(waiting) == 6


def test_what_never_left_uses_up_nothing(business: Business, odoo: PretendOdoo) -> None:
    business.restart(MAX_AMOUNT_PER_DAY="200")
    proposal = business.submit()
    odoo.fault("refuse", seconds=600)
    business.approve(proposal)
    assert business.state(proposal) in {State.WAITING, State.GRANTED}
    odoo.heal()
    for _ in range(4):
        business.tick(seconds=31)
    assert business.state(proposal) is State.DONE
