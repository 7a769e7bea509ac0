"""Notices on the owner's phone: each once, in his hours, telling nobody else his business."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Business, Clock

from utils.core.errors import ConfigurationError
from utils.core.lifecycle import Folder, State
from utils.doctor.finding import Finding, Mark
from utils.doctor.phone import check_phone
from utils.doctor.scene import Scene
from utils.phone.settings import NtfySettings
from utils.sandbox.ntfy import TOPIC, PretendNtfy
from utils.sandbox.odoo import PretendOdoo
from utils.status.standing import standing

#: A Monday, ten o'clock in Berlin.
TEN = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def ntfy() -> Iterator[PretendNtfy]:
    with PretendNtfy() as service:
        yield service


@pytest.fixture
def clock() -> Clock:
    return Clock(TEN)


@pytest.fixture
def shop(tmp_path: Path, odoo: PretendOdoo, clock: Clock, ntfy: PretendNtfy) -> Iterator[Business]:
    made = Business(tmp_path / "home", odoo, clock, ntfy.environment())
    yield made
    made.engine.close()


def notices(ntfy: PretendNtfy) -> list[dict[str, Any]]:
    return [effect["payload"] for effect in ntfy.ledger()]


def messages(ntfy: PretendNtfy) -> list[str]:
    return [notice["message"] for notice in notices(ntfy)]


def test_an_approval_rings_once_and_its_decision_is_receipted_once(
    shop: Business, ntfy: PretendNtfy
) -> None:
    proposal = shop.submit()
    for _ in range(3):
        shop.tick(seconds=5)
    assert messages(ntfy) == ["Something about money waits for your yes."]
    shop.approve(proposal)
    shop.restart()
    for _ in range(3):
        shop.tick(seconds=5)
    assert messages(ntfy)[1:] == ["Done."]
    assert len(shop.effects()) == 1


def test_a_refusal_is_receipted_too(shop: Business, ntfy: PretendNtfy) -> None:
    proposal = shop.submit()
    shop.tick(seconds=5)
    shop.drag(proposal.note, Folder.REJECTED)
    shop.tick(seconds=5)
    shop.tick(seconds=5)
    assert messages(ntfy)[1:] == ["Refused: nothing went out."]


def test_no_name_and_no_amount_leaves_unless_the_owner_says_so(
    shop: Business, ntfy: PretendNtfy
) -> None:
    proposal = shop.submit()
    shop.tick(seconds=5)
    said = str(notices(ntfy)).lower()
    for word in ("acme", "150", "bread", proposal.id):
        assert word not in said
    shop.restart(NTFY_DETAILS="true")
    second = shop.submit(reference="PO-2")
    shop.tick(seconds=5)
    assert notices(ntfy)[1]["title"] == second.headline
    assert second.note in parse_qs(urlsplit(notices(ntfy)[1]["click"]).query)["file"][0]


@pytest.mark.parametrize("details", ["true", "false"])
def test_a_link_opens_a_page_and_can_do_nothing_else(
    shop: Business, ntfy: PretendNtfy, details: str
) -> None:
    shop.restart(NTFY_DETAILS=details)
    proposal = shop.submit()
    shop.tick(seconds=5)
    shop.drag(proposal.note, Folder.REJECTED)
    shop.tick(seconds=5)
    for notice in notices(ntfy):
        assert set(notice) == {"topic", "title", "message", "priority", "click"}
        link = urlsplit(notice["click"])
        assert (link.scheme, link.netloc, link.path) == ("obsidian", "open", "")
        assert set(parse_qs(link.query)) == {"vault", "file"}
        assert notice["topic"] == TOPIC


def test_many_at_once_are_one_notice(shop: Business, ntfy: PretendNtfy) -> None:
    for number in range(5):
        shop.submit(reference=f"PO-{number}")
    shop.tick(seconds=5)
    shop.tick(seconds=5)
    assert [notice["title"] for notice in notices(ntfy)] == ["5 notes wait for you"]


#: When Berlin's clocks change, and the UTC hour at which eight o'clock strikes that day.
MORNINGS = [
    (datetime(2026, 3, 28, tzinfo=UTC), 7),
    (datetime(2026, 3, 29, tzinfo=UTC), 6),
    (datetime(2026, 10, 24, tzinfo=UTC), 6),
    (datetime(2026, 10, 25, tzinfo=UTC), 7),
]


@pytest.mark.parametrize(("day", "opens"), MORNINGS, ids=lambda one: str(one)[:10])
def test_nothing_rings_at_night_and_what_waited_rings_once_in_the_morning(
    shop: Business, ntfy: PretendNtfy, clock: Clock, day: datetime, opens: int
) -> None:
    clock.now = day.replace(hour=0, minute=30)
    shop.submit()
    for minute in (0, 59):
        clock.now = day.replace(hour=opens - 1, minute=minute)
        shop.engine.pass_once()
        assert messages(ntfy) == []
    for minute in (0, 1):
        clock.now = day.replace(hour=opens, minute=minute)
        shop.engine.pass_once()
        assert len(messages(ntfy)) == 1


def test_hours_over_midnight_are_understood(
    shop: Business, ntfy: PretendNtfy, clock: Clock
) -> None:
    shop.restart(OWNER_HOURS="22:00-06:00")
    shop.submit()
    shop.tick(seconds=5)
    assert messages(ntfy) == []
    clock.now = TEN.replace(hour=23, minute=30)
    shop.engine.pass_once()
    assert len(messages(ntfy)) == 1


def test_a_server_that_is_down_costs_nothing_and_is_told_once(
    shop: Business, ntfy: PretendNtfy
) -> None:
    ntfy.fault("refuse", seconds=30)
    proposal = shop.submit()
    shop.tick(seconds=5)
    assert shop.approve(proposal).state is State.DONE
    shop.tick(minutes=2)
    alerts = [name for name in shop.notes(Folder.NEEDS_ACTION) if "Notices-do-not" in name]
    assert len(alerts) == 1
    ntfy.reset()
    shop.tick(minutes=2)
    shop.tick(minutes=2)
    assert messages(ntfy) == ["Done."], "the approval is over; only its receipt is news"


def test_an_answer_that_is_lost_is_never_told_twice(shop: Business, ntfy: PretendNtfy) -> None:
    ntfy.fault("timeout_after_commit", seconds=6)
    shop.submit()
    shop.tick(seconds=5)
    for _ in range(3):
        shop.tick(minutes=2)
    assert len(messages(ntfy)) == 1


@pytest.mark.parametrize("url", ["http://ntfy.example", "http://10.0.0.7:8080"])
def test_a_token_is_never_sent_where_anybody_on_the_way_could_read_it(
    shop: Business, url: str
) -> None:
    """The owner is told in one sentence what to change, and everything else goes on."""
    shop.restart(NTFY_URL=url)
    with pytest.raises(ConfigurationError, match="begin NTFY_URL with https://"):
        NtfySettings.read(shop.engine.settings)
    proposal = shop.submit()
    shop.tick(seconds=5)
    shop.tick(minutes=2)
    [told] = [name for name in shop.notes(Folder.NEEDS_ACTION) if "ntfy" in name]
    assert "is not sent over plain http" in shop.text(Folder.NEEDS_ACTION, told)
    assert shop.approve(proposal).state is State.DONE


def test_a_server_of_ones_own_without_a_token_may_be_plain(shop: Business) -> None:
    shop.restart(NTFY_URL="http://10.0.0.7:8080", NTFY_TOKEN="")
    assert NtfySettings.read(shop.engine.settings).url == "http://10.0.0.7:8080"


def test_a_wrong_token_is_told_and_never_shown(shop: Business) -> None:
    shop.restart(NTFY_TOKEN="tk_wrong_and_secret")
    shop.submit()
    shop.tick(seconds=5)
    [alert] = [name for name in shop.notes(Folder.NEEDS_ACTION) if "Notices-do-not" in name]
    text = shop.text(Folder.NEEDS_ACTION, alert)
    assert "not accepted" in text
    assert "tk_wrong_and_secret" not in text


def test_without_a_topic_and_while_stopped_nothing_is_sent(
    shop: Business, ntfy: PretendNtfy
) -> None:
    shop.submit()
    shop.engine.switch.stop(how="test")
    shop.tick(seconds=5)
    assert messages(ntfy) == []
    shop.engine.switch.resume()
    shop.restart(NTFY_TOPIC="")
    shop.tick(seconds=5)
    assert ntfy.requests() == []


def doctor(shop: Business) -> Finding:
    [found] = check_phone(Scene(settings=shop.engine.settings, clock=shop.clock))
    return found


def phone(shop: Business) -> str:
    return str(standing(shop.engine.ground)["phone"])


def test_status_and_doctor_say_that_the_phone_is_set_up_without_a_ring(
    shop: Business, ntfy: PretendNtfy
) -> None:
    assert phone(shop) == "ready"
    found = doctor(shop)
    assert found.mark is Mark.FINE
    assert ntfy.url.removeprefix("http://") in found.what
    assert TOPIC not in found.what
    assert messages(ntfy) == []
    shop.restart(NTFY_TOPIC="")
    assert phone(shop) == ""
    found = doctor(shop)
    assert (found.mark, "Not set up" in found.what) == (Mark.ASIDE, True)


def test_status_and_doctor_say_that_the_last_notice_did_not_get_through_until_one_does(
    shop: Business, ntfy: PretendNtfy
) -> None:
    shop.restart(NTFY_TOKEN="tk_wrong_and_secret")
    shop.submit()
    shop.tick(seconds=5)
    found = doctor(shop)
    assert found.mark is Mark.WRONG
    for said in (phone(shop), found.what):
        assert "not accepted" in said
        assert "tk_wrong_and_secret" not in said
    shop.restart(**ntfy.environment())
    shop.tick(minutes=2)
    assert len(messages(ntfy)) == 1
    assert phone(shop) == "ready"
    assert doctor(shop).mark is Mark.FINE


def test_doctor_names_a_server_that_does_not_answer_and_settings_that_do_not_fit(
    shop: Business, ntfy: PretendNtfy
) -> None:
    ntfy.fault("refuse", seconds=30)
    found = doctor(shop)
    assert found.mark is Mark.LOOK
    assert "does not answer" in found.what
    shop.restart(NTFY_URL="http://ntfy.example", NTFY_TOKEN="tk_x")
    assert "plain http" in phone(shop)
    assert doctor(shop).mark is Mark.WRONG
