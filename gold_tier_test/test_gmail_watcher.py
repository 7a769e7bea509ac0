"""The mail watcher: every mail that comes in becomes an Item, once, and nothing is touched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pretend_imap import PASSWORD, PretendImap

from utils.core.breaker import FAILURES
from utils.core.errors import (
    AuthenticationError,
    ConfigurationError,
    EmployeeError,
    OutcomeUnknownError,
    RestingError,
    UnreachableError,
)
from utils.core.lifecycle import Folder
from utils.mail import reading
from utils.mail.reading import read_mail
from utils.sandbox.gmail import PretendGmail
from utils.settings import PROJECT_ROOT
from watchers.gmail_watcher import GmailWatcher

if TYPE_CHECKING:
    from conftest import Business

    from utils.core.model import Item
    from utils.mail.reading import Mail

ACCOUNT = {"GMAIL_IMAP_USER": "owner@bakery.example", "GMAIL_IMAP_APP_PASSWORD": PASSWORD}


#: The first look searches the mailbox; every later one follows its history.
searching_or_following = pytest.mark.parametrize(
    "follows", [False, True], ids=["searching", "following"]
)


@pytest.fixture
def shop(business: Business, gmail: PretendGmail) -> Business:
    """A business that has Gmail."""
    business.restart(**gmail.environment())
    return business


@pytest.fixture
def inbox() -> Iterator[PretendImap]:
    with PretendImap() as server:
        yield server


@pytest.fixture
def imap_shop(business: Business, inbox: PretendImap) -> Business:
    """A business that reads its mail over IMAP."""
    where = {"GMAIL_IMAP_HOST": "127.0.0.1", "GMAIL_IMAP_PORT": str(inbox.port)}
    business.restart(GMAIL_SOURCE="imap", **where, **ACCOUNT)
    return business


def look(shop: Business) -> list[Item]:
    """Look once with a new watcher, as after a restart, and return every Item there is."""
    GmailWatcher(shop.engine).round()
    return items(shop)


def items(shop: Business) -> list[Item]:
    return [item for item, _ in shop.engine.bookmarks.open_items()]


def subjects(shop: Business) -> list[str]:
    return sorted(item.subject for item in items(shop))


def reads(gmail: PretendGmail) -> list[str]:
    paths = (one.path for one in gmail.requests())
    return [path for path in paths if path.startswith("/gmail/v1/users/me/messages/")]


def letter(subject: str = "Order", sender: str = "ann@cafe.example", body: str = "Hi") -> bytes:
    made = EmailMessage()
    made["From"], made["Subject"] = sender, subject
    made.set_content(body)
    return made.as_bytes()


# --- Gmail's own interface -------------------------------------------------------------------


def test_a_mail_becomes_an_item_with_its_note(shop: Business, gmail: PretendGmail) -> None:
    mail_id = gmail.deliver(sender="Ann <Ann@cafe.example>", subject="Order", body="Two rye.")
    [item] = look(shop)
    assert (item.sender, item.sender_name, item.subject) == ("ann@cafe.example", "Ann", "Order")
    assert item.body == "Two rye."
    assert (item.message_id, item.thread) == (mail_id, mail_id)
    [note] = shop.notes(Folder.NEEDS_ACTION)
    assert "Two rye." in shop.text(Folder.NEEDS_ACTION, note)


def test_nothing_is_marked_moved_or_written(shop: Business, gmail: PretendGmail) -> None:
    mail_id = gmail.deliver(subject="Order")
    look(shop)
    assert gmail.labels_of(mail_id) == {"INBOX", "UNREAD"}
    assert gmail.ledger() == []
    assert {one.method for one in gmail.requests() if one.path != "/token"} == {"GET"}


def test_a_second_look_finds_only_what_is_new(shop: Business, gmail: PretendGmail) -> None:
    gmail.deliver(subject="one")
    look(shop)
    gmail.forget_requests()
    gmail.deliver(subject="two")
    look(shop)
    assert subjects(shop) == ["one", "two"]
    assert len(reads(gmail)) == 1
    gmail.forget_requests()
    look(shop)
    assert reads(gmail) == []


def test_a_mail_that_was_read_on_the_phone_is_taken_in(
    shop: Business, gmail: PretendGmail
) -> None:
    look(shop)
    gmail.deliver(subject="read already", labels=("INBOX",))
    look(shop)
    assert subjects(shop) == ["read already"]


@pytest.mark.parametrize("before_the_first_look", [True, False])
def test_only_what_came_in_is_taken_in(
    shop: Business, gmail: PretendGmail, *, before_the_first_look: bool
) -> None:
    if not before_the_first_look:
        look(shop)
    for label in ("SENT", "DRAFT", "SPAM", "TRASH"):
        gmail.deliver(subject=label, labels=(label,))
    gmail.deliver(subject="advertising", labels=("INBOX", "CATEGORY_PROMOTIONS"))
    gmail.deliver(subject="to myself", sender="owner@bakery.example")
    gmail.deliver(subject="a customer")
    look(shop)
    assert subjects(shop) == ["a customer"]


def test_old_mails_are_left_alone_at_the_first_start(shop: Business, gmail: PretendGmail) -> None:
    gmail.deliver(subject="last month", at=datetime.now(UTC) - timedelta(days=30))
    gmail.deliver(subject="yesterday", at=datetime.now(UTC) - timedelta(days=1))
    look(shop)
    assert subjects(shop) == ["yesterday"]


def test_a_history_that_gmail_forgot_loses_nothing(shop: Business, gmail: PretendGmail) -> None:
    gmail.deliver(subject="one")
    look(shop)
    gmail.deliver(subject="while away")
    gmail.forget_history()
    gmail.deliver(subject="after")
    look(shop)
    assert subjects(shop) == ["after", "one", "while away"]


def test_weeks_away_are_made_up_for(shop: Business, gmail: PretendGmail) -> None:
    start = datetime.now(UTC) - timedelta(days=21)
    shop.clock.now = start
    look(shop)
    for day in range(1, 21):
        gmail.deliver(subject=f"day {day:02}", at=start + timedelta(days=day))
    gmail.forget_history()
    shop.clock.now = datetime.now(UTC)
    look(shop)
    assert len(subjects(shop)) == 20


def test_another_mailbox_begins_anew(shop: Business, gmail: PretendGmail, tmp_path: Path) -> None:
    gmail.deliver(subject="one")
    look(shop)
    place = tmp_path / "other"
    place.mkdir()
    with PretendGmail(address="other@bakery.example", folder=place) as other:
        other.deliver(subject="two")
        other.deliver(subject="three")
        shop.restart(**other.environment())
        look(shop)
    assert "three" in subjects(shop)


def test_a_mail_deleted_in_between_is_no_trouble(shop: Business, gmail: PretendGmail) -> None:
    gmail.deliver(subject="stays")
    gone = gmail.deliver(subject="goes")
    gmail.fault("status", path=f"/gmail/v1/users/me/messages/{gone}", status=404)
    look(shop)
    assert subjects(shop) == ["stays"]


@searching_or_following
def test_one_mail_that_cannot_be_read_holds_up_nobody(
    shop: Business, gmail: PretendGmail, monkeypatch: pytest.MonkeyPatch, *, follows: bool
) -> None:
    monkeypatch.setattr("utils.retry_handler._CAP_S", 0.0)
    if follows:
        look(shop)
    for number in range(3):
        gmail.deliver(subject=f"{number}")
    bad = gmail.deliver(subject="bad")
    gmail.deliver(subject="3")
    gmail.fault("status", path=f"/gmail/v1/users/me/messages/{bad}", status=500, times=5)
    with pytest.raises(OutcomeUnknownError):
        look(shop)
    assert subjects(shop) == ["0", "1", "2", "3"]
    look(shop)
    assert subjects(shop) == ["0", "1", "2", "3", "bad"]


@searching_or_following
def test_a_mail_on_which_reading_fails_is_told_of_and_holds_up_nobody(
    shop: Business, gmail: PretendGmail, monkeypatch: pytest.MonkeyPatch, *, follows: bool
) -> None:
    def fails_on_some(data: bytes) -> Mail:
        if b"cursed" in data:
            raise RecursionError
        return read_mail(data)

    monkeypatch.setattr(reading, "read_mail", fails_on_some)
    if follows:
        look(shop)
    for subject in ("before", "cursed", "behind"):
        gmail.deliver(subject=subject)
    look(shop)
    gmail.deliver(subject="later")
    look(shop)
    assert {"before", "behind", "later"} <= set(subjects(shop))
    assert len(subjects(shop)) == 4
    [told] = [note for note in shop.notes(Folder.NEEDS_ACTION) if "alert" in note]
    assert "The mail that came" in shop.text(Folder.NEEDS_ACTION, told)
    assert "everything else goes on" in shop.text(Folder.NEEDS_ACTION, told)


@searching_or_following
def test_more_mails_that_fail_than_are_taken_in_at_once_hold_up_nobody_either(
    shop: Business, gmail: PretendGmail, monkeypatch: pytest.MonkeyPatch, *, follows: bool
) -> None:
    def fails_on_some(data: bytes) -> Mail:
        if b"cursed" in data:
            raise RecursionError
        return read_mail(data)

    monkeypatch.setattr(reading, "read_mail", fails_on_some)
    monkeypatch.setattr("watchers.gmail_watcher.AT_ONCE", 3)
    if follows:
        look(shop)
    for number in range(7):
        gmail.deliver(subject=f"cursed {number}")
    gmail.deliver(subject="behind")
    look(shop)
    assert "behind" in subjects(shop)
    gmail.forget_requests()
    look(shop)
    assert not [sent for sent in gmail.requests() if "/messages/" in sent.path]


def test_a_used_up_quota_goes_on_where_it_stopped(
    shop: Business, gmail: PretendGmail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.retry_handler._CAP_S", 0.0)
    for number in range(12):
        gmail.deliver(subject=f"{number:02}")
    gmail.units_left = 105
    with pytest.raises(EmployeeError):
        look(shop)
    assert 0 < len(items(shop)) < 12
    gmail.units_left = None
    look(shop)
    assert len(items(shop)) == 12


def test_a_backlog_costs_little_more_than_a_call_a_mail(
    shop: Business, gmail: PretendGmail
) -> None:
    """Measured at 600 here and at 5,000 in benchmarks: the share does not grow."""
    for number in range(600):
        gmail.deliver(subject=f"{number}")
    look(shop)
    assert len(items(shop)) == 600
    assert len(gmail.requests()) / 600 <= 1.15
    gmail.forget_requests()
    for number in range(600):
        gmail.deliver(subject=f"later {number}")
    look(shop)
    assert len(items(shop)) == 1200
    assert len(gmail.requests()) / 600 <= 1.15


class Died(BaseException):
    """The process is gone."""


@searching_or_following
def test_who_dies_at_any_step_takes_every_mail_in_once(
    shop: Business, gmail: PretendGmail, monkeypatch: pytest.MonkeyPatch, *, follows: bool
) -> None:
    if follows:
        look(shop)
    for number in range(4):
        gmail.deliver(subject=f"{number}")
    database = type(shop.engine.bookmarks.database)
    real = database.step
    steps = 0

    def run(dies_at: int) -> bool:
        """Look until a step of the journal where the process dies; return whether it did."""
        nonlocal steps
        steps = 0

        def step(self: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == dies_at:
                raise Died
            return real(self)

        monkeypatch.setattr(database, "step", step)
        try:
            look(shop)
        except Died:
            return True
        finally:
            monkeypatch.setattr(database, "step", real)
        return False

    deaths = sum(run(dies_at) for dies_at in (1, 2, 3, 2, 4, 1, 5, 2, 3))
    assert deaths > 3
    look(shop)
    assert subjects(shop) == ["0", "1", "2", "3"]
    shop.engine.pass_once()
    assert len([note for note in shop.notes(Folder.NEEDS_ACTION) if "email" in note]) == 4


def watcher(shop: Business) -> subprocess.Popen[bytes]:
    """Start the watcher as the owner would, for one round."""
    variables = {"EMPLOYEE_HOME": str(shop.home), **shop.variables}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "watchers.gmail_watcher", "--once"]
    return subprocess.Popen(command, cwd=PROJECT_ROOT, env=kept | variables)


@pytest.mark.parametrize("after", [4, 25, 60])
def test_who_is_killed_takes_every_mail_in_once(
    shop: Business, gmail: PretendGmail, after: int
) -> None:
    """The same with a real process and SIGKILL, after so many requests."""
    for number in range(80):
        gmail.deliver(subject=f"{number:02}")
    process = watcher(shop)
    until = time.monotonic() + 30
    while len(gmail.requests()) < after and time.monotonic() < until:
        time.sleep(0.002)
    process.kill()
    assert process.wait(10) != 0
    assert len(items(shop)) < 80
    assert watcher(shop).wait(60) == 0
    assert subjects(shop) == [f"{number:02}" for number in range(80)]
    assert len(gmail.requests()) <= 80 * 1.15


def test_files_lie_beside_the_note_under_harmless_names(
    shop: Business, gmail: PretendGmail
) -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "ann@cafe.example", "Bill"
    made.set_content("see attached")
    for name, data in (("../../Approved/evil.md", b"approve: true"), ("Bill.pdf", b"%PDF-1.4")):
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    gmail.deliver(made.as_bytes())
    [item] = look(shop)
    kept = {file.name: (shop.home / file.path).read_bytes() for file in item.attachments}
    assert kept == {
        f"{item.id}-evil-md.bin": b"approve: true",
        f"{item.id}-Bill.pdf": b"%PDF-1.4",
    }
    assert shop.notes(Folder.APPROVED) == []
    assert shop.notes(Folder.INBOX) == []


def test_a_watcher_without_a_sign_in_says_what_is_missing(business: Business) -> None:
    with pytest.raises(ConfigurationError, match="GMAIL_TOKEN_FILE"):
        GmailWatcher(business.engine)


# --- IMAP ------------------------------------------------------------------------------------


def test_a_mail_over_imap_becomes_an_item_and_stays_unread(
    imap_shop: Business, inbox: PretendImap
) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    inbox.deliver(letter("Order", body="Two rye."), at)
    [item] = look(imap_shop)
    assert (item.subject, item.body, item.received_at) == ("Order", "Two rye.", at)
    said = " ".join(inbox.commands)
    assert "EXAMINE" in said
    assert "BODY.PEEK[]" in said
    assert not {"SELECT", "STORE", "BODY[]", "RFC822"} & set(said.replace("(", " ").split())


def test_over_imap_too_only_new_mails_are_fetched(imap_shop: Business, inbox: PretendImap) -> None:
    now = datetime.now(UTC)
    inbox.deliver(letter("last month"), now - timedelta(days=30))
    inbox.deliver(letter("one"), now)
    look(imap_shop)
    inbox.deliver(letter("two"), now)
    inbox.deliver(letter("to myself", sender="Owner <owner@bakery.example>"), now)
    look(imap_shop)
    look(imap_shop)
    assert subjects(imap_shop) == ["one", "two"]
    assert len([one for one in inbox.commands if one.startswith("UID FETCH")]) == 3


def test_a_mailbox_that_was_numbered_anew_is_read_again(
    imap_shop: Business, inbox: PretendImap
) -> None:
    inbox.deliver(letter("one"), datetime.now(UTC), uid=500)
    look(imap_shop)
    inbox.mails.clear()
    inbox.validity = 8
    inbox.deliver(letter("two"), datetime.now(UTC), uid=1)
    look(imap_shop)
    assert subjects(imap_shop) == ["one", "two"]


def test_a_long_inbox_over_imap_is_taken_in_piece_by_piece(
    imap_shop: Business, inbox: PretendImap
) -> None:
    for number in range(230):
        inbox.deliver(letter(f"{number:03}"), datetime.now(UTC))
    assert len(look(imap_shop)) == 230


def test_a_wrong_app_password_is_said(imap_shop: Business) -> None:
    imap_shop.restart(GMAIL_IMAP_APP_PASSWORD="wrong")
    with pytest.raises(AuthenticationError):
        look(imap_shop)
    imap_shop.restart(GMAIL_IMAP_APP_PASSWORD="")
    with pytest.raises(ConfigurationError):
        look(imap_shop)


def test_a_mailbox_that_is_gone_is_tried_again_later(imap_shop: Business) -> None:
    imap_shop.restart(GMAIL_IMAP_PORT="9")
    with pytest.raises(EmployeeError, match="does not answer"):
        look(imap_shop)


def test_a_mailbox_over_imap_that_is_out_is_left_alone_by_every_process_and_tried_again(
    imap_shop: Business, inbox: PretendImap
) -> None:
    """Decision 0011: five failures, then half a minute of rest, then one call."""
    inbox.deliver(letter("one"), imap_shop.clock())
    inbox.is_out = True
    for _ in range(FAILURES):
        with pytest.raises(UnreachableError):
            look(imap_shop)
    assert inbox.calls == FAILURES
    imap_shop.restart()
    with pytest.raises(RestingError):
        look(imap_shop)
    assert inbox.calls == FAILURES, "nobody called"
    assert "imap" in imap_shop.engine.ground.breakers.out()

    imap_shop.clock.forward(seconds=31)
    with pytest.raises(UnreachableError):
        look(imap_shop)
    with pytest.raises(RestingError):
        look(imap_shop)
    assert inbox.calls == FAILURES + 1
    inbox.is_out = False
    imap_shop.clock.forward(seconds=31)
    look(imap_shop)
    assert subjects(imap_shop) == ["one"]
    assert imap_shop.engine.ground.breakers.out() == {}


def test_a_mailbox_that_says_no_has_answered(imap_shop: Business, inbox: PretendImap) -> None:
    imap_shop.restart(GMAIL_IMAP_APP_PASSWORD="wrong")
    for _ in range(FAILURES + 1):
        with pytest.raises(AuthenticationError):
            look(imap_shop)
    assert inbox.calls == FAILURES + 1
