"""Drafts for LinkedIn: no invented claim, the owner's hours, and never out without a yes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import Business, Clock
from hypothesis import given
from hypothesis import strategies as st

from utils.core.lifecycle import GOALS_NOTE, Folder, State
from utils.linkedin_post_generator import (
    ASK_FOR_GOALS,
    Draft,
    Finished,
    Published,
    draft_for,
)
from utils.linkedin_post_scheduler import Hour, free_slots, posting_hours
from utils.sandbox.street import Street

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 23)
RYE = Published("facebook", "17_1", "Rye is back on Saturday, 3 kinds of it.")
GOALS = """# Goals
- [ ] Rye bread in ten shops by 2027-03-31
- [x] A second oven
- [ ] Late already by 2026-01-01
"""


def drafted(
    goals: str = "", finished: tuple[Finished, ...] = (), published: tuple[Published, ...] = ()
) -> Draft:
    made = draft_for(goals, finished, published, today=TODAY)
    assert isinstance(made, Draft)
    return made


# --- the generator -------------------------------------------------------------------------------


def test_goals_are_told_in_the_owners_words() -> None:
    draft = drafted(GOALS)
    assert draft.text == "Done: A second oven.\n\nNext: Rye bread in ten shops."
    assert [(claim.quote, claim.where) for claim in draft.claims] == [
        ("A second oven", GOALS_NOTE),
        ("Rye bread in ten shops", GOALS_NOTE),
    ]


def test_work_is_counted_from_its_records() -> None:
    work = tuple(Finished("gmail_reply", f"r-{n}") for n in (4, 9))
    draft = drafted(finished=(*work, Finished("odoo_create_invoice", "r-12")))
    assert draft.text == "This week: 1 invoice written.\n\nThis week: 2 mails answered."
    assert [claim.where for claim in draft.claims] == ["r-12", "r-4, r-9"]


def test_what_nobody_else_needs_to_know_is_not_told() -> None:
    payment = Finished("odoo_record_payment", "r-1")
    assert draft_for("", (payment,), (), today=TODAY) == ASK_FOR_GOALS


def test_what_another_network_had_is_told_word_for_word_with_its_place() -> None:
    draft = drafted(GOALS, published=(RYE,))
    assert draft.text == RYE.text
    [claim] = draft.claims
    assert claim.where == "facebook:17_1"


def test_what_linkedin_had_is_not_said_again() -> None:
    had = Published("linkedin", "urn:li:share:1", f"{RYE.text.upper()}")
    told = Published("linkedin", "urn:li:share:2", "Done: a second oven.")
    draft = drafted(GOALS, published=(had, RYE, told))
    assert draft.text == "Next: Rye bread in ten shops."


def test_a_post_too_long_for_linkedin_is_not_cut_but_left() -> None:
    long = Published("facebook", "17_2", "a" * 3001)
    assert draft_for("", (), (long,), today=TODAY) == ASK_FOR_GOALS


@pytest.mark.parametrize("goals", ["", "# Goals\n", "%%\n- [ ] An example\n%%", "- [ ] \n"])
def test_with_nothing_to_say_it_asks_for_goals(goals: str) -> None:
    assert draft_for(goals, (), (), today=TODAY) == ASK_FOR_GOALS
    assert GOALS_NOTE in ASK_FOR_GOALS.text


GOAL_LINES = st.lists(
    st.tuples(st.sampled_from(" x"), st.from_regex(r"[A-Za-z0-9 ]{1,40}", fullmatch=True))
)
WORK = st.lists(
    st.builds(
        Finished,
        st.sampled_from(["gmail_reply", "odoo_create_invoice", "twitter_reply", "odoo_post_x"]),
        st.integers(1, 999).map("r-{}".format),
    )
)
POSTS = st.lists(
    st.builds(
        Published, st.sampled_from(["facebook", "linkedin"]), st.just("1"), st.text(max_size=60)
    )
)


@given(GOAL_LINES, WORK, POSTS)
def test_every_number_in_a_draft_stands_in_one_of_its_sources(
    lines: list[tuple[str, str]], work: list[Finished], posts: list[Published]
) -> None:
    """Issue 4: no invented fact or number."""
    page = "\n".join(f"- [{box}] {words}" for box, words in lines)
    made = draft_for(page, work, posts, today=TODAY)
    if isinstance(made, Draft):
        quoted = " ".join(claim.quote for claim in made.claims)
        assert all(claim.where for claim in made.claims)
        assert set(re.findall(r"\d+", made.text)) <= set(re.findall(r"\d+", quoted))


# --- the scheduler -------------------------------------------------------------------------------

TABLE = """# Handbook

## Posting hours

Words before it.

| Network | Days | Hours |
| --- | --- | --- |
| LinkedIn | Tue, Thu | 09:00 |
| X | Mon–Wed | 8:15 and 17:30 |

%%
| Facebook | Mon | 10:00 |
%%

## Something else

| LinkedIn | Sun | 03:00 |
"""


def test_a_table_of_posting_hours_is_read() -> None:
    hours, unclear = posting_hours(TABLE)
    assert unclear == ()
    assert set(hours) == {
        Hour("linkedin", 1, time(9)),
        Hour("linkedin", 3, time(9)),
        *(Hour("twitter", day, at) for day in range(3) for at in (time(8, 15), time(17, 30))),
    }


@pytest.mark.parametrize(
    ("row", "days", "times"),
    [
        ("- LinkedIn: Tue 09:00", {1}, {time(9)}),
        ("* **LinkedIn**: tuesdays, thursday at 9:00", {1, 3}, {time(9)}),
        ("- LinkedIn: Fri–Mon 18:00", {4, 5, 6, 0}, {time(18)}),
        ("- LinkedIn: Mon to Wed 06:30", {0, 1, 2}, {time(6, 30)}),
        ("- LinkedIn: every day 12:00, 18:00", set(range(7)), {time(12), time(18)}),
        ("| linkedin | Sat. | 23:59 |", {5}, {time(23, 59)}),
    ],
)
def test_posting_hours_are_read_as_people_write_them(
    row: str, days: set[int], times: set[time]
) -> None:
    hours, unclear = posting_hours(f"## Posting hours\n\n{row}\n")
    assert unclear == ()
    assert set(hours) == {Hour("linkedin", day, at) for day in days for at in times}


@pytest.mark.parametrize(
    "row",
    [
        "- LinkedIn: Tue 25:00",
        "- LinkedIn: Tue",
        "- LinkedIn: 09:00",
        "- Mastodon: Tue 09:00",
        "- LinkedIn: Tue 09:00 but not in August",
        "| LinkedIn | never | 09:00 |",
    ],
)
def test_a_line_that_is_not_understood_is_asked_and_never_guessed(row: str) -> None:
    hours, unclear = posting_hours(f"## Posting hours\n\n{row}\n")
    assert hours == ()
    assert len(unclear) == 1


NINE = (Hour("linkedin", 6, time(9)),)
NIGHT = (Hour("linkedin", 6, time(2, 30)),)


@pytest.mark.parametrize(
    ("hours", "now", "first"),
    [
        # Winter, and the Sundays on which the clock changes.
        (NINE, "2026-12-12T12:00+00:00", "2026-12-13T08:00+00:00"),
        (NINE, "2027-03-27T12:00+00:00", "2027-03-28T07:00+00:00"),
        (NINE, "2026-10-24T12:00+00:00", "2026-10-25T08:00+00:00"),
        # 02:30 does not exist on the first, and comes twice on the second: the first time counts.
        (NIGHT, "2027-03-27T12:00+00:00", "2027-04-04T00:30+00:00"),
        (NIGHT, "2026-10-24T12:00+00:00", "2026-10-25T00:30+00:00"),
    ],
)
def test_slots_are_right_across_both_changes_of_the_clock(
    hours: tuple[Hour, ...], now: str, first: str
) -> None:
    slots = free_slots(
        hours,
        "linkedin",
        zone=BERLIN,
        now=datetime.fromisoformat(now),
        lead=timedelta(hours=1),
        planned=(),
    )
    assert slots[0] == datetime.fromisoformat(first)


def test_what_is_planned_within_the_hour_takes_the_slot() -> None:
    now = datetime(2026, 12, 12, 12, tzinfo=UTC)
    slot = datetime(2026, 12, 13, 8, tzinfo=UTC)

    def first(*planned: datetime) -> datetime:
        lead = timedelta(hours=1)
        return free_slots(NINE, "linkedin", zone=BERLIN, now=now, lead=lead, planned=planned)[0]

    assert first(slot + timedelta(minutes=59)) == slot + timedelta(days=7)
    assert first(slot - timedelta(minutes=59)) == slot + timedelta(days=7)
    assert first(slot + timedelta(hours=1)) == slot


def test_a_slot_must_lie_far_enough_ahead() -> None:
    lead, slot = timedelta(hours=1), datetime(2026, 12, 13, 8, tzinfo=UTC)

    def first(now: datetime) -> datetime:
        return free_slots(NINE, "linkedin", zone=BERLIN, now=now, lead=lead, planned=())[0]

    assert first(slot - lead) == slot
    assert first(slot - lead + timedelta(seconds=1)) == slot + timedelta(days=7)


def test_another_networks_hours_are_not_ours() -> None:
    now = datetime(2026, 12, 12, 12, tzinfo=UTC)
    lead = timedelta(hours=1)
    assert free_slots(NINE, "twitter", zone=BERLIN, now=now, lead=lead, planned=()) == ()


# --- the week's draft ----------------------------------------------------------------------------

#: A Monday, 23 hours before the slot.
MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
SLOT = datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Business]:
    """A business with LinkedIn, whose Handbook names its hours."""
    with Street() as street:
        clock = Clock(MONDAY)
        made = Business(tmp_path / "home", street.odoo, clock, street.environment())
        vault = made.home / "AI_Employee"
        (vault / "Company_Handbook.md").write_text("## Posting hours\n\n- LinkedIn: Tue 09:00\n")
        yield made
        made.engine.close()


def test_the_weeks_draft_is_asked_with_its_sources_and_goes_out_at_its_hour(
    home: Business,
) -> None:
    (home.home / "AI_Employee" / GOALS_NOTE).write_text(GOALS)
    home.tick(minutes=1)
    [asked] = home.waiting()
    assert (asked.state, asked.proposal.runs_at) == (State.PENDING, SLOT)
    note = home.text(Folder.PENDING, asked.proposal.note)
    assert "Done: A second oven." in note
    assert f"> > goal ({GOALS_NOTE}): " in note
    home.approve(asked.proposal)
    assert home.state(asked.proposal) is State.GRANTED
    home.clock.now = SLOT
    home.tick(seconds=1)
    assert home.state(asked.proposal) is State.DONE


def test_a_draft_nobody_answers_never_goes_out(home: Business) -> None:
    (home.home / "AI_Employee" / GOALS_NOTE).write_text(GOALS)
    home.tick(minutes=1)
    [asked] = home.waiting()
    for _ in range(3):
        home.tick(hours=12)
    assert home.state(asked.proposal) is State.EXPIRED
    assert home.notes(Folder.APPROVED) == []


def test_there_is_one_draft_a_week_also_after_a_restart(home: Business) -> None:
    (home.home / "AI_Employee" / GOALS_NOTE).write_text(GOALS)
    hours = "## Posting hours\n\n- LinkedIn: Tue, Wed 09:00\n"
    (home.home / "AI_Employee" / "Company_Handbook.md").write_text(hours)
    home.tick(minutes=1)
    home.restart()
    for _ in range(8):
        home.tick(hours=4)
    made = home.engine.journal.recent("linkedin_create_post", MONDAY - timedelta(days=1))
    assert len(made) == 1


def test_without_goals_the_owner_is_asked_for_them_once(home: Business) -> None:
    for _ in range(4):
        home.tick(hours=1)
    [question] = home.notes(Folder.NEEDS_ACTION)
    assert question.startswith("CLARIFY_")
    assert 'type: "clarification"' in home.text(Folder.NEEDS_ACTION, question)
    assert home.waiting() == []
    (home.home / "AI_Employee" / GOALS_NOTE).write_text(GOALS)
    home.tick(hours=1)
    assert len(home.waiting()) == 1


def test_without_hours_for_linkedin_nothing_is_drafted(home: Business) -> None:
    (home.home / "AI_Employee" / "Company_Handbook.md").write_text("- Facebook: Tue 09:00\n")
    (home.home / "AI_Employee" / GOALS_NOTE).write_text(GOALS)
    home.tick(minutes=1)
    assert home.waiting() == []
    assert home.notes(Folder.NEEDS_ACTION) == []
