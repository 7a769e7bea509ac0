"""Words by an agent, numbers by code: one number that is not the audit's, and nothing is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from conftest import Business, Clock
from markdown_it import MarkdownIt
from report_bench import BERLIN, WEEK, fill, made, unaccounted

from utils.core.lifecycle import Folder
from utils.report.schedule import Report
from utils.report.timetable import Timetable
from utils.sandbox.odoo import PretendOdoo
from utils.settings import PROJECT_ROOT
from utils.words.claims import Known, unproven
from utils.words.note import exchanged

MONDAY = WEEK.later(1).monday
NOTE, ANSWER = f"{MONDAY}-briefing-words.md", f"{MONDAY}-briefing-words-answer.md"
PAGE, SOURCES = f"{MONDAY}-briefing.md", f"{MONDAY}-briefing.json"
TRUE = """
## Short version
- Revenue came to 1,170.05 USD.
- Late is 400.00 USD; please chase it.
- Nothing else is urgent.

## Suggestions
- Call Acme about the 400.00 USD.
"""


@pytest.fixture
def odoo() -> Iterator[PretendOdoo]:
    with PretendOdoo(history=False) as service:
        fill(service)
        yield service


@pytest.fixture
def clock() -> Clock:
    """Monday morning after the week that is reported about."""
    return Clock(WEEK.ends_at(BERLIN) + timedelta(hours=7))


@pytest.fixture
def monday(business: Business) -> Business:
    """Both reports are made, by code alone."""
    made(business, Report.AUDIT)
    made(business, Report.BRIEFING)
    Timetable(ground=business.engine.ground).run_due()
    return business


def write(business: Business, text: str) -> None:
    """Write as the agent may, and let the daemon's next half minute come."""
    business.path(Folder.PLANS, NOTE).write_text(text)
    business.clock.forward(seconds=30)
    Timetable(ground=business.engine.ground).run_due()


def page(business: Business) -> str:
    return business.text(Folder.BRIEFINGS, PAGE)


def answer(business: Business) -> str:
    return business.text(Folder.PLANS, ANSWER)


def test_true_words_replace_the_three_lines_and_nothing_else(monday: Business) -> None:
    before = page(monday)
    write(monday, TRUE)
    after = page(monday)
    old, new = before.splitlines(), after.splitlines()
    assert "> Revenue came to 1,170.05 USD." in new
    assert "> *Written by Claude; every number in it stands in" in after
    assert "> - Call Acme about the 400.00 USD." in new
    assert "You hold" in before
    assert "You hold" not in after
    assert (
        old[: old.index("> [!summary] Short version")]
        == new[: new.index("> [!summary] Short version")]
    )
    assert old[old.index("## Decide today") :] == new[new.index("## Decide today") :]
    assert unaccounted(after, json.loads(monday.text(Folder.BRIEFINGS, SOURCES))) == []
    assert "Taken in" in answer(monday)


def test_a_number_that_is_not_the_audits_leaves_the_page_as_code_wrote_it(
    monday: Business,
) -> None:
    before = page(monday), monday.text(Folder.BRIEFINGS, SOURCES)
    write(monday, TRUE.replace("Nothing else", "Only four things"))
    assert (page(monday), monday.text(Folder.BRIEFINGS, SOURCES)) == before
    assert "“four” is not a number of" in answer(monday)
    [record] = [r for r in records(monday) if r["action"] == "briefing.words"]
    assert (record["result"], "“four”" in record["error"]) == ("refused", True)


def test_a_false_number_among_the_suggestions_counts_as_well(monday: Business) -> None:
    before = page(monday)
    write(monday, TRUE.replace("the 400.00 USD", "the 4,000.00 USD"))
    assert page(monday) == before


def test_mended_words_are_taken_and_later_ones_replace_them(monday: Business) -> None:
    write(monday, TRUE.replace("Revenue", "Twice the revenue"))
    write(monday, TRUE)
    write(monday, TRUE.replace("Revenue came", "All revenue came"))
    assert "> All revenue came to 1,170.05 USD." in page(monday)
    assert page(monday).count("Written by Claude") == 1


def test_the_same_words_are_looked_at_once(monday: Business) -> None:
    write(monday, TRUE)
    write(monday, TRUE)
    assert len([r for r in records(monday) if r["action"] == "briefing.words"]) == 1


def test_a_briefing_that_is_made_again_keeps_its_words(monday: Business) -> None:
    write(monday, TRUE)
    made(monday, Report.BRIEFING)
    assert "> Revenue came to 1,170.05 USD." in page(monday)


def test_words_that_came_before_the_briefing_wait_for_it(business: Business) -> None:
    business.clock.forward(hours=-1)
    made(business, Report.AUDIT)
    Timetable(ground=business.engine.ground).run_due()
    write(business, TRUE)
    assert business.notes(Folder.BRIEFINGS) == []
    made(business, Report.BRIEFING)
    assert "> Revenue came to 1,170.05 USD." in page(business)


def test_without_an_audit_there_is_nothing_to_compare_with(business: Business) -> None:
    made(business, Report.BRIEFING)
    Timetable(ground=business.engine.ground).run_due()
    write(business, TRUE)
    assert "There is no" in answer(business)
    assert "Revenue came" not in page(business)


def test_lines_that_the_owner_changed_stay_his(monday: Business) -> None:
    path = monday.path(Folder.BRIEFINGS, PAGE)
    path.write_text(page(monday).replace("> You hold", "> We hold"))
    write(monday, TRUE)
    assert "> We hold" in page(monday)
    assert "changed by hand" in answer(monday)


@pytest.mark.parametrize(
    "owners", ["# Mine\n{% for line in page.lead %}\n* {{ line.text }}\n{% endfor %}\n"]
)
def test_an_owners_template_gets_the_words_in_its_own_form(
    business: Business, owners: str
) -> None:
    business.path(Folder.TEMPLATES, "briefing.md").write_text(owners)
    made(business, Report.AUDIT)
    made(business, Report.BRIEFING)
    write(business, TRUE)
    assert "\n* Revenue came to 1,170.05 USD.\n" in page(business)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "## Short version\n- one line only\n",
        TRUE.replace("- Nothing", "- More\n- Nothing"),
        TRUE.replace("Nothing", "N" * 300),
        TRUE + "- more\n" * 9,
        "\x00\x00",
        "# Short version\n" * 1000,
    ],
)
def test_words_of_another_form_are_answered_and_change_nothing(
    monday: Business, text: str
) -> None:
    before = page(monday)
    write(monday, text)
    assert page(monday) == before
    assert "Not taken in" in answer(monday)


def test_a_note_that_is_a_link_is_not_followed(monday: Business) -> None:
    elsewhere = monday.home / "elsewhere.md"
    elsewhere.write_text(TRUE)
    monday.path(Folder.PLANS, NOTE).symlink_to(elsewhere)
    Timetable(ground=monday.engine.ground).run_due()
    assert "link to another file" in answer(monday)
    assert "Revenue came" not in page(monday)


def test_outsiders_words_that_reach_the_page_through_an_agent_stay_inactive(
    monday: Business,
) -> None:
    hostile = "Drag [[Approved]] ![x](http://evil.example/p.png) <b> [go](obsidian://open) `=1`"
    write(monday, TRUE.replace("Nothing else is urgent.", hostile))
    top = page(monday).partition("## Decide today")[0]
    shown = MarkdownIt().render(top)
    assert "Drag" in shown
    assert top.count("[[") == 1
    for active in ("<b>", "<img", "href=", "<code>", "http://evil", "obsidian://"):
        assert active not in shown


def records(business: Business) -> list[dict[str, Any]]:
    rows = business.engine.journal.lines()
    return [json.loads(line) for line in rows]


def test_the_skill_names_the_places_that_are_looked_at() -> None:
    skill = (PROJECT_ROOT / ".claude/skills/weekly-review/SKILL.md").read_text()
    assert "AI_Employee/Audits/YYYY-MM-DD-audit.json" in skill
    assert f"AI_Employee/Plans/{NOTE.replace(str(MONDAY), 'YYYY-MM-DD')}" in skill
    assert ANSWER.replace(str(MONDAY), "YYYY-MM-DD") in skill
    assert "Approved" not in skill
    assert len(skill.splitlines()) < 60


# --- the numbers themselves -------------------------------------------------------------------

KNOWN = Known.of(
    {
        "figures": {
            "money.revenue": {"shown": "1,170.05 USD"},
            "money.overdue": {"shown": "400.00 USD"},
            "money.profit": {"shown": "−31,750.00 USD"},
            "money.profit.change": {"shown": "▼ −1,180.00 USD 🔴"},
            "costs.x": {"shown": "1.17 EUR"},
            "costs.y": {"shown": "12.10 EUR"},
            "uptime.gmail": {"shown": "98.5 %"},
            "approvals.asked": {"shown": "3"},
            "approvals.mean_wait": {"shown": "30 min"},
            "errors": {"shown": "0"},
            "activity.records": {"shown": "1,204"},
        },
        "lines": [
            {"text": "Acme: [INV/2026/00012](http://127.0.0.1:999/odoo/58), due 2026-10-13"},
            {"text": "gmail was silent: Tue 17 Nov 03:10 for 2 h 5 min."},
        ],
        "front": {"week": "2026-W47", "period": "2026-11-16 to 2026-11-22 (Europe/Berlin)"},
    }
)


@pytest.mark.parametrize(
    "text",
    [
        "Revenue was 1,170.05 USD.",
        "$1,170.05 or USD 1170.05 or 1170.05 dollars",
        "1.170,05 USD, 1 170,05 USD, 1\u00a0170,05 USD, 1'170.05 USD",
        "400 USD (400.00 USD) is late",
        "Three things wait, or 3",
        "98.5 % or 98.5% or 98.5 percent",
        "The loss is −31,750.00 USD, -31750",
        "1,180.00 USD less than before",
        "1,204 Records, 1204 Records",
        "INV/2026/00012 is late since 2026-10-13",
        "13 October, October 13, 2026, 13th of October, 13.10.2026, 10/13/2026",
        "week 47, W47, 2026-W47",
        "silent Tue 17 Nov 03:10 for 2 h 5 min",
        "zero errors, none at all",
        "It came to 12.10. That is all.",
        "The first reminder and the second letter went out; you may march on.",
    ],
)
def test_what_the_audit_says_may_be_said_in_any_usual_form(text: str) -> None:
    assert unproven(text, KNOWN) == ""


@pytest.mark.parametrize(
    "text",
    [
        "1,170.06",
        "1.170 USD",
        "1,17,0",
        "1.170.05",
        "1170.050 EUR",
        "400.00.00",
        "four",
        "thirty-three",
        "twenty three",
        "hundred",
        "three hundred",
        "3 hundred",
        "three thousand",
        "3 thousand",
        "3k",
        "about 1.2k",
        "400k",
        "5e3",
        "a dozen",
        "dozens",
        "half",
        "twice",
        "a third of it",
        "III",
        "400 EUR",
        "€400",
        "eur 400",
        "EUR400.00",
        "USD 1,170.05 EUR 400",
        "98.5",
        "12 %",
        "3 %",
        "three percent",
        "ten per cent",
        "1,170.05 %",
        "profit of 31,750.00",
        "-400",
        "USD -400",
        "-3",
        "3 400",
        "400 000",
        "3:1",
        "1/3",
        "3^2",
        "3²",
        "3-4",
        "2026",
        "2026-10-14",
        "14 October",
        "13/11/2026",
        "November 13",
        "30th",
        "week 46",
        "17 Nov 04:10",
        "INV/2026/00013",
        "+49 30 1234",
        "p-abc4",
        "4OO USD",
        "４００",
        "④",
        "½",
        "٣",
        "三",
        "🔟",
        "4️⃣",
        "3\u0332",
        "thrеe",
        "1\u200b0",
        "3\u202e",
    ],
)
def test_a_number_in_disguise_is_still_not_the_audits(text: str) -> None:
    assert unproven(text, KNOWN)
    assert unproven(f"Late: {text}, as it seems.", KNOWN)


def test_lines_are_exchanged_only_where_all_of_them_stand_together() -> None:
    assert exchanged("a\n> x\n> y\nb", ["x", "y"], ["1", "2", "3"]) == "a\n> 1\n> 2\n> 3\nb"
    assert exchanged("> x\n* y", ["x", "y"], ["1"]) == ""
    assert exchanged("> y\n> x", ["x", "y"], ["1"]) == ""
