"""The dashboard and the first pages of a vault, judged by what lies on the disk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Business, Square

from utils.core.lifecycle import Folder, State
from utils.linkedin_post_scheduler import posting_hours
from utils.settings import PROJECT_ROOT

PAGES = (
    *("Approvals.base", "Business_Goals.md", "Company_Handbook.md"),
    *("Dashboard.md", "Status.base"),
)
TEMPLATES = PROJECT_ROOT / "utils" / "templates" / "vault"


def top(business: Business, name: str = "Status.md") -> Path:
    return business.home / "AI_Employee" / name


def status(business: Business) -> str:
    return top(business).read_text()


def section(business: Business, title: str) -> str:
    """The lines of one section, or "" where the page has none."""
    found = re.search(
        rf"^## {title}[^\n]*\n(.*?)(?=^## |^Log |\Z)", status(business), re.MULTILINE | re.DOTALL
    )
    return found[1].strip() if found else ""


# --- what is on the page -------------------------------------------------------------------------


def test_what_waits_is_linked_and_goes_when_it_is_decided(business: Business) -> None:
    proposal = business.submit()
    business.tick(seconds=2)
    assert f"[[{proposal.note.removesuffix('.md')}|note]]" in section(
        business, "Waits for your yes"
    )
    business.approve(proposal)
    business.tick(seconds=2)
    assert section(business, "Waits for your yes") == "Nothing."
    assert "look](http" in section(business, "Done lately")


def test_every_published_post_is_a_line_with_its_link(square: Square) -> None:
    """Issue 4, item 8: awareness of every post, a Record and a line on the dashboard."""
    proposal = square.announce()
    square.approve(proposal)
    square.settle()
    lines = section(square, "Done lately").splitlines()
    assert len(lines) == 4
    for part in square.engine.journal.of_group(proposal.id):
        assert part.outcome is not None
        [record] = [
            r for r in square.engine.journal.records_of(part.proposal.id) if r["result"] == "done"
        ]
        assert record["domain_link"] == f"{part.proposal.service}:{part.outcome.remote_id}"
        assert sum(f"[look]({part.outcome.url})" in line for line in lines) == 1
        assert all(f"[[{proposal.note.removesuffix('.md')}|note]]" in line for line in lines)


def test_a_post_found_after_a_lost_answer_has_its_place_in_the_log_too(
    square: Square,
) -> None:
    proposal = square.announce(networks=["twitter"], image_url=None)
    square.x.fault("timeout_after_commit", path="/2/tweets", seconds=3)
    square.approve(proposal)
    square.clock.forward(seconds=200)
    square.settle()
    [part] = square.engine.journal.of_group(proposal.id)
    assert part.state is State.DONE
    [tweet] = square.x.ledger()
    done = square.engine.journal.records_of(part.proposal.id)[-1]
    assert (done["actor"], done["domain_link"]) == ("reconciler", f"twitter:{tweet['id']}")


def test_what_is_planned_stands_under_approved_until_it_is_out(square: Square) -> None:
    square.restart(HOLD_SECONDS="600")
    proposal = square.announce(networks=["facebook"], image_url=None)
    square.approve(proposal)
    square.tick(seconds=2)
    assert "Announce on Facebook" in section(square, "Approved, not out yet")
    square.tick(seconds=601)
    square.settle()
    assert section(square, "Approved, not out yet") == ""


def test_a_part_that_waits_for_its_network_is_shown_with_its_wholes_note(square: Square) -> None:
    square.graph.fault("status", path="*/feed", status=401, method="POST", times=1000)
    proposal = square.announce(networks=["facebook", "twitter"], image_url=None)
    square.approve(proposal)
    square.settle()
    line = section(square, "Approved, not out yet")
    assert line.startswith("- Post on Facebook")
    assert f"[[{proposal.note.removesuffix('.md')}|note]]" in line


def test_a_question_or_alert_is_linked(business: Business) -> None:
    business.engine.tokens.alerts.raise_("some key", "The oven is cold", "Light it.")
    business.tick(seconds=2)
    assert "The oven is cold" in section(business, "Wants to be read")
    [note] = business.notes(Folder.NEEDS_ACTION)
    assert note.removesuffix(".md") in section(business, "Wants to be read")


def test_services_watchers_and_the_logs_head_are_shown(business: Business) -> None:
    business.engine.bookmarks.beat("filesystem", now=business.clock())
    business.submit()
    business.tick(seconds=2)
    assert "- Odoo: set up" in section(business, "Services")
    assert "- Facebook: not set up: " in section(business, "Services")
    assert "connect facebook" in section(business, "Services")
    assert "FACEBOOK_" not in section(business, "Services")
    assert "several networks" not in section(business, "Services")
    assert section(business, "Watchers") == "- filesystem: works"
    assert str(business.engine.journal.head()) in status(business)
    business.tick(minutes=6)
    assert "filesystem: silent since" in section(business, "Watchers")


def test_stopped_and_dry_run_stand_on_top(business: Business) -> None:
    business.engine.switch.stop(how="test")
    business.tick(seconds=2)
    assert status(business).startswith("> [!danger] Stopped")
    business.engine.switch.resume()
    business.restart(DRY_RUN="true")
    business.tick(seconds=2)
    assert status(business).startswith("> [!warning] Dry run")


def test_a_strangers_words_stay_words(business: Business) -> None:
    business.drop("note.txt", b"x")
    hostile = "![[Status]] [[Approved]] <img src=x> ```dataviewjs"
    business.engine.tokens.alerts.raise_("k", hostile, "x")
    business.tick(seconds=2)
    page = section(business, "Wants to be read")
    assert "![[Status]]" not in page
    assert "<img" not in page
    assert "```" not in page


def test_a_long_list_is_told_in_short(business: Business) -> None:
    for n in range(23):
        business.engine.tokens.alerts.raise_(f"k{n}", f"Alert {n}", "x")
    business.tick(seconds=2)
    lines = section(business, "Wants to be read").splitlines()
    assert len(lines) == 21
    assert lines[-1] == "- and 3 more"


# --- when it is written --------------------------------------------------------------------------


def written(business: Business) -> tuple[int, int]:
    look = top(business).stat()
    return look.st_ino, look.st_mtime_ns


def test_an_idle_hour_writes_nothing(business: Business) -> None:
    business.submit()
    business.tick(seconds=2)
    before = written(business)
    for _ in range(20):
        business.tick(minutes=3)
    assert written(business) == before


def test_a_restart_without_news_writes_nothing(business: Business) -> None:
    business.submit()
    business.tick(seconds=2)
    before = written(business)
    business.restart()
    business.tick(seconds=2)
    assert written(business) == before


def test_it_is_written_at_most_once_a_second_and_then_catches_up(business: Business) -> None:
    business.submit()
    business.tick(seconds=2)
    before = written(business)
    proposal = business.submit(reference="another")
    business.engine.pass_once()
    business.tick(seconds=0.5)
    assert written(business) == before
    business.tick(seconds=0.6)
    assert proposal.note.removesuffix(".md") in status(business)


def test_a_page_that_was_deleted_comes_back(business: Business) -> None:
    business.submit()
    business.tick(seconds=2)
    page = status(business)
    top(business).unlink()
    business.tick(seconds=2)
    assert status(business) == page


def test_a_folder_in_its_place_stops_nothing(business: Business) -> None:
    top(business).mkdir()
    proposal = business.submit()
    business.tick(seconds=2)
    business.approve(proposal)
    assert business.state(proposal) is State.DONE


# --- the first pages -----------------------------------------------------------------------------


def test_a_new_vault_begins_with_its_pages(business: Business) -> None:
    for name in PAGES:
        assert top(business, name).read_bytes() == (TEMPLATES / name).read_bytes()
    assert "![[Status]]" in top(business, "Dashboard.md").read_text()


def test_what_the_owner_wrote_is_never_written_over(business: Business) -> None:
    top(business, "Business_Goals.md").write_text("- [ ] Mine\n")
    business.restart()
    assert top(business, "Business_Goals.md").read_text() == "- [ ] Mine\n"


def test_a_page_of_the_owners_that_was_there_first_stays(
    tmp_path: Path, business: Business
) -> None:
    home = tmp_path / "other"
    (home / "AI_Employee").mkdir(parents=True)
    (home / "AI_Employee" / "Company_Handbook.md").write_text("My own rules.\n")
    other = Business(home, business.odoo, business.clock)
    assert top(other, "Company_Handbook.md").read_text() == "My own rules.\n"
    assert top(other, "Dashboard.md").exists()
    other.engine.close()


def test_a_page_that_the_owner_threw_away_is_not_put_back(business: Business) -> None:
    top(business, "Business_Goals.md").unlink()
    business.restart()
    business.tick(seconds=2)
    assert not top(business, "Business_Goals.md").exists()


@pytest.mark.parametrize("name", PAGES)
def test_the_shipped_vault_has_the_same_pages(name: str) -> None:
    shipped = PROJECT_ROOT / "AI_Employee" / name
    assert shipped.read_bytes() == (TEMPLATES / name).read_bytes()


def test_the_shipped_handbook_names_no_hours_until_the_owner_says_so() -> None:
    text = (TEMPLATES / "Company_Handbook.md").read_text()
    assert posting_hours(text) == ((), ())
    hours, unclear = posting_hours(text.replace("%%\n", ""))
    assert {hour.network for hour in hours} == {"linkedin"}
    assert unclear == ()
