"""The Monday briefing: one page, decisions first, every numeral with its source."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from conftest import Business, Clock
from page_picture import DARK, LIGHT, WIDTH, picture
from report_bench import BERLIN, TODAY, WEEK, body_of, book, fill, made, part, unaccounted

from orchestrator import main
from utils.core.lifecycle import Folder
from utils.report.figures import absent, change, money, share, time_shown
from utils.report.schedule import Report
from utils.sandbox.odoo import PretendOdoo

#: One page (facts, the one-page brief).
MOST_WORDS = 450
ARTEFACTS = Path(__file__).parent / "artefacts"


@pytest.fixture
def odoo() -> Iterator[PretendOdoo]:
    with PretendOdoo(history=False) as service:
        fill(service)
        yield service


@pytest.fixture
def clock() -> Clock:
    """Monday morning after the week that is reported about."""
    return Clock(WEEK.ends_at(BERLIN) + timedelta(hours=7))


def briefing(business: Business) -> tuple[str, dict[str, Any]]:
    return made(business, Report.BRIEFING)


def words_read(page: str) -> int:
    """How many words a reader meets: no link's target, no line of a table."""
    seen = re.sub(r"\[\[[^\]|]*\\?\||\]\([^)]*\)", " ", body_of(page))
    return len([word for word in seen.split() if re.search(r"\w", word)])


def goals(business: Business, text: str) -> None:
    business.path(Folder.INBOX).parent.joinpath("Business_Goals.md").write_text(text)


def test_a_full_monday_is_one_page_on_which_every_numeral_is_accounted_for(
    business: Business, odoo: PretendOdoo
) -> None:
    for n in range(9):
        business.submit(reference=f"PO-{n}")
        due = str(TODAY - timedelta(days=10 + n))
        book(odoo, "out_invoice", 10 + n, issued=WEEK.monday, invoice_date_due=due)
        book(odoo, "in_invoice", 20 + n, issued=WEEK.monday, partner=14, ref=f"B{n}")
    goals(business, "".join(f"- [ ] Goal number {n} by {TODAY}\n" for n in range(30)))
    page, sources = briefing(business)
    assert unaccounted(page, sources) == []
    assert words_read(page) <= MOST_WORDS


def test_what_waits_for_the_owner_comes_first_and_the_most_urgent_on_top(
    business: Business,
) -> None:
    early = business.submit(reference="PO-1")
    business.clock.forward(hours=1)
    late = business.submit(reference="PO-2")
    page, _ = briefing(business)
    decide = part(page, "Decide today")
    assert decide.index(early.id) < decide.index(late.id)
    assert f"[[{Folder.PENDING}/" in decide
    assert "Longest wait: 1 h 0 min, on you" in decide
    assert page.index("## Decide today") < page.index("## Numbers")


def test_the_numbers_stand_against_last_week_and_the_mean_of_four(business: Business) -> None:
    _, sources = briefing(business)
    figures = sources["figures"]
    before = figures["money.revenue"], figures["money.revenue.change"]
    assert [figure["value"] for figure in before] == ["1170.05", "1092.28"]
    assert before[1]["shown"] == "▲ +1,092.28 USD 🟢"
    # The four weeks before: 77.77 once, so 19.44 on average.
    assert figures["money.revenue.vs_mean"]["value"] == "1150.61"
    assert figures["money.expenses.change"]["shown"].endswith("🔴")


def test_the_chart_is_an_svg_beside_the_note_and_its_values_are_in_a_table(
    business: Business,
) -> None:
    page, sources = briefing(business)
    [name] = sources["charts"]
    assert f"![[{name}|360]]" in page
    svg = business.text(Folder.BRIEFINGS, name)
    root = ET.fromstring(svg)  # noqa: S314 - we wrote it
    assert root.attrib["viewBox"].startswith("0 0 360 ")
    assert "Profit by week, USD" in svg
    assert sources["figures"]["money.profit"]["value"] == "829.32"
    assert "829.32" in svg
    # What the picture shows stands under it for those who read, every bar of it.
    labels = re.findall(r">(W\d\d)<", svg)
    below = part(page, "Numbers, USD").split(f"![[{name}|360]]")[1].strip().splitlines()
    assert [cell.strip() for cell in below[0].strip("|").split("|")] == labels
    cells = [cell.strip() for cell in below[2].strip().strip("|").split("|")]
    figures = sources["figures"]
    profits = [figures[f"money.profit.{WEEK.later(n).monday}"]["shown"] for n in range(-5, 1)]
    assert cells == profits
    assert [cell for cell in cells if cell not in svg] == []
    ARTEFACTS.mkdir(exist_ok=True)
    (ARTEFACTS / "briefing.svg").write_text(svg)
    (ARTEFACTS / "briefing.md").write_text(page)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_page_can_be_looked_at_as_a_picture(
    business: Business, odoo: PretendOdoo, name: str
) -> None:
    """Both pictures lie in `artefacts/`; nobody has to believe that the page looks well."""
    resvg = pytest.importorskip("resvg_py", reason="nothing here draws pictures")
    business.submit()
    due = str(TODAY - timedelta(days=12))
    book(odoo, "out_invoice", 89.9, issued=WEEK.monday, invoice_date_due=due)
    goals(business, f"- [ ] Ten customers by {TODAY}\n- [x] Oven\n")
    page, _ = briefing(business)
    colours = {"light": LIGHT, "dark": DARK}[name]
    svg = picture(page, business.path(Folder.BRIEFINGS), colours)
    png = bytes(resvg.svg_to_bytes(svg_string=svg, zoom=2))
    ARTEFACTS.mkdir(exist_ok=True)
    (ARTEFACTS / f"briefing-{name}.png").write_bytes(png)
    width, height = (int.from_bytes(png[place : place + 4]) for place in (16, 20))
    assert png.startswith(b"\x89PNG")
    assert width == 2 * WIDTH
    assert height > width
    # What is drawn is the page: every word of it is on the picture.
    text = " ".join(ET.fromstring(svg).itertext())  # noqa: S314 - we wrote it
    assert {"Decide", "1,259.95", "919.22", "Ten", "Oven:"} <= set(text.split())
    assert "Profit by week, USD" in text


def test_the_demo_jumps_to_monday(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "demo"
    assert main(["demo", "--monday", "--dir", str(home)]) == 0
    vault = home / "AI_Employee"
    [page] = vault.joinpath("CEO_Briefings").glob("*-briefing.md")
    [audit] = vault.joinpath("Audits").glob("*-audit.md")
    text, sources = page.read_text(), json.loads(page.with_suffix(".json").read_text())
    assert unaccounted(text, sources) == []
    assert audit.name in capsys.readouterr().out
    assert "dearer by 20 % or more" in text
    assert "the same sum within a week" in text
    assert "Reminder: invoice" in part(text, "Decide today")
    assert "Approved by you | 1" in text
    assert words_read(text) <= MOST_WORDS


def test_the_owner_may_leave_money_out(business: Business) -> None:
    business.restart(BRIEFING_FINANCE="false")
    page, sources = briefing(business)
    assert "USD" not in body_of(page)
    assert sources["charts"] == []
    assert [name for name in business.notes(Folder.BRIEFINGS) if name.endswith(".svg")] == []


def test_goals_are_shown_with_their_state_and_come_up_in_time(business: Business) -> None:
    soon, past = TODAY + timedelta(days=3), TODAY - timedelta(days=400)
    goals(business, f"- [ ] Ten customers by {soon}\n- [x] Oven\n- [ ] Van by {past}\n")
    page, _ = briefing(business)
    assert "Ten customers: **open**" in page
    assert "Oven: **done**" in page
    assert "Van: **late**" in page
    coming = part(page, "Coming up")
    assert f"{soon:%a %d %b %Y}: goal “Ten customers”" in coming
    assert "Van" not in coming  # it is late, and does not come up any more


def test_a_bill_that_is_late_says_since_when(business: Business, odoo: PretendOdoo) -> None:
    late, soon = TODAY - timedelta(days=9), TODAY + timedelta(days=3)
    for due, ref in ((late, "B1"), (soon, "B2")):
        issued = TODAY - timedelta(days=20)
        book(odoo, "in_invoice", 64, issued=issued, partner=14, ref=ref, invoice_date_due=str(due))
    first, second = part(briefing(business)[0], "Coming up").strip().splitlines()
    assert first.startswith(f"- late since {late:%a %d %b %Y}: pay ")
    assert second.startswith(f"- {soon:%a %d %b %Y}: pay ")


@pytest.mark.parametrize("text", ["", "\x00\x01nonsense", "# only a heading", "- " * 5000])
def test_a_page_of_goals_with_nonsense_does_no_harm(business: Business, text: str) -> None:
    goals(business, text)
    page, sources = briefing(business)
    assert unaccounted(page, sources) == []


def test_no_page_of_goals_and_no_odoo_are_dashes_with_reasons(business: Business) -> None:
    business.odoo.stop()
    business.path(Folder.INBOX).parent.joinpath("Business_Goals.md").unlink(missing_ok=True)
    page, sources = briefing(business)
    assert "– there is no Business_Goals.md" in part(page, "Goals")
    assert "You hold –" in page
    assert "–" in part(page, "Numbers")
    assert "0.00" not in page
    assert unaccounted(page, sources) == []


def test_the_head_of_the_log_stands_on_the_page(business: Business) -> None:
    business.submit()
    head = str(business.engine.journal.head())
    assert f"Log: {head}" in part(briefing(business)[0], "Me")


def test_the_commands_make_the_last_whole_week_or_the_one_asked_for(
    business: Business, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in business.odoo.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("EMPLOYEE_HOME", str(business.home))
    monkeypatch.setenv("OWNER_TIMEZONE", "Europe/Berlin")
    assert main(["briefing"]) == 0
    assert f"{WEEK.later(1).monday}-briefing.md" in business.notes(Folder.BRIEFINGS)
    assert main(["audit", "--week", "2026-W02"]) == 0
    assert "2026-01-11-audit.md" in business.notes(Folder.AUDITS)
    assert "2026-01-11-audit.md" in capsys.readouterr().out.replace("\n", "")
    with pytest.raises(SystemExit) as wrong:
        main(["audit", "--week", "2026-W99"])
    assert wrong.value.code == 2


def test_a_difference_has_an_arrow_for_its_direction_and_a_colour_for_good_or_bad() -> None:
    more, less = (money(name, Decimal(n), "EUR") for name, n in (("a", 12), ("b", 10)))
    shown = [
        change("c", one, other, unit="EUR", up_is_good=good).shown
        for one, other, good in (
            (more, less, True),
            (more, less, False),
            (less, more, True),
            (less, more, None),
            (less, less, True),
        )
    ]
    assert shown == [
        "▲ +2.00 EUR 🟢",
        "▲ +2.00 EUR 🔴",
        "▼ −2.00 EUR 🔴",
        "▼ −2.00 EUR",
        "= 0.00 EUR",
    ]
    assert change("c", more, absent("d", "no"), unit="EUR", up_is_good=True).shown == "–"
    assert share("e", Decimal(1), Decimal(0)).shown == "–"
    assert [time_shown(n) for n in (0, 61, 1501)] == ["0 min", "1 h 1 min", "1 d 1 h"]
